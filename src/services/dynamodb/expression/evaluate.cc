#include "services/dynamodb/expression/evaluate.h"

#include "base/encoding.h"
#include "base/strings.h"
#include "services/dynamodb/expression/number.h"

namespace fogbank::dynamodb {
namespace {

ApiError refuse(std::string text) { return ApiError("ValidationException", std::move(text)); }

int64_t size_of(Value v) {
  switch (v.type()) {
    case Type::string: return int64_t(utf8_length(v.content()));
    case Type::binary: return int64_t(v.content().size());
    case Type::list:
    case Type::map:
    case Type::string_set:
    case Type::number_set:
    case Type::binary_set: return int64_t(count_elements(v));
    default: return -1;
  }
}

Type element_type(Type set) {
  switch (set) {
    case Type::string_set: return Type::string;
    case Type::number_set: return Type::number;
    case Type::binary_set: return Type::binary;
    default: return Type::none;
  }
}

}  // namespace

Value find_path(std::string_view item, const Path& path) {
  if (path.empty() || path[0].is_index()) return {};
  Value v = find_member(item, path[0].name);
  for (size_t i = 1; i < path.size() && v; i++) {
    if (path[i].is_index()) v = v.type() == Type::list ? list_element(v.content(), size_t(path[i].index)) : Value();
    else v = v.type() == Type::map ? find_member(v.content(), path[i].name) : Value();
  }
  return v;
}

bool compare_values(Op op, Value a, Value b) {
  if (op == Op::eq) return a && b && a == b;
  if (op == Op::ne) return !(a && b && a == b);
  if (!a || !b || !a.same_type(b) || !is_scalar_key(a.type())) return false;
  int order = compare_scalars(a, b);
  switch (op) {
    case Op::lt: return order < 0;
    case Op::le: return order <= 0;
    case Op::gt: return order > 0;
    case Op::ge: return order >= 0;
    default: return false;
  }
}

bool value_contains(Value a, Value b) {
  if (!a || !b) return false;
  if (a.type() == Type::string || a.type() == Type::binary) return a.same_type(b) && a.content().find(b.content()) != std::string_view::npos;
  if (is_set(a.type())) return b.type() == element_type(a.type()) && set_contains(a.content(), b.content());
  if (a.type() != Type::list) return false;
  std::string_view in = a.content();
  for (Value e; next_value(in, e);)
    if (e == b) return true;
  return false;
}

bool value_begins_with(Value a, Value b) {
  return a && b && a.same_type(b) && (a.type() == Type::string || a.type() == Type::binary) && a.content().starts_with(b.content());
}

Value Evaluator::operand(uint32_t i) {
  const Node& n = nodes_[i];
  if (n.op == Op::value) return n.value;
  if (n.op == Op::path) return find_path(item_, n.path);
  if (n.op != Op::size) return {};
  Value v = operand(n.operands[0]);
  int64_t size = v ? size_of(v) : -1;
  return size < 0 ? Value() : keep(make_value(Type::number, number_of(size)));
}

bool Evaluator::compare(Op op, Value a, Value b) const { return compare_values(op, a, b); }

bool Evaluator::test(const Node& n) {
  auto at = [&](size_t i) { return operand(n.operands[i]); };
  switch (n.op) {
    case Op::and_: return test(nodes_[n.operands[0]]) && test(nodes_[n.operands[1]]);
    case Op::or_: return test(nodes_[n.operands[0]]) || test(nodes_[n.operands[1]]);
    case Op::not_: return !test(nodes_[n.operands[0]]);
    case Op::eq:
    case Op::ne:
    case Op::lt:
    case Op::le:
    case Op::gt:
    case Op::ge: return compare(n.op, at(0), at(1));
    case Op::between: {
      Value v = at(0);
      return compare(Op::ge, v, at(1)) && compare(Op::le, v, at(2));
    }
    case Op::in: {
      Value v = at(0);
      for (size_t i = 1; i < n.operands.size(); i++)
        if (compare(Op::eq, v, at(i))) return true;
      return false;
    }
    case Op::attribute_exists: return bool(at(0));
    case Op::attribute_not_exists: return !at(0);
    case Op::attribute_type: {
      Value v = at(0), t = at(1);
      return v && t.type() == Type::string && t.content() == type_name(v.type());
    }
    case Op::begins_with: return value_begins_with(at(0), at(1));
    case Op::contains: return value_contains(at(0), at(1));
    default: return false;
  }
}

Result<Value> Evaluator::set_operand(uint32_t i) {
  const Node& n = nodes_[i];
  const ApiError wrong = refuse("An operand in the update expression has an incorrect data type");
  switch (n.op) {
    case Op::value: return n.value;
    case Op::path: {
      Value v = find_path(item_, n.path);
      if (!v) return fail(refuse("The provided expression refers to an attribute that does not exist in the item"));
      return v;
    }
    case Op::if_not_exists: {
      if (Value v = find_path(item_, nodes_[n.operands[0]].path)) return v;
      return set_operand(n.operands[1]);
    }
    case Op::list_append: {
      FB_ASSIGN(a, set_operand(n.operands[0]));
      FB_ASSIGN(b, set_operand(n.operands[1]));
      if (a.type() != Type::list || b.type() != Type::list) return fail(wrong);
      return keep(make_value(Type::list, cat(a.content(), b.content())));
    }
    case Op::plus:
    case Op::minus: {
      FB_ASSIGN(a, set_operand(n.operands[0]));
      FB_ASSIGN(b, set_operand(n.operands[1]));
      if (a.type() != Type::number || b.type() != Type::number) return fail(wrong);
      FB_ASSIGN(sum, add_numbers(a.content(), b.content(), n.op == Op::minus));
      return keep(make_value(Type::number, sum));
    }
    default: return fail(refuse(cat("Invalid UpdateExpression: The function is not allowed in an update expression; function: ", op_name(n.op))));
  }
}

namespace {

/// Paths that go on below the place of the walk; `depth` steps of each are done.
using Paths = std::vector<const Path*>;

void project_into(std::string& out, std::string_view name, Value v, const Paths& paths, size_t depth);

std::string project_list(std::string_view list, const Paths& paths, size_t depth) {
  std::string out;
  int64_t index = 0;
  for (Value e; next_value(list, e); index++) {
    Paths below;
    bool whole = false;
    for (const Path* p : paths) {
      if ((*p)[depth].index != index) continue;
      whole = whole || p->size() == depth + 1;
      below.push_back(p);
    }
    if (whole) out.append(e.bytes());
    else if (!below.empty()) {
      std::string member;
      project_into(member, "", e, below, depth + 1);
      if (!member.empty()) out.append(member, 1, std::string::npos);   // without the empty name's length
    }
  }
  return out;
}

std::string project_map(std::string_view map, const Paths& paths, size_t depth) {
  std::string out;
  std::string_view name;
  for (Value v; next_member(map, name, v);) {
    Paths below;
    bool whole = false;
    for (const Path* p : paths) {
      if ((*p)[depth].is_index() || (*p)[depth].name != name) continue;
      whole = whole || p->size() == depth + 1;
      below.push_back(p);
    }
    if (whole) put_member(out, name, v.bytes());
    else if (!below.empty()) project_into(out, name, v, below, depth + 1);
  }
  return out;
}

void project_into(std::string& out, std::string_view name, Value v, const Paths& paths, size_t depth) {
  std::string content;
  if (v.type() == Type::map) content = project_map(v.content(), paths, depth);
  else if (v.type() == Type::list) content = project_list(v.content(), paths, depth);
  if (!content.empty()) put_member(out, name, make_value(v.type(), content));
}

}  // namespace

std::string project(std::string_view item, const std::vector<Path>& paths) {
  Paths all;
  for (const Path& p : paths) all.push_back(&p);
  return project_map(item, all, 0);
}

std::vector<Path> updated_paths(const Update& update) {
  std::vector<Path> out;
  for (const auto& a : update.actions) out.push_back(a.path);
  return out;
}

}  // namespace fogbank::dynamodb
