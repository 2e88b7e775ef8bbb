// Expressions as trees: condition, filter and key-condition expressions, update expressions, projections.
//
// Parsing resolves #names and :values, and refuses with DynamoDB's texts: first what is no expression (Syntax error), then what is none
// of these names and values. A tree borrows from the expression's text, the names and the values. Pure functions, one thread.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "services/dynamodb/expression/value.h"

namespace fogbank::dynamodb {

/// ExpressionAttributeNames and ExpressionAttributeValues, and which of them were used.
class Substitutions {
 public:
  void add_name(std::string_view placeholder, std::string_view attribute) { names_.push_back({placeholder, attribute, false}); }
  void add_value(std::string_view placeholder, Value value) { values_.push_back({placeholder, value, false}); }
  const std::string_view* name(std::string_view placeholder);
  Value value(std::string_view placeholder);
  /// Refuses what no expression used.
  Result<void> check_used() const;

 private:
  struct NameEntry { std::string_view placeholder, attribute; bool used; };
  struct ValueEntry { std::string_view placeholder; Value value; bool used; };
  std::vector<NameEntry> names_;
  std::vector<ValueEntry> values_;
};

struct Step {
  std::string_view name;
  int64_t index = -1;      ///< of a list's element; then `name` is empty
  bool is_index() const { return index >= 0; }
  friend bool operator==(const Step&, const Step&) = default;
};
using Path = std::vector<Step>;
/// "[a, b, [1]]"
std::string shown(const Path& path);

enum class Op : uint8_t {
  path, value, size, plus, minus, list_append, if_not_exists,                     // operands
  eq, ne, lt, le, gt, ge, between, in, and_, or_, not_,                            // conditions
  attribute_exists, attribute_not_exists, attribute_type, begins_with, contains
};
inline bool is_operand(Op op) { return op <= Op::if_not_exists; }
const char* op_name(Op op);

struct Node {
  Op op = Op::path;
  Path path;                        ///< of Op::path
  Value value;                      ///< of Op::value
  std::vector<uint32_t> operands;   ///< indexes of nodes
};

/// A tree: nodes refer to earlier ones; the root is the last.
struct Tree {
  std::vector<Node> nodes;
  bool empty() const { return nodes.empty(); }
  const Node& root() const { return nodes.back(); }
  const Node& operator[](uint32_t i) const { return nodes[i]; }
};

enum class Kind : uint8_t { condition, filter, key_condition, update, projection };
const char* kind_name(Kind k);       ///< "ConditionExpression"

struct Update {
  enum class Verb : uint8_t { set, remove, add, delete_ };
  struct Action {
    Verb verb;
    Path path;
    uint32_t operand = 0;            ///< of set, add and delete_
  };
  std::vector<Action> actions;
  std::vector<Node> nodes;
};

Result<Tree> parse_condition(Kind kind, std::string_view text, Substitutions& with);
Result<Update> parse_update(std::string_view text, Substitutions& with);
Result<std::vector<Path>> parse_projection(std::string_view text, Substitutions& with);

/// Checks of the maps themselves: "#a", ":a".
bool valid_name_placeholder(std::string_view s);
bool valid_value_placeholder(std::string_view s);
bool is_reserved_word(std::string_view word);
/// Refuses paths of which one contains another, or which take one place for a map and a list.
Result<void> check_overlaps(Kind kind, const std::vector<const Path*>& paths);

}  // namespace fogbank::dynamodb
