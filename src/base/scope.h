// Names of the AWS world as strong types: account, Region, scope, ARN. Values, thread-safe.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/strings.h"

namespace fogbank {

/// A text that cannot be mistaken for another kind of text.
template <class Tag> struct Name {
  std::string value;
  Name() = default;
  explicit Name(std::string_view v) : value(v) {}
  const std::string& str() const { return value; }
  bool empty() const { return value.empty(); }
  operator std::string_view() const { return value; }
  friend bool operator==(const Name& a, const Name& b) { return a.value == b.value; }
  friend auto operator<=>(const Name& a, const Name& b) { return a.value <=> b.value; }
};
using AccountId = Name<struct AccountTag>;   ///< twelve digits
using Region = Name<struct RegionTag>;       ///< "eu-central-1"; empty for global services
using Partition = Name<struct PartitionTag>; ///< "aws", "aws-cn", "aws-us-gov"

/// True for twelve digits.
bool is_account_id(std::string_view s);

/// Where records live: partition, account, Region. A global service leaves the Region empty; what is unique in a whole partition
/// (a bucket's name) leaves the account empty too.
struct Scope {
  Partition partition{"aws"};
  AccountId account;
  Region region;
  Scope global() const { return {partition, account, Region()}; }
  Scope whole_partition() const { return {partition, AccountId(), Region()}; }
  friend bool operator==(const Scope&, const Scope&) = default;
};

/// arn:partition:service:region:account:resource. Views borrow from the text that was parsed.
struct ArnView {
  std::string_view partition, service, region, account, resource;
};
std::optional<ArnView> parse_arn(std::string_view text);
std::string make_arn(const Scope& scope, std::string_view service, std::string_view resource);

}  // namespace fogbank
