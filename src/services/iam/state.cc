#include "services/iam/state.h"

#include "base/strings.h"

namespace fogbank::iam {

std::string_view kind_name(EntityKind kind) {
  switch (kind) {
    case EntityKind::user: return "user";
    case EntityKind::role: return "role";
    case EntityKind::group: return "group";
  }
  throw std::logic_error("a kind of entity that is none");
}
std::string_view kind_title(EntityKind kind) {
  switch (kind) {
    case EntityKind::user: return "User";
    case EntityKind::role: return "Role";
    case EntityKind::group: return "Group";
  }
  throw std::logic_error("a kind of entity that is none");
}
std::optional<EntityKind> kind_of(std::string_view name) {
  for (EntityKind kind : {EntityKind::user, EntityKind::role, EntityKind::group}) if (kind_name(kind) == name) return kind;
  return std::nullopt;
}

Scope account_scope(std::string_view partition, std::string_view account) { return {Partition(partition), AccountId(account), Region()}; }

store::Key entity_key(const Scope& scope, EntityKind kind, std::string_view name) {
  return store::key(scope.global(), kEntities, kind_name(kind), std::string_view(lower(name)));
}
store::Key inline_key(const Scope& scope, std::string_view entity_id, std::string_view policy_name) {
  return store::key(scope.global(), kInline, entity_id, policy_name);
}
store::Key policy_key(const Scope& scope, std::string_view name) { return store::key(scope.global(), kPolicies, std::string_view(lower(name))); }
store::Key version_key(const Scope& scope, std::string_view policy_name, int64_t number) {
  return store::key(scope.global(), kVersions, std::string_view(lower(policy_name)), uint64_t(number));
}
store::Key access_key_key(const Scope& scope, std::string_view id) { return store::key(scope.global(), kAccessKeys, id); }
store::Key path_key(const Scope& scope, std::string_view kind, std::string_view path, std::string_view name) {
  return store::key(scope.global(), kPaths, kind, path, std::string_view(lower(name)));
}
store::Key attachment_key(const Scope& scope, std::string_view policy_arn, EntityKind kind, std::string_view name, bool boundary) {
  return store::key(scope.global(), kAttachments, policy_arn, kind_name(kind), std::string_view(lower(name)),
                    std::string_view(boundary ? "boundary" : "attached"));
}
store::Key use_key(const Scope& scope, std::string_view policy_arn) { return store::key(scope.global(), kPolicyUse, policy_arn); }
store::Key id_key(const Scope& scope, std::string_view id) { return store::key(scope.whole_partition(), kIds, id); }
store::Key counts_key(const Scope& scope) { return store::key(scope.global(), kCounts, std::string_view("account")); }
store::Key member_key(const Scope& scope, std::string_view group_id, std::string_view user_name) {
  return store::key(scope.global(), kMembers, group_id, std::string_view(lower(user_name)));
}
store::Key members_of(const Scope& scope, std::string_view group_id) { return store::key(scope.global(), kMembers, group_id); }
store::Key instance_profile_key(const Scope& scope, std::string_view name) {
  return store::key(scope.global(), kInstanceProfiles, std::string_view(lower(name)));
}
store::Key profile_of_role_key(const Scope& scope, std::string_view role_id, std::string_view profile_name) {
  return store::key(scope.global(), kProfilesOfRole, role_id, std::string_view(lower(profile_name)));
}
store::Key profiles_of_role(const Scope& scope, std::string_view role_id) { return store::key(scope.global(), kProfilesOfRole, role_id); }

std::string entity_arn(const Scope& scope, EntityKind kind, std::string_view path, std::string_view name) {
  return make_arn(scope.global(), "iam", cat(kind_name(kind), path, name));
}
std::string policy_arn(const Scope& scope, std::string_view path, std::string_view name) {
  return make_arn(scope.global(), "iam", cat("policy", path, name));
}
std::string instance_profile_arn(const Scope& scope, std::string_view path, std::string_view name) {
  return make_arn(scope.global(), "iam", cat("instance-profile", path, name));
}

const std::string* find_tag(const std::vector<Tag>& tags, std::string_view key) {
  for (const Tag& t : tags) if (iequals(t.key, key)) return &t.value;
  return nullptr;
}

}  // namespace fogbank::iam
