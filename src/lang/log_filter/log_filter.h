// Filter patterns of CloudWatch Logs: text -> Pattern, and whether a log event's message matches.
//
// Three languages, told apart by the first character:
//   terms     ERROR "exact phrase" -exclude      all must be there; ?one ?or ?another: at least one, where nothing else is asked for
//             %regular.expression%
//   {…}       a condition on a JSON message: { $.user.id = 1 && ($.items[*].name = "a*" || $.x NOT EXISTS) }
//   […]       conditions on the fields of a message with spaces between them: [ip, ..., status = 4* || status = 5*, bytes > 1000]
// Source: CloudWatch Logs user guide, "Filter pattern syntax" and "Supported regular expressions syntax".
//
// Pure: no I/O, nothing is kept. A Pattern never changes; copies share it, any number of threads may match. Bounds: kMaxPattern bytes of
// pattern, kMaxDepth parentheses; regular expressions run in linear time with bounded memory; a message may be any bytes.
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

namespace fogbank::log_filter {

inline constexpr size_t kMaxPattern = 4096;   ///< the API allows 1,024 characters
inline constexpr int kMaxDepth = 32;

/// What a match takes out of a message, in the order of the pattern: {"$.user.id", "1"} or {"$status", "404"}; fields without a name by
/// their number: {"$3", "frank"}. Patterns of terms have none.
using Values = std::vector<std::pair<std::string, std::string>>;

class Matcher;

class Pattern {
 public:
  /// The fault of a pattern as text.
  static tl::expected<Pattern, std::string> compile(std::string_view text);
  bool matches(std::string_view message) const;
  /// The same, and what was taken out of a message that matches.
  bool matches(std::string_view message, Values& extracted) const;
  /// An empty pattern: every message matches.
  bool everything() const { return !matcher_; }

 private:
  std::shared_ptr<const Matcher> matcher_;
};

}  // namespace fogbank::log_filter
