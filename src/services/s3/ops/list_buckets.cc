// ListBuckets: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html
// A bucket's Region is told only where the request uses one of its parameters.
#include "base/strings.h"
#include "gateway/context.h"
#include "gen/s3/operations.h"
#include "services/s3/bucket_rules.h"
#include "services/s3/errors.h"
#include "services/s3/listing.h"
#include "services/s3/object_rules.h"
#include "services/s3/state.h"

namespace fogbank::s3 {
namespace {

constexpr int kMaxPage = 10000;

void add_bucket(Context& cx, svc::ListBucketsOutput& out, const BucketInfo& bucket, bool with_region) {
  svc::Bucket& b = out.Buckets.add(cx.arena());
  b.Name = cx.str(bucket.record.name);
  b.CreationDate = whole_seconds(bucket.record.created);
  b.BucketArn = cx.str(bucket.arn);
  if (with_region) b.BucketRegion = cx.str(bucket.record.region);
}

}  // namespace

Result<void> ListBuckets(Context& cx, const svc::ListBucketsRequest& in, svc::ListBucketsOutput& out) {
  int max = in.MaxBuckets.value_or(kMaxPage);
  if (max < 1 || max > kMaxPage)
    return fail(invalid_argument("Argument max-buckets must be an integer between 1 and 10000", "max-buckets", cat(max)));
  if (in.BucketRegion && !is_region(in.BucketRegion))
    return fail(invalid_argument(cat("Argument value ", in.BucketRegion.view(), " is not a valid AWS Region"), "bucket-region"));
  std::string after;
  if (in.ContinuationToken && !in.ContinuationToken.empty()) {
    auto token = read_token(in.ContinuationToken);
    if (!token) return fail(invalid_argument("The continuation token provided is incorrect", "continuation-token"));
    after = std::move(*token);
  }
  bool with_region = in.MaxBuckets || in.Prefix || in.BucketRegion || in.ContinuationToken;
  Scope owner{cx.caller().partition, cx.caller().account, {}};
  out.Buckets.reserve(cx.arena(), 1);
  cx.read([&](store::Reader& reader) {
    store::Key from = store::key(owner, kOwned), base = from;
    from.begins(in.Prefix.view());
    store::Key to = from.after_prefix();
    if (!after.empty()) {
      store::Key next = owned_key(owner.partition, owner.account.str(), after + '\0');
      if (from < next) from = next;
    }
    std::string last;
    reader.scan(from, to, store::Order::ascending, [&](std::string_view encoded, std::string_view, store::Version) {
      std::string name = std::move(store::key_parts(encoded).at(0));
      BucketPtr bucket = find_bucket(cx.core(), reader, owner.partition, name);
      if (!bucket || (in.BucketRegion && in.BucketRegion.view() != bucket->record.region)) return true;
      if (out.Buckets.size() == size_t(max)) {
        out.ContinuationToken = cx.str(make_token(last));
        return false;
      }
      add_bucket(cx, out, *bucket, with_region);
      last = std::move(name);
      return true;
    });
  });
  if (in.Prefix) out.Prefix = in.Prefix;
  cx.make(out.Owner).ID = cx.str(canonical_id(owner.account.str()));
  return {};
}

}  // namespace fogbank::s3
