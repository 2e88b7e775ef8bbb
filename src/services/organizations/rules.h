// Ids, ARNs, policy types, quotas and tags. Source: API reference; AWS Organizations User Guide, "Quotas and service limits" as of May 2026.
// Pure functions.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/random.h"
#include "services/organizations/state.h"

namespace fogbank::organizations {

inline constexpr std::string_view kServiceControl = "SERVICE_CONTROL_POLICY", kResourceControl = "RESOURCE_CONTROL_POLICY";
inline constexpr std::string_view kActive = "ACTIVE", kSuspended = "SUSPENDED";
inline constexpr std::string_view kInProgress = "IN_PROGRESS", kSucceeded = "SUCCEEDED", kFailed = "FAILED";

inline constexpr int64_t kMaxAccounts = 10000;   ///< AWS begins with 10 and raises it on request
inline constexpr int64_t kMaxUnits = 2000;
inline constexpr int64_t kMaxDepth = 5;          ///< of units below the root
inline constexpr size_t kMaxTags = 50;

/// What AWS says of a policy type that is served here.
struct PolicyType {
  std::string_view name, lower;
  std::string_view full_access, full_access_name, full_access_description, full_access_content;
  size_t max_characters, max_attached;
  int64_t max_policies;
};
/// Null: another type, which is not served.
const PolicyType* policy_type(std::string_view name);
/// By the id of AWS's own policy (p-FullAWSAccess), or null.
const PolicyType* type_of_aws_policy(std::string_view policy_id);

std::string new_organization_id(Random& random);
std::string new_root_id(Random& random);
std::string new_unit_id(Random& random, std::string_view root);
std::string new_policy_id(Random& random);
std::string new_creation_id(Random& random);
std::string new_account_id(Random& random);

/// arn:aws:organizations::<management account>:<kind>/<organization>/<id>
std::string make_org_arn(const Scope& scope, const Organization& org, std::string_view kind, std::string_view id);
std::string account_arn(const Scope& scope, const Organization& org, std::string_view id);
std::string organization_arn(const Scope& scope, const Organization& org);
/// Of the root or a unit.
std::string node_arn(const Scope& scope, const Organization& org, std::string_view id);
std::string policy_arn(const Scope& scope, const Organization& org, std::string_view type, std::string_view id);

bool is_root_id(std::string_view id);
bool is_unit_id(std::string_view id);
bool is_policy_id(std::string_view id);

/// Merges `given` over `tags`: the keys' rules, no key twice, at most 50.
Result<void> merge_tags(std::vector<Tag>& tags, const std::vector<Tag>& given);

/// Is the type enabled, and in which generation?
const TypeState* enabled_type(const Organization& org, std::string_view type);
/// The policies of a type that bear on a target: none while the type is not enabled, AWS's own by default.
std::vector<std::string> attached_policies(const Organization& org, const std::vector<Attachments>& all, std::string_view type);
void set_attached(const Organization& org, std::vector<Attachments>& all, std::string_view type, std::vector<std::string> policies);

/// Does AWS know this service for trusted access?
bool known_service_principal(std::string_view principal);

}  // namespace fogbank::organizations
