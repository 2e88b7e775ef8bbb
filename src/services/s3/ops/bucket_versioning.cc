// PutBucketVersioning and GetBucketVersioning: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketVersioning.html
// Versioning once enabled can only be suspended, and not even that in a bucket with Object Lock.
#include "base/strings.h"
#include "gateway/context.h"
#include "gen/s3/operations.h"
#include "services/s3/bucket_change.h"
#include "services/s3/errors.h"
#include "services/s3/state.h"

namespace fogbank::s3 {

Result<void> PutBucketVersioning(Context& cx, const svc::PutBucketVersioningRequest& in, svc::PutBucketVersioningOutput&) {
  if (!in.VersioningConfiguration) return fail(missing_body());
  Str status = in.VersioningConfiguration->Status, mfa = in.VersioningConfiguration->MFADelete;
  if (!status && !mfa) return fail("IllegalVersioningConfigurationException", "The Versioning element must be specified");
  if (status && !(status == "Enabled") && !(status == "Suspended")) return fail(malformed_xml());
  if (mfa && !(mfa == "Enabled") && !(mfa == "Disabled")) return fail(malformed_xml());
  if (mfa == "Enabled") return fail(not_implemented("MFA delete (MfaDelete Enabled)"));
  return change_bucket(cx, in.Bucket, [&](const BucketInfo&, Bucket& record) -> Result<void> {
    if (status == "Suspended" && record.lock) {
      return fail(ApiError("InvalidBucketState", "An Object Lock configuration is present on this bucket, so the versioning state cannot be changed.", 409));
    }
    if (status) record.versioning = status == "Enabled" ? Versioning::enabled : Versioning::suspended;
    if (mfa) record.mfa_delete = mfa.view();
    return {};
  });
}

Result<void> GetBucketVersioning(Context& cx, const svc::GetBucketVersioningRequest& in, svc::GetBucketVersioningOutput& out) {
  BucketPtr bucket = find_bucket(cx.core(), cx.scope().partition, in.Bucket);
  if (!bucket) return fail(no_such_bucket(in.Bucket));
  if (bucket->record.versioning != Versioning::never) out.Status = bucket->record.versioning == Versioning::enabled ? "Enabled" : "Suspended";
  if (!bucket->record.mfa_delete.empty()) out.MFADelete = cx.str(bucket->record.mfa_delete);
  return {};
}

}  // namespace fogbank::s3
