// PutRetentionPolicy, DeleteRetentionPolicy:
// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
// Expired events are out of sight at once; tasks erase them within an hour of the virtual clock (AWS: within 72).
#include <algorithm>

#include "base/strings.h"
#include "gateway/context.h"
#include "gen/logs/operations.h"
#include "services/logs/access.h"
#include "services/logs/errors.h"
#include "services/logs/tasks.h"

namespace fogbank::logs {
namespace {

constexpr int64_t kDays[] = {1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653};

Result<void> check_days(int64_t days) {
  if (std::find(std::begin(kDays), std::end(kDays), days) != std::end(kDays)) return {};
  std::string allowed;
  for (int64_t d : kDays) append(allowed, allowed.empty() ? "" : ", ", d);
  return fail(invalid_parameter(cat("1 validation error detected: Value '", days, "' at 'retentionInDays' failed to satisfy constraint: Member must satisfy enum value set: [",
                                    allowed, "]")));
}

}  // namespace

Result<void> PutRetentionPolicy(Context& cx, const svc::PutRetentionPolicyRequest& in, svc::PutRetentionPolicyOutput&) {
  FB_TRY(check_days(*in.retentionInDays));
  const NamedGroup& named = target(cx);
  return change_group(cx, named, [&](store::Txn& tx, Group& group) -> Result<void> {
    group.retention_days = *in.retentionInDays;
    schedule_expiry(tx, named.scope, group, cx.now());
    return {};
  });
}

Result<void> DeleteRetentionPolicy(Context& cx, const svc::DeleteRetentionPolicyRequest&, svc::DeleteRetentionPolicyOutput&) {
  return change_group(cx, target(cx), [&](store::Txn& tx, Group& group) -> Result<void> {
    group.retention_days = 0;
    if (group.expiry_task) tx.cancel(group.expiry_task);
    group.expiry_task = 0;
    return {};
  });
}

}  // namespace fogbank::logs
