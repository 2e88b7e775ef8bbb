// {…}: conditions on values of a JSON message. A selector that leads to an object, to an array or nowhere satisfies no comparison, also not !=.
#include <simdjson.h>

#include <algorithm>

#include "base/strings.h"
#include "lang/log_filter/matcher.h"

namespace fogbank::log_filter {
namespace {

using simdjson::dom::element;
using simdjson::dom::element_type;

constexpr size_t kMaxMessageDepth = 64;
constexpr size_t kMaxVisited = 100000;   ///< values that the wildcards of one selector look at

struct Step {
  enum class Kind : uint8_t { member, index, each } kind = Kind::member;
  std::string name;
  size_t index = 0;
};

struct Selector {
  std::string text;        ///< as written
  std::vector<Step> steps;
};

struct Condition {
  enum class Test : uint8_t { compare, is_null, is_true, is_false, exists, not_exists } test = Test::compare;
  size_t selector = 0;
  Op op = Op::eq;
  Operand operand;
};

/// Calls f for each value that the selector leads to until it answers true; true if it did.
template <class F> bool any_at(const element& at, const Step* step, const Step* end, size_t& visited, const F& f) {
  if (++visited > kMaxVisited) return false;
  if (step == end) return f(at);
  element next;
  if (step->kind == Step::Kind::member) return at.is_object() && !at[std::string_view(step->name)].get(next) && any_at(next, step + 1, end, visited, f);
  if (step->kind == Step::Kind::index) return at.is_array() && !at.at(step->index).get(next) && any_at(next, step + 1, end, visited, f);
  if (simdjson::dom::array list; !at.get(list)) {
    for (element e : list)
      if (any_at(e, step + 1, end, visited, f)) return true;
  } else if (simdjson::dom::object object; !at.get(object)) {
    for (auto member : object)
      if (any_at(member.value, step + 1, end, visited, f)) return true;
  }
  return false;
}

/// Texts as they are, numbers and booleans as JSON has them.
std::optional<std::string> value_text(const element& e) {
  if (std::string_view text; !e.get(text)) return std::string(text);
  if (e.is_object() || e.is_array()) return std::nullopt;
  return simdjson::minify(e);
}

bool satisfies(const element& e, const Condition& c) {
  switch (c.test) {
    case Condition::Test::exists: case Condition::Test::not_exists: return true;
    case Condition::Test::is_null: return e.is_null();
    case Condition::Test::is_true: case Condition::Test::is_false: {
      bool b;
      return !e.get(b) && b == (c.test == Condition::Test::is_true);
    }
    case Condition::Test::compare: break;
  }
  if (e.is_null()) return false;
  auto text = value_text(e);
  if (!text) return false;
  if (double number; e.is_number() && !e.get(number)) return compare_number(number, *text, c.op, c.operand);
  return compare_text(*text, c.op, c.operand);
}

class Json final : public Matcher {
 public:
  std::vector<Selector> selectors;
  Expression<Condition> expression;

  bool matches(std::string_view message, Values* extracted) const override {
    size_t start = 0;
    while (start < message.size() && is_space(message[start])) start++;
    if (start == message.size() || message[start] != '{') return false;   // most messages that are no JSON end here
    static thread_local simdjson::dom::parser parser;
    element root;
    if (parser.allocate(std::max(message.size(), size_t(64)), kMaxMessageDepth)) return false;
    if (parser.parse(message.data(), message.size()).get(root)) return false;
    auto visit = [&](const Condition& c) {
      const std::vector<Step>& steps = selectors[c.selector].steps;
      size_t visited = 0;
      bool found = any_at(root, steps.data(), steps.data() + steps.size(), visited, [&](const element& e) { return satisfies(e, c); });
      return found != (c.test == Condition::Test::not_exists);
    };
    if (!expression.holds(visit)) return false;
    if (extracted) extract(root, *extracted);
    return true;
  }

