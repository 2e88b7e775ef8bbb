// Fuzz target: request heads and chunked bodies. Beyond not crashing: what is accepted has no line breaks or NULs in any view, every view
// lies in the head, and a chunked body decodes to the same whether it arrives at once or byte by byte.
#include <cstdlib>

#include "http/chunked.h"
#include "http/parser.h"

using namespace fogbank::http;

namespace {

void require(bool ok) { if (!ok) std::abort(); }

void check_view(std::string_view head, std::string_view v) {
  require(v.empty() || (v.data() >= head.data() && v.data() + v.size() <= head.data() + head.size()));
  require(v.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos);
}

void check_head(std::string_view bytes) {
  HeadScanner at_once, slow;
  auto found = at_once.scan(bytes);
  auto slow_found = HeadScanner::Found::more;
  for (size_t n = 0; n <= bytes.size() && slow_found == HeadScanner::Found::more; n++) slow_found = slow.scan(bytes.substr(0, n));
  require(found == slow_found);
  if (found != HeadScanner::Found::head) return;
  require(slow.length() == at_once.length() && slow.lines() == at_once.lines());
  auto head = bytes.substr(0, at_once.length());
  Request r;
  HeadFlags flags;
  if (parse_request_head(head, 200, r, flags)) return;
  require(r.fields.size() <= 200 && !r.method.empty() && !r.target.empty());
  require(!(r.chunked && r.content_length >= 0));
  check_view(head, r.method);
  check_view(head, r.target);
  for (const auto& f : r.fields) { check_view(head, f.name); check_view(head, f.value); }
}

// 0: unfinished, 1: complete, 2: malformed.
int decode(std::string_view bytes, size_t step, std::string& out) {
  ChunkDecoder decoder;
  size_t at = 0, have = std::min(step, bytes.size());
  for (;;) {
    auto s = decoder.next(bytes.substr(at, have - at));
    require(s.consumed <= have - at);
    at += s.consumed;
    if (s.found == ChunkDecoder::Found::bad) return 2;
    if (s.found == ChunkDecoder::Found::end) return 1;
    out.append(s.piece);
    if (s.consumed) continue;
    if (have == bytes.size()) return 0;
    have = std::min(have + step, bytes.size());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  check_head(bytes);
  std::string a, b;
  int at_once = decode(bytes, bytes.size(), a), slow = decode(bytes, 1, b);
  require(at_once == slow && a == b);
  ResponseReader reader(false, 10000);
  if (reader.feed(bytes) == ResponseReader::State::more) reader.end();
  return 0;
}
