// Groups and their members. A user's record lists the ids of its groups (authority: a decision reads them there), the member rows list the
// users of a group. Everything works on the Reader or Txn of its caller.
#pragma once
#include <vector>

#include "base/error.h"
#include "services/iam/state.h"

namespace fogbank::iam {

/// Makes a user a member; twice changes nothing. Refuses beyond the quota of groups per user. Writes the user.
Result<void> add_member(store::Txn& tx, const Scope& scope, Entity& user, const Entity& group);
/// The opposite; of somebody who is no member it changes nothing.
void remove_member(store::Txn& tx, const Scope& scope, Entity& user, const Entity& group);
/// Moves the member rows of a user that is about to be called `new_name`.
void rename_member(store::Txn& tx, const Scope& scope, const Entity& user, std::string_view new_name);
bool has_members(store::Reader& reader, const Scope& scope, const Entity& group);
/// The groups of a user, in the order of joining.
std::vector<Entity> groups_of(store::Reader& reader, const Scope& scope, const Entity& user);

}  // namespace fogbank::iam
