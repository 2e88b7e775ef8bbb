// A policy document as read from JSON, before its rules are checked: every element with the JSON type it must have, nothing interpreted.
// Lives only while a document is compiled.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "auth/policy/condition.h"
#include "auth/policy/document.h"

namespace fogbank::policy {

struct RawCondition {
  OperatorName op;
  std::string key;
  std::vector<std::string> values;
};

struct RawPrincipal {
  PrincipalName::Type type;
  std::string value;
  bool bare = false;  ///< "Principal": "*", not {"AWS": "*"}
};

/// A list element that may be absent, and its negated twin: Action/NotAction and so on.
template <class T> struct RawElement {
  bool present = false;
  bool negated = false;
  std::vector<T> items;
};

struct RawStatement {
  std::string sid;
  std::string effect;
  RawElement<std::string> action, resource;
  RawElement<RawPrincipal> principal;
  std::vector<RawCondition> conditions;
};

struct RawPolicy {
  std::optional<std::string> version;
  std::vector<RawStatement> statements;
};

/// `partial`: a document that is only looked at, not decided by. Statement may be missing or empty, and keys of one operator may differ in
/// case only.
enum class Completeness : uint8_t { whole, partial };

/// Reads JSON of bounded size and depth and checks the types of all elements. Faults: json, too_large, unknown_field, missing_field, type,
/// effect, empty_statement, version_unknown, principal.
tl::expected<RawPolicy, Malformed> read_policy(std::string_view json, Completeness completeness = Completeness::whole);

/// The checks that go beyond types, in the order in which IAM makes them.
std::optional<Malformed> check_policy(const RawPolicy& policy, PolicyKind kind, const CompileOptions& options);

/// "arn:bsdf:*:*:*:*": how IAM shows a resource whose partition it refuses. Missing segments are stars.
std::string shown_resource(std::string_view resource);
/// The second segment of an ARN.
std::string_view partition_of(std::string_view resource);

/// A principal value of the AWS type, taken apart.
struct AwsPrincipal {
  enum class Kind : uint8_t { everyone, account, arn, unique_id } kind;
  std::string value;  ///< account: twelve digits
};
std::optional<AwsPrincipal> parse_aws_principal(std::string_view text);

}  // namespace fogbank::policy
