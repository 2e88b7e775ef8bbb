"""What the served operations of a service reach: its shapes in a fixed order, with what follows from the whole graph."""

from dataclasses import dataclass, field

from .errors import refuse
from .manifest import Manifest
from .model import Model
from .names import identifier


@dataclass
class Served:
    """An operation with its shapes' names; `input` and `output` of one without are made up here and empty."""

    raw: dict
    input: str
    output: str
    errors: list[str]


@dataclass
class Reach:
    model: Model
    operations: dict[str, Served] = field(default_factory=dict)
    shapes: list[str] = field(default_factory=list)      # in order of first use: the index is the place in the table
    validated: set[str] = field(default_factory=set)
    errors: set[str] = field(default_factory=set)

    def index(self, shape: str) -> int:
        return self.places[shape]

    def structures(self) -> list[str]:
        return [s for s in self.shapes if self.model.kind(s) == "structure"]

    def references(self, shape: str) -> list[dict]:
        raw = self.model.shape(shape)
        kind = self.model.kind(shape)
        if kind == "structure":
            return list(raw["members"].values())
        return [raw["member"]] if kind == "list" else [raw["key"], raw["value"]] if kind == "map" else []


def reach(manifest: Manifest, model: Model) -> Reach:
    out = Reach(model)
    for op in manifest.operations:
        raw = model.operations[op.name]
        ends = [raw[end]["shape"] if end in raw else empty_shape(model, op.name, end) for end in ("input", "output")]
        errors = [e["shape"] for e in raw.get("errors", [])]
        out.operations[op.name] = Served(raw, ends[0], ends[1], errors)
        out.errors.update(errors)
        for root in ends + errors:
            if model.kind(root) != "structure":
                refuse(model.where, f"{op.name}: '{root}' is no structure")
            visit(out, root)
    out.places = {name: i for i, name in enumerate(out.shapes)}
    names = [identifier(s) for s in out.structures()]
    if len(set(names)) < len(names):
        refuse(model.where, f"two structures have one C++ name: {sorted(n for n in set(names) if names.count(n) > 1)}")
    find_validated(out)
    return out


def empty_shape(model: Model, operation: str, end: str) -> str:
    name = operation + end.capitalize()
    while name in model.shapes:
        name += "_"
    model.shapes[name] = {"type": "structure", "members": {}, "synthetic": True}
    return name


def visit(out: Reach, root: str) -> None:
    """Depth first, without recursion: some models nest further than Python's stack."""
    seen = set(out.shapes)
    stack = [root]
    while stack:
        name = stack.pop()
        if name in seen:
            continue
        seen.add(name)
        out.shapes.append(name)
        stack.extend(ref["shape"] for ref in reversed(out.references(name)))


def has_constraints(model: Model, name: str) -> bool:
    shape = model.shape(name)
    return any(key in shape for key in ("min", "max", "pattern", "enum"))


def find_validated(out: Reach) -> None:
    """Shapes with something to check in or below them: the fixed point, as shapes refer to themselves."""
    users: dict[str, list[str]] = {}
    todo = []
    for name in out.shapes:
        if has_constraints(out.model, name) or out.model.shape(name).get("required"):
            todo.append(name)
        for ref in out.references(name):
            users.setdefault(ref["shape"], []).append(name)
    while todo:
        name = todo.pop()
        if name not in out.validated:
            out.validated.add(name)
            todo.extend(users.get(name, []))
