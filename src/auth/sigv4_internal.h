// Small text helpers that the files of sigv4 share. Not for use outside.
#pragma once
#include <cstdint>
#include <cstring>
#include <string_view>

namespace fogbank::auth::internal {

inline char low(char c) { return c >= 'A' && c <= 'Z' ? char(c | 0x20) : c; }

/// Eight ASCII bytes in lower case.
inline uint64_t low8(uint64_t w) {
  constexpr uint64_t kOnes = 0x0101010101010101;
  uint64_t seven = w & kOnes * 0x7f;
  uint64_t from_a = seven + kOnes * (0x80 - 'A'), past_z = seven + kOnes * (0x7f - 'Z');
  return w | ((from_a ^ past_z) & ~w & kOnes * 0x80) >> 2;
}

/// ASCII comparison without regard to case; inline and by words because headers are compared with every signed name.
inline bool same_name(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  size_t i = 0;
  for (; i + 8 <= a.size(); i += 8) {
    uint64_t x, y;
    std::memcpy(&x, a.data() + i, 8);
    std::memcpy(&y, b.data() + i, 8);
    if (x != y && low8(x) != low8(y)) return false;
  }
  for (; i < a.size(); i++)
    if (a[i] != b[i] && low(a[i]) != low(b[i])) return false;
  return true;
}
inline bool begins_with_name(std::string_view s, std::string_view prefix) {
  return s.size() >= prefix.size() && same_name(s.substr(0, prefix.size()), prefix);
}

/// Takes the next piece before `separator` off `rest`; false at the end. An empty text has no pieces.
inline bool next_piece(std::string_view& rest, char separator, std::string_view& piece) {
  if (rest.data() == nullptr) return false;
  size_t at = rest.find(separator);
  piece = rest.substr(0, at);
  rest = at == std::string_view::npos ? std::string_view() : rest.substr(at + 1);
  return true;
}

struct Parameter { std::string_view name, value; };
/// Next "name=value" of a raw query; pieces without a name are skipped.
inline bool next_parameter(std::string_view& rest, Parameter& p) {
  std::string_view piece;
  while (next_piece(rest, '&', piece)) {
    if (piece.empty()) continue;
    size_t eq = piece.find('=');
    p.name = piece.substr(0, eq);
    p.value = eq == std::string_view::npos ? std::string_view() : piece.substr(eq + 1);
    return true;
  }
  return false;
}

inline bool is_signed(std::string_view signed_headers, std::string_view name) {
  std::string_view piece;
  while (next_piece(signed_headers, ';', piece))
    if (same_name(piece, name)) return true;
  return false;
}

}  // namespace fogbank::auth::internal
