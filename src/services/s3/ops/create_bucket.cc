// CreateBucket: https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html
// The odd rule: in us-east-1 creating one's own bucket again succeeds, unless the request gives tags.
#include "base/strings.h"
#include "gateway/context.h"
#include "gen/s3/operations.h"
#include "services/s3/bucket_rules.h"
#include "services/s3/errors.h"
#include "services/s3/state.h"
#include "services/s3/tag_rules.h"

namespace fogbank::s3 {
namespace {

constexpr int kMaxBuckets = 10000;   // of an account

/// Settings that are accepted only where they ask for what a new bucket has anyway.
Result<void> check_settings(const svc::CreateBucketRequest& in) {
  if (Str o = in.ObjectOwnership) {
    bool known = o == "BucketOwnerEnforced" || o == "BucketOwnerPreferred" || o == "ObjectWriter";
    if (!known) return fail(invalid_argument(cat("Invalid x-amz-object-ownership header: ", o.view()), "x-amz-object-ownership"));
    if (!(o == "BucketOwnerEnforced")) return fail(not_implemented(cat("ObjectOwnership ", o.view(), " (buckets with ACLs)")));
  }
  bool grants = in.GrantFullControl || in.GrantRead || in.GrantReadACP || in.GrantWrite || in.GrantWriteACP;
  if (in.ACL && !(in.ACL == "private") && !(in.ACL == "public-read") && !(in.ACL == "public-read-write") && !(in.ACL == "authenticated-read"))
    return fail(invalid_argument("", "x-amz-acl", in.ACL));
  if (grants || (in.ACL && !(in.ACL == "private"))) {
    return fail("InvalidBucketAclWithObjectOwnership", "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting");
  }
  if (in.BucketNamespace && !(in.BucketNamespace == "global")) return fail(not_implemented(cat("BucketNamespace ", in.BucketNamespace.view())));
  const auto* config = in.CreateBucketConfiguration.ptr;
  if (config && (config->Location || config->Bucket)) return fail(not_implemented("A directory bucket (CreateBucketConfiguration Location or Bucket)"));
  return {};
}

Result<void> check_quota(store::Reader& reader, const Scope& scope) {
  int count = 0;
  reader.scan_prefix(store::key(Scope{scope.partition, scope.account, {}}, kOwned),
                     [&](std::string_view, std::string_view, store::Version) { return ++count < kMaxBuckets; });
  if (count < kMaxBuckets) return {};
  return fail("TooManyBuckets", "You have attempted to create more buckets than allowed");
}

}  // namespace

Result<void> CreateBucket(Context& cx, const svc::CreateBucketRequest& in, svc::CreateBucketOutput& out) {
  const auto* config = in.CreateBucketConfiguration.ptr;
  std::string_view constraint = config ? config->LocationConstraint.view() : std::string_view();
  if (!valid_new_bucket_name(in.Bucket)) return fail(invalid_bucket_name(in.Bucket));
  FB_TRY(check_settings(in));
  FB_ASSIGN(region, region_of_new_bucket(cx.caller().region.str(), constraint));
  std::map<std::string, std::string> tags;
  if (config) {
    FB_ASSIGN(given, read_tag_set(config->Tags, TagOwner::new_bucket));
    tags = std::move(given);
  }
  const Scope& scope = cx.scope();
  Result<void> made = cx.write([&](store::Txn& tx) -> Result<void> {
    if (BucketPtr old = find_bucket(cx.core(), tx, scope.partition, in.Bucket)) {
      bool mine = old->record.account == scope.account.str();
      if (mine && region == "us-east-1" && old->record.region == region && tags.empty()) return {};
      return fail(bucket_taken(in.Bucket, mine));
    }
    FB_TRY(check_quota(tx, scope));
    Bucket bucket;
    bucket.name = in.Bucket.view();
    bucket.id = tx.next(scope.whole_partition(), "s3.bucket");
    bucket.account = scope.account.str();
    bucket.region = region;
    bucket.created = cx.now();
    bucket.location = constraint;
    bucket.public_access = PublicAccessBlock{true, true, true, true, {}};   // as every bucket since April 2023
    bucket.tags = tags;
    if (in.ObjectLockEnabledForBucket.value_or(false)) {
      bucket.lock.emplace();
      bucket.versioning = Versioning::enabled;
    }
    tx.put_record(bucket_key(scope.partition, bucket.name), bucket);
    tx.put(owned_key(scope.partition, bucket.account, bucket.name), "");
    return {};
  });
  FB_TRY(made);
  out.Location = region == "us-east-1" ? cx.str(cat('/', in.Bucket.view())) : cx.str(cat("http://", in.Bucket.view(), ".s3.amazonaws.com/"));
  out.BucketArn = cx.str(bucket_arn(scope.partition.str(), in.Bucket));
  return {};
}

}  // namespace fogbank::s3
