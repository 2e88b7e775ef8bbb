"""gen/<x>/types.h: the plain structs."""

from .model import Model
from .names import identifier
from .reach import Reach

SCALARS = {
    "boolean": "fogbank::Opt<bool>", "integer": "fogbank::Opt<int32_t>", "longint": "fogbank::Opt<int64_t>",
    "float32": "fogbank::Opt<float>", "float64": "fogbank::Opt<double>", "timestamp": "fogbank::Opt<int64_t>",
    "text": "fogbank::Str", "blob": "fogbank::Blob", "document": "fogbank::wire::Document",
}


def slot(model: Model, shape: str, element: bool) -> str:
    """The C++ type of a slot; a structure is inline in a list or map and behind a pointer in a structure. Always qualified: a member may
    be called like its type, and a shape like one of ours."""
    kind = model.kind(shape)
    if kind in SCALARS:
        return SCALARS[kind]
    raw = model.shape(shape)
    if kind == "list":
        return f"fogbank::List<{slot(model, raw['member']['shape'], True)}>"
    if kind == "map":
        return f"fogbank::Map<{slot(model, raw['value']['shape'], True)}>"
    return f"svc::{identifier(shape)}" if element else f"fogbank::Ptr<svc::{identifier(shape)}>"


def write_types(folder: str, version: str, reach: Reach) -> str:
    model = reach.model
    structures = reach.structures()
    has_document = any(model.kind(s) == "document" for s in reach.shapes)
    out = [
        f"// Structs of {folder}'s served operations. Written by codegen/ from the API model {model.name} {version}.",
        "#pragma once", "#include <cstdint>", "", '#include "base/arena.h"',
    ]
    if has_document:
        out.append('#include "wire/model.h"')
    out += ["", f"namespace fogbank::{folder}::svc {{", ""]
    out += [f"struct {identifier(s)};" for s in structures]
    for s in structures:
        out += ["", f"struct {identifier(s)} {{"]
        for name, ref in model.shape(s)["members"].items():
            out.append(f"  {slot(model, ref['shape'], False)} {identifier(name)};")
        out.append("};")
    out += ["", f"}}  // namespace fogbank::{folder}::svc", ""]
    return "\n".join(out)
