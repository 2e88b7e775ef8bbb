#include "services/iam/instance_profiles.h"

#include "base/strings.h"
#include "services/iam/counts.h"
#include "services/iam/entities.h"

namespace fogbank::iam {

std::optional<InstanceProfile> find_instance_profile(store::Reader& reader, const Scope& scope, std::string_view name) {
  return reader.get_as<InstanceProfile>(instance_profile_key(scope, name));
}

Result<InstanceProfile> get_instance_profile(store::Reader& reader, const Scope& scope, std::string_view name) {
  auto p = find_instance_profile(reader, scope, name);
  if (!p) return fail(no_such_entity(cat("Instance Profile ", name, " cannot be found.")));
  return std::move(*p);
}

void put_instance_profile(store::Txn& tx, const Scope& scope, const InstanceProfile& p) { tx.put_record(instance_profile_key(scope, p.name), p); }

Result<void> create_instance_profile(store::Txn& tx, const Scope& scope, const InstanceProfile& p) {
  if (tx.has(instance_profile_key(scope, p.name))) return fail("EntityAlreadyExists", cat("Instance Profile ", p.name, " already exists."), 409);
  FB_TRY(count_in(tx, scope, kCountInstanceProfiles));
  put_instance_profile(tx, scope, p);
  tx.put(path_key(scope, kInstanceProfileKind, p.path, p.name), "");
  return {};
}

Result<void> erase_instance_profile(store::Txn& tx, const Scope& scope, const InstanceProfile& p) {
  if (!p.role_id.empty()) return fail(delete_conflict("Cannot delete entity, must remove roles from instance profile first."));
  count_out(tx, scope, kCountInstanceProfiles);
  tx.erase(instance_profile_key(scope, p.name));
  tx.erase(path_key(scope, kInstanceProfileKind, p.path, p.name));
  return {};
}

Result<void> add_role(store::Txn& tx, const Scope& scope, InstanceProfile& p, const Entity& role) {
  if (!p.role_id.empty()) return fail(limit_exceeded("Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1"));
  p.role_id = role.id;
  put_instance_profile(tx, scope, p);
  tx.put(profile_of_role_key(scope, role.id, p.name), "");
  return {};
}

Result<void> remove_role(store::Txn& tx, const Scope& scope, InstanceProfile& p, const Entity& role) {
  if (p.role_id != role.id) return fail(no_such_entity(EntityKind::role, role.name));
  p.role_id.clear();
  put_instance_profile(tx, scope, p);
  tx.erase(profile_of_role_key(scope, role.id, p.name));
  return {};
}

std::optional<Entity> role_of(store::Reader& reader, const Scope& scope, const InstanceProfile& p) {
  if (p.role_id.empty()) return std::nullopt;
  auto role = find_by_id(reader, scope, p.role_id);
  if (!role) throw std::runtime_error("an instance profile has a role that does not exist");
  return std::move(role->entity);
}

std::vector<InstanceProfile> profiles_with(store::Reader& reader, const Scope& scope, const Entity& role, std::string_view after, size_t limit) {
  std::vector<InstanceProfile> out;
  if (limit == 0) return out;
  store::Key all = profiles_of_role(scope, role.id);
  store::Key from = after.empty() ? all : profile_of_role_key(scope, role.id, after).after_prefix();
  reader.scan(from, all.after_prefix(), store::Order::ascending, [&](std::string_view key, std::string_view, store::Version) {
    auto p = find_instance_profile(reader, scope, store::key_parts(key).at(1));
    if (!p) throw std::runtime_error("a role is in an instance profile that does not exist");
    out.push_back(std::move(*p));
    return out.size() < limit;
  });
  return out;
}

}  // namespace fogbank::iam
