// PutBucketWebsite, GetBucketWebsite, DeleteBucketWebsite: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketWebsite.html
// The website itself is in website.cc.
#include "gen/s3/operations.h"
#include "services/s3/configurations.h"
#include "services/s3/errors.h"
#include "services/s3/website_rules.h"

namespace fogbank::s3 {

Result<void> PutBucketWebsite(Context& cx, const svc::PutBucketWebsiteRequest& in, svc::PutBucketWebsiteOutput&) {
  if (!in.WebsiteConfiguration) return fail(missing_body());
  FB_TRY(check_website(*in.WebsiteConfiguration));
  return keep_configuration(cx, in.Bucket, kind::website, as_json(*shapes::WebsiteConfiguration, in.WebsiteConfiguration.ptr));
}

Result<void> GetBucketWebsite(Context& cx, const svc::GetBucketWebsiteRequest& in, svc::GetBucketWebsiteOutput& out) {
  FB_ASSIGN(bucket, bucket_of(cx, in.Bucket));
  FB_ASSIGN(website, kept<svc::WebsiteConfiguration>(cx, *bucket, kind::website, *shapes::WebsiteConfiguration));
  if (!website) {
    return fail(ApiError("NoSuchWebsiteConfiguration", "The specified bucket does not have a website configuration", 404)
                    .with("BucketName", bucket->record.name));
  }
  out.RedirectAllRequestsTo = website->RedirectAllRequestsTo;
  out.IndexDocument = website->IndexDocument;
  out.ErrorDocument = website->ErrorDocument;
  out.RoutingRules = website->RoutingRules;
  return {};
}

Result<void> DeleteBucketWebsite(Context& cx, const svc::DeleteBucketWebsiteRequest& in, svc::DeleteBucketWebsiteOutput&) {
  return keep_configuration(cx, in.Bucket, kind::website, {});
}

}  // namespace fogbank::s3
