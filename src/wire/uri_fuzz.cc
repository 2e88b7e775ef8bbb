#include "wire/fuzz_round_trip.h"

using namespace fogbank;
using namespace fogbank::wire;

// First line: the pattern; second: the path.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  size_t end = text.find('\n');
  std::string_view pattern = text.substr(0, end), path = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  std::vector<std::pair<std::string_view, std::string>> labels;
  bool with = match_uri(pattern, path, &labels), without = match_uri(pattern, path, nullptr);
  if (with != without || (!with && !labels.empty())) broken("labels change the match", std::string(pattern), std::string(path));
  match_uri("/{Bucket}/{Key+}?uploads", text, &labels);
  return 0;
}
