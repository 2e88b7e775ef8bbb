// PutBucketCors, GetBucketCors, DeleteBucketCors: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketCors.html
#include "gen/s3/operations.h"
#include "services/s3/configurations.h"
#include "services/s3/cors_rules.h"
#include "services/s3/errors.h"

namespace fogbank::s3 {

Result<void> PutBucketCors(Context& cx, const svc::PutBucketCorsRequest& in, svc::PutBucketCorsOutput&) {
  if (!in.CORSConfiguration) return fail(missing_body());
  FB_TRY(check_cors(*in.CORSConfiguration));
  return keep_configuration(cx, in.Bucket, kind::cors, as_json(*shapes::CORSConfiguration, in.CORSConfiguration.ptr));
}

Result<void> GetBucketCors(Context& cx, const svc::GetBucketCorsRequest& in, svc::GetBucketCorsOutput& out) {
  FB_ASSIGN(bucket, bucket_of(cx, in.Bucket));
  FB_ASSIGN(cors, kept<svc::CORSConfiguration>(cx, *bucket, kind::cors, *shapes::CORSConfiguration));
  if (!cors) return fail(ApiError("NoSuchCORSConfiguration", "The CORS configuration does not exist", 404).with("BucketName", bucket->record.name));
  out.CORSRules = cors->CORSRules;
  return {};
}

Result<void> DeleteBucketCors(Context& cx, const svc::DeleteBucketCorsRequest& in, svc::DeleteBucketCorsOutput&) {
  return keep_configuration(cx, in.Bucket, kind::cors, {});
}

}  // namespace fogbank::s3
