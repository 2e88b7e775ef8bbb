// PutBucketLifecycleConfiguration, GetBucketLifecycleConfiguration, DeleteBucketLifecycle:
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketLifecycleConfiguration.html
// The older PutBucketLifecycle and GetBucketLifecycle are the same requests with a Prefix in place of a Filter.
#include "gen/s3/operations.h"
#include "services/s3/bucket_change.h"
#include "services/s3/configurations.h"
#include "services/s3/errors.h"
#include "services/s3/lifecycle.h"
#include "services/s3/lifecycle_rules.h"

namespace fogbank::s3 {
namespace {

Result<void> change_lifecycle(Context& cx, Str name, const std::string& rules, const std::string& minimum) {
  return cx.write([&](store::Txn& tx) -> Result<void> {
    BucketPtr bucket = find_bucket(cx.core(), tx, cx.scope().partition, name);
    if (!bucket) return fail(no_such_bucket(name));
    Bucket record = bucket->record;
    record.configurations.erase(kind::lifecycle);
    record.configurations.erase(kind::transition_minimum);
    if (!rules.empty()) {
      record.configurations[kind::lifecycle] = rules;
      record.configurations[kind::transition_minimum] = minimum;
    }
    schedule_lifecycle(tx, *bucket, record, cx.now());
    tx.put_record(bucket_key(bucket->scope.partition, record.name), record);
    return {};
  });
}

}  // namespace

Result<void> PutBucketLifecycleConfiguration(Context& cx, const svc::PutBucketLifecycleConfigurationRequest& in, svc::PutBucketLifecycleConfigurationOutput& out) {
  if (!in.LifecycleConfiguration) return fail(missing_body());
  FB_ASSIGN(minimum, read_transition_minimum(in.TransitionDefaultMinimumObjectSize));
  svc::BucketLifecycleConfiguration rules = *in.LifecycleConfiguration;
  FB_TRY(check_lifecycle(rules, cx.arena(), cx.random()));
  FB_TRY(change_lifecycle(cx, in.Bucket, as_json(*shapes::BucketLifecycleConfiguration, &rules), minimum));
  out.TransitionDefaultMinimumObjectSize = cx.str(minimum);
  return {};
}

Result<void> GetBucketLifecycleConfiguration(Context& cx, const svc::GetBucketLifecycleConfigurationRequest& in, svc::GetBucketLifecycleConfigurationOutput& out) {
  FB_ASSIGN(bucket, bucket_of(cx, in.Bucket));
  FB_ASSIGN(rules, kept<svc::BucketLifecycleConfiguration>(cx, *bucket, kind::lifecycle, *shapes::BucketLifecycleConfiguration));
  if (!rules) return fail(ApiError("NoSuchLifecycleConfiguration", "The lifecycle configuration does not exist", 404).with("BucketName", bucket->record.name));
  out.Rules = rules->Rules;
  out.TransitionDefaultMinimumObjectSize = cx.str(bucket->record.configurations.at(kind::transition_minimum));
  return {};
}

Result<void> DeleteBucketLifecycle(Context& cx, const svc::DeleteBucketLifecycleRequest& in, svc::DeleteBucketLifecycleOutput&) {
  return change_lifecycle(cx, in.Bucket, {}, {});
}

}  // namespace fogbank::s3
