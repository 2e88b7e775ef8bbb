// Reading and changing users, roles, groups and policies so that records, indexes and counts agree (the invariants of state.h). Everything works
// on the Reader or Txn of its caller and keeps nothing.
#pragma once
#include <functional>
#include <optional>
#include <string_view>

#include "base/error.h"
#include "services/iam/rules.h"
#include "services/iam/state.h"

namespace fogbank::iam {

std::optional<Entity> find_entity(store::Reader& reader, const Scope& scope, EntityKind kind, std::string_view name);
/// The same, with the service's NoSuchEntity.
Result<Entity> get_entity(store::Reader& reader, const Scope& scope, EntityKind kind, std::string_view name);

struct FoundById { Scope scope; Entity entity; };
/// The user or role with this unique id, in whatever account of the partition.
std::optional<FoundById> find_by_id(store::Reader& reader, const Scope& scope, std::string_view id);

void put_entity(store::Txn& tx, const Scope& scope, const Entity& e);
/// Adds a new entity with its indexes; refuses a name in use.
Result<void> create_entity(store::Txn& tx, const Scope& scope, const Entity& e);
/// Removes an entity that has nothing attached but perhaps a boundary.
void erase_entity(store::Txn& tx, const Scope& scope, const Entity& e);
/// Gives an entity another name or path: all rows that hold them follow.
Result<void> rename_entity(store::Txn& tx, const Scope& scope, Entity& e, std::string_view new_name, std::string_view new_path);

/// A managed policy of the account as its ARN names it, or nothing. AWS's own are in managed.h.
std::optional<Policy> find_policy(store::Reader& reader, const Scope& scope, const PolicyName& name);
Result<Policy> get_policy(store::Reader& reader, const Scope& scope, std::string_view arn);
/// True if the ARN names a policy that entities of this account can use.
bool usable_policy(store::Reader& reader, const Scope& scope, const PolicyName& name);
/// A boundary given at creation must name such a policy.
Result<void> check_boundary(store::Reader& reader, const Scope& scope, std::string_view arn);
PolicyUse use_of(store::Reader& reader, const Scope& scope, std::string_view policy_arn);

/// Attaching and detaching; both write the entity. Attaching twice changes nothing.
Result<void> attach(store::Txn& tx, const Scope& scope, Entity& e, std::string_view policy_arn);
Result<void> detach(store::Txn& tx, const Scope& scope, Entity& e, std::string_view policy_arn);
/// Sets the permissions boundary, or takes it away (empty ARN). Writes the entity.
void set_boundary(store::Txn& tx, const Scope& scope, Entity& e, std::string_view policy_arn);

/// Walks entities or policies by path and name from behind `after` (lower-case name, path), as far as paths begin with `path_prefix`;
/// `visit(lower-case name, path)` returns false to end.
struct PathPlace { std::string name, path; };
void walk_paths(store::Reader& reader, const Scope& scope, std::string_view kind, std::string_view path_prefix,
                const std::optional<PathPlace>& after, const std::function<bool(const PathPlace&)>& visit);

}  // namespace fogbank::iam
