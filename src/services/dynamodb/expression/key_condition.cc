// Key conditions: hash key = value, and at most one condition on the sort key. Where keys have several attributes: every hash attribute =
// value; sort attributes from the first on without a gap, of which only the last may be compared otherwise.
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
    if (o.name == one.name) return fail(refuse("Invalid KeyConditionExpression: KeyConditionExpressions must only contain one condition per key"));
  out.push_back(one);
  return {};
}

Result<void> check_type(Value v, Type wanted) {
  if (!v || v.type() == wanted) return {};
  return fail(refuse("One or more parameter values were invalid: Condition parameter type does not match schema type"));
}

Result<void> check_key_value(Value v, const KeySchema::Attribute& attribute) {
  FB_TRY(check_type(v, attribute.type));
  if (!v || v.type() == Type::number || !v.content().empty()) return {};
  const char* what = v.type() == Type::binary ? "binary" : "string";
  return fail(refuse(cat("One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty ", what, " value. Key: ", attribute.name)));
}

ApiError missing(std::string_view name) { return refuse(cat("Query condition missed key schema element: ", name)); }

using Attributes = std::vector<KeySchema::Attribute>;

const One* find(const std::vector<One>& all, std::string_view name) {
  for (const One& o : all)
    if (o.name == name) return &o;
  return nullptr;
}

/// Of a sort key of several attributes: those before the last one that has a condition must be equal to something.
Result<void> check_gaps(const std::vector<One>& all, const Attributes& ranges) {
  size_t last = ranges.size();
  while (last > 0 && !find(all, ranges[last - 1].name)) last--;
  std::string open;
  for (size_t i = 0; i + 1 < last; i++) {
    const One* one = find(all, ranges[i].name);
    if (!one || one->op != Op::eq) append(open, open.empty() ? "" : ", ", ranges[i].name);
  }
  if (open.empty()) return {};
  return fail(refuse(cat("RANGE key attributes ", open, " must have equality conditions specified in the query because a condition is present on key attribute ", ranges[last - 1].name)));
}

/// The sort key's conditions; `given` is how many conditions are not on the hash key.
Result<void> read_sort_key(const std::vector<One>& all, const Attributes& ranges, size_t given, KeyCondition& out) {
  if (ranges.size() > 1) FB_TRY(check_gaps(all, ranges));
  for (size_t i = 0; i < given; i++) {
    if (i >= ranges.size()) return fail(refuse("Query key condition not supported"));
    const One* one = find(all, ranges[i].name);
    if (!one) return fail(missing(ranges[i].name));
    FB_TRY(check_key_value(one->low, ranges[i]));
    FB_TRY(check_key_value(one->high, ranges[i]));
    if (i + 1 < given) {
      out.before.push_back(one->low);
      continue;
    }
    out.op = one->op;
    out.low = one->low;
    out.high = one->high;
  }
  return {};
}

}  // namespace

Result<KeyCondition> key_condition(const Tree& tree, const KeySchema& schema) {
  std::vector<One> all;
  FB_TRY(collect(tree, tree.root(), all));
  Attributes hashes{{schema.hash, schema.hash_type}}, ranges;
  hashes.insert(hashes.end(), schema.more_hash.begin(), schema.more_hash.end());
  if (!schema.range.empty()) ranges.push_back({schema.range, schema.range_type});
  ranges.insert(ranges.end(), schema.more_range.begin(), schema.more_range.end());
  bool several = hashes.size() > 1 || ranges.size() > 1;
  const size_t keys = hashes.size() + ranges.size();
  if (all.size() > keys && all.size() > 2)
    return fail(refuse(cat("The number of query conditions (", all.size(), ") exceeds the number of key attributes defined in the schema (", keys, ")")));
  KeyCondition out;
  for (const auto& h : hashes) {
    const One* one = find(all, h.name);
    if (!one) return fail(missing(h.name));
    if (!several && all.size() == 2 && !ranges.empty() && !find(all, ranges[0].name)) return fail(missing(ranges[0].name));
    if (!several && all.size() == 2 && ranges.empty()) return fail(refuse("Query key condition not supported"));
    if (one->op != Op::eq) return fail(refuse("Query key condition not supported"));
    FB_TRY(check_type(one->low, h.type));
    if (h.name == schema.hash) out.hash = one->low;
    else out.more_hash.push_back(one->low);
  }
  FB_TRY(read_sort_key(all, ranges, all.size() - hashes.size(), out));
  FB_TRY(check_key_value(out.hash, hashes[0]));
  for (size_t i = 1; i < hashes.size(); i++) FB_TRY(check_key_value(out.more_hash[i - 1], hashes[i]));
  return out;
}

}  // namespace fogbank::dynamodb
