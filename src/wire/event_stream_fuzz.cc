#include "wire/fuzz_round_trip.h"

using namespace fogbank;
using namespace fogbank::wire;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (auto frame = read_event(bytes); frame && frame->consumed) {
    Arena arena;
    read_event_message(Protocol::rest_json, Sample::node, *frame, arena);
    std::string ours;
    write_event(ours, frame->headers, frame->payload);
    auto again = read_event(ours);
    if (!again || again->consumed != ours.size() || again->payload != frame->payload || again->headers.size() != frame->headers.size())
      broken("our own frame cannot be read", ours, "");
  }
  // The bytes as a payload: checksums would otherwise stop nearly every mutation at the door.
  std::string framed;
  write_event(framed, {{":event-type", "child"}}, bytes);
  auto frame = read_event(framed);
  Arena arena;
  if (!frame || frame->payload != bytes) broken("a payload changed", framed, "");
  for (Protocol p : {Protocol::rest_json, Protocol::rest_xml, Protocol::rpc_v2_cbor}) read_event_message(p, Sample::node, *frame, arena);
  return 0;
}
