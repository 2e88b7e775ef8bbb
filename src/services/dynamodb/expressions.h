// From a request's expression parameters to trees: names and values, expressions or their legacy counterparts, never both. The trees
// borrow from the request and from the Expressions, which must outlive them. One thread.
#pragma once
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "gen/dynamodb/types.h"
#include "services/dynamodb/expression/evaluate.h"
#include "services/dynamodb/expression/parse.h"

namespace fogbank::dynamodb {

/// One parameter that carries an expression, or that is a legacy one; for the text that refuses mixing them.
struct Parameter { const char* name; bool given; };

class Expressions {
 public:
  /// Reads ExpressionAttributeNames and …Values. `expressions` are the call's expression parameters, in DynamoDB's order.
  Result<void> begin(const Map<Str>& names, const Map<svc::AttributeValue>* values, std::initializer_list<Parameter> expressions,
                     std::initializer_list<Parameter> legacy = {});
  Result<Tree> condition(Kind kind, Str text);             ///< absent text: an empty tree
  Result<Update> update(Str text);
  Result<std::optional<std::vector<Path>>> projection(Str text);
  Result<void> finish() const { return with_.check_used(); }

  /// Legacy parameters as trees.
  Result<Tree> expected(const Map<svc::ExpectedAttributeValue>& expected, Str joined_by);
  Result<Tree> conditions(const Map<svc::Condition>& conditions, Str joined_by);
  Result<Update> attribute_updates(const Map<svc::AttributeValueUpdate>& updates);
  Result<KeyCondition> key_conditions(const Map<svc::Condition>& conditions, const KeySchema& schema);
  static std::optional<std::vector<Path>> attributes_to_get(const List<Str>& names);

 private:
  struct Comparison;
  Result<Value> keep(const svc::AttributeValue& v);
  Result<void> compare(Tree& tree, std::string_view name, std::string_view op, const std::vector<Value>& values);
  void join(Tree& tree, std::vector<uint32_t> parts, bool any);

  Substitutions with_;
  std::deque<std::string> values_;
};

}  // namespace fogbank::dynamodb
