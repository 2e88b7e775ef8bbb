// Matching of request paths against the model's uri patterns: "/{Bucket}/{Key+}?uploads". The part behind '?' is not looked at here
// (resolution compares it); a greedy label takes slashes too and may be followed by further pieces.
#include "base/encoding.h"
#include "wire/codec.h"

namespace fogbank::wire {

namespace {

using Labels = std::vector<std::pair<std::string_view, std::string>>;

/// The next piece of a pattern or path, without its slash; `s` keeps the rest with its slash.
std::string_view take_piece(std::string_view& s) {
  if (!s.empty() && s[0] == '/') s.remove_prefix(1);
  size_t end = s.find('/');
  std::string_view piece = s.substr(0, end);
  s = end == std::string_view::npos ? std::string_view() : s.substr(end);
  return piece;
}

size_t count_pieces(std::string_view s) {
  size_t n = 0;
  for (char c : s) n += c == '/';
  return n;
}

bool is_label(std::string_view piece) { return piece.size() > 2 && piece.front() == '{' && piece.back() == '}'; }

/// The last `pieces` pieces of a path (with their slashes) begin here.
size_t tail_start(std::string_view path, size_t pieces) {
  size_t at = path.size();
  while (pieces) {
    size_t slash = at == 0 ? std::string_view::npos : path.rfind('/', at - 1);
    if (slash == std::string_view::npos) return std::string_view::npos;
    at = slash;
    pieces--;
  }
  return at;
}

bool match(std::string_view pattern, std::string_view path, Labels* labels) {
  while (!pattern.empty()) {
    std::string_view p = take_piece(pattern);
    if (is_label(p) && p[p.size() - 2] == '+') {
      size_t end = tail_start(path, count_pieces(pattern));
      if (path.empty() || path[0] != '/' || end == std::string_view::npos || end < 2) return false;
      if (labels) labels->emplace_back(p.substr(1, p.size() - 3), percent_decode(path.substr(1, end - 1)));
      path.remove_prefix(end);
      continue;
    }
    if (path.empty()) return p.empty() && pattern.empty();
    std::string_view got = take_piece(path);
    if (is_label(p)) {
      if (got.empty()) return false;
      if (labels) labels->emplace_back(p.substr(1, p.size() - 2), percent_decode(got));
    } else if (p != got && percent_decode(got) != p) {
      return false;
    }
  }
  return path.empty() || path == "/";  // clients and models disagree about a slash at the end
}

}  // namespace

bool match_uri(std::string_view uri_pattern, std::string_view path, Labels* labels) {
  std::string_view pattern = uri_pattern.substr(0, uri_pattern.find('?'));
  size_t before = labels ? labels->size() : 0;
  if (match(pattern, path, labels)) return true;
  if (labels) labels->resize(before);
  return false;
}

}  // namespace fogbank::wire
