// Any bytes: a text that parses is written and read again as itself; compiling and matching it, in both dialects, ends.
#include "lang/event_pattern/pattern.h"

using namespace fogbank;
using namespace fogbank::event_pattern;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  auto value = parse_json(text);
  if (!value) return 0;
  std::string written = write_json(*value);
  auto again = parse_json(written);
  if (!again || write_json(*again) != written) __builtin_trap();
  for (Dialect d : {Dialect::event_bridge, Dialect::sns}) {
    auto p = compile(written, d);
    if (p) (*p)->matches(*value);
  }
  return 0;
}
