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
#include "services/s3/acl_rules.h"
#include "services/s3/bucket_rules.h"
#include "services/s3/configurations.h"
#include "services/s3/copy_source.h"
#include "services/s3/errors.h"
#include "services/s3/object_rules.h"
#include "services/s3/public_access.h"
#include "services/s3/sealing.h"
#include "services/s3/state.h"
#include "services/s3/tag_rules.h"
#include "services/s3/versions.h"

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

/// A bucket whose requesters pay takes requests of others only if they agree to.
Result<void> check_payer(AuthoriseContext& cx, const BucketInfo& bucket) {
  if (!bucket.settings->requester_pays || cx.request().internal || cx.principal().account == bucket.record.account) return {};
  if (cx.header("x-amz-request-payer") == "requester" && !cx.principal().anonymous()) return {};
  if (cx.request().query.find("x-amz-request-payer=requester") != std::string_view::npos && !cx.principal().anonymous()) return {};
  return fail(access_denied());
}

/// A request that is signed for another Region than the bucket's is sent on, as by the endpoint of that Region: by path with a redirect,
/// by host with what the signature should have said. Where a bucket is may be asked everywhere.
Result<void> check_region(AuthoriseContext& cx, const BucketInfo& bucket) {
  const RequestFacts& r = cx.request();
  if (r.internal || cx.principal().anonymous() || cx.action() == "s3:GetBucketLocation") return {};
  if (cx.caller().region.str() == bucket.record.region) return {};
  cx.add_header("x-amz-bucket-region", bucket.record.region);
  bool presigned = r.query.find("X-Amz-Signature=") != std::string_view::npos;
  if (presigned || r.host.starts_with(cat(bucket.record.name, '.')))
    return fail(wrong_region(cx.caller().region.str(), bucket.record.region, presigned));
  return fail(permanent_redirect(bucket.record.name, r.host));
}

/// The bucket of a call, with the target moved to it.
Result<BucketPtr> enter_bucket(AuthoriseContext& cx, const wire::View& in) {
  std::string_view name = in.text("Bucket").view();
  if (name.starts_with("arn:")) return fail(not_implemented("An access point or another ARN in place of a bucket's name"));
  BucketPtr bucket = find_bucket(cx.core(), cx.reader(), cx.caller().partition, name);
  if (!bucket) return fail(valid_bucket_name(name) ? no_such_bucket(name) : invalid_bucket_name(name));
  cx.set_target(bucket->scope);
  FB_TRY(check_region(cx, *bucket));
  FB_TRY(check_expected_owner(in.text("ExpectedBucketOwner"), *bucket));
  FB_TRY(check_payer(cx, *bucket));
  return bucket;
}

void add(Requirement& r, const char* key, std::string_view value) {
  if (value.data()) r.keys[key].emplace_back(value);
}

std::string_view parameter(std::string_view query, std::string_view name) {
  for (std::string_view pair : split(query, '&'))
    if (pair.starts_with(name) && pair.substr(name.size()).starts_with('=')) return pair.substr(name.size() + 1);
  return {};
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
  auto signed_at = parse_amz_date(in_query ? parameter(cx.request().query, "X-Amz-Date") : cx.header("x-amz-date"));
  if (signed_at) add(r, "s3:signatureage", cat(std::max<Millis>(0, machine_now() - *signed_at)));
}

