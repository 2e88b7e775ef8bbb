// AssociateKmsKey, DisassociateKmsKey: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
// Events that are stored already stay as they are: encrypted under the key of their time, or not at all.
#include "gateway/context.h"
#include "gen/logs/operations.h"
#include "services/logs/access.h"
#include "services/logs/errors.h"
#include "services/logs/keys.h"

namespace fogbank::logs {

Result<void> AssociateKmsKey(Context& cx, const svc::AssociateKmsKeyRequest& in, svc::AssociateKmsKeyOutput&) {
  const NamedGroup& named = target(cx);
  if (!named.group) return fail(no_such_group());
  FB_ASSIGN(data_key, new_data_key(cx, named, in.kmsKeyId));
  return change_group(cx, named, [&](store::Txn&, Group& group) -> Result<void> {
    set_key(group, data_key);
    return {};
  });
}

Result<void> DisassociateKmsKey(Context& cx, const svc::DisassociateKmsKeyRequest&, svc::DisassociateKmsKeyOutput&) {
  return change_group(cx, target(cx), [&](store::Txn&, Group& group) -> Result<void> {
    group.kms_key.clear();
    return {};
  });
}

}  // namespace fogbank::logs
