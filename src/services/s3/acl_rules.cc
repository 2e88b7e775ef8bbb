#include "services/s3/acl_rules.h"

#include <algorithm>

#include "base/strings.h"
#include "services/s3/errors.h"

namespace fogbank::s3 {
namespace {

constexpr std::string_view kAllUsers = "http://acs.amazonaws.com/groups/global/AllUsers";
constexpr std::string_view kAuthenticatedUsers = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers";
constexpr std::string_view kLogDelivery = "http://acs.amazonaws.com/groups/s3/LogDelivery";
constexpr std::string_view kLogService = "logging.s3.amazonaws.com";
constexpr std::string_view kAnonymousId = "65a011a29cdf8ec533ec3d1ccaae921c";
constexpr std::string_view kEc2Id = "6aa5a366c34c1cbe25dc49211496e913e0351eb0e8c37aa3477e40942ec6b97c";
constexpr size_t kMaxGrants = 100;

constexpr std::string_view kPermissions[] = {"FULL_CONTROL", "READ", "READ_ACP", "WRITE", "WRITE_ACP"};
constexpr std::string_view kBucketCanned[] = {"authenticated-read", "aws-exec-read", "bucket-owner-full-control", "bucket-owner-read",
                                              "log-delivery-write", "private", "public-read", "public-read-write"};

template <class List> bool one_of(const List& list, std::string_view text) { return std::find(std::begin(list), std::end(list), text) != std::end(list); }

bool known_group(std::string_view uri) { return uri == kAllUsers || uri == kAuthenticatedUsers || uri == kLogDelivery; }

/// Every account has a canonical id that nothing but the account leads to, so any well-formed one may be an account's.
bool canonical(std::string_view id) {
  if (id == kAnonymousId) return true;
  return id.size() == 64 && std::all_of(id.begin(), id.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

ApiError unknown_email(std::string_view address) {
  return ApiError("UnresolvableGrantByEmailAddress", "The e-mail address you provided does not match any account on record.", 400).with("EmailAddress", std::string(address));
}

ApiError malformed_acl() {
  return ApiError("MalformedACLError", "The XML you provided was not well-formed or did not validate against our published schema", 400);
}

/// A grant header: id="…", uri="…", emailAddress="…" in any number.
Result<void> read_grants(Str header, const char* name, std::string_view permission, Acl& to) {
  if (!header) return {};
  for (std::string_view one : split(header.view(), ',')) {
    one = trim(one);
    size_t equals = one.find('=');
    std::string_view type = trim(one.substr(0, equals));
    std::string_view value = equals == std::string_view::npos ? std::string_view() : trim(one.substr(equals + 1));
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"') value = value.substr(1, value.size() - 2);
    if (type == "uri") {
      if (!known_group(value)) return fail(invalid_argument("Invalid group uri", "uri", value));
      to.grants.push_back({{}, std::string(value), std::string(permission)});
    } else if (type == "id") {
      if (!canonical(value)) return fail(invalid_argument("Invalid id", "id", value));
      to.grants.push_back({std::string(value), {}, std::string(permission)});
    } else if (type == "emailAddress") {
      return fail(unknown_email(value));
    } else {
      return fail(invalid_argument("Argument format not recognized", name, header));
    }
  }
  return {};
}

Result<Acl> grants_of(const AclRequest& r) {
  Acl acl;
  FB_TRY(read_grants(r.full_control, "x-amz-grant-full-control", "FULL_CONTROL", acl));
  FB_TRY(read_grants(r.read, "x-amz-grant-read", "READ", acl));
  FB_TRY(read_grants(r.write, "x-amz-grant-write", "WRITE", acl));
  FB_TRY(read_grants(r.read_acp, "x-amz-grant-read-acp", "READ_ACP", acl));
  FB_TRY(read_grants(r.write_acp, "x-amz-grant-write-acp", "WRITE_ACP", acl));
  if (acl.grants.size() > kMaxGrants) return fail(malformed_acl());
  return acl;
}

bool covers(const Grant& grant, std::string_view permission) { return grant.permission == "FULL_CONTROL" || grant.permission == permission; }

bool is_for(const Grant& grant, const auth::Principal& who) {
  if (grant.group == kAllUsers) return true;
  bool service = who.kind == auth::PrincipalKind::service;
  if (grant.group == kLogDelivery) return service && who.name == kLogService;
  if (service) return false;
  if (grant.group == kAuthenticatedUsers) return !who.anonymous();
  if (!grant.group.empty()) return false;
  return who.anonymous() ? grant.id == kAnonymousId : grant.id == canonical_id(who.account);
}

}  // namespace

std::optional<Ownership> read_ownership(std::string_view name) {
  if (name == "BucketOwnerEnforced") return Ownership::enforced;
  if (name == "BucketOwnerPreferred") return Ownership::preferred;
  if (name == "ObjectWriter") return Ownership::writer;
  return std::nullopt;
}
const char* ownership_name(Ownership o) {
  return o == Ownership::enforced ? "BucketOwnerEnforced" : o == Ownership::preferred ? "BucketOwnerPreferred" : "ObjectWriter";
}
ApiError acl_with_enforced_ownership() {
  return ApiError("InvalidBucketAclWithObjectOwnership", "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting", 400);
}
ApiError acl_not_supported() { return ApiError("AccessControlListNotSupported", "The bucket does not allow ACLs", 400); }

Result<void> check_acl_request(const AclRequest& r, bool object) {
  if (r.canned && (!one_of(kBucketCanned, r.canned.view()) || (object && r.canned == "log-delivery-write"))) return fail(invalid_argument("", "x-amz-acl", r.canned));
  if (r.canned && r.grants()) return fail(invalid_request("Specifying both Canned ACLs and Header Grants is not allowed"));
  FB_TRY(grants_of(r));
  return {};
}

Result<Acl> acl_of(const AclRequest& r, const AclParties& parties) {
  FB_TRY(check_acl_request(r, parties.object));
  if (!r.canned) return grants_of(r);
  Acl acl{{{parties.owner, {}, "FULL_CONTROL"}}};
  auto group = [&](std::string_view uri, const char* permission) { acl.grants.push_back({{}, std::string(uri), permission}); };
  auto account = [&](std::string_view id, const char* permission) { acl.grants.push_back({std::string(id), {}, permission}); };
  std::string_view name = r.canned.view();
  if (name.starts_with("public-read")) group(kAllUsers, "READ");
  if (name == "public-read-write") group(kAllUsers, "WRITE");
  if (name == "authenticated-read") group(kAuthenticatedUsers, "READ");
  if (name == "aws-exec-read") account(kEc2Id, "READ");
  if (name == "log-delivery-write") { group(kLogDelivery, "WRITE"); group(kLogDelivery, "READ_ACP"); }
  bool others = parties.object && parties.owner != parties.bucket_owner;
  if (name == "bucket-owner-read" && others) account(parties.bucket_owner, "READ");
  if (name == "bucket-owner-full-control" && others) account(parties.bucket_owner, "FULL_CONTROL");
  return acl;
}

Result<Acl> acl_of(const svc::AccessControlPolicy& policy, std::string_view owner) {
  if (!policy.Owner || !policy.Owner->ID || !policy.Grants || policy.Grants.size() > kMaxGrants) return fail(malformed_acl());
  Acl acl;
  for (const auto& g : policy.Grants) {
    if (!g.Grantee || !one_of(kPermissions, g.Permission.view())) return fail(malformed_acl());
    const auto& to = *g.Grantee;
    std::string_view type = to.Type.view();
    if (type != "CanonicalUser" && type != "Group" && type != "AmazonCustomerByEmail") return fail(malformed_acl());
    if (type == "CanonicalUser" ? !to.ID : type == "Group" ? !to.URI : !to.EmailAddress) return fail(malformed_acl());
  }
  if (!canonical(policy.Owner->ID)) return fail(invalid_argument("Invalid id", "CanonicalUser/ID", policy.Owner->ID));
  for (const auto& g : policy.Grants) {
    const auto& to = *g.Grantee;
    if (to.Type == "AmazonCustomerByEmail") return fail(unknown_email(to.EmailAddress));
    if (to.Type == "Group") {
      if (!known_group(to.URI)) return fail(invalid_argument("Invalid group uri", "Group/URI", to.URI));
      acl.grants.push_back({{}, std::string(to.URI.view()), std::string(g.Permission.view())});
    } else {
      if (!canonical(to.ID)) return fail(invalid_argument("Invalid id", "CanonicalUser/ID", to.ID));
      acl.grants.push_back({std::string(to.ID.view()), {}, std::string(g.Permission.view())});
    }
  }
  if (policy.Owner->ID.view() != owner) return fail(access_denied());   // owners cannot be changed
  return acl;
}

bool reaches_others(const Acl& acl, std::string_view owner) {
  return std::any_of(acl.grants.begin(), acl.grants.end(), [&](const Grant& g) { return g.id != owner; });
}
bool is_public(const Acl& acl) {
  return std::any_of(acl.grants.begin(), acl.grants.end(), [](const Grant& g) { return g.group == kAllUsers || g.group == kAuthenticatedUsers; });
}

std::string matching_grant(const Acl& acl, std::string_view permission, const auth::Principal& who, bool ignore_public) {
  for (const Grant& g : acl.grants) {
    if (ignore_public && (g.group == kAllUsers || g.group == kAuthenticatedUsers)) continue;
    if (covers(g, permission) && is_for(g, who)) return cat("grant of ", g.permission, " to ", g.group.empty() ? g.id : g.group);
  }
  return {};
}

std::string_view bucket_permission(std::string_view action) {
  if (action == "s3:ListBucket" || action == "s3:ListBucketVersions" || action == "s3:ListBucketMultipartUploads") return "READ";
  if (action == "s3:PutObject" || action == "s3:DeleteObject" || action == "s3:AbortMultipartUpload" || action == "s3:ListMultipartUploadParts") return "WRITE";
  if (action == "s3:GetBucketAcl") return "READ_ACP";
  if (action == "s3:PutBucketAcl") return "WRITE_ACP";
  return {};
}
std::string_view object_permission(std::string_view action) {
  if (action == "s3:GetObject" || action == "s3:GetObjectVersion") return "READ";
  if (action == "s3:GetObjectAcl" || action == "s3:GetObjectVersionAcl") return "READ_ACP";
  if (action == "s3:PutObjectAcl" || action == "s3:PutObjectVersionAcl") return "WRITE_ACP";
  return {};
}

std::string owner_id(const Bucket& bucket, std::string_view object_owner) {
  if (object_owner == kAnonymousOwner) return std::string(kAnonymousId);
  return canonical_id(object_owner.empty() ? std::string_view(bucket.account) : object_owner);
}

Acl acl_or_default(const std::optional<Acl>& acl, std::string_view owner) {
  if (acl) return *acl;
  return Acl{{{std::string(owner), {}, "FULL_CONTROL"}}};
}

Result<NewAcl> acl_of_new_object(const AclRequest& r, const Bucket& bucket, const auth::Principal& who, const PublicAccessBlock& block) {
  FB_TRY(check_acl_request(r, true));
  NewAcl out;
  bool to_bucket_owner = r.canned && r.canned == "bucket-owner-full-control";
  if (bucket.ownership == Ownership::enforced) {
    if (r.any() && !to_bucket_owner) return fail(acl_not_supported());
    return out;
  }
  std::string writer = who.anonymous() ? kAnonymousOwner : who.kind == auth::PrincipalKind::service ? std::string() : who.account;
  bool given_up = bucket.ownership == Ownership::preferred && to_bucket_owner;
  if (writer != bucket.account && !given_up) out.owner = writer;
  if (!r.any()) return out;
  FB_ASSIGN(acl, acl_of(r, {owner_id(bucket, out.owner), canonical_id(bucket.account), true}));
  if (block.block_acls && is_public(acl)) return fail(access_denied());
  out.acl = std::move(acl);
  return out;
}

}  // namespace fogbank::s3
