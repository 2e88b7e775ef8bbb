"""Reads and checks service.toml. Every refusal names the file and the operation."""

import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

from .errors import refuse
from .model import Model
from .names import RESERVED

HOMES = ("region", "account", "partition")
FORMS = ("plain", "parking", "body_in")
SERVED = ("works", "inert")
TASK_CLASSES = ("internal", "outbound", "process")
ON_FAILURE = ("hold", "skip", "dead_letter")
OF_THE_TARGET = ("partition", "region", "account")
# Namespaces of the program that a service's folder would collide with.
TAKEN = {"base", "wire", "http", "store", "auth", "policy", "run", "gateway", "services", "admin", "console", "lang", "svc", "op", "std"}


@dataclass
class Op:
    name: str
    form: str = "plain"
    served: str = "works"
    slow: bool = False
    anonymous: bool = False
    max_body: int = 0
    public: bool = False
    authorise: str | None = None
    identify: str | None = None
    action: str = ""
    rules: list[tuple[str, str]] = field(default_factory=list)
    keys: list[tuple[str, str]] = field(default_factory=list)


@dataclass
class Task:
    name: str
    klass: str
    on_failure: str
    attempts: int


@dataclass
class Manifest:
    path: Path
    folder: str
    model: str
    home: str
    validation: str
    load_resource: bool
    user_sessions: bool
    denial: str | None
    operations: list[Op]
    tasks: list[Task]

    def authorisers(self) -> list[str]:
        return sorted({op.authorise for op in self.operations if op.authorise})

    def identifiers(self) -> list[str]:
        return [op.identify for op in self.operations if op.identify]


class Table:
    """A TOML table whose entries are taken one by one; what is left at the end is unknown and refused."""

    def __init__(self, where: str, entries: dict):
        self.where, self.left = where, dict(entries)

    def take(self, name: str, kind: type, default=None, one_of=()):
        value = self.left.pop(name, default)
        if value is default and not isinstance(value, kind):
            return default
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            refuse(self.where, f"'{name}' has to be of type {kind.__name__}")
        if one_of and value not in one_of:
            refuse(self.where, f"'{name}' is '{value}', not one of: {', '.join(one_of)}")
        return value

    def done(self):
        if self.left:
            refuse(self.where, f"unknown entries: {', '.join(sorted(self.left))}")


def read_manifest(path: Path) -> Manifest:
    """The manifest by itself; check_operations() then holds it against the model."""
    folder = path.parent.name
    if not re.fullmatch(r"[a-z][a-z0-9_]*", folder) or folder in RESERVED or folder in TAKEN:
        refuse(str(path), f"'{folder}' cannot be the name of a service's folder")
    try:
        raw = tomllib.loads(path.read_text())
    except tomllib.TOMLDecodeError as e:
        refuse(str(path), str(e))
    top = Table(str(path), raw)
    service = Table(f"{path} [service]", top.take("service", dict, {}))
    defaults = Table(f"{path} [defaults]", top.take("defaults", dict, {}))
    model = service.take("model", str)
    if not model:
        refuse(str(path), "[service] names no model")
    home = service.take("home", str, None, HOMES)
    if not home:
        refuse(str(path), "[service] names no home")
    out = Manifest(path, folder, model, home, service.take("validation", str, "smithy"), service.take("load_resource", bool, False),
                   service.take("user_sessions", bool, True), service.take("denial", str), [], [])
    service.done()
    if out.denial is not None and not re.fullmatch(r"[A-Z][A-Za-z.]*", out.denial):
        refuse(str(path), f"'denial' is '{out.denial}', which is no error code")
    common = {"authorise": defaults.take("authorise", str), "anonymous": defaults.take("anonymous", bool, False)}
    defaults.done()
    for name, entries in top.take("operations", dict, {}).items():
        out.operations.append(read_operation(f"{path} [operations.{name}]", name, entries, common))
    if not out.operations:
        refuse(str(path), "serves no operation")
    for name, entries in top.take("tasks", dict, {}).items():
        out.tasks.append(read_task(f"{path} [tasks.{name}]", name, entries))
    top.done()
    names = [op.name for op in out.operations] + [t.name for t in out.tasks] + out.authorisers() + out.identifiers() + ["load_resource"]
    for name in names:
        if names.count(name) > 1:
            refuse(str(path), f"'{name}' is the name of two functions")
    return out


