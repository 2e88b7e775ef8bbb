// Event patterns: EventBridge's rules, Pipes' and Lambda's filters, and SNS filter policies (a smaller dialect). A pattern is compiled
// once, refusals worded as AWS words them, and matched against events as often as wanted.
//
// Meaning: all fields of a pattern must match, any value of a field suffices, a value that is an array matches by any of its elements; in
// arrays of objects all fields must match in one element. Source: EventBridge user guide, "Comparison operators in event patterns"; SNS
// developer guide, "Filter policies". Pure; a Pattern is immutable and shared by threads.
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "lang/event_pattern/json.h"

namespace fogbank::event_pattern {

enum class Dialect : uint8_t { event_bridge, sns };

/// One value that a field may have.
struct Test {
  enum class Kind : uint8_t {
    text, number, true_, false_, null, prefix, prefix_any_case, suffix, suffix_any_case, any_case, wildcard, range, address, present, absent,
    none_of   ///< the value is there and none of `excluded` matches
  };
  Kind kind = Kind::null;
  std::string text;                                      ///< also the bytes of an address
  double low = 0, high = 0;                              ///< number: low
  bool six_digits = false;                               ///< SNS: digits behind the sixth after the point do not count
  bool has_low = false, has_high = false, low_open = false, high_open = false;
  int mask_bits = 0;
  std::vector<Test> excluded;
};

struct Node {
  struct Field;
  std::vector<Field> fields;
  std::vector<std::vector<Node>> alternatives;           ///< each "$or": one of these
};
struct Node::Field {
  std::string name;
  std::vector<std::string> path;                         ///< from the root, this name included
  std::vector<Test> tests;                               ///< of a leaf
  std::unique_ptr<Node> node;                            ///< otherwise
};

class Pattern {
 public:
  /// `root` is an object as parse_json gives it. An event that is none matches nothing.
  bool matches(const Json& root) const;
  /// What counts against a filter policy's limits: names that have values; combinations of values, times their depth if `nested`.
  size_t keys() const { return keys_; }
  double combinations(bool nested) const;
  bool nested() const { return nested_; }

 private:
  friend class Compiler;
  Node root_;
  size_t keys_ = 0;
  bool nested_ = false;
};
using PatternPtr = std::shared_ptr<const Pattern>;

/// The error's message is the reason, with the place where AWS names one; its code is empty. `text` has been parsed by parse_json.
Result<PatternPtr> compile(std::string_view text, Dialect dialect);

/// What compile() says of a text that is no JSON.
std::string not_json(std::string_view text, const JsonFault& fault);

/// "10.0.0.0/24": bytes of the address and length of its network, or the fault.
Result<Test> read_network(std::string_view cidr);
bool in_network(const Test& network, std::string_view address);

/// What counts of a number where six_digits holds, times a million.
double in_millionths(double value);

}  // namespace fogbank::event_pattern
