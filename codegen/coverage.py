"""docs/coverage.md: what each service serves, from its manifest and the API model."""

from .manifest import Manifest
from .reach import Reach


def write(manifests: list[Manifest], reaches: list[Reach]) -> str:
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
    for m, r, works, inert, missing in rows:
        out += ["", f"## {m.folder}", "", f"{r.model.metadata['serviceFullName']}, {r.model.metadata['apiVersion']}."]
        for title, names in (("Works", works), ("Inert", inert), ("Not served", missing)):
            if names:
                out += ["", f"**{title}** ({len(names)}): {', '.join(sorted(names))}"]
    return "\n".join(out) + "\n"
