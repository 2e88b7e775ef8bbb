// Applying updates: every operand is taken from the item as it was; only what lies on the updated paths is taken apart.
#include <algorithm>

#include "base/strings.h"
#include "services/dynamodb/expression/evaluate.h"
#include "services/dynamodb/expression/number.h"

namespace fogbank::dynamodb {
namespace {

ApiError refuse(std::string text) { return ApiError("ValidationException", std::move(text)); }
ApiError invalid_path() { return refuse("The document path provided in the update expression is invalid for update"); }
ApiError wrong_type() { return refuse("An operand in the update expression has an incorrect data type"); }

/// A value that is opened where an update reaches into it.
struct Place {
  std::string_view name;         ///< of a member
  Value value;                   ///< as long as it is not opened
  Type type = Type::none;
  bool opened = false, removed = false;
  std::vector<Place> below;      ///< members in order, or elements

  explicit Place(Value v = {}, std::string_view n = {}) : name(n), value(v), type(v.type()) {}

  void open() {
    if (opened) return;
    opened = true;
    std::string_view in = value.content(), member;
    Value v;
    if (type == Type::map) while (next_member(in, member, v)) below.emplace_back(v, member);
    else while (next_value(in, v)) below.emplace_back(v);
  }
  Place* member(std::string_view n) {
    for (Place& p : below)
      if (p.name == n) return &p;
    return nullptr;
  }
  std::string content() const {
    std::string out;
    std::vector<const Place*> order;
    for (const Place& p : below)
      if (!p.removed) order.push_back(&p);
    if (type == Type::map) std::sort(order.begin(), order.end(), [](const Place* a, const Place* b) { return a->name < b->name; });
    for (const Place* p : order) {
      std::string bytes = p->opened ? make_value(p->type, p->content()) : std::string();
      std::string_view v = p->opened ? std::string_view(bytes) : p->value.bytes();
      if (type == Type::map) put_member(out, p->name, v);
      else out.append(v);
    }
    return out;
  }
};

/// The map or list that holds the last step of a path; null if the path leads nowhere.
Place* parent_of(Place& root, const Path& path) {
  Place* at = &root;
  for (size_t i = 0; i + 1 < path.size(); i++) {
    at->open();
    if (path[i].is_index()) at = at->type == Type::list && size_t(path[i].index) < at->below.size() ? &at->below[size_t(path[i].index)] : nullptr;
    else at = at->type == Type::map ? at->member(path[i].name) : nullptr;
    if (!at || (at->type != Type::map && at->type != Type::list)) return nullptr;
  }
  at->open();
  return at->type == (path.back().is_index() ? Type::list : Type::map) ? at : nullptr;
}

Result<void> put(Place& root, const Path& path, Value v) {
  Place* parent = parent_of(root, path);
  if (!parent) return fail(invalid_path());
  const Step& last = path.back();
  if (last.is_index()) {
    if (size_t(last.index) < parent->below.size()) parent->below[size_t(last.index)] = Place(v);
    else parent->below.emplace_back(v);
  } else if (Place* old = parent->member(last.name)) {
    *old = Place(v, last.name);
  } else {
    parent->below.emplace_back(v, last.name);
  }
  return {};
}

Result<void> remove(Place& root, const Path& path) {
  Place* parent = parent_of(root, path);
  if (!parent) return fail(invalid_path());
  const Step& last = path.back();
  if (last.is_index()) {
    if (size_t(last.index) < parent->below.size()) parent->below[size_t(last.index)].removed = true;
  } else if (Place* old = parent->member(last.name)) {
    old->removed = true;
  }
  return {};
}

/// The outcome of ADD or DELETE at a place; null: the attribute goes.
Result<Value> combined(Evaluator& eval, Update::Verb verb, Value old, Value operand) {
  if (verb == Update::Verb::delete_) {
    if (!old) return Value();
    if (old.type() != operand.type()) return fail(wrong_type());
    std::string rest = set_difference(old.content(), operand.content());
    return rest.empty() ? Value() : eval.keep(make_value(old.type(), rest));
  }
  if (!old) return operand;
  if (old.type() != operand.type()) return fail(wrong_type());
  if (old.type() == Type::list) return eval.keep(make_value(Type::list, cat(old.content(), operand.content())));   // of AttributeUpdates only
  if (old.type() != Type::number) return eval.keep(make_value(old.type(), set_union(old.content(), operand.content())));
  FB_ASSIGN(sum, add_numbers(old.content(), operand.content(), false));
  return eval.keep(make_value(Type::number, sum));
}

struct Change {
  const Path* path;
  Value value;            ///< null: removed
};

}  // namespace

Result<std::string> apply_update(const Update& update, std::string_view item) {
  Evaluator eval(update.nodes, item);
  std::vector<Change> puts, removals;
  for (const auto& a : update.actions) {
    Value v;
    if (a.verb == Update::Verb::set) {
      FB_ASSIGN(value, eval.set_operand(a.operand));
      v = value;
    } else if (a.verb != Update::Verb::remove) {
      Value old = find_path(item, a.path);
      FB_ASSIGN(value, combined(eval, a.verb, old, update.nodes[a.operand].value));
      v = value;
      if (!v && !old && a.path.size() == 1) continue;
    }
    (v ? puts : removals).push_back({&a.path, v});
  }
  Place root;
  root.type = Type::map;
  root.opened = true;
  std::string_view in = item, name;
  for (Value v; next_member(in, name, v);) root.below.emplace_back(v, name);
  // Elements behind a list's end are appended in the order of their indexes.
  std::stable_sort(puts.begin(), puts.end(), [](const Change& a, const Change& b) {
    return a.path->back().is_index() && b.path->back().is_index() && a.path->back().index < b.path->back().index;
  });
  for (const Change& c : removals) FB_TRY(remove(root, *c.path));
  for (const Change& c : puts) FB_TRY(put(root, *c.path, c.value));
  return root.content();
}

}  // namespace fogbank::dynamodb
