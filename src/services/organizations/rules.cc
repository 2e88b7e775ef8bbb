#include "services/organizations/rules.h"

#include <algorithm>

#include "base/strings.h"
#include "services/organizations/errors.h"

namespace fogbank::organizations {
namespace {

constexpr std::string_view kAlphabet = "abcdefghijklmnopqrstuvwxyz0123456789";

constexpr PolicyType kTypes[] = {
    {kServiceControl, "service_control_policy", "p-FullAWSAccess", "FullAWSAccess", "Allows access to every operation",
     R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]})", 10240, 10, 10000},
    {kResourceControl, "resource_control_policy", "p-RCPFullAWSAccess", "RCPFullAWSAccess", "Allows access to every resource",
     R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]})", 5120, 5, 1000},
};

/// Services with trusted access. Source: User Guide, "AWS services that you can use with AWS Organizations".
constexpr std::string_view kServicePrincipals[] = {
    "access-analyzer.amazonaws.com", "account.amazonaws.com", "aws-artifact-account-sync.amazonaws.com", "auditmanager.amazonaws.com",
    "backup.amazonaws.com", "backup-audit-manager.amazonaws.com", "member.org.stacksets.cloudformation.amazonaws.com", "cloudtrail.amazonaws.com",
    "cloudwatch.amazonaws.com", "compute-optimizer.amazonaws.com", "config.amazonaws.com", "config-multiaccountsetup.amazonaws.com",
    "controltower.amazonaws.com", "cost-optimization-hub.bcm.amazonaws.com", "detective.amazonaws.com", "devops-guru.amazonaws.com",
    "ds.amazonaws.com", "ec2.amazonaws.com", "fms.amazonaws.com", "guardduty.amazonaws.com", "health.amazonaws.com", "iam.amazonaws.com",
    "inspector2.amazonaws.com", "ipam.amazonaws.com", "license-manager.amazonaws.com", "license-manager.member-account.amazonaws.com",
    "license-management.marketplace.amazonaws.com", "macie.amazonaws.com", "malware-protection.guardduty.amazonaws.com",
    "networkmanager.amazonaws.com", "observabilityadmin.amazonaws.com", "organizations.amazonaws.com", "ram.amazonaws.com",
    "reachabilityanalyzer.networkinsights.amazonaws.com", "reporting.trustedadvisor.amazonaws.com", "resource-explorer-2.amazonaws.com",
    "securityhub.amazonaws.com", "securitylake.amazonaws.com", "servicecatalog.amazonaws.com", "servicequotas.amazonaws.com",
    "ssm.amazonaws.com", "ssm-quicksetup.amazonaws.com", "sso.amazonaws.com", "stacksets.cloudformation.amazonaws.com",
    "storage-lens.s3.amazonaws.com", "tagpolicies.tag.amazonaws.com", "wellarchitected.amazonaws.com",
};

}  // namespace

const PolicyType* policy_type(std::string_view name) {
  for (const PolicyType& t : kTypes) if (t.name == name) return &t;
  return nullptr;
}
const PolicyType* type_of_aws_policy(std::string_view policy_id) {
  for (const PolicyType& t : kTypes) if (t.full_access == policy_id) return &t;
  return nullptr;
}

std::string new_organization_id(Random& random) { return cat("o-", random.from(kAlphabet, 10)); }
std::string new_root_id(Random& random) { return cat("r-", random.from(kAlphabet, 4)); }
std::string new_unit_id(Random& random, std::string_view root) { return cat("ou-", root.substr(2), '-', random.from(kAlphabet, 8)); }
std::string new_policy_id(Random& random) { return cat("p-", random.from(kAlphabet, 10)); }
std::string new_creation_id(Random& random) { return cat("car-", random.from(kAlphabet, 32)); }
std::string new_account_id(Random& random) { return cat(random.from("123456789", 1), random.from("0123456789", 11)); }

std::string make_org_arn(const Scope& scope, const Organization& org, std::string_view kind, std::string_view id) {
  return cat("arn:", scope.partition, ":organizations::", org.management, ':', kind, '/', org.id, '/', id);
}
std::string account_arn(const Scope& scope, const Organization& org, std::string_view id) { return make_org_arn(scope, org, "account", id); }
std::string organization_arn(const Scope& scope, const Organization& org) {
  return cat("arn:", scope.partition, ":organizations::", org.management, ":organization/", org.id);
}
std::string node_arn(const Scope& scope, const Organization& org, std::string_view id) {
  return make_org_arn(scope, org, is_root_id(id) ? "root" : "ou", id);
}
std::string policy_arn(const Scope& scope, const Organization& org, std::string_view type, std::string_view id) {
  if (type_of_aws_policy(id)) return cat("arn:", scope.partition, ":organizations::aws:policy/", lower(type), '/', id);
  return cat("arn:", scope.partition, ":organizations::", org.management, ":policy/", org.id, '/', lower(type), '/', id);
}

bool is_root_id(std::string_view id) { return id.starts_with("r-"); }
bool is_unit_id(std::string_view id) { return id.starts_with("ou-"); }
bool is_policy_id(std::string_view id) { return id.starts_with("p-"); }

Result<void> merge_tags(std::vector<Tag>& tags, const std::vector<Tag>& given) {
  for (size_t i = 0; i < given.size(); i++) {
    if (starts_with_i(given[i].key, "aws:"))
      return fail(invalid_input("INVALID_SYSTEM_TAGS_PARAMETER", "Tag keys that begin with aws: are reserved for system use."));
    for (size_t j = 0; j < i; j++)
      if (given[j].key == given[i].key) return fail(invalid_input("DUPLICATE_TAG_KEY", "You provided the same tag key more than once."));
    auto at = std::find_if(tags.begin(), tags.end(), [&](const Tag& t) { return t.key == given[i].key; });
    if (at != tags.end()) at->value = given[i].value;
    else tags.push_back(given[i]);
  }
  if (tags.size() > kMaxTags) return fail(constraint("MAX_TAG_LIMIT_EXCEEDED", "You have exceeded the maximum number of tags allowed for the resource."));
  return {};
}

const TypeState* enabled_type(const Organization& org, std::string_view type) {
  for (const TypeState& t : org.types) if (t.type == type) return t.enabled ? &t : nullptr;
  return nullptr;
}

std::vector<std::string> attached_policies(const Organization& org, const std::vector<Attachments>& all, std::string_view type) {
  const TypeState* state = enabled_type(org, type);
  if (!state) return {};
  for (const Attachments& a : all) if (a.type == type && a.generation == state->generation) return a.policies;
  return {std::string(policy_type(type)->full_access)};
}

void set_attached(const Organization& org, std::vector<Attachments>& all, std::string_view type, std::vector<std::string> policies) {
  const TypeState* state = enabled_type(org, type);
  if (!state) return;
  Attachments now{std::string(type), state->generation, std::move(policies)};
  for (Attachments& a : all) if (a.type == type) { a = std::move(now); return; }
  all.push_back(std::move(now));
}

bool known_service_principal(std::string_view principal) {
  return std::find(std::begin(kServicePrincipals), std::end(kServicePrincipals), principal) != std::end(kServicePrincipals);
}

}  // namespace fogbank::organizations
