// PutBucketAcl, GetBucketAcl, PutObjectAcl, GetObjectAcl: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketAcl.html and following.
#include "base/strings.h"
#include "gateway/context.h"
#include "gen/s3/operations.h"
#include "services/s3/acl_rules.h"
#include "services/s3/bucket_change.h"
#include "services/s3/configurations.h"
#include "services/s3/errors.h"
#include "services/s3/events.h"
#include "services/s3/public_access.h"
#include "services/s3/versions.h"

namespace fogbank::s3 {
namespace {

/// An ACL is given in one of three ways.
template <class In> Result<void> check_ways(const In& in, bool object) {
  AclRequest request = acl_request(in);
  if (request.any() && in.AccessControlPolicy) {
    return fail("UnexpectedContent", "This request does not support content");
  }
  if (!request.any() && !in.AccessControlPolicy)
    return fail(ApiError("MissingSecurityHeader", "Your request was missing a required header", 400).with("MissingHeaderName", "x-amz-acl"));
  if (in.AccessControlPolicy) {   // its wording comes before what it is about
    const auto* owner = in.AccessControlPolicy->Owner.ptr;
    auto wording = acl_of(*in.AccessControlPolicy, owner ? owner->ID.view() : std::string_view());
    if (!wording) return fail(std::move(wording.error()));
  }
  return check_acl_request(request, object);
}

template <class In> Result<Acl> asked(const In& in, const AclParties& parties) {
  if (in.AccessControlPolicy) return acl_of(*in.AccessControlPolicy, parties.owner);
  return acl_of(acl_request(in), parties);
}

ApiError blocked(Context& cx, std::string_view action, std::string_view resource) {
  return ApiError("AccessDenied", cat("User: ", cx.principal().arn, " is not authorized to perform: ", action, " on resource: \"", resource,
                                      "\" because public access control lists (ACLs) are prevented by the BlockPublicAcls setting in S3 Block Public Access."), 403);
}

template <class Out> void tell_acl(Context& cx, Out& out, const Acl& acl, std::string_view owner) {
  cx.make(out.Owner).ID = cx.str(owner);
  out.Grants.reserve(cx.arena(), 0);
  for (const Grant& g : acl.grants) {
    auto& one = out.Grants.add(cx.arena());
    auto& to = cx.make(one.Grantee);
    to.Type = g.group.empty() ? "CanonicalUser" : "Group";
    if (g.group.empty()) to.ID = cx.str(g.id);
    else to.URI = cx.str(g.group);
    one.Permission = cx.str(g.permission);
  }
}

/// The version of an object that an ACL operation is of. A delete marker has none.
Result<Object> object_of(store::Reader& reader, const BucketInfo& bucket, Str key, const std::optional<VersionName>& name, std::string_view method) {
  auto object = find_object(reader, bucket, key, name, method);
  if (object || name || method != "PUT") return object;
  if (load_newest_marker(reader, bucket, key)) return fail(is_delete_marker(method));
  return object;
}

}  // namespace

Result<void> PutBucketAcl(Context& cx, const svc::PutBucketAclRequest& in, svc::PutBucketAclOutput&) {
  FB_TRY(check_ways(in, false));
  return cx.write([&](store::Txn& tx) -> Result<void> {
    BucketPtr bucket = find_bucket(cx.core(), tx, cx.scope().partition, in.Bucket);
    if (!bucket) return fail(no_such_bucket(in.Bucket));
    std::string owner = canonical_id(bucket->record.account);
    FB_ASSIGN(acl, asked(in, {owner, owner, false}));
    Bucket record = bucket->record;
    if (record.ownership == Ownership::enforced) {
      bool default_one = acl.grants == acl_or_default({}, owner).grants;
      if (!default_one) return fail(acl_not_supported());
      return {};
    }
    if (is_public(acl) && effective_block(tx, *bucket).block_acls) return fail(blocked(cx, "s3:PutBucketAcl", bucket->arn));
    record.acl = std::move(acl);
    tx.put_record(bucket_key(bucket->scope.partition, record.name), record);
    return {};
  });
}

Result<void> GetBucketAcl(Context& cx, const svc::GetBucketAclRequest& in, svc::GetBucketAclOutput& out) {
  FB_ASSIGN(bucket, bucket_of(cx, in.Bucket));
  std::string owner = canonical_id(bucket->record.account);
  bool enforced = bucket->record.ownership == Ownership::enforced;
  tell_acl(cx, out, acl_or_default(enforced ? std::nullopt : bucket->record.acl, owner), owner);
  return {};
}

Result<void> PutObjectAcl(Context& cx, const svc::PutObjectAclRequest& in, svc::PutObjectAclOutput&) {
  FB_TRY(check_ways(in, true));
  FB_ASSIGN(name, read_version_name(in.VersionId));
  return cx.write([&](store::Txn& tx) -> Result<void> {
    BucketPtr bucket = find_bucket(cx.core(), tx, cx.scope().partition, in.Bucket);
    if (!bucket) return fail(no_such_bucket(in.Bucket));
    FB_ASSIGN(object, object_of(tx, *bucket, in.Key, name, "PUT"));
    std::string owner = owner_id(bucket->record, object.owner), bucket_owner = canonical_id(bucket->record.account);
    FB_ASSIGN(acl, asked(in, {owner, bucket_owner, true}));
    if (bucket->record.ownership == Ownership::enforced) {
      if (!(in.ACL && in.ACL == "bucket-owner-full-control")) return fail(acl_not_supported());
      return {};
    }
    if (is_public(acl) && effective_block(tx, *bucket).block_acls) return fail(blocked(cx, "s3:PutObjectAcl", cat(bucket->arn, '/', in.Key.view())));
    object.acl = std::move(acl);
    rewrite_object(tx, *bucket, in.Key, object);
    announce(cx, tx, *bucket, "s3:ObjectAcl:Put", in.Key, &object);
    return {};
  });
}

Result<void> GetObjectAcl(Context& cx, const svc::GetObjectAclRequest& in, svc::GetObjectAclOutput& out) {
  FB_ASSIGN(name, read_version_name(in.VersionId));
  Result<void> result;
  cx.read([&](store::Reader& reader) {
    result = [&]() -> Result<void> {
      BucketPtr bucket = find_bucket(cx.core(), reader, cx.scope().partition, in.Bucket);
      if (!bucket) return fail(no_such_bucket(in.Bucket));
      FB_ASSIGN(object, object_of(reader, *bucket, in.Key, name, "GET"));
      std::string owner = owner_id(bucket->record, object.owner);
      bool enforced = bucket->record.ownership == Ownership::enforced;
      if (enforced) owner = canonical_id(bucket->record.account);
      tell_acl(cx, out, acl_or_default(enforced ? std::nullopt : object.acl, owner), owner);
      return {};
    }();
  });
  return result;
}

}  // namespace fogbank::s3
