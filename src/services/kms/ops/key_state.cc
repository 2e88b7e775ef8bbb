// EnableKey, DisableKey, UpdateKeyDescription, ScheduleKeyDeletion, CancelKeyDeletion:
// https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html
#include "gateway/context.h"
#include "gen/kms/operations.h"
#include "services/kms/answers.h"
#include "services/kms/rotation.h"

namespace fogbank::kms {
namespace {

constexpr int kShortestWait = 7, kLongestWait = 30;   // days

Result<void> set_state(Context& cx, KeyState to) {
  auto keys = keys_of(cx);
  const NamedKey& named = key_of(keys);
  return change_key(cx, named, [&](store::Txn& tx, Key& key) -> Result<void> {
    if (key.state == KeyState::pending_deletion) return fail(pending_deletion(named.arn));
    key.state = to;
    // A rotation that came due while the key was disabled.
    if (to == KeyState::enabled && key.rotation.enabled && !key.rotation.task) schedule_rotation(tx, named.scope, key, std::max(key.rotation.next, cx.now()));
    return {};
  });
}

}  // namespace

Result<void> EnableKey(Context& cx, const svc::EnableKeyRequest&, svc::EnableKeyOutput&) { return set_state(cx, KeyState::enabled); }
Result<void> DisableKey(Context& cx, const svc::DisableKeyRequest&, svc::DisableKeyOutput&) { return set_state(cx, KeyState::disabled); }

Result<void> UpdateKeyDescription(Context& cx, const svc::UpdateKeyDescriptionRequest& in, svc::UpdateKeyDescriptionOutput&) {
  auto keys = keys_of(cx);
  const NamedKey& named = key_of(keys);
  return change_key(cx, named, [&](store::Txn&, Key& key) -> Result<void> {
    if (key.state == KeyState::pending_deletion) return fail(pending_deletion(named.arn));
    key.description = in.Description;
    return {};
  });
}

Result<void> ScheduleKeyDeletion(Context& cx, const svc::ScheduleKeyDeletionRequest& in, svc::ScheduleKeyDeletionResponse& out) {
  auto keys = keys_of(cx);
  const NamedKey& named = key_of(keys);
  int days = in.PendingWindowInDays.value_or(kLongestWait);
  if (days < kShortestWait || days > kLongestWait) return fail(validation("PendingWindowInDays must be between 7 and 30 (inclusive)."));
  Millis at = cx.now() + days * kDay;
  FB_TRY(change_key(cx, named, [&](store::Txn& tx, Key& key) -> Result<void> {
    if (key.state == KeyState::pending_deletion) return fail(pending_deletion(named.arn));
    key.state = KeyState::pending_deletion;
    cancel_rotation(tx, key);
    schedule_deletion(tx, named.scope, key, at);
    return {};
  }));
  out.KeyId = cx.str(named.arn);
  out.DeletionDate = at;
  out.KeyState = cx.str(state_name(KeyState::pending_deletion));
  out.PendingWindowInDays = days;
  return {};
}

Result<void> CancelKeyDeletion(Context& cx, const svc::CancelKeyDeletionRequest&, svc::CancelKeyDeletionResponse& out) {
  auto keys = keys_of(cx);
  const NamedKey& named = key_of(keys);
  FB_TRY(change_key(cx, named, [&](store::Txn& tx, Key& key) -> Result<void> {
    if (key.state != KeyState::pending_deletion) return fail(invalid_state(cat(named.arn, " is not pending deletion.")));
    tx.cancel(key.deletion_task);
    key.state = KeyState::disabled;
    key.deletion_at = 0;
    key.deletion_task = 0;
    return {};
  }));
  out.KeyId = cx.str(named.arn);
  return {};
}

}  // namespace fogbank::kms
