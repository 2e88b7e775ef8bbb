// What the three languages of filter patterns share: the cursor over the pattern's text, operands, and conditions joined by && and ||.
// Internal to this folder.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "lang/log_filter/log_filter.h"

namespace re2 { class RE2; }

namespace fogbank::log_filter {

class Matcher {
 public:
  virtual ~Matcher() = default;
  /// `extracted` may be null; it is filled only by a match.
  virtual bool matches(std::string_view message, Values* extracted) const = 0;
};

template <class T> using Parsed = tl::expected<T, std::string>;
using Compiled = Parsed<std::shared_ptr<const Matcher>>;
inline tl::unexpected<std::string> fault(std::string text) { return tl::unexpected<std::string>(std::move(text)); }
/// "Invalid character(s) in term 'x'"
tl::unexpected<std::string> bad_term(std::string_view term);

Compiled compile_terms(std::string_view text);
Compiled compile_json(std::string_view text);     ///< with its braces
Compiled compile_fields(std::string_view text);   ///< with its brackets

struct Cursor {
  std::string_view in;
  size_t pos = 0;
  int regexes = 0;

  bool at_end() const { return pos >= in.size(); }
  char peek() const { return at_end() ? '\0' : in[pos]; }
  std::string_view rest() const { return in.substr(pos); }
  void skip_space();
  /// Skips space, then takes the text if it stands there.
  bool take(std::string_view text);
};

bool is_space(char c);
bool alphanumeric(char c);
std::optional<double> number_of(std::string_view text);

enum class Op : uint8_t { eq, ne, lt, le, gt, ge };

/// The right side of a comparison.
struct Operand {
  std::string text;
  bool any_before = false, any_after = false;   ///< an asterisk at that end
  std::optional<double> number;                 ///< what was written without quotes and is a number
  std::shared_ptr<const re2::RE2> regex;
  bool anything() const { return !regex && text.empty() && any_before; }   ///< "*"
};

/// A regular expression between two percent signs, at the cursor.
Parsed<std::shared_ptr<const re2::RE2>> parse_regex(Cursor& in);
bool regex_matches(const re2::RE2& regex, std::string_view text);
/// A quoted text at the cursor, without its quotes; a backslash takes the next character as it is.
Parsed<std::string> parse_quoted(Cursor& in);
/// An operator; `ends`: characters that end a value without quotes besides space, parentheses, & and |.
Parsed<Op> parse_operator(Cursor& in);
Parsed<Operand> parse_operand(Cursor& in, char end, Op op);

bool compare_text(std::string_view value, Op op, const Operand& operand);
bool compare_number(double value, std::string_view text, Op op, const Operand& operand);

/// Conditions joined by && and ||, with parentheses. Leaf is a language's own condition.
template <class Leaf> struct Expression {
  enum class Kind : uint8_t { leaf, all, any } kind = Kind::leaf;
  Leaf leaf;
  std::vector<Expression> parts;

  template <class F> bool holds(const F& f) const {
    if (kind == Kind::leaf) return f(leaf);
    for (const Expression& e : parts)
      if (e.holds(f) != (kind == Kind::all)) return kind == Kind::any;
    return kind == Kind::all;
  }
};

template <class Leaf, class ParseLeaf> Parsed<Expression<Leaf>> parse_expression(Cursor& in, const ParseLeaf& parse_leaf, int depth = 0);

template <class Leaf, class ParseLeaf> Parsed<Expression<Leaf>> parse_part(Cursor& in, const ParseLeaf& parse_leaf, int depth) {
  if (!in.take("(")) {
    Expression<Leaf> out;
    auto leaf = parse_leaf(in);
    if (!leaf) return fault(std::move(leaf.error()));
    out.leaf = std::move(*leaf);
    return out;
  }
  if (depth >= kMaxDepth) return fault("Too many nested parentheses");
  auto inner = parse_expression<Leaf>(in, parse_leaf, depth + 1);
  if (inner && !in.take(")")) return fault("Missing closing parenthesis");
  return inner;
}

/// && binds closer than ||.
template <class Leaf, class ParseLeaf> Parsed<Expression<Leaf>> parse_expression(Cursor& in, const ParseLeaf& parse_leaf, int depth) {
  using E = Expression<Leaf>;
  std::vector<E> alternatives;
  do {
    std::vector<E> together;
    do {
      auto part = parse_part<Leaf>(in, parse_leaf, depth);
      if (!part) return part;
      together.push_back(std::move(*part));
    } while (in.take("&&"));
    if (together.size() == 1) alternatives.push_back(std::move(together.front()));
    else { E all; all.kind = E::Kind::all; all.parts = std::move(together); alternatives.push_back(std::move(all)); }
  } while (in.take("||"));
  if (alternatives.size() == 1) return std::move(alternatives.front());
  E any;
  any.kind = E::Kind::any;
  any.parts = std::move(alternatives);
  return any;
}

}  // namespace fogbank::log_filter
