// What is decided before S3's operations run, and on which resource. Source: Service Authorization Reference, "Amazon S3".
//
// As S3 does, a bucket that does not exist is told before anything is decided, and a missing object only to callers who may list: for
// reads a second decision, s3:ListBucket, is made as entry 0, which the handler asks for when the key is missing.
#include <algorithm>

#include "base/encoding.h"
#include "base/strings.h"
#include "gateway/authorise.h"
#include "gateway/context.h"
#include "gateway/core.h"
#include "gen/s3/operations.h"
#include "services/s3/bucket_rules.h"
#include "services/s3/copy_source.h"
#include "services/s3/errors.h"
#include "services/s3/object_rules.h"
#include "services/s3/state.h"

namespace fogbank::s3 {
namespace {

Result<void> check_expected_owner(Str expected, const BucketInfo& bucket) {
  if (!expected) return {};
  if (!is_account_id(expected)) {
    return fail("InvalidBucketOwnerAWSAccountID",
                cat("The value of the expected bucket owner parameter must be an AWS Account ID... [", expected.view(), "]"));
  }
  if (expected.view() != bucket.record.account) return fail(access_denied());
  return {};
}

/// The bucket of a call, with the target moved to it.
Result<BucketPtr> enter_bucket(AuthoriseContext& cx, const wire::View& in) {
  std::string_view name = in.text("Bucket").view();
  if (name.starts_with("arn:")) return fail(not_implemented("An access point or another ARN in place of a bucket's name"));
  BucketPtr bucket = find_bucket(cx.core(), cx.reader(), cx.caller().partition, name);
  if (!bucket) return fail(valid_bucket_name(name) ? no_such_bucket(name) : invalid_bucket_name(name));
  cx.set_target(bucket->scope);
  FB_TRY(check_expected_owner(in.text("ExpectedBucketOwner"), *bucket));
  return bucket;
}

void add(Requirement& r, const char* key, std::string_view value) {
  if (value.data()) r.keys[key].emplace_back(value);
}

/// Keys that every decision of S3 knows.
void common_keys(AuthoriseContext& cx, Requirement& r, const BucketInfo& bucket) {
  add(r, "s3:resourceaccount", bucket.record.account);
  if (cx.request().internal) return;
  if (std::string_view hash = cx.header("x-amz-content-sha256"); !hash.empty()) add(r, "s3:x-amz-content-sha256", hash);
  if (cx.principal().anonymous()) return;
  bool in_query = cx.request().query.find("X-Amz-Signature=") != std::string_view::npos;
  add(r, "s3:authtype", in_query ? "REST-QUERY-STRING" : "REST-HEADER");
  add(r, "s3:signatureversion", "AWS4-HMAC-SHA256");
}

/// Keys that come from headers of the same name.
void header_keys(AuthoriseContext& cx, Requirement& r) {
  static constexpr const char* kHeaders[] = {"x-amz-acl", "x-amz-grant-full-control", "x-amz-grant-read", "x-amz-grant-read-acp",
    "x-amz-grant-write", "x-amz-grant-write-acp", "x-amz-storage-class", "x-amz-server-side-encryption",
    "x-amz-server-side-encryption-aws-kms-key-id", "x-amz-server-side-encryption-customer-algorithm", "x-amz-website-redirect-location",
    "x-amz-metadata-directive", "x-amz-copy-source", "x-amz-object-ownership"};
  for (const char* name : kHeaders)
    if (std::string_view value = cx.header(name); !value.empty()) add(r, cat("s3:", name).c_str(), value);
  for (const char* name : {"if-match", "if-none-match"})
    if (std::string_view value = cx.header(name); !value.empty()) add(r, cat("s3:", name).c_str(), value);
}

void list_keys(const wire::View& in, Requirement& r) {
  if (Str v = in.text("Prefix")) add(r, "s3:prefix", v);
  if (Str v = in.text("Delimiter")) add(r, "s3:delimiter", v);
  for (const char* member : {"MaxKeys", "MaxUploads"}) {
    const wire::Field* field = in.field(member);
    if (!field || field->kind != wire::Kind::integer) continue;
    if (auto n = *in.slot<Opt<int32_t>>(member)) r.keys["s3:max-keys"].push_back(cat(*n));
  }
}

/// Further decisions of a write: tags and ACLs given with the object have actions of their own.
void write_decisions(AuthoriseContext& cx, const wire::View& in, const BucketInfo& bucket, const std::string& arn) {
  if (Str tagging = in.text("Tagging")) {
    auto tags = read_tagging(tagging);   // a malformed one is the handler's to refuse
    Requirement& r = cx.require("s3:PutObjectTagging", arn);
    common_keys(cx, r, bucket);
    for (Requirement& each : cx.requirements()) {
      if (!tags) break;
      for (const auto& [k, v] : *tags) {
        each.keys[lower(cat("s3:RequestObjectTag/", k))] = {v};
        each.keys["s3:requestobjecttagkeys"].push_back(k);
      }
    }
  }
  bool grants = in.has("GrantFullControl") || in.has("GrantRead") || in.has("GrantReadACP") || in.has("GrantWriteACP");
  if (in.text("ACL") || grants) {
    Requirement& r = cx.require("s3:PutObjectAcl", arn);
    common_keys(cx, r, bucket);
    header_keys(cx, r);
  }
}

std::string_view versioned(std::string_view action) {
  if (action == "s3:GetObject") return "s3:GetObjectVersion";
  if (action == "s3:DeleteObject") return "s3:DeleteObjectVersion";
  return action;
}

/// s3:ListBucket as entry 0: may the caller know that a key does not exist?
void may_list(AuthoriseContext& cx, const BucketInfo& bucket) {
  Requirement& r = cx.require_entry(0, "s3:ListBucket", bucket.arn);
  common_keys(cx, r, bucket);
}

}  // namespace

Result<void> by_bucket(AuthoriseContext& cx, const wire::View& in) {
  FB_ASSIGN(bucket, enter_bucket(cx, in));
  std::string_view action = cx.action();
  Str key = in.field("Key") ? in.text("Key") : Str{};
  if (!key) {
    Requirement& r = cx.require(action, bucket->arn);
    common_keys(cx, r, *bucket);
    list_keys(in, r);
    return {};
  }
  FB_TRY(check_key(key));
  std::string arn = cat(bucket->arn, '/', key.view());
  Str version = in.text("VersionId");
  Requirement& r = cx.require(version ? versioned(action) : action, arn);
  common_keys(cx, r, *bucket);
  header_keys(cx, r);
  if (version) add(r, "s3:versionid", version);
  if (action == "s3:PutObject") write_decisions(cx, in, *bucket, arn);
  if (action == "s3:GetObject") may_list(cx, *bucket);
  return {};
}

Result<void> new_bucket(AuthoriseContext& cx, const wire::View& in) {
  const auto& request = in.as<svc::CreateBucketRequest>();
  Str constraint = request.CreateBucketConfiguration ? request.CreateBucketConfiguration->LocationConstraint : Str{};
  Scope target = cx.caller();
  auto region = region_of_new_bucket(target.region.str(), constraint);   // a refused one is the handler's error, after the decision
  if (region) target.region = Region(*region);
  cx.set_target(target);
  Requirement& r = cx.require("s3:CreateBucket", bucket_arn(target.partition.str(), request.Bucket));
  r.load_policy = false;
  if (constraint) add(r, "s3:locationconstraint", constraint);
  header_keys(cx, r);
  if (request.ObjectLockEnabledForBucket.value_or(false)) {
    cx.require("s3:PutBucketObjectLockConfiguration", bucket_arn(target.partition.str(), request.Bucket)).load_policy = false;
  }
  if (request.CreateBucketConfiguration && request.CreateBucketConfiguration->Tags)
    cx.require("s3:PutBucketTagging", bucket_arn(target.partition.str(), request.Bucket)).load_policy = false;
  return {};
}

Result<void> each_key(AuthoriseContext& cx, const wire::View& in) {
  FB_ASSIGN(bucket, enter_bucket(cx, in));
  const auto& request = in.as<svc::DeleteObjectsRequest>();
  // One entry a key that may not be deleted fails alone; a call without keys (refused later) needs the bucket to be reachable at all.
  if (!request.Delete || request.Delete->Objects.size() > 1000) return {};
  size_t i = 0;
  for (const auto& o : request.Delete->Objects) {
    Requirement& r = cx.require_entry(i++, o.VersionId && !o.VersionId.empty() ? "s3:DeleteObjectVersion" : "s3:DeleteObject",
                                      cat(bucket->arn, '/', o.Key.view()));
    common_keys(cx, r, *bucket);
    if (o.VersionId && !o.VersionId.empty()) add(r, "s3:versionid", o.VersionId);
  }
  return {};
}

Result<void> copy(AuthoriseContext& cx, const wire::View& in) {
  FB_ASSIGN(bucket, enter_bucket(cx, in));
  const auto& request = in.as<svc::CopyObjectRequest>();
  FB_TRY(check_key(request.Key));
  FB_ASSIGN(source, read_copy_source(request.CopySource));
  BucketPtr from = find_bucket(cx.core(), cx.reader(), cx.caller().partition, source.bucket);
  if (!from) return fail(no_such_bucket(source.bucket));
  FB_TRY(check_expected_owner(request.ExpectedSourceBucketOwner, *from));
  FB_TRY(check_key(source.key));
  Requirement& read = cx.require(source.version_id.empty() ? "s3:GetObject" : "s3:GetObjectVersion", cat(from->arn, '/', source.key));
  common_keys(cx, read, *from);
  std::string arn = cat(bucket->arn, '/', request.Key.view());
  Requirement& write = cx.require("s3:PutObject", arn);
  common_keys(cx, write, *bucket);
  header_keys(cx, write);
  write_decisions(cx, in, *bucket, arn);
  may_list(cx, *from);
  return {};
}

Result<void> load_resource(AuthoriseContext& cx, std::string_view arn, ResourceInfo& out) {
  auto parsed = parse_arn(arn);
  if (!parsed || parsed->service != "s3") return {};
  std::string_view name = parsed->resource.substr(0, parsed->resource.find('/'));
  BucketPtr bucket = find_bucket(cx.core(), cx.reader(), Partition(parsed->partition), name);
  if (!bucket) return {};
  out.owner_account = bucket->record.account;
  if (!bucket->policy) return {};
  const auth::Principal& who = cx.principal();
  // RestrictPublicBuckets: a public policy counts for the owner's account and for AWS services only.
  if (bucket->restricted() && who.kind != auth::PrincipalKind::service && who.account != bucket->record.account) return {};
  out.policy = bucket->policy;
  out.policy_name = bucket->arn;
  return {};
}

}  // namespace fogbank::s3
