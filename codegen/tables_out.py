"""gen/<x>/tables.h and tables.cc: shapes, operations and service as constant tables (src/wire/model.h)."""

from .errors import refuse
from .manifest import Manifest
from .model import LOCATIONS, Model
from .names import identifier, literal
from .patterns import HandList
from .reach import Reach, has_constraints
from .types_out import SCALARS


def init(**entries) -> str:
    """A designated initialiser without what is zero anyway."""
    return "{" + ", ".join(f".{k} = {v}" for k, v in entries.items() if v not in (None, False, "nullptr", "0", "false")) + "}"


def flag(value) -> str | None:
    return "true" if value else None


class Tables:
    def __init__(self, manifest: Manifest, reach: Reach, hand: HandList):
        self.manifest, self.reach, self.model, self.hand = manifest, reach, reach.model, hand
        self.protocols = self.model.protocols()
        self.enums: list[str] = []
        self.constraints: dict[str, int] = {}
        self.enum_spans: dict[tuple, int] = {}
        self.fields: list[str] = []
        self.errors: list[str] = []

    # ---- shapes -------------------------------------------------------------------------------------------------------------------
    def constraint(self, name: str) -> str:
        """A reference to the shape's entry in kConstraints; equal ones are shared."""
        if not has_constraints(self.model, name):
            return "nullptr"
        shape = self.model.shape(name)
        entries = {}
        for end in ("min", "max"):
            if end in shape:
                entries["has_" + end] = "true"
        for end in ("min", "max"):
            if end in shape:
                value = int(shape[end])
                if value != shape[end]:
                    refuse(self.model.where, f"shape '{name}': its {end} is no whole number")
                entries[end] = str(value) if value != -(2**63) else "INT64_MIN"
        if "pattern" in shape:
            entries["pattern"] = literal(shape["pattern"])
            entries["re2"] = literal(self.hand.rewrite(f"{self.model.where}, shape '{name}'", shape["pattern"], shape.get("max")))
        if "enum" in shape:
            values = tuple(shape["enum"])
            if values not in self.enum_spans:
                self.enum_spans[values] = len(self.enums)
                self.enums += [literal(v) for v in values]
            entries["enum_values"] = f"{{kEnums + {self.enum_spans[values]}, {len(values)}}}"
        text = init(**entries)
        return f"&kConstraints[{self.constraints.setdefault(text, len(self.constraints))}]"

    def shape(self, name: str) -> str:
        model, raw, kind = self.model, self.model.shape(name), self.model.kind(name)
        ident = identifier(name)
        e = {"name": literal(name), "kind": f"Kind::{kind}"}
        if kind == "structure":
            e["size"], e["align"] = f"sizeof(svc::{ident})", f"alignof(svc::{ident})"
            first = len(self.fields)
            self.fields += [self.field(ident, raw, member, ref) for member, ref in raw["members"].items()]
            if raw["members"]:
                e["fields"] = f"{{kFields + {first}, {len(raw['members'])}}}"
        else:
            slot = SCALARS.get(kind, "fogbank::List<char>")
            e["size"], e["align"] = f"sizeof({slot})", f"alignof({slot})"
        if kind == "list":
            e["element"] = self.shape_at(raw["member"])
            e["element_name"] = literal(model.trait(raw["member"], "locationName", "member"))
        if kind == "map":
            if model.kind(raw["key"]["shape"]) != "text":
                refuse(model.where, f"map '{name}': its keys are no texts")
            e["element"], e["map_key"] = self.shape_at(raw["value"]), self.shape_at(raw["key"])
            e["element_name"] = literal(model.trait(raw["value"], "locationName", "value"))
            e["key_name"] = literal(model.trait(raw["key"], "locationName", "key"))
        e["constraints"] = self.constraint(name)
        e["time"] = f"TimeFormat::{model.time({'shape': name})}" if "timestampFormat" in raw else None
        e["flattened"], e["is_union"] = flag(raw.get("flattened")), flag(raw.get("union"))
        e["event_stream"], e["event"] = flag(raw.get("eventstream")), flag(raw.get("event"))
        e["sensitive"], e["validate"] = flag(raw.get("sensitive")), flag(name in self.reach.validated)
        e["box"] = flag(raw.get("box"))
        e["xml_name"] = literal(raw.get("locationName"))
        e["xml_namespace"] = literal(xml_namespace(raw).get("uri"))
        e["payload"] = list(raw["members"]).index(raw["payload"]) if kind == "structure" and "payload" in raw else -1
        if name in self.reach.errors or raw.get("exception"):
            error = raw.get("error", {})
            e["is_error"] = "true"
            e["error_sender"] = flag(error.get("senderFault", not raw.get("fault") and error.get("httpStatusCode", 400) < 500))
            e["error_status"] = str(error.get("httpStatusCode", 0))
            e["error_code"] = literal(error.get("code", name))
        # `payload` stays even when it is 0: its default is not zero.
        return "{" + ", ".join(f".{k} = {v}" for k, v in e.items() if k == "payload" or v not in (None, "nullptr", "0")) + "}"

    def field(self, struct: str, owner: dict, name: str, ref: dict) -> str:
        model = self.model
        location = LOCATIONS.get(ref.get("location"))
        if location is None:
            refuse(model.where, f"{struct}.{name}: unknown location '{ref['location']}'")
        if owner.get("payload") == name:
            location = "payload"
        wire_name = model.trait(ref, "locationName", name)
        namespace = model.trait(ref, "xmlNamespace") or {}
        namespace = namespace if isinstance(namespace, dict) else {"uri": namespace}
        return init(
            name=literal(name), wire_name=literal(wire_name), query_name=literal(self.query_name(ref, name)), shape=self.shape_at(ref),
            offset=f"offsetof(svc::{struct}, {identifier(name)})", kind=f"Kind::{model.kind(ref['shape'])}",
            location=f"Location::{location}" if location != "body" else None,
            time=f"TimeFormat::{model.time(ref)}" if model.trait(ref, "timestampFormat") else None,
            required=flag(name in owner.get("required", [])), flattened=flag(model.trait(ref, "flattened")),
            xml_attribute=flag(ref.get("xmlAttribute")), streaming=flag(model.trait(ref, "streaming")),
            idempotency_token=flag(ref.get("idempotencyToken")), json_value=flag(ref.get("jsonvalue")),
            sensitive=flag(model.trait(ref, "sensitive")), event_payload=flag(ref.get("eventpayload")),
            event_header=flag(ref.get("eventheader")), validate=flag(ref["shape"] in self.reach.validated),
            xml_namespace=literal(namespace.get("uri")), xml_prefix=literal(namespace.get("prefix")))

    def query_name(self, ref: dict, name: str) -> str:
        """The name in query protocols. ec2 has one of its own for inputs; a flattened list that the member does not rename takes its
        element's name; services that also speak JSON have theirs in a correction (queryName)."""
        given = self.model.trait(ref, "queryName")
        if given:
            if "ec2" not in self.protocols and not self.model.trait(ref, "flattened"):
                refuse(self.model.where, f"member '{name}' has a queryName and is not flattened: the query protocol's readers know no such thing")
            return given
        wire_name = self.model.trait(ref, "locationName", name)
        if "ec2" in self.protocols:
            return wire_name[0].upper() + wire_name[1:]
        if wire_name == name and self.model.trait(ref, "flattened") and self.model.kind(ref["shape"]) == "list":
            return self.model.trait(self.model.shape(ref["shape"])["member"], "locationName", wire_name)
        return wire_name

    def shape_at(self, ref: dict) -> str:
        return f"&kShapes[{self.reach.index(ref['shape'])}]"

    # ---- operations and service ---------------------------------------------------------------------------------------------------
    def operation(self, name: str) -> str:
        model, op = self.model, self.reach.operations[name]
        raw, http = op.raw, op.raw["http"]
        inputs, outputs = model.shape(op.input)["members"], model.shape(op.output)["members"]
        checksum = raw.get("httpChecksumRequired") or raw.get("httpChecksum", {}).get("requestChecksumRequired")
        wrapper = raw.get("output", {}).get("resultWrapper") or (f"{name}Result" if "output" in raw and "query" in self.protocols else None)
        first = len(self.errors)
        self.errors += [f"&kShapes[{self.reach.index(e)}]" for e in op.errors]
        return init(
            name=literal(name), method=literal(http["method"]), uri=literal(http["requestUri"]),
            input=f"&kShapes[{self.reach.index(op.input)}]", output=f"&kShapes[{self.reach.index(op.output)}]",
            errors=f"{{kErrors + {first}, {len(op.errors)}}}" if op.errors else None, result_wrapper=literal(wrapper),
            input_xml_name=literal(raw.get("input", {}).get("locationName")),
            input_xml_namespace=literal(xml_namespace(raw.get("input", {})).get("uri")), status=str(http.get("responseCode", 200)),
            streaming_input=flag(any(model.trait(m, "streaming") for m in inputs.values())),
            streaming_output=flag(any(model.trait(m, "streaming") for m in outputs.values())),
            event_stream_output=flag(any(model.shape(m["shape"]).get("eventstream") for m in outputs.values())),
            unsigned_allowed=flag(raw.get("authtype") == "none"), checksum_required=flag(checksum))

    def service(self) -> str:
        meta = self.model.metadata
        served = len(self.manifest.operations)
        missing = [op for op in self.model.operations if op not in self.reach.operations]
        xml = meta.get("xmlNamespace")
        xml = xml["uri"] if isinstance(xml, dict) else xml
        self.not_served = [self.unserved(op) for op in missing]
        return init(
            name=literal(self.model.name), id=literal(meta["serviceId"]), signing_name=literal(self.model.signing_name()),
            endpoint_prefix=literal(meta["endpointPrefix"]), target_prefix=literal(meta.get("targetPrefix")),
            version=literal(meta["apiVersion"]), xml_namespace=literal(xml), protocols=f"{{kProtocols, {len(self.protocols)}}}",
            query_compatible=flag("awsQueryCompatible" in meta), **{"global": flag(self.model.is_global)},
            operations=f"{{kOperations, {served}}}", not_served=f"{{kNotServed, {len(missing)}}}" if missing else None,
            validation=literal(self.manifest.validation))

    def unserved(self, name: str) -> str:
        """A route by which a request for an operation that is not served is told from those that are."""
        raw = self.model.operations[name]
        owner = self.model.shape(raw["input"]["shape"]) if "input" in raw else {"members": {}}
        required = {"querystring": [], "header": []}
        for member in owner.get("required", []):
            ref = owner["members"][member]
            if ref.get("location") in required:
                required[ref["location"]].append(self.model.trait(ref, "locationName", member))
        return (f"{{{literal(name)}, {literal(raw['http']['method'])}, {literal(raw['http']['requestUri'])}, "
                f"{literal(','.join(required['querystring']))}, {literal(','.join(required['header']))}}}")

    # ---- files --------------------------------------------------------------------------------------------------------------------
    def write(self) -> str:
        shapes = [self.shape(s) for s in self.reach.shapes]
        operations = [self.operation(op.name) for op in self.manifest.operations]
        service = self.service()
        folder = self.manifest.folder
        out = [f"// Written by codegen/ from the API model {self.model.name} {self.model.metadata['apiVersion']} and {folder}/service.toml.",
               f'#include "gen/{folder}/tables.h"', "", "#include <cstddef>", "", f'#include "gen/{folder}/types.h"', "",
               f"namespace fogbank::{folder} {{", "namespace {", "", "using namespace wire;", ""]
        out += array("const char* const", "kEnums", self.enums)
        out += array("Constraints", "kConstraints", list(self.constraints))
        out += array("Field", "kFields", self.fields)
        out += array("Shape* const", "kErrors", self.errors, "const ")
        out += array("UnservedRoute", "kNotServed", self.not_served)
        out += array("Protocol", "kProtocols", [f"Protocol::{p}" for p in self.protocols])
        out += ["}  // namespace", ""]
        out += [f"constinit const wire::Shape kShapes[{len(shapes)}] = {{", *(f"  {s}," for s in shapes), "};", ""]
        out += [f"constinit const wire::Operation kOperations[{len(operations)}] = {{", *(f"  {o}," for o in operations), "};", ""]
        out += [f"constinit const wire::Service kService = {service};", "", f"}}  // namespace fogbank::{folder}", ""]
        return "\n".join(out)

    def write_header(self) -> str:
        folder = self.manifest.folder
        out = [f"// Tables of {folder}'s served operations and of what they reach. Written by codegen/.",
               "#pragma once", '#include "wire/model.h"', "", f"namespace fogbank::{folder} {{", "",
               f"extern const wire::Shape kShapes[{len(self.reach.shapes)}];",
               f"extern const wire::Operation kOperations[{len(self.manifest.operations)}];",
               "extern const wire::Service kService;", "", "/// The shape of each struct in types.h.", "namespace shapes {"]
        for s in self.reach.structures():
            out.append(f"inline constexpr const wire::Shape* {identifier(s)} = &kShapes[{self.reach.index(s)}];")
        return "\n".join(out + ["}  // namespace shapes", "", f"}}  // namespace fogbank::{folder}", ""])


def xml_namespace(raw: dict) -> dict:
    given = raw.get("xmlNamespace", {})
    return given if isinstance(given, dict) else {"uri": given}


def array(kind: str, name: str, rows: list[str], before: str = "") -> list[str]:
    if not rows:
        return []
    return [f"constexpr {before}{kind} {name}[] = {{", *(f"  {r}," for r in rows), "};", ""]
