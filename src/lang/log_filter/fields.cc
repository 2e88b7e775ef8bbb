// […]: fields of messages with spaces between them. What stands in quotes or in square brackets is one field.
#include "base/strings.h"
#include "lang/log_filter/matcher.h"

namespace fogbank::log_filter {
namespace {

constexpr size_t kMaxFields = 4096;   ///< of a message; one with more matches no pattern of this kind

struct Condition { Op op = Op::eq; Operand operand; };
struct Field {
  std::string name;                                       ///< may be empty
  std::optional<Expression<Condition>> condition;
};

/// False if there are too many.
bool split_fields(std::string_view message, std::vector<std::string_view>& out) {
  for (size_t i = 0; i < message.size();) {
    if (is_space(message[i])) {
      i++;
      continue;
    }
    if (out.size() >= kMaxFields) return false;
    char close = message[i] == '"' ? '"' : message[i] == '[' ? ']' : '\0';
    size_t end = close ? message.find(close, i + 1) : std::string_view::npos;
    if (end != std::string_view::npos) {
      out.push_back(message.substr(i + 1, end - i - 1));
      i = end + 1;
      continue;
    }
    size_t start = i;
    while (i < message.size() && !is_space(message[i])) i++;
    out.push_back(message.substr(start, i - start));
  }
  return true;
}

class Fields final : public Matcher {
 public:
  std::vector<Field> before, after;   ///< the ellipsis
  bool ellipsis = false;

  bool matches(std::string_view message, Values* extracted) const override {
    std::vector<std::string_view> values;
    if (!split_fields(message, values)) return false;
    size_t named = before.size() + after.size();
    if (ellipsis ? values.size() < named : values.size() != named) return false;
    for (size_t i = 0; i < values.size(); i++) {
      const Field* f = field_at(i, values.size());
      if (f && f->condition && !f->condition->holds([&](const Condition& c) { return compare_text(values[i], c.op, c.operand); })) return false;
    }
    if (extracted) {
      for (size_t i = 0; i < values.size(); i++) {
        const Field* f = field_at(i, values.size());
        extracted->emplace_back(f && !f->name.empty() ? cat('$', f->name) : cat('$', i + 1), std::string(values[i]));
      }
    }
    return true;
  }

 private:
  const Field* field_at(size_t i, size_t count) const {
    if (i < before.size()) return &before[i];
    size_t from_end = count - i;
    return from_end <= after.size() ? &after[after.size() - from_end] : nullptr;
  }
};

bool of_names(char c) { return alphanumeric(c) || c == '_' || c == '-'; }

std::string_view take_name(Cursor& in) {
  in.skip_space();
  size_t start = in.pos;
  while (!in.at_end() && of_names(in.peek())) in.pos++;
  return in.in.substr(start, in.pos - start);
}

/// A name, or conditions that all speak of one name.
Parsed<Field> parse_field(Cursor& in) {
  Field out;
  in.skip_space();
  Cursor ahead = in;
  bool bare = ahead.peek() != '(';
  if (bare) {
    out.name = std::string(take_name(ahead));
    ahead.skip_space();
    if (ahead.at_end() || ahead.peek() == ',') {
      in = ahead;
      return out;
    }
  }
  out.name.clear();
  auto leaf = [&out](Cursor& c) -> Parsed<Condition> {
    std::string_view name = take_name(c);
    if (name.empty()) return bad_term(c.rest().substr(0, 1));
    if (out.name.empty()) out.name = std::string(name);
    if (out.name != name) return fault(cat("A condition on the field '", out.name, "' cannot name '", name, "'"));
    Condition condition;
    auto op = parse_operator(c);
    if (!op) return fault(std::move(op.error()));
    auto operand = parse_operand(c, ']', *op);
    if (!operand) return fault(std::move(operand.error()));
    return Condition{*op, std::move(*operand)};
  };
  auto expression = parse_expression<Condition>(in, leaf);
  if (!expression) return fault(std::move(expression.error()));
  out.condition = std::move(*expression);
  return out;
}

}  // namespace

Compiled compile_fields(std::string_view text) {
  if (!text.ends_with(']')) return fault("If a filter pattern starts with '[' it must end with ']'");
  auto out = std::make_shared<Fields>();
  Cursor in{text.substr(1, text.size() - 2)};
  while (true) {
    in.skip_space();
    if (in.take("...")) {
      if (out->ellipsis) return fault("A filter pattern can have only one ellipsis");
      out->ellipsis = true;
    } else {
      auto field = parse_field(in);
      if (!field) return fault(std::move(field.error()));
      (out->ellipsis ? out->after : out->before).push_back(std::move(*field));
    }
    in.skip_space();
    if (in.at_end()) return out;
    if (!in.take(",")) return bad_term(in.rest());
  }
}

}  // namespace fogbank::log_filter
