#include "base/strings.h"
#include "wire/fuzz_round_trip.h"

using namespace fogbank;
using namespace fogbank::wire;

// The input is lines: path?query, then headers "name: value", an empty line, the body.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  auto line = [&] {
    size_t end = rest.find('\n');
    std::string_view l = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    return l;
  };
  std::string_view target = line();
  std::vector<Header> headers;
  for (std::string_view l = line(); !l.empty() && headers.size() < 100; l = line()) {
    size_t colon = l.find(':');
    if (colon != std::string_view::npos) headers.push_back({l.substr(0, colon), trim(l.substr(colon + 1))});
  }
  size_t mark = target.find('?');
  RequestParts request{"PUT", target.substr(0, mark), mark == std::string_view::npos ? std::string_view() : target.substr(mark + 1), &headers, rest};
  for (Protocol p : {Protocol::rest_json, Protocol::rest_xml}) {
    Arena arena;
    if (auto in = read_input(p, Sample::rest, request, arena)) {
      Message message;
      write_input(p, Sample::service, Sample::rest, *in, message);
      write_output(p, Sample::service, Sample::rest, *in, "id", message);
    }
    read_output(p, Sample::rest, {200, &headers, rest}, arena);
    read_error(p, Sample::rest, {500, &headers, rest});
  }
  return 0;
}
