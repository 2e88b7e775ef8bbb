// AddPermission, RemovePermission: https://docs.aws.amazon.com/sns/latest/api/API_AddPermission.html
#include "gateway/context.h"
#include "gen/sns/operations.h"
#include "services/sns/errors.h"
#include "services/sns/names.h"
#include "services/sns/state.h"
#include "services/sns/topic_policy.h"

namespace fogbank::sns {
namespace {

Result<void> change_policy(Context& cx, Str arn, const std::function<Result<std::string>(const TopicAddress&, std::string_view json)>& f) {
  auto address = find_topic_address(arn);
  if (!address) return fail(invalid("TopicArn"));
  return cx.write([&](store::Txn& tx) -> Result<void> {
    if (!tx.has(topic_key(address->scope, address->name))) return fail(topic_does_not_exist());
    store::Key key = policy_key(address->scope, address->name);
    auto old = tx.get_as<TopicPolicy>(key);
    TopicPolicy policy = old.value_or(TopicPolicy{default_policy(address->scope, address->name), {}});
    FB_ASSIGN(json, f(*address, policy.json));
    policy.json = std::move(json);
    tx.put_record(key, policy);
    return {};
  });
}

}  // namespace

Result<void> AddPermission(Context& cx, const svc::AddPermissionInput& in, svc::AddPermissionOutput&) {
  Permission p;
  p.label = in.Label;
  p.accounts.assign(in.AWSAccountId.begin(), in.AWSAccountId.end());
  p.actions.assign(in.ActionName.begin(), in.ActionName.end());
  if (p.label.empty()) return fail(invalid("Label"));
  if (p.accounts.empty()) return fail(invalid("AWSAccountId"));
  if (p.actions.empty()) return fail(invalid("ActionName"));
  return change_policy(cx, in.TopicArn, [&](const TopicAddress& a, std::string_view json) -> Result<std::string> {
    FB_ASSIGN(changed, add_permission(json, p, a.scope, a.name));
    FB_TRY(policy::compile(changed, policy::PolicyKind::resource, {policy::Dialect::sns, a.scope.partition}));
    return changed;
  });
}

Result<void> RemovePermission(Context& cx, const svc::RemovePermissionInput& in, svc::RemovePermissionOutput&) {
  return change_policy(cx, in.TopicArn, [&](const TopicAddress&, std::string_view json) { return remove_permission(json, in.Label); });
}

}  // namespace fogbank::sns
