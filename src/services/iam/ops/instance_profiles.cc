// CreateInstanceProfile, GetInstanceProfile, DeleteInstanceProfile, ListInstanceProfiles, ListInstanceProfilesForRole,
// AddRoleToInstanceProfile, RemoveRoleFromInstanceProfile. Their tags are in tags.cc.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateInstanceProfile.html and the like
#include "services/iam/instance_profiles.h"

#include "auth/access_keys.h"
#include "base/strings.h"
#include "gateway/context.h"
#include "gen/iam/operations.h"
#include "services/iam/answers.h"
#include "services/iam/entities.h"
#include "services/iam/paging.h"
#include "services/iam/service_linked_roles.h"

namespace fogbank::iam {

Result<void> CreateInstanceProfile(Context& cx, const svc::CreateInstanceProfileRequest& in, svc::CreateInstanceProfileResponse& out) {
  InstanceProfile p;
  auto done = cx.write([&](store::Txn& tx) -> Result<void> {
    p = InstanceProfile();
    p.name = in.InstanceProfileName.view();
    p.path = in.Path.value_or("/");
    p.created = whole_second(cx.now());
    p.id = auth::make_unique_id("AIPA", cx.scope().account.str(), cx.random());
    FB_TRY(merge_tags(p.tags, tags_of(in.Tags), false));
    return create_instance_profile(tx, cx.scope(), p);
  });
  FB_TRY(done);
  fill_instance_profile(cx, p, Detail::created, cx.make(out.InstanceProfile));
  return {};
}

Result<void> GetInstanceProfile(Context& cx, const svc::GetInstanceProfileRequest& in, svc::GetInstanceProfileResponse& out) {
  Result<void> result;
  cx.read([&](store::Reader& reader) {
    auto p = get_instance_profile(reader, cx.scope(), in.InstanceProfileName);
    if (p) fill_instance_profile(cx, reader, *p, Detail::full, cx.make(out.InstanceProfile));
    else result = fail(std::move(p.error()));
  });
  return result;
}

Result<void> DeleteInstanceProfile(Context& cx, const svc::DeleteInstanceProfileRequest& in, svc::DeleteInstanceProfileOutput&) {
  return cx.write([&](store::Txn& tx) -> Result<void> {
    FB_ASSIGN(p, get_instance_profile(tx, cx.scope(), in.InstanceProfileName));
    return erase_instance_profile(tx, cx.scope(), p);
  });
}

Result<void> AddRoleToInstanceProfile(Context& cx, const svc::AddRoleToInstanceProfileRequest& in, svc::AddRoleToInstanceProfileOutput&) {
  return cx.write([&](store::Txn& tx) -> Result<void> {
    FB_ASSIGN(p, get_instance_profile(tx, cx.scope(), in.InstanceProfileName));
    FB_ASSIGN(role, get_entity(tx, cx.scope(), EntityKind::role, in.RoleName));
    FB_TRY(check_modifiable(role));
    return add_role(tx, cx.scope(), p, role);
  });
}

Result<void> RemoveRoleFromInstanceProfile(Context& cx, const svc::RemoveRoleFromInstanceProfileRequest& in, svc::RemoveRoleFromInstanceProfileOutput&) {
  return cx.write([&](store::Txn& tx) -> Result<void> {
    FB_ASSIGN(p, get_instance_profile(tx, cx.scope(), in.InstanceProfileName));
    FB_ASSIGN(role, get_entity(tx, cx.scope(), EntityKind::role, in.RoleName));
    return remove_role(tx, cx.scope(), p, role);
  });
}

Result<void> ListInstanceProfiles(Context& cx, const svc::ListInstanceProfilesRequest& in, svc::ListInstanceProfilesResponse& out) {
  return list_by_path(cx, kInstanceProfileKind, in, out, out.InstanceProfiles, [&](store::Reader& reader, const std::string& name) {
    auto p = find_instance_profile(reader, cx.scope(), name);
    if (p) fill_instance_profile(cx, reader, *p, Detail::listed, out.InstanceProfiles.add(cx.arena()));
  });
}

Result<void> ListInstanceProfilesForRole(Context& cx, const svc::ListInstanceProfilesForRoleRequest& in, svc::ListInstanceProfilesForRoleResponse& out) {
  std::string after;
  if (in.Marker) {
    FB_ASSIGN(m, parse_marker(in.Marker));
    after = std::move(m.first);
  }
  Result<void> result;
  cx.read([&](store::Reader& reader) {
    auto role = get_entity(reader, cx.scope(), EntityKind::role, in.RoleName);
    if (!role) { result = fail(std::move(role.error())); return; }
    out.InstanceProfiles.reserve(cx.arena(), 1);
    const size_t limit = page_size(in.MaxItems);
    auto profiles = profiles_with(reader, cx.scope(), *role, after, limit + 1);
    bool more = profiles.size() > limit;
    if (more) profiles.pop_back();
    for (const InstanceProfile& p : profiles) fill_instance_profile(cx, reader, p, Detail::listed, out.InstanceProfiles.add(cx.arena()));
    end_page(cx, out, more, more ? make_marker(profiles.back().name) : std::string());
  });
  return result;
}

}  // namespace fogbank::iam
