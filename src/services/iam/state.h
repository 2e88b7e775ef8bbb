// IAM's records and where they are: users, roles and groups (entities), inline policies, managed policies with versions, access keys,
// instance profiles, and the indexes that lists and counts walk.
//
// All are of an account's global scope (partition, account, no Region) but the index of unique ids, which is the partition's. Names are
// unique without regard to case, so they are lower case in keys; records keep them as given. What is inside an entity (inline policies)
// is keyed by its unique id, so a rename moves one record.
//   entity      (kind, name)                  -> Entity           authority
//   inline      (entity id, policy name)      -> InlinePolicy     authority; every change also writes the entity
//   policy      (name)                        -> Policy           authority
//   version     (policy name, number)         -> PolicyVersion    authority
//   key         (access key id)               -> AccessKey        authority
//   path        (kind, path, name)            -> nothing          order of the lists
//   attachment  (policy ARN, kind, name, use) -> nothing          who uses a policy
//   use         (policy ARN)                  -> PolicyUse        how many do
//   id          (unique id)                   -> IdOwner          whose id that is; written with the entity
//   counts      ()                            -> AccountCounts    how many of each kind the account has
//   member      (group id, user name)         -> nothing          members of a group
//   profile     (name)                        -> InstanceProfile  authority (its tags)
//   profileof   (role id, profile name)       -> nothing          instance profiles that hold a role
// Invariants: counts agree with the rows they count; member agrees with Entity::groups, profileof with InstanceProfile::role_id; Entity::inline_policies lists exactly its inline rows; attachment and use agree with Entity::attached and ::boundary;
// Entity::access_keys lists exactly the user's key rows. Functions that keep them are in entities.h,
// groups.h and instance_profiles.h.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/record.h"
#include "base/scope.h"
#include "store/store.h"