/// Keys that come from headers of the same name.
void header_keys(AuthoriseContext& cx, Requirement& r) {
  for (const char* name : kConditionHeaders)
    if (std::string_view value = cx.header(name); !value.empty()) add(r, cat("s3:", name).c_str(), value);
  for (const char* name : {"x-amz-metadata-directive", "x-amz-copy-source", "x-amz-object-ownership"})
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

void tag_keys(Requirement& r, const Tags& tags) {
  for (const auto& [k, v] : tags) {
    r.keys[lower(cat("s3:RequestObjectTag/", k))] = {v};
    r.keys["s3:requestobjecttagkeys"].push_back(k);
  }
}

/// Keys about the retention that a request asks for.
void lock_keys(AuthoriseContext& cx, Requirement& r, Str mode, Opt<int64_t> until, Str hold) {
  if (mode) add(r, "s3:object-lock-mode", mode);
  if (hold) add(r, "s3:object-lock-legal-hold", hold);
  if (!until) return;
  constexpr Millis kDay = 86'400'000;
  add(r, "s3:object-lock-retain-until-date", iso8601(*until));
  add(r, "s3:object-lock-remaining-retention-days", cat(std::max<Millis>(0, (*until - cx.core().now() + kDay - 1) / kDay)));
}

/// Further decisions of a write: tags, ACLs and locks given with the object have actions of their own.
void write_decisions(AuthoriseContext& cx, const wire::View& in, const BucketInfo& bucket, const std::string& arn) {
  Str mode = in.text("ObjectLockMode"), hold = in.text("ObjectLockLegalHoldStatus");
  Opt<int64_t> until{};
  if (in.has("ObjectLockRetainUntilDate")) until = *in.slot<Opt<int64_t>>("ObjectLockRetainUntilDate");
  if (mode || until) common_keys(cx, cx.require("s3:PutObjectRetention", arn), bucket);
  if (hold) common_keys(cx, cx.require("s3:PutObjectLegalHold", arn), bucket);
  if (mode || until || hold) for (Requirement& each : cx.requirements()) lock_keys(cx, each, mode, until, hold);
  if (Str tagging = in.text("Tagging")) {
    auto tags = read_tagging(tagging);   // a malformed one is the handler's to refuse
    common_keys(cx, cx.require("s3:PutObjectTagging", arn), bucket);
    if (tags) for (Requirement& each : cx.requirements()) tag_keys(each, *tags);
  }
  bool grants = in.has("GrantFullControl") || in.has("GrantRead") || in.has("GrantReadACP") || in.has("GrantWriteACP");
  if (in.text("ACL") || grants) {
    Requirement& r = cx.require("s3:PutObjectAcl", arn);
    common_keys(cx, r, bucket);
    header_keys(cx, r);
  }
}

struct ActionOfVersion { std::string_view action, of_version; };
constexpr ActionOfVersion kActionsOfVersions[] = {
  {"s3:GetObject", "s3:GetObjectVersion"}, {"s3:DeleteObject", "s3:DeleteObjectVersion"}, {"s3:GetObjectTagging", "s3:GetObjectVersionTagging"},
  {"s3:PutObjectTagging", "s3:PutObjectVersionTagging"}, {"s3:DeleteObjectTagging", "s3:DeleteObjectVersionTagging"},
  {"s3:GetObjectAttributes", "s3:GetObjectVersionAttributes"}, {"s3:GetObjectAcl", "s3:GetObjectVersionAcl"},
  {"s3:PutObjectAcl", "s3:PutObjectVersionAcl"},
};
std::string_view versioned(std::string_view action) {
  for (const auto& a : kActionsOfVersions) if (a.action == action) return a.of_version;
  return action;
}

/// s3:ExistingObjectTag/…: the object is read only if a policy asks.
void existing_tags(AuthoriseContext& cx, Requirement& r, const BucketPtr& bucket, std::string_view key, std::string_view version_id) {
  struct Existing { bool read = false; Tags tags; };
  auto existing = std::make_shared<Existing>();
  r.more_keys = [&reader = cx.reader(), bucket, existing, key = std::string(key), version = std::string(version_id)](std::string_view name,
                                                                                                                    std::vector<std::string>& out) {
    constexpr std::string_view kPrefix = "s3:existingobjecttag/";
    if (!name.starts_with(kPrefix)) return false;
    if (!existing->read) {
      auto named = version.empty() ? std::nullopt : read_version_id(version);
      auto object = named ? load_version(reader, *bucket, key, *named) : version.empty() ? load_object(reader, *bucket, key) : std::nullopt;
      if (object) existing->tags = std::move(object->attributes.tags);
      existing->read = true;
    }
    for (const auto& [k, v] : existing->tags) {
      if (!iequals(k, name.substr(kPrefix.size()))) continue;
      out.push_back(v);
      return true;
    }
    return false;
  };
}

/// s3:ListBucket as entry 0: may the caller know that a key does not exist?
void may_list(AuthoriseContext& cx, const BucketInfo& bucket) {
  Requirement& r = cx.require_entry(0, "s3:ListBucket", bucket.arn);
  common_keys(cx, r, bucket);
}

/// Governance retention is overridden only where that is allowed too.
void may_bypass(AuthoriseContext& cx, const wire::View& in, size_t entry, const BucketInfo& bucket, const std::string& arn) {
  const auto* bypass = in.slot<Opt<bool>>("BypassGovernanceRetention");
  if (!bypass || !bypass->value_or(false)) return;
  common_keys(cx, cx.require_entry(entry, "s3:BypassGovernanceRetention", arn), bucket);
}

/// Parts and the completion of an upload are decided by what its beginning asked for: their own requests cannot say it again.
void upload_keys(AuthoriseContext& cx, const wire::View& in, Requirement& r, const BucketInfo& bucket, std::string_view key) {
  if (!in.field("UploadId")) return;
  auto upload = cx.reader().get_as<Upload>(upload_key(bucket, key, in.text("UploadId")));
  if (!upload) return;
  for (const auto& [name, value] : upload->asked) r.keys.try_emplace(cat("s3:", name), std::vector<std::string>{value});
  tag_keys(r, upload->attributes.tags);
  if (!upload->lock) return;
  Opt<int64_t> until{};
  if (!upload->lock->mode.empty()) until = upload->lock->until;
  lock_keys(cx, r, upload->lock->mode.empty() ? Str{} : Str(upload->lock->mode), until, upload->lock->hold.empty() ? Str{} : Str(upload->lock->hold));
}

/// Keys of KMS that a write needs: a new object's or upload's own, or that of the upload which a part is for.
Result<void> encryption_decisions(AuthoriseContext& cx, const wire::View& in, const BucketInfo& bucket, std::string_view key) {
  if (!in.field("UploadId")) return require_sealing(cx, in, bucket, key);
  return in.field("PartNumber") ? require_part_sealing(cx, bucket, key, in.text("UploadId")) : Result<void>{};
}

/// What an operation on an object needs beyond its own action, and the keys that only some have.
Result<void> further_decisions(AuthoriseContext& cx, const wire::View& in, const BucketPtr& bucket, const std::string& arn, std::string_view key,
                               std::string_view version) {
  std::string_view action = cx.action();
  Requirement& r = cx.requirements().front();
  if (action == "s3:PutObject") {
    upload_keys(cx, in, r, *bucket, key);
    write_decisions(cx, in, *bucket, arn);
    FB_TRY(encryption_decisions(cx, in, *bucket, key));
  }
  else if (action == "s3:DeleteObject") may_bypass(cx, in, 0, *bucket, arn);
  else if (action != "s3:AbortMultipartUpload" && action != "s3:ListMultipartUploadParts") existing_tags(cx, r, bucket, key, version);
  if (action == "s3:PutObjectTagging") {
    const auto& request = in.as<svc::PutObjectTaggingRequest>();
    auto tags = request.Tagging ? read_tag_set(request.Tagging->TagSet, TagOwner::object) : Result<Tags>(Tags{});
    if (tags) tag_keys(r, *tags);
  }
  if (action == "s3:PutObjectRetention") {
    const auto& request = in.as<svc::PutObjectRetentionRequest>();
    if (request.Retention) lock_keys(cx, r, request.Retention->Mode, request.Retention->RetainUntilDate, Str{});
    may_bypass(cx, in, 0, *bucket, arn);
  }
  if (action == "s3:PutObjectLegalHold") {
    const auto& request = in.as<svc::PutObjectLegalHoldRequest>();
    if (request.LegalHold) lock_keys(cx, r, Str{}, {}, request.LegalHold->Status);
  }
  // A HEAD tells a checksum, which is of the plain bytes, only to who may decrypt them.
  if (action == "s3:GetObject" && (cx.request().method != "HEAD" || in.text("ChecksumMode")))
    FB_TRY(require_opening(cx, *bucket, key, in.text("VersionId")));
  bool attributes = action == "s3:GetObjectAttributes";
  if (attributes) {
    Requirement& read = cx.require(version.empty() ? "s3:GetObject" : "s3:GetObjectVersion", arn);
    common_keys(cx, read, *bucket);
    existing_tags(cx, read, bucket, key, version);
  }
  if (action == "s3:GetObject" || attributes) may_list(cx, *bucket);
  if (action == "s3:GetObject" && bucket->record.lock) {   // the lock is told to those who may see it
    common_keys(cx, cx.require_entry(1, "s3:GetObjectRetention", arn), *bucket);
    common_keys(cx, cx.require_entry(2, "s3:GetObjectLegalHold", arn), *bucket);
  }
  return {};
}

}  // namespace

