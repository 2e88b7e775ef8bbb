"""python3 -m codegen.ssmdata --resources DIR --out DIR: Parameter Store's public parameters, packed for embedding.

They come from moto's copy of them: lists of parameters (ami-amazon-linux-latest) and trees {name: {…, "Value": value}} whose versions and
dates were not kept. A data set is what one Region has below one path; each is compressed by itself, so that only what is asked for is
unpacked. gen/ssm/public_parameters.h describes the text."""

import argparse
import gzip
import json
import re
import zlib
from pathlib import Path

from .errors import refuse
from .output import Output

HEADER = """\
// The public parameters inside the program. Written by codegen/.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace fogbank::ssm::data {

/// What one Region (empty: every one) has below one path, compressed. Lines in the order of names, fields between tabs:
/// name, version, last modified (milliseconds since 1970), value.
struct DataSet {
  std::string_view path;      ///< "/aws/service/ami-amazon-linux-latest"
  std::string_view region;
  uint32_t offset, size, text_size;
};
std::span<const DataSet> public_parameters();

/// Decompresses anew at each call. Thread-safe.
std::string unpack(const DataSet& set);

}  // namespace fogbank::ssm::data
"""

SOURCE = """\
// Written by codegen/.
#include "gen/ssm/public_parameters.h"

#include <zlib.h>

#include <cstdlib>

asm(".section .rodata\\n.global fogbank_ssm_public_parameters\\n.type fogbank_ssm_public_parameters, @object\\n.balign 16\\n"
    "fogbank_ssm_public_parameters:\\n.incbin \\"@file@\\"\\n.byte 0\\n.previous\\n");

namespace fogbank::ssm::data {

extern const unsigned char kPacked[] asm("fogbank_ssm_public_parameters");

namespace {
constexpr DataSet kSets[] = {
@sets@
};
}  // namespace

std::span<const DataSet> public_parameters() { return kSets; }

std::string unpack(const DataSet& set) {
  std::string out(set.text_size, '\\0');
  uLongf length = out.size();
  if (uncompress(reinterpret_cast<Bytef*>(out.data()), &length, kPacked + set.offset, set.size) != Z_OK || length != out.size()) std::abort();  // our bytes
  return out;
}

}  // namespace fogbank::ssm::data
"""


def load(path: Path):
    return json.loads(gzip.decompress(path.read_bytes()))


def walk(tree: dict, path: str, out: list) -> None:
    for name, below in tree.items():
        if name == "Value":
            out.append((path, below if isinstance(below, str) else json.dumps(below, separators=(",", ":"))))
        else:
            walk(below, f"{path}/{name}", out)


def text_of(source: Path, lines: list) -> str:
    for line in lines:
        if any(c in str(field) for field in line for c in "\t\n"):
            refuse(str(source), f"{line[0]} holds a tab or a new line")
    return "".join("\t".join(map(str, line)) + "\n" for line in sorted(lines))


def data_sets(folder: Path):
    """(path, Region, source, lines) of each."""
    newest = 0
    for file in sorted((folder / "ami-amazon-linux-latest").glob("*.json.gz")):
        lines = []
        for p in load(file):
            if p["Type"] != "String" or p["DataType"] != "text":
                refuse(str(file), f"{p['Name']} is no plain String")
            modified = round(p["LastModifiedDate"] * 1000)
            newest = max(newest, modified)
            lines.append((p["Name"], p["Version"], modified, p["Value"]))
        yield "/aws/service/ami-amazon-linux-latest", file.name.split(".")[0], file, lines
    # Trees come without versions and dates: version 1, of the day of the newest list.
    trees = [(f, f.name.split(".")[0], "/aws/service/ecs/optimized-ami") for f in sorted((folder / "ecs/optimized_amis").glob("*.json.gz"))]
    trees += [(folder / f"{kind}.json.gz", "", f"/aws/service/global-infrastructure/{kind}") for kind in ("regions", "services")]
    for file, region, path in trees:
        found = []
        walk(load(file), "", found)
        yield path, region, file, [(name, 1, newest, value) for name, value in found]


def main() -> None:
    p = argparse.ArgumentParser(prog="python3 -m codegen.ssmdata")
    for name in ("--resources", "--out"):
        p.add_argument(name, type=Path, required=True)
    args = p.parse_args()
    packed, rows = b"", []
    for path, region, source, lines in data_sets(args.resources):
        if not lines or any(name != path and not name.startswith(path + "/") for name, *_ in lines):
            refuse(str(source), f"is not what is below {path}")
        text = text_of(source, lines).encode()
        bytes_ = zlib.compress(text, 9)
        rows.append(f'    {{"{path}", "{region}", {len(packed)}, {len(bytes_)}, {len(text)}}},')
        packed += bytes_
    out = Output(args.out)
    out.write("ssm/public_parameters.z", packed)
    values = {"file": str(out.written[-1].resolve()), "sets": "\n".join(rows)}
    for suffix, template in ((".h", HEADER), (".cc", SOURCE)):
        out.write(f"ssm/public_parameters{suffix}", re.sub(r"@(\w+)@", lambda m: values[m[1]], template))


if __name__ == "__main__":
    main()
