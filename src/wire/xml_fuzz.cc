#include "wire/fuzz_round_trip.h"

using namespace fogbank;
using namespace fogbank::wire;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Arena arena;
  ResponseParts response;
  response.body = {reinterpret_cast<const char*>(data), size};
  read_error(Protocol::rest_xml, Sample::rpc, response);
  auto first = read_output(Protocol::query, Sample::rpc, response, arena);
  if (!first) return 0;
  Message message;
  write_output(Protocol::query, Sample::service, Sample::rpc, *first, "id", message);
  response.body = message.body;
  auto second = read_output(Protocol::query, Sample::rpc, response, arena);
  if (!second) broken("our own answer cannot be read", message.body, second.error().message);
  static_cast<Node*>(*first)->attribute = Str{};  // the result's element has no attributes in query
  std::string a, b;
  to_json(Sample::node, *first, a);
  to_json(Sample::node, *second, b);
  if (a != b) broken("a value changed on its way", a, b);
  return 0;
}
