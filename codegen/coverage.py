"""docs/coverage.md: what each service serves, from its manifest and the API model."""

import json
from pathlib import Path

from .manifest import Manifest
from .reach import Reach


def parity(results: dict) -> list[str]:
    """What replaying recorded answers of AWS gave, per service; counts only."""
    out = ["", "## Parity with recorded answers", "",
           "Answers and errors that AWS gave, replayed by `make parity` with the request behind each. *Replayable*: the request and the state it needs",
           "can be had, and the operation is served. *Matching*: status, code, text, every member and every value that the request determines.",
           "*Members* counts single members and values of the replayable ones. The reasons of the rest are in `tests/parity/reasons.toml`.", "",
           "| service | answers | replayable | matching | errors | replayable | matching | members |", "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"]
    for service, counts in sorted(results.items()):
        row = [service]
        for kind in ("answers", "errors"):
            c = counts[kind]
            replayable = c["matched"] + c["differs"]
            row += [str(c["requests"]), str(replayable), f"{c['matched']}" + (f" ({100 * c['matched'] / replayable:.0f} %)" if replayable else "")]
        m = counts["members"]
        row.append(f"{100 * m['matched'] / m['compared']:.1f} %" if m["compared"] else "")
        out.append("| " + " | ".join(row) + " |")
    return out


def write(manifests: list[Manifest], reaches: list[Reach], results: Path | None = None) -> str:
    out = ["# Coverage", "",
           "Written by codegen/ from the services' manifests and the API models; a test keeps it up to date.",
           "*Works*: its effect can be observed. *Inert*: stored and read back; its effect cannot be seen on one machine. *Not served*: answered",
           "with 501 `NotImplemented`, naming the operation.", "",
           "| service | API version | works | inert | not served | of |", "| --- | --- | ---: | ---: | ---: | ---: |"]
    rows = []
    for m, r in zip(manifests, reaches):
        works = [op.name for op in m.operations if op.served == "works"]
        inert = [op.name for op in m.operations if op.served == "inert"]
        missing = sorted(set(r.model.operations) - set(r.operations))
        rows.append((m, r, works, inert, missing))
    for m, r, works, inert, missing in rows:
        out.append(f"| [{m.folder}](#{m.folder}) | {r.model.metadata['apiVersion']} | {len(works)} | {len(inert)} | {len(missing)} |"
                   f" {len(r.model.operations)} |")
    total = [sum(len(row[i]) for row in rows) for i in (2, 3, 4)]
    out.append(f"| all | | {total[0]} | {total[1]} | {total[2]} | {sum(total)} |")
    if results and results.is_file():
        out += parity(json.loads(results.read_text()))
    for m, r, works, inert, missing in rows:
        out += ["", f"## {m.folder}", "", f"{r.model.metadata['serviceFullName']}, {r.model.metadata['apiVersion']}."]
        for title, names in (("Works", works), ("Inert", inert), ("Not served", missing)):
            if names:
                out += ["", f"**{title}** ({len(names)}): {', '.join(sorted(names))}"]
    return "\n".join(out) + "\n"
