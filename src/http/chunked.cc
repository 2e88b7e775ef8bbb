#include "http/chunked.h"

#include <cstring>

#include "http/parser.h"

namespace fogbank::http {

namespace {
constexpr size_t kMaxLine = 4 << 10, kMaxTrailers = 16 << 10, kMaxTrailerFields = 64;
constexpr uint64_t kMaxChunk = uint64_t(1) << 48;

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}
}  // namespace

ChunkDecoder::Step ChunkDecoder::next(std::string_view bytes) {
  if (at_ == At::finished) return {Found::end, 0, {}};
  if (bytes.empty()) return {Found::more, 0, {}};
  if (at_ != At::content) return take_line(bytes);
  auto piece = bytes.substr(0, size_t(std::min<uint64_t>(left_, bytes.size())));
  left_ -= piece.size();
  if (!left_) at_ = At::content_end;
  return {Found::data, piece.size(), piece};
}

ChunkDecoder::Step ChunkDecoder::take_line(std::string_view bytes) {
  auto* lf = static_cast<const char*>(std::memchr(bytes.data(), '\n', bytes.size()));
  size_t n = lf ? size_t(lf - bytes.data()) + 1 : bytes.size();
  if (line_.size() + n > kMaxLine) return {Found::bad, n, {}};
  line_.append(bytes.substr(0, n));
  // After a chunk's content only CR LF may come: do not wait for a line end that a broken peer never sends.
  if (at_ == At::content_end && std::string_view("\r\n").substr(0, line_.size()) != line_) return {Found::bad, n, {}};
  if (!lf) return {Found::more, n, {}};
  if (line_.size() < 2 || line_[line_.size() - 2] != '\r') return {Found::bad, n, {}};
  std::string_view line(line_.data(), line_.size() - 2);
  Step step{Found::more, n, {}};
  switch (at_) {
    case At::content_end: at_ = At::size_line; break;
    case At::size_line: if (!read_size(line)) step.found = Found::bad; break;
    default: step = take_trailer_line(line, n);
  }
  line_.clear();
  return step;
}

bool ChunkDecoder::read_size(std::string_view line) {
  uint64_t size = 0;
  size_t digits = 0;
  for (; digits < line.size() && hex_digit(line[digits]) >= 0; digits++) {
    if (digits == 16) return false;
    size = size << 4 | uint64_t(hex_digit(line[digits]));
  }
  if (!digits || size > kMaxChunk) return false;
  auto rest = line.substr(digits);
  while (!rest.empty() && (rest[0] == ' ' || rest[0] == '\t')) rest.remove_prefix(1);
  if (!rest.empty() && rest[0] != ';') return false;
  for (unsigned char c : rest) if ((c < 32 && c != '\t') || c == 127) return false;
  left_ = size;
  at_ = size ? At::content : At::trailer;
  return true;
}

ChunkDecoder::Step ChunkDecoder::take_trailer_line(std::string_view line, size_t consumed) {
  if (line.empty()) {
    at_ = At::finished;
    return {parse_trailers(trailer_lines_, kMaxTrailerFields, trailers_) ? Found::end : Found::bad, consumed, {}};
  }
  if (line[0] == ' ' || line[0] == '\t' || trailer_lines_.size() + line.size() > kMaxTrailers) return {Found::bad, consumed, {}};
  trailer_lines_.append(line).append("\r\n");
  return {Found::more, consumed, {}};
}

}  // namespace fogbank::http
