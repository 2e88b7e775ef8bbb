// Instance profiles: a name under which one role is handed to an EC2 instance. The profile keeps the role's unique id; an index leads back.
// Everything works on the Reader or Txn of its caller.
#pragma once
#include <optional>
#include <vector>

#include "base/error.h"
#include "services/iam/state.h"

namespace fogbank::iam {

std::optional<InstanceProfile> find_instance_profile(store::Reader& reader, const Scope& scope, std::string_view name);
/// The same, with the service's NoSuchEntity.
Result<InstanceProfile> get_instance_profile(store::Reader& reader, const Scope& scope, std::string_view name);
void put_instance_profile(store::Txn& tx, const Scope& scope, const InstanceProfile& p);

/// Adds a new profile with its indexes; refuses a name in use.
Result<void> create_instance_profile(store::Txn& tx, const Scope& scope, const InstanceProfile& p);
/// Removes a profile without a role; refuses one that has a role.
Result<void> erase_instance_profile(store::Txn& tx, const Scope& scope, const InstanceProfile& p);

/// Puts a role into a profile (a profile takes one), or takes it out. Both write the profile.
Result<void> add_role(store::Txn& tx, const Scope& scope, InstanceProfile& p, const Entity& role);
Result<void> remove_role(store::Txn& tx, const Scope& scope, InstanceProfile& p, const Entity& role);

/// The role of a profile, if it has one.
std::optional<Entity> role_of(store::Reader& reader, const Scope& scope, const InstanceProfile& p);
/// The profiles that a role is in, by name from behind `after` (lower case), at most `limit`.
std::vector<InstanceProfile> profiles_with(store::Reader& reader, const Scope& scope, const Entity& role, std::string_view after, size_t limit);

}  // namespace fogbank::iam