namespace fogbank::iam {

inline constexpr store::Table kEntities{"iam", "entity", true};
inline constexpr store::Table kInline{"iam", "inline", true};
inline constexpr store::Table kPolicies{"iam", "policy", true};
inline constexpr store::Table kVersions{"iam", "version", true};
inline constexpr store::Table kAccessKeys{"iam", "key", true};
inline constexpr store::Table kPaths{"iam", "path"};
inline constexpr store::Table kAttachments{"iam", "attachment"};
inline constexpr store::Table kPolicyUse{"iam", "use"};
inline constexpr store::Table kIds{"iam", "id"};
inline constexpr store::Table kCounts{"iam", "counts"};
inline constexpr store::Table kMembers{"iam", "member"};
inline constexpr store::Table kInstanceProfiles{"iam", "profile", true};
inline constexpr store::Table kProfilesOfRole{"iam", "profileof"};

/// Kinds of entity, as they stand in keys and ARNs.
enum class EntityKind : uint8_t { user, role, group };
std::string_view kind_name(EntityKind kind);   ///< "user", "role", "group"
std::string_view kind_title(EntityKind kind);  ///< "User", "Role", "Group", as texts and filters have it
std::optional<EntityKind> kind_of(std::string_view name);
/// Not entities, but in the index of paths under these names.
inline constexpr std::string_view kPolicyKind = "policy", kInstanceProfileKind = "instance-profile";

struct Tag {
  std::string key, value;
  template <class A> void fields(A& a) { a(1, key); a(2, value); }
  friend bool operator==(const Tag&, const Tag&) = default;
};

struct InlineRef {
  std::string name;
  int64_t size = 0;              ///< as quotas count it: characters that are no white space
  template <class A> void fields(A& a) { a(1, name); a(2, size); }
};

/// A user or role that a trust policy names: where in the document its ARN stands (with its quotes), and which unique id it had when the
/// document was stored. The ARN may since belong to nobody or to a namesake.
struct TrustedId {
  int64_t offset = 0, length = 0;
  std::string id;
  template <class A> void fields(A& a) { a(1, offset); a(2, length); a(3, id); }
};

struct Entity {
  EntityKind kind = EntityKind::user;
  std::string name, path = "/", id;
  Millis created = 0;
  std::string boundary;                    ///< ARN of the policy that is the permissions boundary; empty: none
  std::vector<Tag> tags;
  std::vector<std::string> attached;       ///< ARNs of attached managed policies, in the order of attaching
  std::vector<InlineRef> inline_policies;  ///< sorted by name
  // users
  std::vector<std::string> access_keys;    ///< ids, oldest first
  std::vector<std::string> groups;         ///< unique ids of the groups that the user is in, in the order of joining
  // roles
  std::string description;
  bool described = false;                  ///< a description was given, maybe an empty one
  int64_t max_session_s = 3600;
  std::string trust;                       ///< trust policy as given, account ids of principals written out as root ARNs
  std::vector<TrustedId> trusted;          ///< by offset
  bool service_linked = false;
  Unknown unknown;
  template <class A> void fields(A& a) {
    a(1, kind); a(2, name); a(3, path); a(4, id); a(5, created); a(6, boundary); a(7, tags); a(8, attached); a(9, inline_policies);
    a(10, access_keys); a(11, description); a(12, described); a(13, max_session_s); a(14, trust); a(15, trusted); a(16, service_linked);
    a(17, groups);
    a(unknown);
  }
};

struct InlinePolicy {
  std::string name, document;
  Unknown unknown;
  template <class A> void fields(A& a) { a(1, name); a(2, document); a(unknown); }
};

struct Policy {
  std::string name, path = "/", id, description;
  bool described = false;
  Millis created = 0, updated = 0;
  int64_t default_version = 1, last_version = 1;   ///< numbers of deleted versions are not used again
  std::vector<int64_t> versions;                   ///< that exist, rising
  std::vector<Tag> tags;
  Unknown unknown;
  template <class A> void fields(A& a) {
    a(1, name); a(2, path); a(3, id); a(4, description); a(5, described); a(6, created); a(7, updated); a(8, default_version);
    a(9, last_version); a(10, versions); a(11, tags); a(unknown);
  }
};

struct PolicyVersion {
  std::string document;
  Millis created = 0;
  Unknown unknown;
  template <class A> void fields(A& a) { a(1, document); a(2, created); a(unknown); }
};

struct AccessKey {
  std::string id, secret, user_id;
  bool inactive = false;
  Millis created = 0;
  Unknown unknown;
  template <class A> void fields(A& a) { a(1, id); a(2, secret); a(3, user_id); a(4, inactive); a(5, created); a(unknown); }
};

struct PolicyUse {
  int64_t attachments = 0, boundaries = 0;
  Unknown unknown;
  template <class A> void fields(A& a) { a(1, attachments); a(2, boundaries); a(unknown); }
};

struct IdOwner {
  std::string account;
  EntityKind kind = EntityKind::user;
  std::string name;                        ///< in lower case
  Unknown unknown;
  template <class A> void fields(A& a) { a(1, account); a(2, kind); a(3, name); a(unknown); }
};

struct InstanceProfile {
  std::string name, path = "/", id;
  Millis created = 0;
  std::string role_id;                     ///< unique id of the role in it; empty: none
  std::vector<Tag> tags;
  Unknown unknown;
  template <class A> void fields(A& a) { a(1, name); a(2, path); a(3, id); a(4, created); a(5, role_id); a(6, tags); a(unknown); }
};

/// How many of each kind the account has: quotas and GetAccountSummary read these, nothing counts by looking.
struct AccountCounts {
  int64_t users = 0, groups = 0, roles = 0, policies = 0, instance_profiles = 0;
  int64_t policy_versions = 0;             ///< of the account's own policies, all versions that exist
  int64_t providers = 0, mfa_devices = 0, mfa_devices_in_use = 0, server_certificates = 0;
  Unknown unknown;
  template <class A> void fields(A& a) {
    a(1, users); a(2, groups); a(3, roles); a(4, policies); a(5, instance_profiles); a(6, policy_versions); a(7, providers);
    a(8, mfa_devices); a(9, mfa_devices_in_use); a(10, server_certificates); a(unknown);
  }
};

/// The scope of an account's IAM records.
Scope account_scope(std::string_view partition, std::string_view account);

store::Key entity_key(const Scope& scope, EntityKind kind, std::string_view name);
store::Key inline_key(const Scope& scope, std::string_view entity_id, std::string_view policy_name);
store::Key policy_key(const Scope& scope, std::string_view name);
store::Key version_key(const Scope& scope, std::string_view policy_name, int64_t number);
store::Key access_key_key(const Scope& scope, std::string_view id);
store::Key path_key(const Scope& scope, std::string_view kind, std::string_view path, std::string_view name);
store::Key attachment_key(const Scope& scope, std::string_view policy_arn, EntityKind kind, std::string_view name, bool boundary);
store::Key use_key(const Scope& scope, std::string_view policy_arn);
store::Key id_key(const Scope& scope, std::string_view id);
store::Key counts_key(const Scope& scope);
store::Key member_key(const Scope& scope, std::string_view group_id, std::string_view user_name);
store::Key members_of(const Scope& scope, std::string_view group_id);   ///< prefix
store::Key instance_profile_key(const Scope& scope, std::string_view name);
store::Key profile_of_role_key(const Scope& scope, std::string_view role_id, std::string_view profile_name);
store::Key profiles_of_role(const Scope& scope, std::string_view role_id);   ///< prefix

/// "arn:aws:iam::111111111111:user/path/name"
std::string entity_arn(const Scope& scope, EntityKind kind, std::string_view path, std::string_view name);
inline std::string entity_arn(const Scope& scope, const Entity& e) { return entity_arn(scope, e.kind, e.path, e.name); }
std::string policy_arn(const Scope& scope, std::string_view path, std::string_view name);
std::string instance_profile_arn(const Scope& scope, std::string_view path, std::string_view name);

/// The value of a tag, without regard to case of its key, or null.
const std::string* find_tag(const std::vector<Tag>& tags, std::string_view key);

}  // namespace fogbank::iam
