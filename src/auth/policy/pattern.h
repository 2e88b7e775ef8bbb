// Texts of a policy made ready for comparing: wildcards, policy variables, ARN segments. Immutable once made; thread-safe.
//
// A Pattern keeps its text with three marker bytes in place of '*', '?' and a variable. The markers (0xFD-0xFF) occur in no UTF-8 text,
// so literals need no escapes. Values put in for variables are always literal: a '*' in a tag's value is a star, not a wildcard.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/policy/request.h"

namespace fogbank::policy {

/// Bytes on the stack, on the heap beyond that: where variables are expanded.
class Scratch {
 public:
  void clear() { size_ = 0; more_.clear(); }
  void append(std::string_view s);
  std::string_view view() const { return more_.empty() ? std::string_view(fixed_, size_) : std::string_view(more_); }

 private:
  char fixed_[512];
  size_t size_ = 0;
  std::string more_;
};

class Pattern {
 public:
  struct Syntax {
    bool wildcards = true;   ///< '*' and '?' are wildcards
    bool variables = false;  ///< "${…}" are policy variables (Version 2012-10-17)
    bool lower = false;      ///< fold ASCII letters: for actions
  };
  Pattern() = default;
  Pattern(std::string_view text, Syntax syntax);

  /// The whole text against the whole pattern. A variable that the request cannot resolve to exactly one value matches nothing.
  /// `request` may be null if there are no variables.
  bool matches(std::string_view text, const Request* request) const;
  /// The same without regard to ASCII case; not for patterns with wildcards.
  bool equals_ignoring_case(std::string_view text, const Request* request) const;
  /// As ARN: each of the first five segments by itself, the sixth whole. Segments that the pattern lacks match all.
  bool matches_arn(std::string_view text, const Request* request) const;

  bool any() const { return kind_ == Kind::any; }

 private:
  enum class Kind : uint8_t { exact, any, ends, glob };
  struct Variable {
    std::string key;  ///< in lower case
    std::optional<std::string> fallback;
  };
  void parse_variable(std::string_view inside);
  void classify();
  bool expand(const Request* request, Scratch& out) const;

  std::string text_;
  std::vector<Variable> variables_;
  uint32_t head_ = 0, tail_ = 0;  ///< literal bytes before the first and after the last marker
  Kind kind_ = Kind::exact;       ///< ends: literal, one star, literal
  bool wild_ = false;
};

/// Wildcard match of a marked text (see above, no variables) against a text.
bool match_marked(std::string_view pattern, std::string_view text);

}  // namespace fogbank::policy