 private:
  void extract(const element& root, Values& out) const {
    for (const Selector& s : selectors) {
      size_t visited = 0;
      any_at(root, s.steps.data(), s.steps.data() + s.steps.size(), visited, [&](const element& e) {
        out.emplace_back(s.text, e.is_object() || e.is_array() ? simdjson::minify(e) : *value_text(e));
        return true;
      });
    }
  }
};

bool of_names(char c) { return alphanumeric(c) || c == '-' || c == '_'; }

/// What stands in brackets: a number, an asterisk, or a name in quotes.
Parsed<Step> parse_bracket(Cursor& in) {
  Step out;
  size_t start = in.pos++;
  in.skip_space();
  if (in.take("*")) {
    out.kind = Step::Kind::each;
  } else if (in.peek() == '\'' || in.peek() == '"') {
    size_t end = in.in.find(in.peek(), in.pos + 1);
    if (end == std::string_view::npos) return bad_term(in.in.substr(start));
    out.name = std::string(in.in.substr(in.pos + 1, end - in.pos - 1));
    in.pos = end + 1;
  } else {
    size_t digits = 0;
    for (; in.peek() >= '0' && in.peek() <= '9' && digits < 9; digits++, in.pos++) out.index = out.index * 10 + size_t(in.peek() - '0');
    if (!digits) return bad_term(in.in.substr(start));
    out.kind = Step::Kind::index;
  }
  if (!in.take("]")) return bad_term(in.in.substr(start));
  return out;
}

Parsed<Selector> parse_selector(Cursor& in) {
  Selector out;
  in.skip_space();
  size_t start = in.pos;
  if (!in.take("$")) return fault("A property selector must start with '$'");
  while (in.peek() == '.' || in.peek() == '[') {
    if (in.peek() == '.') in.pos++;
    Step step;
    if (in.peek() == '[') {
      auto bracket = parse_bracket(in);
      if (!bracket) return fault(std::move(bracket.error()));
      step = std::move(*bracket);
    } else if (in.peek() == '*') {
      in.pos++;
      step.kind = Step::Kind::each;
    } else {
      size_t name = in.pos;
      while (of_names(in.peek())) in.pos++;
      step.name = std::string(in.in.substr(name, in.pos - name));
      if (step.name.empty()) return bad_term(in.in.substr(start));
    }
    out.steps.push_back(std::move(step));
    if (out.steps.size() > kMaxMessageDepth) return fault("Property selector is too deep");
  }
  if (out.steps.empty()) return bad_term(in.in.substr(start));
  out.text = std::string(in.in.substr(start, in.pos - start));
  return out;
}

/// A word in any case, and not the beginning of a longer one.
bool take_word(Cursor& in, std::string_view word) {
  in.skip_space();
  if (!starts_with_i(in.rest(), word)) return false;
  if (in.rest().size() > word.size() && alphanumeric(in.rest()[word.size()])) return false;
  in.pos += word.size();
  return true;
}

Parsed<Condition> parse_condition(Cursor& in, std::vector<Selector>& selectors) {
  auto selector = parse_selector(in);
  if (!selector) return fault(std::move(selector.error()));
  Condition out;
  auto known = std::find_if(selectors.begin(), selectors.end(), [&](const Selector& s) { return s.text == selector->text; });
  out.selector = size_t(known - selectors.begin());
  if (known == selectors.end()) selectors.push_back(std::move(*selector));
  using Test = Condition::Test;
  if (take_word(in, "IS")) {
    if (take_word(in, "NULL")) out.test = Test::is_null;
    else if (take_word(in, "TRUE")) out.test = Test::is_true;
    else if (take_word(in, "FALSE")) out.test = Test::is_false;
    else return fault("IS must be followed by NULL, TRUE or FALSE");
    return out;
  }
  if (take_word(in, "EXISTS")) {
    out.test = Test::exists;
    return out;
  }
  if (take_word(in, "NOT")) {
    if (!take_word(in, "EXISTS")) return fault("NOT must be followed by EXISTS");
    out.test = Test::not_exists;
    return out;
  }
  auto op = parse_operator(in);
  if (!op) return fault(std::move(op.error()));
  auto operand = parse_operand(in, '}', *op);
  if (!operand) return fault(std::move(operand.error()));
  out.op = *op;
  out.operand = std::move(*operand);
  return out;
}

}  // namespace

Compiled compile_json(std::string_view text) {
  if (!text.ends_with('}')) return fault("If a filter pattern starts with '{' it must end with '}'");
  auto out = std::make_shared<Json>();
  Cursor in{text.substr(1, text.size() - 2)};
  auto expression = parse_expression<Condition>(in, [&](Cursor& c) { return parse_condition(c, out->selectors); });
  if (!expression) return fault(std::move(expression.error()));
  in.skip_space();
  if (!in.at_end()) return bad_term(in.rest());
  out->expression = std::move(*expression);
  return out;
}

}  // namespace fogbank::log_filter
