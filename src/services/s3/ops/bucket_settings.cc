// Small settings of buckets: requester pays, transfer acceleration, object ownership; and the replication that no bucket has:
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketRequestPayment.html and following.
#include "base/strings.h"
#include "gen/s3/operations.h"
#include "services/s3/acl_rules.h"
#include "services/s3/bucket_change.h"
#include "services/s3/configurations.h"
#include "services/s3/errors.h"

namespace fogbank::s3 {

Result<void> PutBucketRequestPayment(Context& cx, const svc::PutBucketRequestPaymentRequest& in, svc::PutBucketRequestPaymentOutput&) {
  if (!in.RequestPaymentConfiguration) return fail(missing_body());
  Str payer = in.RequestPaymentConfiguration->Payer;
  if (!(payer == "Requester") && !(payer == "BucketOwner")) return fail(malformed_xml());
  return keep_configuration(cx, in.Bucket, kind::payer, std::string(payer.view()));
}

Result<void> GetBucketRequestPayment(Context& cx, const svc::GetBucketRequestPaymentRequest& in, svc::GetBucketRequestPaymentOutput& out) {
  FB_ASSIGN(bucket, bucket_of(cx, in.Bucket));
  out.Payer = bucket->settings->requester_pays ? "Requester" : "BucketOwner";
  return {};
}

Result<void> PutBucketAccelerateConfiguration(Context& cx, const svc::PutBucketAccelerateConfigurationRequest& in, svc::PutBucketAccelerateConfigurationOutput&) {
  if (!in.AccelerateConfiguration) return fail(missing_body());
  if (in.Bucket.view().find('.') != std::string_view::npos)
    return fail(invalid_request("S3 Transfer Acceleration is not supported for buckets with periods (.) in their names"));
  Str status = in.AccelerateConfiguration->Status;
  if (!(status == "Enabled") && !(status == "Suspended")) return fail(malformed_xml());
  return change_bucket(cx, in.Bucket, [&](const BucketInfo&, Bucket& record) -> Result<void> {
    auto old = record.configurations.find(kind::accelerate);
    if (old == record.configurations.end() && status == "Suspended") return {};   // what never ran is not suspended
    record.configurations[kind::accelerate] = status.view();
    return {};
  });
}

Result<void> GetBucketAccelerateConfiguration(Context& cx, const svc::GetBucketAccelerateConfigurationRequest& in, svc::GetBucketAccelerateConfigurationOutput& out) {
  FB_ASSIGN(bucket, bucket_of(cx, in.Bucket));
  auto it = bucket->record.configurations.find(kind::accelerate);
  if (it != bucket->record.configurations.end()) out.Status = cx.str(it->second);
  return {};
}

Result<void> PutBucketOwnershipControls(Context& cx, const svc::PutBucketOwnershipControlsRequest& in, svc::PutBucketOwnershipControlsOutput&) {
  if (!in.OwnershipControls) return fail(missing_body());
  if (in.OwnershipControls->Rules.size() != 1) return fail(malformed_xml());
  auto ownership = read_ownership(in.OwnershipControls->Rules[0].ObjectOwnership);
  if (!ownership) return fail(malformed_xml());
  return change_bucket(cx, in.Bucket, [&](const BucketInfo& bucket, Bucket& record) -> Result<void> {
    if (*ownership == Ownership::enforced && record.acl && reaches_others(*record.acl, canonical_id(bucket.record.account))) return fail(acl_with_enforced_ownership());
    record.ownership = *ownership;
    return {};
  });
}

Result<void> GetBucketOwnershipControls(Context& cx, const svc::GetBucketOwnershipControlsRequest& in, svc::GetBucketOwnershipControlsOutput& out) {
  FB_ASSIGN(bucket, bucket_of(cx, in.Bucket));
  if (bucket->record.ownership == Ownership::none) {
    return fail(ApiError("OwnershipControlsNotFoundError", "The bucket ownership controls were not found", 404).with("BucketName", bucket->record.name));
  }
  cx.make(out.OwnershipControls).Rules.add(cx.arena()).ObjectOwnership = ownership_name(bucket->record.ownership);
  return {};
}

Result<void> DeleteBucketOwnershipControls(Context& cx, const svc::DeleteBucketOwnershipControlsRequest& in, svc::DeleteBucketOwnershipControlsOutput&) {
  return change_bucket(cx, in.Bucket, [&](const BucketInfo&, Bucket& record) -> Result<void> {
    record.ownership = Ownership::none;
    return {};
  });
}

Result<void> GetBucketReplication(Context& cx, const svc::GetBucketReplicationRequest& in, svc::GetBucketReplicationOutput&) {
  FB_ASSIGN(bucket, bucket_of(cx, in.Bucket));
  return fail(ApiError("ReplicationConfigurationNotFoundError", "The replication configuration was not found", 404).with("BucketName", bucket->record.name));
}

Result<void> DeleteBucketReplication(Context& cx, const svc::DeleteBucketReplicationRequest& in, svc::DeleteBucketReplicationOutput&) {
  FB_TRY(bucket_of(cx, in.Bucket));
  return {};
}

}  // namespace fogbank::s3
