// What expressions do to items: conditions are tested, updates applied, projections cut out, key conditions turned into ranges.
// Items are the content of a map (value.h) and are read in place. Pure functions; an Evaluator is used by one thread.
#pragma once
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "services/dynamodb/expression/parse.h"

namespace fogbank::dynamodb {

/// The value at a path of an item; null if there is none.
Value find_path(std::string_view item, const Path& path);

class Evaluator {
 public:
  /// `nodes` and `item` must outlive it, and the values that it gives must not outlive it.
  Evaluator(const std::vector<Node>& nodes, std::string_view item) : nodes_(nodes), item_(item) {}
  bool test(const Node& n);
  bool test() { return nodes_.empty() || test(nodes_.back()); }
  /// The value of an operand of a condition; null: the item has none.
  Value operand(uint32_t node);
  /// The value of an operand of SET; or the refusal.
  Result<Value> set_operand(uint32_t node);
  Value keep(std::string bytes) { return Value(scratch_.emplace_back(std::move(bytes))); }

 private:
  bool compare(Op op, Value a, Value b) const;
  const std::vector<Node>& nodes_;
  std::string_view item_;
  std::deque<std::string> scratch_;
};

/// The comparison of conditions, legacy ones too: values of different types are only unequal.
bool compare_values(Op op, Value a, Value b);
bool value_contains(Value a, Value b);
bool value_begins_with(Value a, Value b);

/// The item after an update; `item` is what it was ("" if it did not exist, with only its key then).
Result<std::string> apply_update(const Update& update, std::string_view item);

/// The parts of an item that the paths name, again as an item.
std::string project(std::string_view item, const std::vector<Path>& paths);
std::vector<Path> updated_paths(const Update& update);

/// What a query asks of the keys.
struct KeyCondition {
  Value hash;
  std::vector<Value> more_hash;   ///< of an index whose hash key has several attributes
  std::vector<Value> before;      ///< of a sort key of several attributes: those in front of the one that `op` is about, which are equal
  std::optional<Op> op;           ///< on the sort key: eq, lt, le, gt, ge, between, begins_with
  Value low, high;                ///< high: of between
};
struct KeySchema {
  std::string_view hash, range;    ///< names; range may be empty
  Type hash_type = Type::string, range_type = Type::none;
  struct Attribute { std::string_view name; Type type; };
  std::vector<Attribute> more_hash, more_range;   ///< of global indexes only: up to three each
};
Result<KeyCondition> key_condition(const Tree& tree, const KeySchema& schema);

}  // namespace fogbank::dynamodb
