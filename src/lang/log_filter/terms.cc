// Terms: words, phrases and regular expressions that have to be in a message, must not be, or of which one has to be.
#include <algorithm>

#include "base/strings.h"
#include "lang/log_filter/matcher.h"

namespace fogbank::log_filter {
namespace {

struct Term {
  std::string text;
  std::shared_ptr<const re2::RE2> regex;
  bool in(std::string_view message) const { return regex ? regex_matches(*regex, message) : message.find(text) != std::string_view::npos; }
};

class Terms final : public Matcher {
 public:
  std::vector<Term> required, excluded, optional;

  bool matches(std::string_view message, Values*) const override {
    auto found = [&](const Term& t) { return t.in(message); };
    if (!std::all_of(required.begin(), required.end(), found) || std::any_of(excluded.begin(), excluded.end(), found)) return false;
    // Question marks count only among themselves.
    return optional.empty() || !required.empty() || !excluded.empty() || std::any_of(optional.begin(), optional.end(), found);
  }
};

Parsed<Term> parse_term(Cursor& in) {
  Term out;
  size_t start = in.pos;
  if (in.peek() == '%') {
    auto regex = parse_regex(in);
    if (!regex) return fault(std::move(regex.error()));
    out.regex = std::move(*regex);
  } else if (in.peek() == '"') {
    auto text = parse_quoted(in);
    if (!text) return fault(std::move(text.error()));
    if (text->empty()) return bad_term("\"\"");
    out.text = std::move(*text);
  } else {
    while (!in.at_end() && !is_space(in.peek())) in.pos++;
    out.text = std::string(in.in.substr(start, in.pos - start));
    bool plain = !out.text.empty() && std::all_of(out.text.begin(), out.text.end(), [](char c) { return alphanumeric(c) || c == '_'; });
    if (!plain) return bad_term(out.text);
  }
  if (!in.at_end() && !is_space(in.peek())) {
    while (!in.at_end() && !is_space(in.peek())) in.pos++;
    return bad_term(in.in.substr(start, in.pos - start));
  }
  return out;
}

}  // namespace

Compiled compile_terms(std::string_view text) {
  auto out = std::make_shared<Terms>();
  Cursor in{text};
  for (in.skip_space(); !in.at_end(); in.skip_space()) {
    char sign = in.peek();
    if (sign == '?' || sign == '-') in.pos++;
    if (sign == '-') in.skip_space();
    if (in.at_end() || is_space(in.peek())) return bad_term(std::string_view(&sign, 1));
    auto term = parse_term(in);
    if (!term) return fault(std::move(term.error()));
    (sign == '?' ? out->optional : sign == '-' ? out->excluded : out->required).push_back(std::move(*term));
  }
  return out;
}

}  // namespace fogbank::log_filter
