// AddPermission, RemovePermission: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_AddPermission.html
#include "services/sqs/permissions.h"

#include "auth/policy/document.h"
#include "gen/sqs/operations.h"
#include "services/sqs/errors.h"
#include "services/sqs/messages.h"

namespace fogbank::sqs {
namespace {

/// Changes the queue's policy by `f(old text) → new text`; an empty text is no policy.
Result<void> change_policy(Context& cx, Str url, const std::function<Result<std::string>(std::string_view name, std::string_view json)>& f) {
  FB_ASSIGN(name, queue_name(cx, url));
  return cx.write([&](store::Txn& tx) -> Result<void> {
    FB_ASSIGN(queue, load_queue(tx, cx.scope(), name));
    store::Key key = policy_key(cx.scope(), name);
    auto old = tx.get_as<QueuePolicy>(key);
    QueuePolicy policy = old.value_or(QueuePolicy{});
    FB_ASSIGN(json, f(name, policy.json));
    policy.json = std::move(json);
    queue.modified = cx.now();
    tx.put_record(queue_key(cx.scope(), name), queue);
    if (!policy.json.empty()) tx.put_record(key, policy);
    else if (old) tx.erase(key);
    return {};
  });
}

}  // namespace

Result<void> AddPermission(Context& cx, const svc::AddPermissionRequest& in, svc::AddPermissionOutput&) {
  Permission p;
  p.label = in.Label;
  p.accounts.assign(in.AWSAccountIds.begin(), in.AWSAccountIds.end());
  p.actions.assign(in.Actions.begin(), in.Actions.end());
  FB_TRY(check_permission(p));
  return change_policy(cx, in.QueueUrl, [&](std::string_view name, std::string_view json) -> Result<std::string> {
    FB_ASSIGN(changed, add_permission(json, p, cx.scope(), name));
    FB_TRY(policy::compile(changed, policy::PolicyKind::resource, {policy::Dialect::sqs, cx.scope().partition}));
    return changed;
  });
}

Result<void> RemovePermission(Context& cx, const svc::RemovePermissionRequest& in, svc::RemovePermissionOutput&) {
  if (in.Label.empty()) return fail(missing_parameter("Label"));
  return change_policy(cx, in.QueueUrl, [&](std::string_view, std::string_view json) { return remove_permission(json, in.Label); });
}

}  // namespace fogbank::sqs
