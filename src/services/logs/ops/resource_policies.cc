// PutResourcePolicy, DescribeResourcePolicies, DeleteResourcePolicy:
// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutResourcePolicy.html
// An account has up to ten policies per Region, by name; a log group may have one of its own, by its ARN, with revisions.
#include <algorithm>

#include "base/strings.h"
#include "gateway/context.h"
#include "gen/logs/operations.h"
#include "services/logs/access.h"
#include "services/logs/errors.h"
#include "services/logs/tokens.h"

namespace fogbank::logs {
namespace {

constexpr size_t kMaxPolicies = 10, kMaxAccountPolicy = 5120;

Result<void> check_document(const Scope& scope, std::string_view json) {
  policy::CompileOptions options{policy::Dialect::generic, scope.partition.str()};
  if (auto compiled = policy::compile(json, policy::PolicyKind::resource, options); !compiled) {
    return fail(invalid_parameter(cat("Invalid policy document: ", compiled.error().message)));
  }
  return {};
}

/// The name of the group that an ARN of the caller's account names.
Result<std::string> group_of(Context& cx, std::string_view arn_text) {
  auto arn = parse_arn(arn_text);
  if (!arn || arn->service != "logs" || !arn->resource.starts_with("log-group:")) return fail(invalid_parameter("The resource ARN is not valid."));
  if (arn->account != cx.scope().account.str() || arn->region != cx.scope().region.str()) return fail(no_such_group());
  std::string_view name = arn->resource.substr(10);
  if (name.ends_with(":*")) name.remove_suffix(2);
  return std::string(name);
}

void tell(Context& cx, const AccountPolicy& p, svc::ResourcePolicy& out) {
  out.policyName = cx.str(p.name);
  out.policyDocument = cx.str(p.json);
  out.lastUpdatedTime = p.updated;
  out.policyScope = "ACCOUNT";
}

void tell(Context& cx, std::string_view group, const GroupPolicy& p, svc::ResourcePolicy& out) {
  out.policyDocument = cx.str(p.json);
  out.lastUpdatedTime = p.updated;
  out.policyScope = "RESOURCE";
  out.resourceArn = cx.str(group_arn(cx.scope(), group));
  out.revisionId = cx.str(p.revision);
}

std::vector<AccountPolicy>::iterator place_of(AccountPolicies& policies, std::string_view name) {
  return std::lower_bound(policies.all.begin(), policies.all.end(), name, [](const AccountPolicy& p, std::string_view n) { return p.name < n; });
}

Result<void> put_account_policy(Context& cx, const svc::PutResourcePolicyRequest& in, svc::PutResourcePolicyResponse& out) {
  if (!in.policyName || !in.policyDocument) return fail(invalid_parameter("policyName and policyDocument must be specified."));
  if (in.expectedRevisionId) return fail(invalid_parameter("expectedRevisionId is only supported for resource-scoped policies."));
  if (in.policyDocument.view().size() > kMaxAccountPolicy) return fail(limit_exceeded());
  FB_TRY(check_document(cx.scope(), in.policyDocument));
  AccountPolicy made{std::string(in.policyName), std::string(in.policyDocument), cx.now(), {}};
  FB_TRY(cx.write([&](store::Txn& tx) -> Result<void> {
    store::Key key = account_policies_key(cx.scope());
    AccountPolicies policies = tx.get_as<AccountPolicies>(key).value_or(AccountPolicies{});
    auto place = place_of(policies, made.name);
    if (place != policies.all.end() && place->name == made.name) *place = made;
    else if (policies.all.size() >= kMaxPolicies) return fail(limit_exceeded());
    else policies.all.insert(place, made);
    tx.put_record(key, policies);
    return {};
  }));
  tell(cx, made, cx.make(out.resourcePolicy));
  return {};
}

/// The revision that the caller expects has to be the one that is there; "" where there is none.
Result<void> check_revision(Str expected, const std::optional<GroupPolicy>& old) {
  if (!expected || expected == (old ? std::string_view(old->revision) : std::string_view())) return {};
  return fail("OperationAbortedException", "The expected revision ID does not match the current revision of the policy.");
}

Result<void> put_group_policy(Context& cx, const svc::PutResourcePolicyRequest& in, svc::PutResourcePolicyResponse& out) {
  if (in.policyName) return fail(invalid_parameter("policyName and resourceArn are mutually exclusive parameters."));
  if (!in.policyDocument) return fail(invalid_parameter("policyDocument must be specified."));
  FB_ASSIGN(name, group_of(cx, in.resourceArn));
  FB_TRY(check_document(cx.scope(), in.policyDocument));
  GroupPolicy made{std::string(in.policyDocument), cx.random().uuid(), cx.now(), {}};
  FB_TRY(cx.write([&](store::Txn& tx) -> Result<void> {
    FB_ASSIGN(group, group_in(cx, tx, {cx.scope(), name, nullptr}));
    store::Key key = group_policy_key(cx.scope(), group->id);
    FB_TRY(check_revision(in.expectedRevisionId, tx.get_as<GroupPolicy>(key)));
    tx.put_record(key, made);
    return {};
  }));
  tell(cx, name, made, cx.make(out.resourcePolicy));
  out.revisionId = cx.str(made.revision);
  return {};
}

}  // namespace

Result<void> PutResourcePolicy(Context& cx, const svc::PutResourcePolicyRequest& in, svc::PutResourcePolicyResponse& out) {
  return in.resourceArn ? put_group_policy(cx, in, out) : put_account_policy(cx, in, out);
}

Result<void> DescribeResourcePolicies(Context& cx, const svc::DescribeResourcePoliciesRequest& in, svc::DescribeResourcePoliciesResponse& out) {
  out.resourcePolicies.reserve(cx.arena(), 0);
  if (in.policyScope == "RESOURCE" && !in.resourceArn) return fail(invalid_parameter("resourceArn must be specified for the policy scope RESOURCE."));
  if (in.resourceArn) {
    if (in.policyScope == "ACCOUNT") return fail(invalid_parameter("resourceArn is not supported for the policy scope ACCOUNT."));
    FB_ASSIGN(name, group_of(cx, in.resourceArn));
    Result<GroupPtr> group;
    std::optional<GroupPolicy> found;
    cx.read([&](store::Reader& reader) {
      group = group_in(cx, reader, {cx.scope(), name, nullptr});
      if (group) found = reader.get_as<GroupPolicy>(group_policy_key(cx.scope(), (*group)->id));
    });
    if (!group) return fail(std::move(group.error()));
    if (found) tell(cx, name, *found, out.resourcePolicies.add(cx.arena()));
    return {};
  }
  std::string after;
  if (in.nextToken) {
    FB_ASSIGN(place, read_token('p', in.nextToken));
    after = std::move(place);
  }
  AccountPolicies policies;
  cx.read([&](store::Reader& reader) { policies = reader.get_as<AccountPolicies>(account_policies_key(cx.scope())).value_or(AccountPolicies{}); });
  size_t limit = size_t(in.limit.value_or(50));
  for (auto p = place_of(policies, after); p != policies.all.end(); ++p) {
    if (p->name == after) continue;
    if (out.resourcePolicies.size() == limit) {
      out.nextToken = cx.str(write_token('p', std::prev(p)->name));
      break;
    }
    tell(cx, *p, out.resourcePolicies.add(cx.arena()));
  }
  return {};
}

Result<void> DeleteResourcePolicy(Context& cx, const svc::DeleteResourcePolicyRequest& in, svc::DeleteResourcePolicyOutput&) {
  if (bool(in.policyName) == bool(in.resourceArn)) return fail(invalid_parameter("Exactly one of policyName and resourceArn must be specified."));
  std::string name;
  if (in.resourceArn) {
    FB_ASSIGN(group, group_of(cx, in.resourceArn));
    name = std::move(group);
  }
  return cx.write([&](store::Txn& tx) -> Result<void> {
    if (in.resourceArn) {
      FB_ASSIGN(group, group_in(cx, tx, {cx.scope(), name, nullptr}));
      store::Key key = group_policy_key(cx.scope(), group->id);
      auto old = tx.get_as<GroupPolicy>(key);
      if (!old) return fail(not_found("The specified resource policy does not exist."));
      FB_TRY(check_revision(in.expectedRevisionId, old));
      tx.erase(key);
      return {};
    }
    store::Key key = account_policies_key(cx.scope());
    AccountPolicies policies = tx.get_as<AccountPolicies>(key).value_or(AccountPolicies{});
    auto place = place_of(policies, in.policyName);
    if (place == policies.all.end() || place->name != in.policyName.view()) return fail(not_found(cat("Policy with name [", in.policyName, "] does not exist.")));
    policies.all.erase(place);
    tx.put_record(key, policies);
    return {};
  });
}

}  // namespace fogbank::logs