Result<void> by_bucket(AuthoriseContext& cx, const wire::View& in) {
  FB_ASSIGN(bucket, enter_bucket(cx, in));
  std::string_view action = cx.action();
  Str key = in.field("Key") ? in.text("Key") : Str{};
  if (!key) {
    if (cx.request().method == "HEAD") cx.add_header("x-amz-bucket-region", bucket->record.region);   // told to everybody
    Requirement& r = cx.require(action, bucket->arn);
    common_keys(cx, r, *bucket);
    list_keys(in, r);
    if (action == "s3:PutBucketAcl") header_keys(cx, r);
    return {};
  }
  FB_TRY(check_key(key));
  std::string arn = cat(bucket->arn, '/', key.view());
  Str version = in.text("VersionId");
  Requirement& r = cx.require(version ? versioned(action) : action, arn);
  common_keys(cx, r, *bucket);
  header_keys(cx, r);
  if (version) add(r, "s3:versionid", version);
  return further_decisions(cx, in, bucket, arn, key, version);
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
  std::string arn = bucket_arn(target.partition.str(), request.Bucket);
  AclRequest asked = acl_request(request);
  if (asked.grants() || (asked.canned && asked.canned != "private")) {   // "private" is what a bucket has anyway
    Requirement& acl = cx.require("s3:PutBucketAcl", arn);
    acl.load_policy = false;
    header_keys(cx, acl);
  }
  if (request.ObjectOwnership) cx.require("s3:PutBucketOwnershipControls", arn).load_policy = false;
  if (request.ObjectLockEnabledForBucket.value_or(false)) {
    cx.require("s3:PutBucketObjectLockConfiguration", arn).load_policy = false;
    cx.require("s3:PutBucketVersioning", arn).load_policy = false;
  }
  if (request.CreateBucketConfiguration && request.CreateBucketConfiguration->Tags) cx.require("s3:PutBucketTagging", arn).load_policy = false;
  return {};
}

