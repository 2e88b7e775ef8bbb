// One condition of a statement: operator, key, and the values of the policy, ready for comparing. Immutable; thread-safe.
//
// Rules kept (IAM User Guide, "Condition operators" and "Multivalued context keys"):
//   several values in the policy are alternatives (for a negated operator: none may match);
//   a key that the request lacks: false, true for negated operators and with IfExists; Null tests just that;
//   ForAllValues: every value of the request must fit, true where there is none; ForAnyValue: one must fit, false where there is none;
//   without either, a key with several values fits if one does (negated: if none does);
//   variables in String, Arn and Bool operators, wildcards in Like and Arn operators only.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/policy/pattern.h"
#include "auth/policy/request.h"

namespace fogbank::policy {

enum class Operator : uint8_t { equals, equals_ignoring_case, like, number, date, boolean, binary, address, arn, null };
enum class Order : uint8_t { equal, less, less_equal, greater, greater_equal };
enum class Quantifier : uint8_t { none, all, any };

/// An operator's name taken apart: "ForAnyValue:StringNotEqualsIfExists".
struct OperatorName {
  Operator op;
  Order order = Order::equal;
  bool negated = false;
  bool if_exists = false;
  Quantifier quantifier = Quantifier::none;
};
/// Nothing if there is no such operator. Names are compared with case.
std::optional<OperatorName> parse_operator(std::string_view name);

/// An IPv4 or IPv6 range.
struct AddressRange {
  uint8_t bytes[16];
  uint8_t length;  ///< 4 or 16
  uint8_t bits;
  bool contains(const AddressRange& address) const;
};
std::optional<AddressRange> parse_address(std::string_view text);

/// ISO 8601 in the forms that IAM takes (also a bare year, a two-digit hour zone …) or seconds since 1970; milliseconds.
std::optional<int64_t> parse_policy_date(std::string_view text);

class Condition {
 public:
  Condition(const OperatorName& name, std::string_view key, const std::vector<std::string>& values, bool variables);

  bool holds(const Request& request) const;

  const OperatorName& name() const { return name_; }
  const std::string& key() const { return key_; }
  const std::vector<std::string>& values() const { return raw_; }
  bool values_are_fixed() const;  ///< no wildcard and no variable in any value

 private:
  bool matches_one(std::string_view value, const Request& request) const;
  bool value_fits(std::string_view value, const Request& request) const { return matches_one(value, request) != name_.negated; }
  bool matches_number(std::string_view value) const;
  bool matches_date(std::string_view value) const;
  bool matches_address(std::string_view value) const;
  bool matches_binary(std::string_view value) const;
  bool holds_null(const Request& request) const;

  OperatorName name_;
  std::string key_;                     ///< in lower case
  std::vector<std::string> raw_;
  std::vector<Pattern> patterns_;       ///< String, Arn, Bool
  std::vector<double> numbers_;
  std::vector<int64_t> dates_;
  std::vector<AddressRange> addresses_;
  std::vector<std::string> binaries_;   ///< decoded
};

}  // namespace fogbank::policy
