"""Reads botocore's service models, applies our corrections, and answers questions about shapes the way the generator asks them."""

import gzip
import json
from dataclasses import dataclass, field
from pathlib import Path

from .errors import refuse

KINDS = {
    "boolean": "boolean", "byte": "integer", "short": "integer", "integer": "integer", "long": "longint", "float": "float32",
    "double": "float64", "string": "text", "character": "text", "blob": "blob", "timestamp": "timestamp", "list": "list", "map": "map",
    "structure": "structure",
}
PROTOCOLS = {
    ("json", "1.0"): "json_1_0", ("json", "1.1"): "json_1_1", "query": "query", "ec2": "ec2", "rest-json": "rest_json",
    "rest-xml": "rest_xml", "smithy-rpc-v2-cbor": "rpc_v2_cbor",
}
TIMES = {None: "standard", "iso8601": "iso8601", "rfc822": "rfc822", "unixTimestamp": "unix_seconds"}
LOCATIONS = {None: "body", "header": "header", "headers": "headers", "querystring": "querystring", "uri": "uri", "statusCode": "status_code"}


def read_json(path: Path):
    with (gzip.open(path, "rb") if path.suffix == ".gz" else open(path, "rb")) as f:
        return json.load(f)


def find_json(base: Path) -> Path | None:
    """base + .json or .json.gz; wheels differ in that."""
    for suffix in (".json", ".json.gz"):
        path = base.with_name(base.name + suffix)
        if path.is_file():
            return path
    return None


@dataclass
class Model:
    """One service's model. Shape traits are merged like botocore merges them: what a reference says goes before what its shape says."""

    name: str
    path: Path
    metadata: dict
    operations: dict
    shapes: dict
    is_global: bool
    inputs_read: list[Path] = field(default_factory=list)

    @property
    def where(self) -> str:
        return f"model {self.name}"

    def shape(self, name: str) -> dict:
        if name not in self.shapes:
            refuse(self.where, f"shape '{name}' does not exist")
        return self.shapes[name]

    def trait(self, ref: dict, name: str, default=None):
        return ref.get(name, self.shape(ref["shape"]).get(name, default))

    def kind(self, name: str) -> str:
        shape = self.shape(name)
        if shape.get("document"):
            return "document"
        if shape["type"] not in KINDS:
            refuse(self.where, f"shape '{name}' has the unknown type '{shape['type']}'")
        return KINDS[shape["type"]]

    def time(self, ref: dict) -> str:
        text = self.trait(ref, "timestampFormat")
        if text not in TIMES:
            refuse(self.where, f"unknown timestamp format '{text}' at '{ref['shape']}'")
        return TIMES[text]

    def protocols(self) -> list[str]:
        out = []
        for p in self.metadata.get("protocols") or [self.metadata["protocol"]]:
            key = (p, self.metadata.get("jsonVersion", "1.0")) if p == "json" else p
            if key not in PROTOCOLS:
                refuse(self.where, f"unknown protocol {key}")
            out.append(PROTOCOLS[key])
        return out

    def signing_name(self) -> str:
        return self.metadata.get("signingName", self.metadata["endpointPrefix"])


def load(models: Path, corrections: Path, name: str) -> Model:
    """The newest version of data/<name>, corrected."""
    folder = models / name
    versions = sorted(p.name for p in folder.iterdir() if p.is_dir()) if folder.is_dir() else []
    path = find_json(folder / versions[-1] / "service-2") if versions else None
    if path is None:
        refuse(str(folder), "no API model here (service-2.json or .json.gz in a folder named after its version)")
    raw = read_json(path)
    read = [path]
    fixes = corrections / f"{name}.json"
    if fixes.is_file():
        apply_corrections(raw, read_json(fixes), str(fixes))
        read.append(fixes)
    endpoints = find_json(models / "endpoints")
    is_global = False
    if endpoints:
        read.append(endpoints)
        service = read_json(endpoints)["partitions"][0]["services"].get(raw["metadata"]["endpointPrefix"], {})
        is_global = service.get("isRegionalized") is False
    return Model(name, path, raw["metadata"], raw["operations"], raw["shapes"], is_global, read)


def apply_corrections(raw: dict, corrections: list, where: str) -> None:
    """Each: {"reason": text, "set": {"/path/in/the/model": value}, "remove": ["/path"]}. Paths end at members of objects that exist; a
    correction that changes nothing is refused, so that none outlives the model's mistake."""
    for number, fix in enumerate(corrections):
        at = f"{where}, correction {number + 1}"
        if not fix.get("reason"):
            refuse(at, "has no reason")
        if unknown := set(fix) - {"reason", "set", "remove"}:
            refuse(at, f"unknown entries {sorted(unknown)}")
        for pointer, value in fix.get("set", {}).items():
            parent, last = walk(raw, pointer, at)
            if last in parent and parent[last] == value:
                refuse(at, f"'{pointer}' has that value already; remove the correction")
            parent[last] = value
        for pointer in fix.get("remove", []):
            parent, last = walk(raw, pointer, at)
            if last not in parent:
                refuse(at, f"'{pointer}' does not exist; remove the correction")
            del parent[last]


def walk(raw: dict, pointer: str, where: str) -> tuple[dict, str]:
    steps = pointer.strip("/").split("/")
    here = raw
    for step in steps[:-1]:
        if not isinstance(here, dict) or step not in here:
            refuse(where, f"'{pointer}' leads nowhere: no '{step}'")
        here = here[step]
    return here, steps[-1]
