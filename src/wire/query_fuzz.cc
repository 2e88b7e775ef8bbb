#include "wire/fuzz_round_trip.h"

using namespace fogbank;
using namespace fogbank::wire;

// Not exact: query has no form for an empty map or for an element without members.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view form(reinterpret_cast<const char*>(data), size);
  round_trip(Protocol::query, form, false);
  round_trip(Protocol::ec2, form, false);
  return 0;
}