/// A form upload: only whether the bucket is there. The handler has what the form says decided as a PutObject.
Result<void> form(AuthoriseContext& cx, const wire::View& in) {
  FB_TRY(enter_bucket(cx, in));
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
  i = request.Delete->Objects.size();
  for (const auto& o : request.Delete->Objects) may_bypass(cx, in, i++, *bucket, cat(bucket->arn, '/', o.Key.view()));
  return {};
}

/// Copying an object with its tags needs the permissions for them on both sides.
void copied_tags(AuthoriseContext& cx, const BucketInfo& from, const CopySource& source, const BucketInfo& to, const std::string& arn) {
  auto name = source.has_version ? read_version_id(source.version_id) : std::nullopt;
  auto object = name ? load_version(cx.reader(), from, source.key, *name) : load_object(cx.reader(), from, source.key);
  if (!object || object->attributes.tags.empty()) return;
  common_keys(cx, cx.require(source.has_version ? "s3:GetObjectVersionTagging" : "s3:GetObjectTagging", cat(from.arn, '/', source.key)), from);
  Requirement& r = cx.require("s3:PutObjectTagging", arn);
  common_keys(cx, r, to);
  tag_keys(r, object->attributes.tags);
}

/// CopyObject and UploadPartCopy.
Result<void> copy(AuthoriseContext& cx, const wire::View& in) {
  FB_ASSIGN(bucket, enter_bucket(cx, in));
  std::string_view key = in.text("Key").view();
  FB_TRY(check_key(key));
  FB_ASSIGN(source, read_copy_source(in.text("CopySource")));
  BucketPtr from = find_bucket(cx.core(), cx.reader(), cx.caller().partition, source.bucket);
  if (!from) return fail(no_such_bucket(source.bucket));
  FB_TRY(check_expected_owner(in.text("ExpectedSourceBucketOwner"), *from));
  FB_TRY(check_key(source.key));
  std::string arn = cat(bucket->arn, '/', key);
  Requirement& write = cx.require("s3:PutObject", arn);
  common_keys(cx, write, *bucket);
  header_keys(cx, write);
  upload_keys(cx, in, write, *bucket, key);
  write_decisions(cx, in, *bucket, arn);
  Requirement& read = cx.require(source.has_version ? "s3:GetObjectVersion" : "s3:GetObject", cat(from->arn, '/', source.key));
  common_keys(cx, read, *from);
  if (source.has_version) add(read, "s3:versionid", source.version_id);
  existing_tags(cx, read, from, source.key, source.version_id);
  if (in.field("TaggingDirective") && !(in.text("TaggingDirective") == "REPLACE")) copied_tags(cx, *from, source, *bucket, arn);
  FB_TRY(encryption_decisions(cx, in, *bucket, key));
  FB_TRY(require_opening(cx, *from, source.key, source.has_version ? Str(source.version_id) : Str{}));
  may_list(cx, *from);
  return {};
}

