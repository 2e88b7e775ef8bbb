// GetBucketPolicy, PutBucketPolicy, DeleteBucketPolicy and the public access block that watches over them:
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html, …/API_PutPublicAccessBlock.html
// The odd rule: a caller of another account, even one that is allowed, is told that the method is not allowed.
#include "auth/policy/principal_places.h"
#include "base/scope.h"
#include "base/strings.h"
#include "gateway/context.h"
#include "gateway/principals.h"
#include "gen/s3/operations.h"
#include "services/s3/bucket_change.h"
#include "services/s3/errors.h"
#include "services/s3/policy_rules.h"
#include "services/s3/public_access.h"
#include "services/s3/state.h"

namespace fogbank::s3 {
namespace {

Result<void> owners_account_only(Context& cx, const char* method) {
  if (cx.principal().account == cx.scope().account.str()) return {};
  return fail(ApiError("MethodNotAllowed", "The specified method is not allowed against this resource.", 405)
                  .with("Method", method).with("ResourceType", "BUCKETPOLICY"));
}

ApiError blocked(Context& cx, const BucketInfo& bucket) {
  return ApiError("AccessDenied", cat("User: ", cx.principal().arn, " is not authorized to perform: s3:PutBucketPolicy on resource: \"", bucket.arn,
                                      "\" because public policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access."), 403);
}

/// S3 takes only principals that exist. (That a canonical id is an account's cannot be told from it.)
/// Users and roles are found by their places in the text; here all others.
bool acceptable(Context& cx, store::Reader& reader, const policy::PrincipalName& named) {
  using Type = policy::PrincipalName::Type;
  switch (named.type) {
    case Type::everyone: return true;
    case Type::federated: return false;
    case Type::canonical_user: return named.value.size() == 64 && named.value.find_first_not_of("0123456789abcdef") == std::string::npos;
    case Type::service: return named.value.ends_with(".amazonaws.com") || named.value.ends_with(".amazonaws.com.cn");
    case Type::aws: break;
  }
  if (named.value.starts_with("arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity ")) return true;
  return principal_exists(cx.core(), reader, cx.scope().partition.str(), named.value);
}

std::vector<NamedEntity> named_entities(Context& cx, store::Reader& reader, std::string_view json) {
  std::vector<NamedEntity> out;
  for (const policy::PrincipalPlace& place : policy::aws_principals(json)) {
    auto arn = parse_arn(place.value);
    std::string id;
    if (arn && arn->service == "iam" && principal_exists(cx.core(), reader, cx.scope().partition.str(), place.value, &id) && !id.empty())
      out.push_back({int64_t(place.offset), int64_t(place.length), id});
  }
  return out;
}

}  // namespace

Result<void> GetBucketPolicy(Context& cx, const svc::GetBucketPolicyRequest& in, svc::GetBucketPolicyOutput& out) {
  FB_TRY(owners_account_only(cx, "GET"));
  BucketPtr bucket = find_bucket(cx.core(), cx.scope().partition, in.Bucket);
  if (!bucket) return fail(no_such_bucket(in.Bucket));
  if (bucket->record.policy.empty())
    return fail(ApiError("NoSuchBucketPolicy", "The bucket policy does not exist", 404).with("BucketName", bucket->record.name));
  // A user or role that is gone is shown by its id.
  cx.read([&](store::Reader& reader) {
    out.Policy = cx.str(policy_with(bucket->record, [&](const NamedEntity& named, std::string_view arn) {
      std::string now;
      bool same = principal_exists(cx.core(), reader, cx.scope().partition.str(), arn, &now) && now == named.id;
      return same ? std::string(arn) : named.id;
    }));
  });
  return {};
}

Result<void> PutBucketPolicy(Context& cx, const svc::PutBucketPolicyRequest& in, svc::PutBucketPolicyOutput&) {
  FB_TRY(owners_account_only(cx, "PUT"));
  FB_ASSIGN(policy, check_bucket_policy(in.Policy, in.Bucket, cx.scope().partition.str()));
  cx.set_status(204);
  return cx.write([&](store::Txn& tx) -> Result<void> {
    BucketPtr bucket = find_bucket(cx.core(), tx, cx.scope().partition, in.Bucket);
    if (!bucket) return fail(no_such_bucket(in.Bucket));
    for (const policy::PrincipalName& named : policy::principals_of(*policy))
      if (!acceptable(cx, tx, named)) return fail("MalformedPolicy", "Invalid principal in policy");
    if (policy::is_public(*policy) && effective_block(tx, *bucket).block_policy) return fail(blocked(cx, *bucket));
    Bucket record = bucket->record;
    record.policy = in.Policy.view();
    record.policy_names = named_entities(cx, tx, in.Policy);
    tx.put_record(bucket_key(bucket->scope.partition, record.name), record);
    return {};
  });
}

Result<void> GetBucketPolicyStatus(Context& cx, const svc::GetBucketPolicyStatusRequest& in, svc::GetBucketPolicyStatusOutput& out) {
  BucketPtr bucket = find_bucket(cx.core(), cx.scope().partition, in.Bucket);
  if (!bucket) return fail(no_such_bucket(in.Bucket));
  if (bucket->record.policy.empty())
    return fail(ApiError("NoSuchBucketPolicy", "The bucket policy does not exist", 404).with("BucketName", bucket->record.name));
  cx.make(out.PolicyStatus).IsPublic = bucket->public_policy;
  return {};
}

Result<void> DeleteBucketPolicy(Context& cx, const svc::DeleteBucketPolicyRequest& in, svc::DeleteBucketPolicyOutput&) {
  FB_TRY(owners_account_only(cx, "DELETE"));
  return change_bucket(cx, in.Bucket, [&](const BucketInfo&, Bucket& record) -> Result<void> {
    record.policy.clear();
    record.policy_names.clear();
    return {};
  });
}

Result<void> GetPublicAccessBlock(Context& cx, const svc::GetPublicAccessBlockRequest& in, svc::GetPublicAccessBlockOutput& out) {
  BucketPtr bucket = find_bucket(cx.core(), cx.scope().partition, in.Bucket);
  if (!bucket) return fail(no_such_bucket(in.Bucket));
  if (!bucket->record.public_access) {
    return fail(ApiError("NoSuchPublicAccessBlockConfiguration", "The public access block configuration was not found", 404)
                    .with("BucketName", bucket->record.name));
  }
  const PublicAccessBlock& b = *bucket->record.public_access;
  auto& c = cx.make(out.PublicAccessBlockConfiguration);
  c.BlockPublicAcls = b.block_acls;
  c.IgnorePublicAcls = b.ignore_acls;
  c.BlockPublicPolicy = b.block_policy;
  c.RestrictPublicBuckets = b.restrict_buckets;
  return {};
}

Result<void> PutPublicAccessBlock(Context& cx, const svc::PutPublicAccessBlockRequest& in, svc::PutPublicAccessBlockOutput&) {
  const auto* c = in.PublicAccessBlockConfiguration.ptr;
  if (!c || (!c->BlockPublicAcls && !c->IgnorePublicAcls && !c->BlockPublicPolicy && !c->RestrictPublicBuckets))
    return fail(ApiError("InvalidRequest", "Must specify at least one configuration.", 400));
  return change_bucket(cx, in.Bucket, [&](const BucketInfo&, Bucket& record) -> Result<void> {
    record.public_access = PublicAccessBlock{c->BlockPublicAcls.value_or(false), c->IgnorePublicAcls.value_or(false),
                                             c->BlockPublicPolicy.value_or(false), c->RestrictPublicBuckets.value_or(false), {}};
    return {};
  });
}

Result<void> DeletePublicAccessBlock(Context& cx, const svc::DeletePublicAccessBlockRequest& in, svc::DeletePublicAccessBlockOutput&) {
  return change_bucket(cx, in.Bucket, [&](const BucketInfo&, Bucket& record) -> Result<void> {
    record.public_access.reset();
    return {};
  });
}

}  // namespace fogbank::s3
