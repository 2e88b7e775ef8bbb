// CreateLogGroup, DeleteLogGroup, PutLogGroupDeletionProtection:
// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html
#include "base/strings.h"
#include "gateway/context.h"
#include "gen/logs/operations.h"
#include "services/logs/access.h"
#include "services/logs/errors.h"
#include "services/logs/keys.h"
#include "services/logs/tags.h"
#include "services/logs/tasks.h"

namespace fogbank::logs {

Result<void> CreateLogGroup(Context& cx, const svc::CreateLogGroupRequest& in, svc::CreateLogGroupOutput&) {
  const NamedGroup& named = target(cx);
  if (in.logGroupName.view().starts_with("aws/")) return fail(invalid_parameter("Log group names can't start with the string aws/."));
  if (in.logGroupClass == "DELIVERY") return fail(not_served("The log group class DELIVERY"));
  FB_TRY(check_tags(in.tags));
  std::optional<DataKey> data_key;
  if (in.kmsKeyId) {
    FB_ASSIGN(made, new_data_key(cx, named, in.kmsKeyId));
    data_key = std::move(made);
  }
  return cx.write([&](store::Txn& tx) -> Result<void> {
    store::Key key = group_key(named.scope, named.name);
    if (tx.has(key)) return fail(group_exists());
    Group group;
    group.id = next_id(tx, named.scope);
    group.name = named.name;
    group.log_class = std::string(in.logGroupClass.value_or("STANDARD"));
    group.created = cx.now();
    group.deletion_protection = in.deletionProtectionEnabled.value_or(false);
    for (const auto& t : in.tags) group.tags[std::string(t.key)] = std::string(t.value);
    if (data_key) set_key(group, *data_key);
    tx.put_record(key, group);
    return {};
  });
}

Result<void> DeleteLogGroup(Context& cx, const svc::DeleteLogGroupRequest&, svc::DeleteLogGroupOutput&) {
  const NamedGroup& named = target(cx);
  return cx.write([&](store::Txn& tx) -> Result<void> {
    FB_ASSIGN(group, group_in(cx, tx, named));
    if (group->deletion_protection) {
      return fail("ValidationException", cat("The log group ", group->name, " cannot be deleted because deletion protection is enabled."));
    }
    tx.erase(group_key(named.scope, named.name));
    for (const store::Key& k : {group_policy_key(named.scope, group->id), count_key(named.scope, group->id)})
      if (tx.has(k)) tx.erase(k);
    if (group->expiry_task) tx.cancel(group->expiry_task);
    schedule_erase(tx, named.scope, {group->id, 0, {}}, cx.now());
    return {};
  });
}

Result<void> PutLogGroupDeletionProtection(Context& cx, const svc::PutLogGroupDeletionProtectionRequest& in, svc::PutLogGroupDeletionProtectionOutput&) {
  return change_group(cx, target(cx), [&](store::Txn&, Group& group) -> Result<void> {
    group.deletion_protection = *in.deletionProtectionEnabled;
    return {};
  });
}

}  // namespace fogbank::logs
