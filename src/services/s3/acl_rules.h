// Access control lists: how they are given (canned, in grant headers, as XML), what they may be, what they allow. Pure.
// Source: S3 User Guide, "Access control list (ACL) overview", "Controlling ownership of objects and disabling ACLs for your bucket".
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "auth/principal.h"
#include "base/error.h"
#include "gen/s3/types.h"
#include "services/s3/state.h"

namespace fogbank::s3 {

/// Owner of what an unsigned caller wrote into a bucket without enforced ownership.
inline constexpr const char* kAnonymousOwner = "anonymous";

std::optional<Ownership> read_ownership(std::string_view name);
const char* ownership_name(Ownership ownership);
ApiError acl_with_enforced_ownership();
ApiError acl_not_supported();

/// The ACL that a request asks for in its headers.
struct AclRequest {
  Str canned{}, full_control{}, read{}, write{}, read_acp{}, write_acp{};
  bool grants() const { return full_control || read || write || read_acp || write_acp; }
  bool any() const { return canned || grants(); }
};
template <class In> AclRequest acl_request(const In& in) {
  AclRequest r{in.ACL, in.GrantFullControl, in.GrantRead, Str{}, in.GrantReadACP, in.GrantWriteACP};
  if constexpr (requires { in.GrantWrite; }) r.write = in.GrantWrite;
  return r;
}

/// Canonical user ids that a canned ACL speaks of. `object`: it is one's, not a bucket's.
struct AclParties { std::string owner, bucket_owner; bool object = false; };
/// Is this a request that could be granted for somebody? The errors of its wording.
Result<void> check_acl_request(const AclRequest& request, bool object);
/// The ACL of a request that names one.
Result<Acl> acl_of(const AclRequest& request, const AclParties& parties);
/// The same as XML. `owner`: the canonical id that it has to name.
Result<Acl> acl_of(const svc::AccessControlPolicy& policy, std::string_view owner);

/// Does it allow anything to anybody but its owner?
bool reaches_others(const Acl& acl, std::string_view owner);
/// Does it allow anything to everybody, or to everybody with an account?
bool is_public(const Acl& acl);

/// The grant of an ACL that lets a principal do an action ("READ for http://…"), or empty. `permission`: what the action needs.
std::string matching_grant(const Acl& acl, std::string_view permission, const auth::Principal& who, bool ignore_public);
/// The permission on a bucket, or on an object, that an action needs; empty: no ACL gives it.
std::string_view bucket_permission(std::string_view action);
std::string_view object_permission(std::string_view action);

/// What new objects get: an ACL and an owner.
struct NewAcl { std::optional<Acl> acl; std::string owner; };
/// `block`: what Block Public Access says for the bucket.
Result<NewAcl> acl_of_new_object(const AclRequest& request, const Bucket& bucket, const auth::Principal& who, const PublicAccessBlock& block);

/// The canonical id of an object's owner.
std::string owner_id(const Bucket& bucket, std::string_view object_owner);
/// The ACL as kept, or what none means.
Acl acl_or_default(const std::optional<Acl>& acl, std::string_view owner);

}  // namespace fogbank::s3