def read_operation(where: str, name: str, entries: dict, common: dict) -> Op:
    t = Table(where, entries)
    op = Op(name, t.take("form", str, "plain", FORMS), t.take("class", str, "works", SERVED), t.take("slow", bool, False),
            t.take("anonymous", bool, common["anonymous"]))
    resource = t.left.pop("resource", None)
    action = t.take("action", str)
    authorise = t.take("authorise", str)
    op.identify = t.take("identify", str)
    op.max_body = t.take("max_body", int, 0)
    keys = t.take("keys", dict, {})
    t.done()
    if authorise and resource:
        refuse(where, "has both a resource and an authorise function")
    if not authorise and not resource:
        authorise = common["authorise"]
    if not authorise and not resource:
        refuse(where, "says not how it is authorised: needs action + resource, or authorise (\"none\" for no permission)")
    resources = [resource] if isinstance(resource, str) else resource or []
    if not isinstance(resources, list) or not all(isinstance(r, str) and r for r in resources):
        refuse(where, "'resource' has to be a text or a list of texts")
    op.public = authorise == "none"
    op.authorise = None if op.public else authorise
    if op.authorise and not re.fullmatch(r"[a-z][a-z0-9_]*", op.authorise):
        refuse(where, f"'{op.authorise}' is no name of a function")
    if op.identify and not re.fullmatch(r"[a-z][a-z0-9_]*", op.identify):
        refuse(where, f"'{op.identify}' is no name of a function")
    if op.identify and (op.form != "plain" or op.slow or op.public):
        refuse(where, "'identify' goes with form plain, on the loop, and a decision")
    op.action = action or ""
    op.rules = [(op.action, r) for r in resources]
    for key, member in keys.items():
        if not isinstance(member, str):
            refuse(where, f"keys: '{key}' has to name a member of the input")
        op.keys.append((key, member))
    return op


def read_task(where: str, name: str, entries: dict) -> Task:
    t = Table(where, entries)
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        refuse(where, "is no name of a function")
    task = Task(name, t.take("class", str, None, TASK_CLASSES), t.take("on_failure", str, None, ON_FAILURE), t.take("attempts", int, 0))
    t.done()
    if not task.klass or not task.on_failure or task.attempts < 1:
        refuse(where, "needs class, on_failure and attempts (at least 1)")
    return task


def check_operations(manifest: Manifest, model: Model, actions: dict | None) -> None:
    """Holds every operation against the model and, where given, the action reference; fills in default actions."""
    for op in manifest.operations:
        where = f"{manifest.path} [operations.{op.name}]"
        if op.name not in model.operations:
            refuse(where, f"the model '{model.name}' has no such operation")
        raw = model.operations[op.name]
        members = model.shape(raw["input"]["shape"]).get("members", {}) if "input" in raw else {}
        streams = any(model.trait(m, "streaming") for m in members.values())
        if (op.form == "body_in") != streams:
            refuse(where, "its input streams, so its form has to be body_in" if streams else "form body_in, but its input does not stream")
        op.action = op.action or f"{model.signing_name()}:{op.name}"
        op.rules = [(op.action, resource) for _, resource in op.rules]
        privilege = check_action(where, op.action, actions)
        for _, resource in op.rules:
            check_resource(where, op.action, resource, members, model, privilege)
        for key, member in op.keys:
            if member not in members:
                refuse(where, f"key '{key}' is read from '{member}', which is no member of the input")
            if actions is not None:
                check_key(where, key, op, actions)


def check_action(where: str, action: str, actions: dict | None) -> dict | None:
    prefix, _, name = action.partition(":")
    if actions is None:
        return None
    privilege = actions.get(prefix, {}).get("privileges", {}).get(name)
    if privilege is None:
        refuse(where, f"the action '{action}' does not exist; say which one decides")
    return privilege


def check_resource(where: str, action: str, resource: str, members: dict, model: Model, privilege: dict | None) -> None:
    for member in re.findall(r"\{([^}]*)\}", resource):
        if member in OF_THE_TARGET:
            continue
        if member not in members or model.kind(members[member]["shape"]) != "text":
            refuse(where, f"resource '{resource}': '{member}' is no text member of the input")
    if resource == "*" and privilege and any(r["required"] for r in privilege["resource_types"].values()):
        refuse(where, f"resource is \"*\", but '{action}' is decided on a resource: {', '.join(filter(None, privilege['resource_types']))}")


def check_key(where: str, key: str, op: Op, actions: dict) -> None:
    prefix = key.partition(":")[0]
    if prefix != "aws" and key not in actions.get(prefix, {}).get("conditions", {}):
        refuse(where, f"the condition key '{key}' does not exist")
