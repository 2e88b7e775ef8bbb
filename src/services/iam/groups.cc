#include "services/iam/groups.h"

#include "base/strings.h"
#include "services/iam/entities.h"

namespace fogbank::iam {

Result<void> add_member(store::Txn& tx, const Scope& scope, Entity& user, const Entity& group) {
  if (std::find(user.groups.begin(), user.groups.end(), group.id) != user.groups.end()) return {};
  if (user.groups.size() >= kGroupsPerUser) return fail(limit_exceeded(cat("Cannot exceed quota for GroupsPerUser: ", kGroupsPerUser)));
  user.groups.push_back(group.id);
  put_entity(tx, scope, user);
  tx.put(member_key(scope, group.id, user.name), "");
  return {};
}

void remove_member(store::Txn& tx, const Scope& scope, Entity& user, const Entity& group) {
  if (std::erase(user.groups, group.id) == 0) return;
  put_entity(tx, scope, user);
  tx.erase(member_key(scope, group.id, user.name));
}

void rename_member(store::Txn& tx, const Scope& scope, const Entity& user, std::string_view new_name) {
  for (const std::string& id : user.groups) {
    tx.erase(member_key(scope, id, user.name));
    tx.put(member_key(scope, id, new_name), "");
  }
}

bool has_members(store::Reader& reader, const Scope& scope, const Entity& group) {
  bool any = false;
  reader.scan_prefix(members_of(scope, group.id), [&](std::string_view, std::string_view, store::Version) { any = true; return false; });
  return any;
}

std::vector<Entity> groups_of(store::Reader& reader, const Scope& scope, const Entity& user) {
  std::vector<Entity> out;
  for (const std::string& id : user.groups) {
    auto group = find_by_id(reader, scope, id);
    if (!group) throw std::runtime_error("a user is in a group that does not exist");
    out.push_back(std::move(group->entity));
  }
  return out;
}

}  // namespace fogbank::iam
