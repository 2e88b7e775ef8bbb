// PutBucketLogging, GetBucketLogging: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketLogging.html
// The logs themselves are in access_log.cc.
#include "gen/s3/operations.h"
#include "services/s3/acl_rules.h"
#include "services/s3/bucket_change.h"
#include "services/s3/configurations.h"
#include "services/s3/errors.h"

namespace fogbank::s3 {
namespace {

ApiError bad_target(const char* message, std::string_view target) {
  return ApiError("InvalidTargetBucketForLogging", message, 400).with("TargetBucket", std::string(target));
}

/// A target with ACLs has to let the log-delivery group write; one without needs a bucket policy, which counts at delivery.
Result<void> check_target(const BucketInfo& source, const BucketInfo* target, Str name) {
  if (!target) return fail(bad_target("The target bucket for logging does not exist", name));
  const Bucket& t = target->record;
  if (t.account != source.record.account) return fail(bad_target("The owner for the bucket to be logged and the target bucket must be the same.", name));
  if (t.region != source.record.region)
    return fail(ApiError("CrossLocationLoggingProhibitted", "Cross S3 location logging not allowed. ", 403).with("TargetBucketLocation", t.region));
  return {};
}

Result<void> check_grants(const svc::LoggingEnabled& logging, const BucketInfo& target) {
  if (logging.TargetGrants.empty()) return {};
  if (target.record.ownership == Ownership::enforced)
    return fail(bad_target("This bucket uses the bucket owner enforced setting for Object Ownership and does not support target grants.", logging.TargetBucket));
  svc::AccessControlPolicy as_acl{};
  std::string owner = canonical_id(target.record.account);
  Arena arena;
  as_acl.Owner = arena.make<svc::Owner>();
  as_acl.Owner->ID = Str(owner);
  for (const auto& g : logging.TargetGrants) {
    if (!(g.Permission == "FULL_CONTROL") && !(g.Permission == "READ")) return fail(malformed_xml());
    auto& grant = as_acl.Grants.add(arena);
    grant.Grantee = g.Grantee;
    grant.Permission = g.Permission;
  }
  auto checked = acl_of(as_acl, owner);
  if (!checked) return fail(std::move(checked.error()));
  return {};
}

}  // namespace

Result<void> PutBucketLogging(Context& cx, const svc::PutBucketLoggingRequest& in, svc::PutBucketLoggingOutput&) {
  if (!in.BucketLoggingStatus) return fail(missing_body());
  const auto* logging = in.BucketLoggingStatus->LoggingEnabled.ptr;
  if (!logging) return keep_configuration(cx, in.Bucket, kind::logging, {});
  if (!logging->TargetBucket || !logging->TargetPrefix) return fail(malformed_xml());
  return cx.write([&](store::Txn& tx) -> Result<void> {
    BucketPtr source = find_bucket(cx.core(), tx, cx.scope().partition, in.Bucket);
    if (!source) return fail(no_such_bucket(in.Bucket));
    BucketPtr target = find_bucket(cx.core(), tx, cx.scope().partition, logging->TargetBucket);
    FB_TRY(check_target(*source, target.get(), logging->TargetBucket));
    FB_TRY(check_grants(*logging, *target));
    Bucket record = source->record;
    record.configurations[kind::logging] = as_json(*shapes::LoggingEnabled, logging);
    tx.put_record(bucket_key(source->scope.partition, record.name), record);
    return {};
  });
}

Result<void> GetBucketLogging(Context& cx, const svc::GetBucketLoggingRequest& in, svc::GetBucketLoggingOutput& out) {
  FB_ASSIGN(bucket, bucket_of(cx, in.Bucket));
  FB_ASSIGN(logging, kept<svc::LoggingEnabled>(cx, *bucket, kind::logging, *shapes::LoggingEnabled));
  if (logging) *(out.LoggingEnabled = cx.arena().make<svc::LoggingEnabled>()) = *logging;
  return {};
}

}  // namespace fogbank::s3
