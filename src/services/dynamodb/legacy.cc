// Legacy parameters (Expected, KeyConditions, QueryFilter, ScanFilter, AttributeUpdates, AttributesToGet) as the trees that expressions make.
#include "services/dynamodb/errors.h"
#include "services/dynamodb/expressions.h"

namespace fogbank::dynamodb {
namespace {

struct Comparator { std::string_view name; Op op; bool negated; size_t least, most; };
constexpr Comparator kComparators[] = {
    {"EQ", Op::eq, false, 1, 1}, {"NE", Op::ne, false, 1, 1}, {"LE", Op::le, false, 1, 1}, {"LT", Op::lt, false, 1, 1}, {"GE", Op::ge, false, 1, 1},
    {"GT", Op::gt, false, 1, 1}, {"NOT_NULL", Op::attribute_exists, false, 0, 0}, {"NULL", Op::attribute_not_exists, false, 0, 0},
    {"CONTAINS", Op::contains, false, 1, 1}, {"NOT_CONTAINS", Op::contains, true, 1, 1}, {"BEGINS_WITH", Op::begins_with, false, 1, 1},
    {"IN", Op::in, false, 1, 100}, {"BETWEEN", Op::between, false, 2, 2}};

const Comparator* comparator(std::string_view name) {
  for (const auto& c : kComparators)
    if (c.name == name) return &c;
  return nullptr;
}

uint32_t add(Tree& tree, Op op, std::vector<uint32_t> operands) {
  Node n;
  n.op = op;
  n.operands = std::move(operands);
  tree.nodes.push_back(std::move(n));
  return uint32_t(tree.nodes.size() - 1);
}

bool fits(Op op, Type t) {
  switch (op) {
    case Op::lt: case Op::le: case Op::gt: case Op::ge: case Op::between: return is_scalar_key(t);
    case Op::begins_with: return t == Type::string || t == Type::binary;
    case Op::contains: return is_scalar_key(t);
    case Op::in: return is_scalar_key(t);
    default: return true;
  }
}

Result<void> check_joined(Str by, size_t elements) {
  if (!by || elements > 1) return {};
  return fail(invalid("ConditionalOperator can only be used when Filter or Expected has two or more elements"));
}

}  // namespace

Result<void> Expressions::compare(Tree& tree, std::string_view name, std::string_view op, const std::vector<Value>& values) {
  const Comparator* c = comparator(op);
  if (!c) return fail(invalid(cat("1 validation error detected: Value '", op, "' at 'comparisonOperator' failed to satisfy constraint")));   // the model's check comes first
  if (values.size() < c->least || values.size() > c->most)
    return fail(invalid_parameters(cat("Invalid number of argument(s) for the ", op, " ComparisonOperator")));
  for (Value v : values)
    if (!fits(c->op, v.type())) return fail(invalid_parameters(cat("ComparisonOperator ", op, " is not valid for ", type_name(v.type()), " AttributeValue type")));
  for (size_t i = 1; i < values.size(); i++)
    if (!values[i].same_type(values[0])) return fail(invalid_parameters("AttributeValues inside AttributeValueList must be of same type"));
  if (c->op == Op::between && compare_scalars(values[0], values[1]) > 0)
    return fail(invalid("The BETWEEN condition was provided a range where the lower bound is greater than the upper bound"));
  Node path;
  path.path = {Step{name}};
  tree.nodes.push_back(std::move(path));
  std::vector<uint32_t> operands{uint32_t(tree.nodes.size() - 1)};
  for (Value v : values) {
    Node n;
    n.op = Op::value;
    n.value = v;
    tree.nodes.push_back(std::move(n));
    operands.push_back(uint32_t(tree.nodes.size() - 1));
  }
  uint32_t i = add(tree, c->op, std::move(operands));
  if (c->negated) add(tree, Op::not_, {i});
  return {};
}

void Expressions::join(Tree& tree, std::vector<uint32_t> parts, bool any) {
  for (size_t i = 1; i < parts.size(); i++) parts[i] = add(tree, any ? Op::or_ : Op::and_, {parts[i - 1], parts[i]});
}

Result<Tree> Expressions::expected(const Map<svc::ExpectedAttributeValue>& expected, Str joined_by) {
  Tree tree;
  std::vector<uint32_t> parts;
  FB_TRY(check_joined(joined_by, expected.size()));
  for (const auto& e : expected) {
    const auto& x = e.value;
    std::vector<Value> values;
    Str op = x.ComparisonOperator;
    if (x.Value && x.AttributeValueList) return fail(invalid_parameters(cat("Value and AttributeValueList cannot be used together for Attribute: ", e.key.view())));
    if (op) {
      if (x.Exists) return fail(invalid_parameters(cat("Exists and ComparisonOperator cannot be used together for Attribute: ", e.key.view())));
      if (!x.Value && !x.AttributeValueList && op != "NULL" && op != "NOT_NULL")
        return fail(invalid_parameters(cat("Value or AttributeValueList must be used with ComparisonOperator: ", op.view(), " for Attribute: ", e.key.view())));
      if (x.Value) {
        FB_ASSIGN(value, keep(*x.Value));
        values.push_back(value);
      }
      for (const auto& v : x.AttributeValueList) {
        FB_ASSIGN(value, keep(v));
        values.push_back(value);
      }
    } else {
      if (x.AttributeValueList) return fail(invalid_parameters(cat("AttributeValueList can only be used with a ComparisonOperator for Attribute: ", e.key.view())));
      bool exists = x.Exists.value_or(true);
      if (exists && !x.Value)
        return fail(invalid_parameters(x.Exists ? cat("Value must be provided when Exists is true for Attribute: ", e.key.view())
                                                : cat("Value must be provided when Exists is null for Attribute: ", e.key.view())));
      if (!exists && x.Value) return fail(invalid_parameters(cat("Value cannot be used when Exists is false for Attribute: ", e.key.view())));
      op = exists ? "EQ" : "NULL";
      if (x.Value) {
        FB_ASSIGN(value, keep(*x.Value));
        values.push_back(value);
      }
    }
    FB_TRY(compare(tree, e.key, op, values));
    parts.push_back(uint32_t(tree.nodes.size() - 1));
  }
  join(tree, std::move(parts), joined_by == "OR");
  return tree;
}

Result<Tree> Expressions::conditions(const Map<svc::Condition>& conditions, Str joined_by) {
  FB_TRY(check_joined(joined_by, conditions.size()));
  Tree tree;
  std::vector<uint32_t> parts;
  for (const auto& e : conditions) {
    std::vector<Value> values;
    for (const auto& v : e.value.AttributeValueList) {
      FB_ASSIGN(value, keep(v));
      values.push_back(value);
    }
    FB_TRY(compare(tree, e.key, e.value.ComparisonOperator, values));
    parts.push_back(uint32_t(tree.nodes.size() - 1));
  }
  join(tree, std::move(parts), joined_by == "OR");
  return tree;
}

Result<Update> Expressions::attribute_updates(const Map<svc::AttributeValueUpdate>& updates) {
  Update out;
  for (const auto& e : updates) {
    std::string_view action = e.value.Action.value_or("PUT");
    Update::Action a{Update::Verb::set, {Step{e.key}}};
    if (action == "DELETE") a.verb = e.value.Value ? Update::Verb::delete_ : Update::Verb::remove;
    else if (action == "ADD") a.verb = Update::Verb::add;
    if (!e.value.Value) {
      if (a.verb != Update::Verb::remove) return fail(invalid_parameters("Only DELETE action is allowed when no attribute value is specified"));
    } else {
      Node n;
      n.op = Op::value;
      FB_ASSIGN(value, keep(*e.value.Value));
      n.value = value;
      Type t = value.type();
      if (a.verb == Update::Verb::delete_ && !is_set(t))
        return fail(invalid_parameters(cat("DELETE action with value is not supported for the type ", type_name(t))));
      if (a.verb == Update::Verb::add && !is_set(t) && t != Type::number && t != Type::list)
        return fail(invalid_parameters(cat("ADD action is not supported for the type ", type_name(t))));
      a.operand = uint32_t(out.nodes.size());
      out.nodes.push_back(std::move(n));
    }
    out.actions.push_back(std::move(a));
  }
  return out;
}

Result<KeyCondition> Expressions::key_conditions(const Map<svc::Condition>& in, const KeySchema& schema) {
  if (in.empty() || in.size() > 2 + schema.more_hash.size() + schema.more_range.size()) return fail(invalid("Conditions can be of length 1 or 2 only"));
  FB_ASSIGN(tree, conditions(in, {}));
  for (const auto& e : in) {
    std::string_view op = e.value.ComparisonOperator;
    if (op == "NE" || op == "IN" || op == "NULL" || op == "NOT_NULL" || op == "CONTAINS" || op == "NOT_CONTAINS")
      return fail(invalid("Attempted conditional constraint is not an indexable operation"));
  }
  return key_condition(tree, schema);
}

std::optional<std::vector<Path>> Expressions::attributes_to_get(const List<Str>& names) {
  if (!names) return std::nullopt;
  std::vector<Path> out;
  for (Str n : names) out.push_back({Step{n}});
  return out;
}

}  // namespace fogbank::dynamodb
