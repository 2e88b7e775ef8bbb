// Small text helpers: building, splitting, comparing. Thread-safe, no state.
#pragma once
#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace fogbank {

namespace detail {
inline void append_one(std::string& out, std::string_view s) { out.append(s); }
inline void append_one(std::string& out, const char* s) { out.append(s); }
inline void append_one(std::string& out, char c) { out.push_back(c); }
template <class T> std::enable_if_t<std::is_integral_v<T> && !std::is_same_v<T, char> && !std::is_same_v<T, bool>>
append_one(std::string& out, T v) {
  char buf[24];
  auto r = std::to_chars(buf, buf + sizeof buf, v);
  out.append(buf, r.ptr);
}
template <class T> std::enable_if_t<std::is_convertible_v<const T&, std::string_view> && std::is_class_v<T>>
append_one(std::string& out, const T& v) { out.append(static_cast<std::string_view>(v)); }
}  // namespace detail

/// Appends texts, characters and whole numbers.
template <class... A> void append(std::string& out, const A&... parts) { (detail::append_one(out, parts), ...); }
/// The parts as one text: cat("arn:", region, ':', 7).
template <class... A> std::string cat(const A&... parts) { std::string s; append(s, parts...); return s; }

/// Pieces between separators; "a,,b" has three, "" has one empty piece.
std::vector<std::string_view> split(std::string_view s, char separator);
std::string_view trim(std::string_view s);  ///< without spaces, tabs, CR and LF at both ends
std::string lower(std::string_view s);      ///< ASCII only
bool iequals(std::string_view a, std::string_view b);  ///< ASCII, without regard to case
bool starts_with_i(std::string_view s, std::string_view prefix);
std::string replace_all(std::string_view s, std::string_view from, std::string_view to);
/// The whole text as a number in base 10, or nothing.
std::optional<int64_t> parse_int(std::string_view s);
std::optional<double> parse_double(std::string_view s);
/// The shortest text that reads back as the same double ("1.5", "1e+30"); NaN and Infinity by these names.
std::string format_double(double v);

}  // namespace fogbank
