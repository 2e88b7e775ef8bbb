#include "wire/fuzz_round_trip.h"

using namespace fogbank;
using namespace fogbank::wire;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  round_trip(Protocol::rpc_v2_cbor, bytes, true);
  ResponseParts response;
  response.status = 400;
  response.body = bytes;
  read_error(Protocol::rpc_v2_cbor, Sample::rpc, response);
  return 0;
}
