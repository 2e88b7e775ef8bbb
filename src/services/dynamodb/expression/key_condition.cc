// Key conditions: hash key = value, and at most one condition on the sort key.
#include "base/strings.h"
#include "services/dynamodb/expression/evaluate.h"

namespace fogbank::dynamodb {
namespace {

ApiError refuse(std::string text) { return ApiError("ValidationException", std::move(text)); }
ApiError bad_operator(Op op) { return refuse(cat("Invalid operator used in KeyConditionExpression: ", op_name(op))); }

struct One {
  std::string_view name;
  Op op;
  Value low, high;
};

Op mirrored(Op op) {
  switch (op) {
    case Op::lt: return Op::gt;
    case Op::le: return Op::ge;
    case Op::gt: return Op::lt;
    case Op::ge: return Op::le;
    default: return op;
  }
}

Result<One> read_one(const Tree& tree, const Node& n) {
  switch (n.op) {
    case Op::eq: case Op::lt: case Op::le: case Op::gt: case Op::ge: case Op::between: case Op::begins_with: break;
    default: return fail(bad_operator(n.op));
  }
  One one{{}, n.op, {}, {}};
  bool reversed = false, named = false;
  std::vector<Value> values;
  for (size_t i = 0; i < n.operands.size(); i++) {
    const Node& operand = tree[n.operands[i]];
    if (operand.op == Op::value) {
      values.push_back(operand.value);
      continue;
    }
    if (operand.op != Op::path) return fail(bad_operator(operand.op));
    if (operand.path.size() != 1) return fail(refuse("Invalid KeyConditionExpression: KeyConditionExpressions cannot have conditions on nested attributes"));
    if (named) return fail(refuse("Invalid condition in KeyConditionExpression: Multiple attribute names used in one condition"));
    named = true;
    reversed = i > 0;
    one.name = operand.path[0].name;
  }
  if (!named) return fail(refuse("Invalid condition in KeyConditionExpression: No key attribute specified"));
  if (reversed) {
    if (n.op == Op::between || n.op == Op::begins_with)
      return fail(refuse(cat("Invalid condition in KeyConditionExpression: ", op_name(n.op), " operator must have the key attribute as its first operand")));
    one.op = mirrored(one.op);
  }
  one.low = values[0];
  if (values.size() > 1) one.high = values[1];
  return one;
}

Result<void> collect(const Tree& tree, const Node& n, std::vector<One>& out) {
  if (n.op == Op::and_) {
    FB_TRY(collect(tree, tree[n.operands[0]], out));
    return collect(tree, tree[n.operands[1]], out);
  }
  FB_ASSIGN(one, read_one(tree, n));
  for (const One& o : out)
    if (o.name == one.name) return fail(refuse("KeyConditionExpressions must only contain one condition per key"));
  out.push_back(one);
  return {};
}

Result<void> check_type(Value v, Type wanted) {
  if (!v || v.type() == wanted) return {};
  return fail(refuse("One or more parameter values were invalid: Condition parameter type does not match schema type"));
}

ApiError missing(std::string_view name) { return refuse(cat("Query condition missed key schema element: ", name)); }

}  // namespace

Result<KeyCondition> key_condition(const Tree& tree, const KeySchema& schema) {
  std::vector<One> all;
  FB_TRY(collect(tree, tree.root(), all));
  if (all.size() > 2) return fail(refuse("Conditions can be of length 1 or 2 only"));
  const One *hash = nullptr, *range = nullptr;
  for (const One& o : all) {
    if (o.name == schema.hash) hash = &o;
    else if (!schema.range.empty() && o.name == schema.range) range = &o;
  }
  if (!hash) return fail(missing(schema.hash));
  if (all.size() == 2 && !range) return fail(schema.range.empty() ? refuse("Query key condition not supported") : missing(schema.range));
  if (hash->op != Op::eq) return fail(refuse("Query key condition not supported"));
  KeyCondition out;
  FB_TRY(check_type(hash->low, schema.hash_type));
  out.hash = hash->low;
  if (range) {
    FB_TRY(check_type(range->low, schema.range_type));
    FB_TRY(check_type(range->high, schema.range_type));
    out.op = range->op;
    out.low = range->low;
    out.high = range->high;
  }
  for (Value v : {out.hash, out.low, out.high}) {
    if (!v || v.type() == Type::number || !v.content().empty()) continue;
    std::string_view key = v == out.hash ? schema.hash : schema.range;
    const char* what = v.type() == Type::binary ? "binary" : "string";
    return fail(refuse(cat("One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty ", what, " value. Key: ", key)));
  }
  return out;
}

}  // namespace fogbank::dynamodb
