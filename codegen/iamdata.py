"""python3 -m codegen.iamdata --policies FILE --actions FILE --out DIR: IAM's reference data, packed for embedding.

Both become text of tab-separated lines (JSON inside never holds a raw tab), compressed by zlib; gen/iam/data.h describes them. The
managed policies come from moto's copy of them, which is a Python file with one JSON text: it is read, not run."""

import argparse
import ast
import json
import re
import zlib
from pathlib import Path

from .errors import refuse
from .model import read_json
from .output import Output

# Where the reference's names are not those that IAM shows.
SERVICE_NAMES = {"cloudformation": "AWS CloudFormation", "iam": "AWS Identity and Access Management"}

ACCESS = {"List": "L", "Read": "R", "Write": "W", "Permissions management": "P", "Tagging": "T"}

FORMATS = {
    "managed_policies": """\
AWS's managed policies, a line each, sorted by name, fields between tabs:
name, ARN, path, default version id, create date, update date (both ISO 8601), document (compact JSON).""",
    "actions": """\
The action reference. Lines of fields between tabs; S opens a service, the others belong to it:
  S prefix  name of the service as IAM shows it
  A action  access level (L list, R read, W write, P permissions management, T tagging)  resource types
    resource types: entries between ';', each "type", "type!" if required, then ':' and its condition keys between ',' if it has any;
    the entry without type holds the keys that apply to the action itself
  R resource type  ARN pattern (${Partition}, …)  condition keys between ','
  K condition key  type ("String", "ArrayOfString", "Bool", "Numeric", "Date", "ARN", …)""",
}

HEADER = """\
// Reference data of IAM inside the program. Written by codegen/.
#pragma once
#include <cstddef>
#include <string>

namespace fogbank::iam::data {

// The compressed bytes (zlib) and the length of the text that they hold.
extern const unsigned char k@Name@[];
extern const size_t k@Name@Size, k@Name@TextSize;

@format@
///
/// Decompresses anew at each call: keep what you need. Thread-safe.
std::string @name@();

}  // namespace fogbank::iam::data
"""

SOURCE = """\
// Written by codegen/.
#include "gen/iam/@name@.h"

#include <zlib.h>

#include <cstdlib>

asm(".section .rodata\\n.global fogbank_iam_@name@\\n.type fogbank_iam_@name@, @object\\n.balign 16\\nfogbank_iam_@name@:\\n"
    ".incbin \\"@file@\\"\\n.byte 0\\n.previous\\n");

namespace fogbank::iam::data {

extern const unsigned char k@Name@[] asm("fogbank_iam_@name@");
extern const size_t k@Name@Size = @size@, k@Name@TextSize = @text@;

std::string @name@() {
  std::string out(k@Name@TextSize, '\\0');
  uLongf length = out.size();
  if (uncompress(reinterpret_cast<Bytef*>(out.data()), &length, k@Name@, k@Name@Size) != Z_OK || length != out.size()) std::abort();  // our bytes
  return out;
}

}  // namespace fogbank::iam::data
"""


def managed_policies(source: Path) -> str:
    text = None
    for node in ast.parse(source.read_text()).body:
        if isinstance(node, ast.Assign) and node.targets[0].id == "aws_managed_policies_data":
            text = ast.literal_eval(node.value)
    if text is None:
        refuse(str(source), "holds no aws_managed_policies_data")
    lines = []
    for name, p in sorted(json.loads(text).items()):
        arn = p.get("Arn", f"arn:aws:iam::aws:policy{p['Path']}{name}")
        document = json.dumps(p["Document"], separators=(",", ":"), ensure_ascii=False)
        lines.append("\t".join([name, arn, p["Path"], p["DefaultVersionId"], p["CreateDate"], p["UpdateDate"], document]))
    return "\n".join(lines) + "\n"


def actions(source: Path) -> str:
    lines = []
    for prefix, service in sorted(read_json(source).items()):
        if not isinstance(service, dict):
            continue    # the schema's version
        lines.append(f"S\t{prefix}\t{SERVICE_NAMES.get(prefix, service['service_name'])}")
        for name, a in sorted(service["privileges"].items()):
            types = []
            for kind, r in sorted(a["resource_types"].items()):
                keys = ",".join(sorted(r["condition_keys"]))
                if kind or keys:
                    types.append(kind.rstrip("*") + ("!" if r["required"] else "") + (":" + keys if keys else ""))
            if a["access_level"] not in ACCESS:
                refuse(str(source), f"{prefix}:{name} has the unknown access level '{a['access_level']}'")
            lines.append(f"A\t{name}\t{ACCESS[a['access_level']]}\t{';'.join(types)}")
        for name, r in sorted(service["resources"].items()):
            lines.append(f"R\t{name}\t{r['arn']}\t{','.join(sorted(r['condition_keys']))}")
        for name, c in sorted(service["conditions"].items()):
            lines.append(f"K\t{name}\t{c['type']}")
    return "\n".join(lines) + "\n"


def main() -> None:
    p = argparse.ArgumentParser(prog="python3 -m codegen.iamdata")
    for name in ("--policies", "--actions", "--out"):
        p.add_argument(name, type=Path, required=True)
    args = p.parse_args()
    out = Output(args.out)
    for name, text in (("managed_policies", managed_policies(args.policies)), ("actions", actions(args.actions))):
        packed = zlib.compress(text.encode(), 9)
        out.write(f"iam/{name}.z", packed)
        values = {"name": name, "Name": "".join(word.capitalize() for word in name.split("_")), "file": str(out.written[-1].resolve()),
                  "format": "\n".join("/// " + line for line in FORMATS[name].splitlines()), "size": str(len(packed)),
                  "text": str(len(text.encode()))}
        for suffix, template in ((".h", HEADER), (".cc", SOURCE)):
            out.write(f"iam/{name}{suffix}", re.sub(r"@(\w+)@", lambda m: values[m[1]], template))


if __name__ == "__main__":
    main()
