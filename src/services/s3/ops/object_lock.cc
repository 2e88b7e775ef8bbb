// Object Lock of buckets and versions: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectLockConfiguration.html,
// …/API_PutObjectRetention.html, …/API_PutObjectLegalHold.html
#include "base/strings.h"
#include "gateway/context.h"
#include "gen/s3/operations.h"
#include "services/s3/bucket_change.h"
#include "services/s3/errors.h"
#include "services/s3/lock_rules.h"
#include "services/s3/object_answers.h"
#include "services/s3/state.h"
#include "services/s3/versions.h"

namespace fogbank::s3 {
namespace {

ApiError no_object_lock() { return ApiError("NoSuchObjectLockConfiguration", "The specified object does not have a ObjectLock configuration", 404); }

Result<BucketPtr> locked_bucket(Context& cx, store::Reader& reader, Str name) {
  BucketPtr bucket = find_bucket(cx.core(), reader, cx.scope().partition, name);
  if (!bucket) return fail(no_such_bucket(name));
  if (!bucket->record.lock) return fail(invalid_request("Bucket is missing Object Lock Configuration"));
  return bucket;
}

/// Changes the lock of the version that a request names.
template <class In> Result<void> change_lock(Context& cx, const In& in, const std::function<Result<void>(Lock&)>& f) {
  FB_ASSIGN(name, read_version_name(in.VersionId));
  return cx.write([&](store::Txn& tx) -> Result<void> {
    FB_ASSIGN(bucket, locked_bucket(cx, tx, in.Bucket));
    FB_ASSIGN(object, find_object(tx, *bucket, in.Key, name, "PUT"));
    Lock lock = object.lock.value_or(Lock{});
    FB_TRY(f(lock));
    object.lock = lock.empty() ? std::nullopt : std::optional<Lock>(std::move(lock));
    rewrite_object(tx, *bucket, in.Key, object);
    return {};
  });
}

template <class In> Result<Lock> read_lock_of(Context& cx, const In& in) {
  FB_ASSIGN(name, read_version_name(in.VersionId));
  Result<Lock> out = fail(no_object_lock());
  cx.read([&](store::Reader& reader) {
    auto bucket = locked_bucket(cx, reader, in.Bucket);
    if (!bucket) { out = fail(std::move(bucket.error())); return; }
    auto object = find_object(reader, **bucket, in.Key, name, "GET");
    if (!object) out = fail(std::move(object.error()));
    else if (object->lock) out = *object->lock;
  });
  return out;
}

}  // namespace

Result<void> PutObjectLockConfiguration(Context& cx, const svc::PutObjectLockConfigurationRequest& in, svc::PutObjectLockConfigurationOutput&) {
  const auto* config = in.ObjectLockConfiguration.ptr;
  if (!config) return fail(missing_body());
  if (!(config->ObjectLockEnabled == "Enabled")) return fail(malformed_xml());
  LockRule rule;
  if (config->Rule) {
    const auto* retention = config->Rule->DefaultRetention.ptr;
    if (!retention) return fail(malformed_xml());
    FB_ASSIGN(given, read_lock_rule(retention->Mode, retention->Days, retention->Years));
    rule = std::move(given);
  }
  return change_bucket(cx, in.Bucket, [&](const BucketInfo&, Bucket& record) -> Result<void> {
    if (record.versioning != Versioning::enabled)
      return fail(ApiError("InvalidBucketState", "Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration", 409));
    record.lock = rule;
    return {};
  });
}

Result<void> GetObjectLockConfiguration(Context& cx, const svc::GetObjectLockConfigurationRequest& in, svc::GetObjectLockConfigurationOutput& out) {
  BucketPtr bucket = find_bucket(cx.core(), cx.scope().partition, in.Bucket);
  if (!bucket) return fail(no_such_bucket(in.Bucket));
  if (!bucket->record.lock) {
    return fail(ApiError("ObjectLockConfigurationNotFoundError", "Object Lock configuration does not exist for this bucket", 404)
                    .with("BucketName", bucket->record.name));
  }
  const LockRule& rule = *bucket->record.lock;
  auto& config = cx.make(out.ObjectLockConfiguration);
  config.ObjectLockEnabled = "Enabled";
  if (rule.mode.empty()) return {};
  auto& retention = cx.make(cx.make(config.Rule).DefaultRetention);
  retention.Mode = cx.str(rule.mode);
  if (rule.days) retention.Days = int32_t(rule.days);
  else retention.Years = int32_t(rule.years);
  return {};
}

Result<void> PutObjectRetention(Context& cx, const svc::PutObjectRetentionRequest& in, svc::PutObjectRetentionOutput&) {
  if (!in.Retention) return fail(malformed_xml());
  FB_ASSIGN(next, read_retention(in.Retention->Mode, in.Retention->RetainUntilDate, cx.now()));
  bool bypass = in.BypassGovernanceRetention.value_or(false) && !cx.entry_denied(0);
  return change_lock(cx, in, [&](Lock& lock) -> Result<void> {
    FB_TRY(check_retention_change(lock, next, cx.now(), bypass));
    lock.mode = next.mode;
    lock.until = next.until;
    return {};
  });
}

Result<void> GetObjectRetention(Context& cx, const svc::GetObjectRetentionRequest& in, svc::GetObjectRetentionOutput& out) {
  FB_ASSIGN(lock, read_lock_of(cx, in));
  if (lock.mode.empty()) return fail(no_object_lock());
  auto& retention = cx.make(out.Retention);
  retention.Mode = cx.str(lock.mode);
  retention.RetainUntilDate = lock.until;
  return {};
}

Result<void> PutObjectLegalHold(Context& cx, const svc::PutObjectLegalHoldRequest& in, svc::PutObjectLegalHoldOutput&) {
  if (!in.LegalHold || (!(in.LegalHold->Status == "ON") && !(in.LegalHold->Status == "OFF"))) return fail(malformed_xml());
  return change_lock(cx, in, [&](Lock& lock) -> Result<void> {
    lock.hold = in.LegalHold->Status.view();
    return {};
  });
}

Result<void> GetObjectLegalHold(Context& cx, const svc::GetObjectLegalHoldRequest& in, svc::GetObjectLegalHoldOutput& out) {
  FB_ASSIGN(lock, read_lock_of(cx, in));
  if (lock.hold.empty()) return fail(no_object_lock());
  cx.make(out.LegalHold).Status = cx.str(lock.hold);
  return {};
}

}  // namespace fogbank::s3
