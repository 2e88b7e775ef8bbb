// DeleteSecret, RestoreSecret: https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DeleteSecret.html
#include "gateway/context.h"
#include "gen/secretsmanager/operations.h"
#include "services/secretsmanager/deletion.h"
#include "services/secretsmanager/errors.h"
#include "services/secretsmanager/resolve.h"

namespace fogbank::secretsmanager {
namespace {

constexpr int64_t kShortestWindow = 7, kLongestWindow = 30;   // days

Result<void> check_window(const svc::DeleteSecretRequest& in) {
  if (!in.RecoveryWindowInDays) return {};
  int64_t days = *in.RecoveryWindowInDays;
  if (days < kShortestWindow || days > kLongestWindow) return fail(invalid_parameter("The RecoveryWindowInDays value must be between 7 and 30 days (inclusive)."));
  if (in.ForceDeleteWithoutRecovery.value_or(false)) return fail(invalid_parameter("You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays."));
  return {};
}

}  // namespace

Result<void> DeleteSecret(Context& cx, const svc::DeleteSecretRequest& in, svc::DeleteSecretResponse& out) {
  auto target = target_of(cx);
  const NamedSecret& named = target->named;
  FB_TRY(check_window(in));
  bool force = in.ForceDeleteWithoutRecovery.value_or(false);
  Millis at = force ? cx.now() : cx.now() + in.RecoveryWindowInDays.value_or(kLongestWindow) * kDay;
  out.Name = cx.str(named.name);
  out.ARN = cx.str(named.arn);
  out.DeletionDate = at;
  if (!named.secret) return force ? Result<void>{} : Result<void>(fail(secret_not_found()));   // a forced deletion of nothing succeeds
  return cx.write([&](store::Txn& tx) -> Result<void> {
    auto secret = secret_in(tx, named);
    if (!secret) return force ? Result<void>{} : Result<void>(fail(std::move(secret.error())));
    if (force) {
      erase_secret(tx, named.scope, *secret);
      return {};
    }
    if (secret->deletion_at) return fail(already_scheduled());
    schedule_deletion(tx, named.scope, *secret, at);
    secret->changed = cx.now();
    tx.put_record(secret_key(named.scope, named.name), *secret);
    return {};
  });
}

Result<void> RestoreSecret(Context& cx, const svc::RestoreSecretRequest&, svc::RestoreSecretResponse& out) {
  auto target = target_of(cx);
  const NamedSecret& named = target->named;
  FB_TRY(cx.write([&](store::Txn& tx) -> Result<void> {
    FB_ASSIGN(secret, secret_in(tx, named));
    if (!secret.deletion_at) return {};
    cancel_deletion(tx, secret);
    secret.changed = cx.now();
    tx.put_record(secret_key(named.scope, named.name), secret);
    return {};
  }));
  out.ARN = cx.str(named.arn);
  out.Name = cx.str(named.name);
  return {};
}

}  // namespace fogbank::secretsmanager
