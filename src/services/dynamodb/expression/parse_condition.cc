// Conditions: grammar and the checks that need no item.
#include "services/dynamodb/expression/parser.h"

namespace fogbank::dynamodb {
namespace {

struct Function { std::string_view name; Op op; size_t operands; };
constexpr Function kFunctions[] = {
    {"attribute_exists", Op::attribute_exists, 1}, {"attribute_not_exists", Op::attribute_not_exists, 1}, {"attribute_type", Op::attribute_type, 2},
    {"begins_with", Op::begins_with, 2}, {"contains", Op::contains, 2}, {"size", Op::size, 1},
    {"if_not_exists", Op::if_not_exists, 2}, {"list_append", Op::list_append, 2},
};

const Function* find_function(std::string_view name) {
  for (const Function& f : kFunctions)
    if (f.name == name) return &f;
  return nullptr;
}

constexpr struct { std::string_view text; Op op; } kComparators[] = {{"=", Op::eq}, {"<>", Op::ne}, {"<", Op::lt}, {"<=", Op::le}, {">", Op::gt}, {">=", Op::ge}};

const char* allowed_in(Kind k) {
  switch (k) {
    case Kind::filter: return "a filter expression";
    case Kind::key_condition: return "a key condition expression";
    case Kind::update: return "an update expression";
    default: return "a condition expression";
  }
}

bool orderable(Type t) { return is_scalar_key(t); }

}  // namespace

Result<Tree> Parser::condition() {
  FB_TRY(begin());
  auto root = either();
  if (root) need_condition(*root);
  FB_TRY(finish());
  Tree tree;
  tree.nodes = std::move(nodes_);
  return tree;
}

bool Parser::need_condition(uint32_t i) {
  const Node& n = nodes_[i];
  if (!is_operand(n.op)) return true;
  if (n.op == Op::size || n.op == Op::if_not_exists || n.op == Op::list_append)
    fault(cat("The function is not allowed to be used this way in an expression; function: ", op_name(n.op)));
  else syntax_error();
  return false;
}

bool Parser::need_operand(uint32_t i) {
  const Node& n = nodes_[i];
  if (is_operand(n.op)) return true;
  if (n.op >= Op::attribute_exists) fault(cat("The function is not allowed to be used this way in an expression; function: ", op_name(n.op)));
  else syntax_error();
  return false;
}

std::optional<uint32_t> Parser::either() {
  auto left = both();
  while (left && !failed() && take_word("OR")) {
    need_condition(*left);
    auto right = both();
    if (!right || failed()) return std::nullopt;
    need_condition(*right);
    left = combine(Op::or_, {*left, *right});
  }
  return failed() ? std::nullopt : left;
}

std::optional<uint32_t> Parser::both() {
  auto left = negation();
  while (left && !failed() && take_word("AND")) {
    need_condition(*left);
    auto right = negation();
    if (!right || failed()) return std::nullopt;
    need_condition(*right);
    left = combine(Op::and_, {*left, *right});
  }
  return failed() ? std::nullopt : left;
}

std::optional<uint32_t> Parser::negation() {
  if (!take_word("NOT")) return comparison();
  if (++depth_ > kMaxOperators) {
    fault("The expression contains too many operators; operator count: 301");
    syntax_error();
    return std::nullopt;
  }
  auto inner = negation();
  depth_--;
  if (!inner || failed()) return std::nullopt;
  need_condition(*inner);
  return combine(Op::not_, {*inner});
}

std::optional<uint32_t> Parser::comparison() {
  auto left = primary();
  if (!left || failed()) return std::nullopt;
  for (const auto& c : kComparators) {
    if (!take_symbol(c.text)) continue;
    if (nodes_[*left].op < Op::attribute_exists && !need_operand(*left)) return std::nullopt;
    auto right = primary();
    if (!right || failed()) return std::nullopt;
    need_operand(*left);
    need_operand(*right);
    if (failed()) return std::nullopt;
    uint32_t i = combine(c.op, {*left, *right});
    check_comparison(nodes_[i]);
    return i;
  }
  if (take_word("BETWEEN")) return between(*left);
  if (take_word("IN")) return in_list(*left);
  return left;
}

std::optional<uint32_t> Parser::between(uint32_t first) {
  auto low = primary();
  if (!low || failed()) return std::nullopt;
  if (!take_word("AND")) {
    syntax_error();
    return std::nullopt;
  }
  auto high = primary();
  if (!high || failed()) return std::nullopt;
  for (uint32_t i : {first, *low, *high})
    if (!need_operand(i)) return failed() ? std::nullopt : std::optional(first);
  uint32_t i = combine(Op::between, {first, *low, *high});
  check_between(nodes_[i]);
  return i;
}

std::optional<uint32_t> Parser::in_list(uint32_t first) {
  if (!expect_symbol("(")) return std::nullopt;
  std::vector<uint32_t> operands{first};
  do {
    auto one = primary();
    if (!one || failed()) return std::nullopt;
    if (!need_operand(*one)) return failed() ? std::nullopt : one;
    operands.push_back(*one);
  } while (take_symbol(","));
  if (!expect_symbol(")")) return std::nullopt;
  if (!need_operand(first)) return failed() ? std::nullopt : std::optional(first);
  size_t n = operands.size() - 1;
  if (n > 100) fault(cat("The IN operator is provided with too many operands; number of operands: ", n));
  uint32_t i = combine(Op::in, std::move(operands));
  check_distinct(nodes_[i]);
  return i;
}

/// A parenthesis, a function, a value or a path.
std::optional<uint32_t> Parser::primary() {
  if (!at_symbol("(")) return operand();
  if (++depth_ > kMaxParentheses) {
    syntax_error();
    return std::nullopt;
  }
  at_++;
  bool doubled = at_symbol("(");
  size_t inner_at = at_;
  auto inner = either();
  if (!inner || failed() || !expect_symbol(")")) return std::nullopt;
  depth_--;
  if (doubled && tokens_[at_ - 2].text == ")") {
    // "((a))": the inner pair closes right before the outer one
    int level = 0;
    size_t i = inner_at;
    for (; i < at_ - 1; i++) {
      if (tokens_[i].kind != Token::Kind::symbol) continue;
      if (tokens_[i].text == "(") level++;
      if (tokens_[i].text == ")" && --level == 0) break;
    }
    if (i == at_ - 2) fault("The expression has redundant parentheses;");
  }
  return inner;
}

std::optional<uint32_t> Parser::operand() {
  const Token& t = peek();
  if (t.kind == Token::Kind::value) {
    at_++;
    Node n;
    n.op = Op::value;
    n.value = with_.value(t.text);
    if (!n.value) fault(cat("An expression attribute value used in expression is not defined; attribute value: ", t.text));
    return add(std::move(n));
  }
  if (t.kind == Token::Kind::word && tokens_[at_ + 1].kind == Token::Kind::symbol && tokens_[at_ + 1].text == "(") return function();
  auto p = path();
  if (!p) return std::nullopt;
  Node n;
  n.path = std::move(*p);
  return add(std::move(n));
}

std::optional<uint32_t> Parser::function() {
  std::string_view name = peek().text;
  const Function* f = find_function(name);
  at_ += 2;
  std::vector<uint32_t> operands;
  do {
    auto one = kind_ == Kind::update ? set_operand() : primary();
    if (!one || failed()) return std::nullopt;
    operands.push_back(*one);
  } while (take_symbol(","));
  if (!expect_symbol(")")) return std::nullopt;
  if (!f) {
    fault(cat("Invalid function name; function: ", name));
    f = &kFunctions[0];
  }
  bool for_update = f->op == Op::if_not_exists || f->op == Op::list_append;
  if (for_update != (kind_ == Kind::update)) fault(cat("The function is not allowed in ", allowed_in(kind_), "; function: ", name));
  if (operands.size() != f->operands)
    fault(cat("Incorrect number of operands for operator or function; operator or function: ", name, ", number of operands: ", operands.size()));
  for (uint32_t i : operands) need_operand(i);
  if (failed()) return std::nullopt;
  uint32_t i = combine(f->op, std::move(operands));
  if (!fault_) check_function(f->op, nodes_[i]);
  return i;
}

void Parser::check_function(Op op, const Node& n) {
  auto arg = [&](size_t i) -> const Node& { return nodes_[n.operands[i]]; };
  switch (op) {
    case Op::attribute_exists:
    case Op::attribute_not_exists:
    case Op::if_not_exists:
      if (arg(0).op != Op::path) fault(cat("Operator or function requires a document path; operator or function: ", op_name(op)));
      break;
    case Op::attribute_type:
      if (arg(1).op == Op::value && arg(1).value.type() != Type::string) wrong_type(op, arg(1).value.type());
      else if (arg(1).op == Op::value && type_named(arg(1).value.content()) == Type::none)
        fault(cat("Invalid attribute type name found; type: ", arg(1).value.content(), ", valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}"));
      check_distinct(n);
      break;
    case Op::begins_with:
      for (size_t i : {0, 1})
        if (arg(i).op == Op::value && arg(i).value.type() != Type::string && arg(i).value.type() != Type::binary) wrong_type(op, arg(i).value.type());
      check_distinct(n);
      break;
    case Op::contains:
      check_distinct(n);
      break;
    case Op::size:
      if (arg(0).op == Op::value) {
        Type t = arg(0).value.type();
        if (t == Type::number || t == Type::null || t == Type::true_ || t == Type::false_) wrong_type(op, t);
      }
      break;
    case Op::list_append:
      for (size_t i : {0, 1})
        if (arg(i).op == Op::value && arg(i).value.type() != Type::list) wrong_type(op, arg(i).value.type());
      break;
    default: break;
  }
}

void Parser::check_comparison(const Node& n) {
  if (n.op != Op::eq && n.op != Op::ne)
    for (uint32_t i : n.operands)
      if (nodes_[i].op == Op::value && nodes_[i].value && !orderable(nodes_[i].value.type())) return wrong_type(n.op, nodes_[i].value.type());
  check_distinct(n);
}

void Parser::check_distinct(const Node& n) {
  const Node& first = nodes_[n.operands[0]];
  if (first.op != Op::path) return;
  for (size_t i = 1; i < n.operands.size(); i++) {
    const Node& other = nodes_[n.operands[i]];
    if (other.op != Op::path || other.path != first.path) continue;
    return fault(cat("The first operand must be distinct from the remaining operands for this operator or function; operator: ", op_name(n.op),
                     ", first operand: ", shown(first.path)));
  }
}

void Parser::check_between(const Node& n) {
  for (uint32_t i : n.operands)
    if (nodes_[i].op == Op::value && nodes_[i].value && !orderable(nodes_[i].value.type())) return wrong_type(n.op, nodes_[i].value.type());
  const Node &low = nodes_[n.operands[1]], &high = nodes_[n.operands[2]];
  if (low.op == Op::value && high.op == Op::value && low.value && high.value) {
    std::string bounds = cat("; lower bound operand: AttributeValue: ", shown(low.value), ", upper bound operand: AttributeValue: ", shown(high.value));
    if (!low.value.same_type(high.value)) return fault(cat("The BETWEEN operator requires same data type for lower and upper bounds", bounds));
    if (compare_scalars(low.value, high.value) > 0)
      return fault(cat("The BETWEEN operator requires upper bound to be greater than or equal to lower bound", bounds));
  }
  check_distinct(n);
}

}  // namespace fogbank::dynamodb
