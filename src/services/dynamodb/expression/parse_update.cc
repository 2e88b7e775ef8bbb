// Update expressions: SET, REMOVE, ADD, DELETE; each section once.
#include "services/dynamodb/expression/parser.h"

namespace fogbank::dynamodb {
namespace {

constexpr struct { std::string_view word; Update::Verb verb; } kSections[] = {
    {"SET", Update::Verb::set}, {"REMOVE", Update::Verb::remove}, {"ADD", Update::Verb::add}, {"DELETE", Update::Verb::delete_}};

}  // namespace

Result<Update> Parser::update() {
  FB_TRY(begin());
  Update out;
  bool seen[4] = {};
  while (!failed() && peek().kind != Token::Kind::end) {
    bool found = false;
    for (const auto& s : kSections) {
      if (!take_word(s.word)) continue;
      found = true;
      if (seen[size_t(s.verb)]) fault(cat("The \"", s.word, "\" section can only be used once in an update expression;"));
      seen[size_t(s.verb)] = true;
      section(out, s.verb);
      break;
    }
    if (!found) syntax_error();
  }
  FB_TRY(finish());
  std::vector<const Path*> paths;
  for (const auto& a : out.actions) paths.push_back(&a.path);
  FB_TRY(check_overlaps(kind_, paths));
  out.nodes = std::move(nodes_);
  return out;
}

void Parser::section(Update& out, Update::Verb verb) {
  do {
    auto p = path();
    if (!p) return;
    Update::Action action{verb, std::move(*p)};
    if (verb == Update::Verb::set) {
      if (!expect_symbol("=")) return;
      auto value = set_value();
      if (!value) return;
      action.operand = *value;
    } else if (verb != Update::Verb::remove) {
      if (peek().kind != Token::Kind::value) return syntax_error();
      auto value = operand();
      if (!value) return;
      action.operand = *value;
      Type t = nodes_[*value].value.type();
      bool fits = is_set(t) || (verb == Update::Verb::add && t == Type::number);
      if (t != Type::none && !fits) {
        const char* name = verb == Update::Verb::add ? "ADD" : "DELETE";
        fault(cat("Incorrect operand type for operator or function; operator: ", name, ", operand type: ", long_type_name(t),
                  ", typeSet: ALLOWED_FOR_", name, "_OPERAND"));
      }
    }
    out.actions.push_back(std::move(action));
  } while (take_symbol(","));
}

std::optional<uint32_t> Parser::set_value() {
  auto left = set_operand();
  if (!left || failed()) return std::nullopt;
  for (Op op : {Op::plus, Op::minus}) {
    if (!take_symbol(op_name(op))) continue;
    auto right = set_operand();
    if (!right || failed()) return std::nullopt;
    for (uint32_t i : {*left, *right})
      if (nodes_[i].op == Op::value && nodes_[i].value && nodes_[i].value.type() != Type::number) wrong_type(op, nodes_[i].value.type());
    return combine(op, {*left, *right});
  }
  return left;
}

std::optional<uint32_t> Parser::set_operand() {
  if (!at_symbol("(")) return operand();
  if (++depth_ > kMaxParentheses) {
    syntax_error();
    return std::nullopt;
  }
  at_++;
  auto inner = set_value();
  if (!inner || !expect_symbol(")")) return std::nullopt;
  depth_--;
  return inner;
}

}  // namespace fogbank::dynamodb
