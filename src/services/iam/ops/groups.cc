// CreateGroup, GetGroup, UpdateGroup, DeleteGroup, ListGroups, AddUserToGroup, RemoveUserFromGroup, ListGroupsForUser.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateGroup.html and the like
#include "services/iam/groups.h"

#include "auth/access_keys.h"
#include "base/strings.h"
#include "gateway/context.h"
#include "gen/iam/operations.h"
#include "services/iam/answers.h"
#include "services/iam/entities.h"
#include "services/iam/paging.h"

namespace fogbank::iam {

Result<void> CreateGroup(Context& cx, const svc::CreateGroupRequest& in, svc::CreateGroupResponse& out) {
  Entity e;
  auto done = cx.write([&](store::Txn& tx) -> Result<void> {
    e = Entity();
    e.kind = EntityKind::group;
    e.name = in.GroupName.view();
    e.path = in.Path.value_or("/");
    e.created = whole_second(cx.now());
    e.id = auth::make_unique_id("AGPA", cx.scope().account.str(), cx.random());
    return create_entity(tx, cx.scope(), e);
  });
  FB_TRY(done);
  fill_group(cx, e, cx.make(out.Group));
  return {};
}

// Members in the order of their names; a page goes on behind a member that has left.
Result<void> GetGroup(Context& cx, const svc::GetGroupRequest& in, svc::GetGroupResponse& out) {
  std::string after;
  if (in.Marker) {
    FB_ASSIGN(m, parse_marker(in.Marker));
    after = std::move(m.first);
  }
  Result<void> result;
  cx.read([&](store::Reader& reader) {
    auto e = get_entity(reader, cx.scope(), EntityKind::group, in.GroupName);
    if (!e) { result = fail(std::move(e.error())); return; }
    fill_group(cx, *e, cx.make(out.Group));
    out.Users.reserve(cx.arena(), 1);
    store::Key all = members_of(cx.scope(), e->id);
    store::Key from = after.empty() ? all : member_key(cx.scope(), e->id, after).after_prefix();
    std::vector<std::string> names;
    const size_t limit = page_size(in.MaxItems);
    reader.scan(from, all.after_prefix(), store::Order::ascending, [&](std::string_view key, std::string_view, store::Version) {
      names.push_back(store::key_parts(key).at(1));
      return names.size() <= limit;
    });
    bool more = names.size() > limit;
    if (more) names.pop_back();
    for (const std::string& name : names) {
      auto user = find_entity(reader, cx.scope(), EntityKind::user, name);
      if (!user) throw std::runtime_error("a group has a member that does not exist");
      fill_user(cx, *user, Detail::listed, out.Users.add(cx.arena()));
    }
    end_page(cx, out, more, more ? make_marker(names.back()) : std::string());
  });
  return result;
}

Result<void> UpdateGroup(Context& cx, const svc::UpdateGroupRequest& in, svc::UpdateGroupOutput&) {
  return cx.write([&](store::Txn& tx) -> Result<void> {
    FB_ASSIGN(e, get_entity(tx, cx.scope(), EntityKind::group, in.GroupName));
    std::string name(in.NewGroupName.value_or(e.name)), path(in.NewPath.value_or(e.path));
    return rename_entity(tx, cx.scope(), e, name, path);
  });
}

Result<void> DeleteGroup(Context& cx, const svc::DeleteGroupRequest& in, svc::DeleteGroupOutput&) {
  return cx.write([&](store::Txn& tx) -> Result<void> {
    FB_ASSIGN(e, get_entity(tx, cx.scope(), EntityKind::group, in.GroupName));
    if (has_members(tx, cx.scope(), e)) return fail(delete_conflict("Cannot delete entity, must remove users from group first."));
    if (!e.attached.empty()) return fail(delete_conflict("Cannot delete entity, must detach all policies first."));
    if (!e.inline_policies.empty()) return fail(delete_conflict("Cannot delete entity, must delete policies first."));
    erase_entity(tx, cx.scope(), e);
    return {};
  });
}

Result<void> ListGroups(Context& cx, const svc::ListGroupsRequest& in, svc::ListGroupsResponse& out) {
  return list_entities(cx, EntityKind::group, in, out, out.Groups, [&](store::Reader&, const Entity& e, svc::Group& to) { fill_group(cx, e, to); });
}

Result<void> AddUserToGroup(Context& cx, const svc::AddUserToGroupRequest& in, svc::AddUserToGroupOutput&) {
  return cx.write([&](store::Txn& tx) -> Result<void> {
    FB_ASSIGN(group, get_entity(tx, cx.scope(), EntityKind::group, in.GroupName));
    FB_ASSIGN(user, get_entity(tx, cx.scope(), EntityKind::user, in.UserName));
    return add_member(tx, cx.scope(), user, group);
  });
}

Result<void> RemoveUserFromGroup(Context& cx, const svc::RemoveUserFromGroupRequest& in, svc::RemoveUserFromGroupOutput&) {
  return cx.write([&](store::Txn& tx) -> Result<void> {
    FB_ASSIGN(group, get_entity(tx, cx.scope(), EntityKind::group, in.GroupName));
    FB_ASSIGN(user, get_entity(tx, cx.scope(), EntityKind::user, in.UserName));
    remove_member(tx, cx.scope(), user, group);
    return {};
  });
}

Result<void> ListGroupsForUser(Context& cx, const svc::ListGroupsForUserRequest& in, svc::ListGroupsForUserResponse& out) {
  std::vector<Entity> groups;
  Result<void> found;
  cx.read([&](store::Reader& reader) {
    auto user = get_entity(reader, cx.scope(), EntityKind::user, in.UserName);
    if (user) groups = groups_of(reader, cx.scope(), *user);
    else found = fail(std::move(user.error()));
  });
  FB_TRY(found);
  out.Groups.reserve(cx.arena(), 1);
  return page_of(cx, in, out, groups, [](const Entity& g) { return g.id; }, [&](const Entity& g) { fill_group(cx, g, out.Groups.add(cx.arena())); });
}

}  // namespace fogbank::iam
