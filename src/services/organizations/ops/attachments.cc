// AttachPolicy, DetachPolicy, ListPoliciesForTarget, ListTargetsForPolicy.
// https://docs.aws.amazon.com/organizations/latest/APIReference/API_AttachPolicy.html and the like
#include <algorithm>

#include "gen/organizations/operations.h"
#include "services/organizations/answers.h"
#include "services/organizations/errors.h"
#include "services/organizations/paging.h"

namespace fogbank::organizations {
namespace {

/// A policy and a target of a change, both there and the policy's type enabled.
struct Pair {
  Policy policy;
  Target target;
  std::vector<std::string> attached;
};

Result<Pair> find_pair(store::Reader& reader, const Place& place, std::string_view policy_id, std::string_view target_id) {
  auto policy = find_policy(reader, place, policy_id);
  if (!policy) return fail(policy_not_found());
  auto target = find_target(reader, place, target_id);
  if (!target) return fail(target_not_found());
  if (!enabled_type(place.org, policy->type)) return fail(policy_type_not_enabled());
  auto attached = attached_policies(place.org, target->attachments(), policy->type);
  return Pair{std::move(*policy), std::move(*target), std::move(attached)};
}

bool is_attached(const Place& place, const std::vector<Attachments>& all, const Policy& policy) {
  auto ids = attached_policies(place.org, all, policy.type);
  return std::find(ids.begin(), ids.end(), policy.id) != ids.end();
}

}  // namespace

Result<void> AttachPolicy(Context& cx, const svc::AttachPolicyRequest& in, svc::AttachPolicyOutput&) {
  return change(cx, [&](store::Txn& tx, Place& place) -> Result<void> {
    FB_ASSIGN(pair, find_pair(tx, place, in.PolicyId, in.TargetId));
    if (std::find(pair.attached.begin(), pair.attached.end(), pair.policy.id) != pair.attached.end())
      return fail("DuplicatePolicyAttachmentException", "The selected policy is already attached to the specified target.");
    if (pair.attached.size() >= policy_type(pair.policy.type)->max_attached)
      return fail(constraint("MAX_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED", "You have attached the maximum number of policies to the specified target."));
    pair.attached.push_back(pair.policy.id);
    set_attached(place.org, pair.target.attachments(), pair.policy.type, std::move(pair.attached));
    put_target(tx, place, pair.target);
    count_attachment(tx, place, pair.policy.id, 1);
    return {};
  });
}

Result<void> DetachPolicy(Context& cx, const svc::DetachPolicyRequest& in, svc::DetachPolicyOutput&) {
  return change(cx, [&](store::Txn& tx, Place& place) -> Result<void> {
    FB_ASSIGN(pair, find_pair(tx, place, in.PolicyId, in.TargetId));
    const PolicyType& type = *policy_type(pair.policy.type);
    if (type.name == kResourceControl && pair.policy.id == type.full_access)
      return fail(invalid_input("NON_DETACHABLE_POLICY", "You can't detach this AWS managed policy."));
    auto at = std::find(pair.attached.begin(), pair.attached.end(), pair.policy.id);
    if (at == pair.attached.end()) return fail("PolicyNotAttachedException", "The specified policy is not attached to the specified target.");
    if (pair.attached.size() == 1)
      return fail(constraint("MIN_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED",
                             "You cannot remove the last policy attached to the specified target. You must have at least one attached at all times."));
    pair.attached.erase(at);
    set_attached(place.org, pair.target.attachments(), pair.policy.type, std::move(pair.attached));
    put_target(tx, place, pair.target);
    count_attachment(tx, place, pair.policy.id, -1);
    return {};
  });
}

Result<void> ListPoliciesForTarget(Context& cx, const svc::ListPoliciesForTargetRequest& in, svc::ListPoliciesForTargetResponse& out) {
  return look(cx, [&](store::Reader& reader, Place& place) -> Result<void> {
    auto target = find_target(reader, place, in.TargetId);
    if (!target) return fail(target_not_found());
    out.Policies.reserve(cx.arena(), 1);
    if (!policy_type(in.Filter)) return {};
    return page_of_list(cx, attached_policies(place.org, target->attachments(), in.Filter), in, out, [&](const std::string& id) {
      if (auto p = find_policy(reader, place, id)) fill_summary(cx, place, *p, out.Policies.add(cx.arena()));
    });
  });
}

// First the root and the units by id, then the accounts. A token is the key of the last entry, whichever table it is from.
Result<void> ListTargetsForPolicy(Context& cx, const svc::ListTargetsForPolicyRequest& in, svc::ListTargetsForPolicyResponse& out) {
  return look(cx, [&](store::Reader& reader, Place& place) -> Result<void> {
    auto policy = find_policy(reader, place, in.PolicyId);
    if (!policy) return fail(policy_not_found());
    out.Targets.reserve(cx.arena(), 1);
    auto add = [&](std::string_view id, std::string_view name, std::string_view arn, const char* type) {
      auto& target = out.Targets.add(cx.arena());
      target.TargetId = cx.str(id);
      target.Name = cx.str(name);
      target.Arn = cx.str(arn);
      target.Type = type;
    };
    svc::ListTargetsForPolicyRequest rest = in;
    store::Key accounts = place.key(kAccounts);
    auto token = in.NextToken ? unbase64url(in.NextToken.view()) : std::nullopt;
    bool at_accounts = token && token->starts_with(accounts.bytes());
    if (!at_accounts) {
      FB_TRY(page_of_rows(cx, reader, place.key(kNodes), in, out, [&](std::string_view bytes, bool full) {
        auto node = decode<Node>(bytes);
        if (!node || !is_attached(place, node->attachments, *policy)) return false;
        if (!full) add(node->id, node->name, node_arn(place.scope, place.org, node->id), is_root_id(node->id) ? "ROOT" : "ORGANIZATIONAL_UNIT");
        return true;
      }));
      if (out.NextToken) return {};
      rest.NextToken = Str{};
      int32_t left = in.MaxResults.value_or(kPage) - int32_t(out.Targets.size());
      if (left == 0) {  // whether an account follows is for the next page to find out
        out.NextToken = cx.str(base64url(accounts.bytes()));
        return {};
      }
      rest.MaxResults = left;
    }
    return page_of_rows(cx, reader, accounts, rest, out, [&](std::string_view bytes, bool full) {
      auto account = decode<Account>(bytes);
      if (!account || !is_attached(place, account->attachments, *policy)) return false;
      if (!full) add(account->id, account->name, account_arn(place.scope, place.org, account->id), "ACCOUNT");
      return true;
    });
  });
}

}  // namespace fogbank::organizations
