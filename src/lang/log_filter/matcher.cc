#include "lang/log_filter/matcher.h"

#include <re2/re2.h>

#include <charconv>

#include "base/strings.h"

namespace fogbank::log_filter {
namespace {

constexpr int kMaxRegexes = 2;
constexpr int64_t kRegexMemory = 1 << 20;

/// Documented: letters, digits, these symbols and operators. Parentheses and characters beyond ASCII are not supported.
bool of_regexes(char c) { return alphanumeric(c) || std::string_view(":_#=@/;,-^$?[]{}|\\*+.").find(c) != std::string_view::npos; }
bool ends_bare(char c, char end) { return is_space(c) || c == end || c == ')' || c == '(' || c == '&' || c == '|' || c == ','; }
bool of_bare_values(char c) { return alphanumeric(c) || std::string_view("_.*+-/:").find(c) != std::string_view::npos; }

template <class T> bool ordered(const T& a, Op op, const T& b) {
  switch (op) {
    case Op::eq: return a == b;
    case Op::ne: return !(a == b);
    case Op::lt: return a < b;
    case Op::le: return a <= b;
    case Op::gt: return a > b;
    case Op::ge: return a >= b;
  }
  return false;
}

/// The text with asterisks at its ends, where they stand for anything; inside they stand for themselves.
void set_wildcards(Operand& o) {
  std::string_view t = o.text;
  if (t.starts_with('*')) {
    o.any_before = true;
    t.remove_prefix(1);
  }
  if (t.ends_with('*')) {
    o.any_after = true;
    t.remove_suffix(1);
  }
  o.text = std::string(t);
}

bool text_fits(std::string_view value, const Operand& o) {
  if (o.any_before && o.any_after) return value.find(o.text) != std::string_view::npos;
  if (o.any_before) return value.ends_with(o.text);
  if (o.any_after) return value.starts_with(o.text);
  return value == o.text;
}

}  // namespace

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool alphanumeric(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

void Cursor::skip_space() {
  while (pos < in.size() && is_space(in[pos])) pos++;
}

bool Cursor::take(std::string_view text) {
  skip_space();
  if (!rest().starts_with(text)) return false;
  pos += text.size();
  return true;
}

tl::unexpected<std::string> bad_term(std::string_view term) { return fault(cat("Invalid character(s) in term '", term, "'")); }

std::optional<double> number_of(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  if (text.empty() || !(text.front() == '-' || text.front() == '.' || (text.front() >= '0' && text.front() <= '9'))) return std::nullopt;
  double out = 0;
  auto r = std::from_chars(text.data(), text.data() + text.size(), out);
  if (r.ec != std::errc() || r.ptr != text.data() + text.size()) return std::nullopt;
  return out;
}

Parsed<std::shared_ptr<const re2::RE2>> parse_regex(Cursor& in) {
  size_t end = in.in.find('%', in.pos + 1);
  if (end == std::string_view::npos) return bad_term(in.rest());
  std::string_view body = in.in.substr(in.pos + 1, end - in.pos - 1);
  if (body.empty()) return bad_term("%%");
  for (char c : body)
    if (!of_regexes(c)) return bad_term(cat('%', body, '%'));
  if (++in.regexes > kMaxRegexes) return fault("Too many regular expressions in the filter pattern. The maximum is 2.");
  re2::RE2::Options options;
  options.set_encoding(re2::RE2::Options::EncodingLatin1);
  options.set_log_errors(false);
  options.set_max_mem(kRegexMemory);
  auto regex = std::make_shared<const re2::RE2>(re2::StringPiece(body.data(), body.size()), options);
  if (!regex->ok()) return fault(cat("Invalid regular expression '%", body, "%'"));
  in.pos = end + 1;
  return regex;
}

bool regex_matches(const re2::RE2& regex, std::string_view text) { return re2::RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), regex); }

Parsed<std::string> parse_quoted(Cursor& in) {
  std::string out;
  size_t start = in.pos++;
  for (; !in.at_end(); in.pos++) {
    char c = in.peek();
    if (c == '"') {
      in.pos++;
      return out;
    }
    if (c == '\\' && in.pos + 1 < in.in.size() && (in.in[in.pos + 1] == '"' || in.in[in.pos + 1] == '\\')) c = in.in[++in.pos];
    out += c;
  }
  return bad_term(in.in.substr(start));
}

Parsed<Op> parse_operator(Cursor& in) {
  in.skip_space();
  if (in.take("!=") || in.take("=!")) return Op::ne;   // the guide writes both
  if (in.take(">=")) return Op::ge;
  if (in.take("<=")) return Op::le;
  if (in.take("=")) return Op::eq;
  if (in.take(">")) return Op::gt;
  if (in.take("<")) return Op::lt;
  return fault("Missing comparison operator");
}

Parsed<Operand> parse_operand(Cursor& in, char end, Op op) {
  Operand out;
  in.skip_space();
  if (in.peek() == '%') {
    auto regex = parse_regex(in);
    if (!regex) return fault(std::move(regex.error()));
    if (op != Op::eq && op != Op::ne) return fault("Regular expressions can only be compared with = and !=");
    out.regex = std::move(*regex);
    return out;
  }
  if (in.peek() == '"') {
    auto text = parse_quoted(in);
    if (!text) return fault(std::move(text.error()));
    out.text = std::move(*text);
  } else {
    size_t start = in.pos;
    while (!in.at_end() && !ends_bare(in.peek(), end)) in.pos++;
    out.text = std::string(in.in.substr(start, in.pos - start));
    if (out.text.empty()) return fault("Missing value");
    for (char c : out.text)
      if (!of_bare_values(c)) return bad_term(out.text);
    out.number = number_of(out.text);
  }
  if (op != Op::eq && op != Op::ne) {
    if (!out.number) return fault(cat("Invalid number '", out.text, "'"));
    return out;
  }
  if (!out.number) set_wildcards(out);
  return out;
}

bool compare_text(std::string_view value, Op op, const Operand& o) {
  if (o.regex) return regex_matches(*o.regex, value) == (op == Op::eq);
  if (o.number)
    if (auto n = number_of(value)) return ordered(*n, op, *o.number);
  if (op == Op::eq) return text_fits(value, o);
  if (op == Op::ne) return !text_fits(value, o);
  return false;
}

bool compare_number(double value, std::string_view text, Op op, const Operand& o) {
  if (!o.number) return compare_text(text, op, o);
  return ordered(value, op, *o.number);
}

}  // namespace fogbank::log_filter
