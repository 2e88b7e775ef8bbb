// First line: the pattern; the rest: the message. Matching with and without extraction has to agree, and values come only from a match.
#include <cstdint>
#include <cstdlib>

#include "lang/log_filter/log_filter.h"

using namespace fogbank::log_filter;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  size_t end = text.find('\n');
  std::string_view message = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  auto pattern = Pattern::compile(text.substr(0, end));
  if (!pattern) {
    if (pattern.error().empty()) std::abort();
    return 0;
  }
  Values values;
  bool with = pattern->matches(message, values);
  if (with != pattern->matches(message) || (!with && !values.empty())) std::abort();
  return 0;
}
