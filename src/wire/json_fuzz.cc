#include "wire/fuzz_round_trip.h"

using namespace fogbank;
using namespace fogbank::wire;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  round_trip(Protocol::json_1_1, text, true);
  Arena arena;
  if (auto v = from_json(Sample::any, text, arena)) {
    std::string a, b;
    to_json(Sample::any, *v, a);
    auto again = from_json(Sample::any, a, arena);
    if (!again) broken("our own document cannot be read", a, again.error().message);
    to_json(Sample::any, *again, b);
    if (a != b) broken("a document changed on its way", a, b);
  }
  ResponseParts response;
  response.status = 400;
  response.body = text;
  read_error(Protocol::json_1_1, Sample::rpc, response);
  return 0;
}