namespace {

/// The version of an object that a decision is about, if it exists. A missing one may be told to those who may list.
std::optional<Object> decided_object(store::Reader& reader, const BucketInfo& bucket, std::string_view key, const Requirement& need) {
  auto version = need.keys.find("s3:versionid");
  if (version == need.keys.end() || version->second.empty()) return load_object(reader, bucket, key);
  auto name = read_version_id(version->second.front());
  return name ? load_version(reader, bucket, key, *name) : std::nullopt;
}

/// What ACLs allow where no policy does.
std::string grant_of(AuthoriseContext& cx, const BucketInfo& bucket, std::string_view key, std::string_view action, const std::optional<Object>& object) {
  bool ignore_public = effective_block(cx.reader(), bucket).ignore_acls;
  const auth::Principal& who = cx.principal();
  auto of_bucket = [&](std::string_view permission) {
    if (permission.empty()) return std::string();
    return matching_grant(acl_or_default(bucket.record.acl, canonical_id(bucket.record.account)), permission, who, ignore_public);
  };
  if (key.empty()) return of_bucket(bucket_permission(action));
  if (action == "s3:PutObjectAcl" && cx.action() == "s3:PutObject") return of_bucket("WRITE");   // the ACL of a new object
  std::string_view needed = object_permission(action);
  if (needed.empty()) {
    // What others wrote is theirs to delete.
    bool theirs = !object || object->owner == (who.anonymous() ? std::string(kAnonymousOwner) : who.account);
    if (action == "s3:DeleteObject" && !theirs) return {};
    return of_bucket(bucket_permission(action));
  }
  if (!object) return needed == "READ" ? of_bucket("READ") : std::string();
  return matching_grant(acl_or_default(object->acl, owner_id(bucket.record, object->owner)), needed, who, ignore_public);
}

}  // namespace

Result<void> load_resource(AuthoriseContext& cx, std::string_view arn, ResourceInfo& out) {
  auto parsed = parse_arn(arn);
  if (!parsed || parsed->service != "s3") return {};
  size_t slash = parsed->resource.find('/');
  BucketPtr bucket = find_bucket(cx.core(), cx.reader(), Partition(parsed->partition), parsed->resource.substr(0, slash));
  if (!bucket) return {};
  out.owner_account = bucket->record.account;
  const auth::Principal& who = cx.principal();
  const Requirement* need = cx.deciding();
  if (bucket->record.ownership != Ownership::enforced && need) {
    std::string key(slash == std::string_view::npos ? std::string_view() : parsed->resource.substr(slash + 1));
    bool about_object = !key.empty() && (!object_permission(need->action).empty() || need->action == "s3:DeleteObject");
    std::optional<Object> object = about_object ? decided_object(cx.reader(), *bucket, key, *need) : std::nullopt;
    if (object && !object->owner.empty() && need->action != "s3:DeleteObject") {
      out.owner_account = object->owner;
      out.policy_only_denies = true;
    }
    out.grant_crosses_accounts = false;
    out.grant = [&cx, bucket, key = std::move(key), action = need->action, object = std::move(object)] { return grant_of(cx, *bucket, key, action, object); };
  }
  if (!bucket->policy) return {};
  // RestrictPublicBuckets: a public policy counts for the owner's account and for AWS services only.
  bool outsider = who.kind != auth::PrincipalKind::service && who.account != bucket->record.account;
  if (bucket->public_policy && outsider && effective_block(cx.reader(), *bucket).restrict_buckets) return {};
  out.policy = bucket->policy;
  out.policy_name = bucket->arn;
  return {};
}

}  // namespace fogbank::s3
