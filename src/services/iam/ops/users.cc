// CreateUser, GetUser, UpdateUser, DeleteUser, ListUsers.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateUser.html and the like
#include "auth/access_keys.h"
#include "base/strings.h"
#include "gateway/context.h"
#include "gen/iam/operations.h"
#include "services/iam/answers.h"
#include "services/iam/caller.h"
#include "services/iam/entities.h"
#include "services/iam/paging.h"
#include "services/iam/state_account.h"
#include "services/iam/user_credentials.h"

namespace fogbank::iam {
namespace {

/// When accounts and the users behind development keys came to be is nowhere recorded; answers need a date.
constexpr Millis kBeforeRecords = 1704067200000;  // 2024-01-01T00:00:00Z

/// Root as GetUser shows it: without name and path.
void fill_root(Context& cx, svc::User& out) {
  out.UserId = cx.str(cx.principal().account);
  out.Arn = cx.str(cx.principal().arn);
  out.CreateDate = kBeforeRecords;
}

void fill_development_user(Context& cx, svc::User& out) {
  Entity e;
  e.name = cx.principal().name;
  e.id = cx.principal().user_id;
  e.created = kBeforeRecords;
  fill_user(cx, e, Detail::full, out);
}

}  // namespace

Result<void> CreateUser(Context& cx, const svc::CreateUserRequest& in, svc::CreateUserResponse& out) {
  Entity e;
  auto done = cx.write([&](store::Txn& tx) -> Result<void> {
    e = Entity();
    e.kind = EntityKind::user;
    e.name = in.UserName.view();
    e.path = in.Path.value_or("/");
    e.created = whole_second(cx.now());
    e.id = auth::make_unique_id("AIDA", cx.scope().account.str(), cx.random());
    FB_TRY(merge_tags(e.tags, tags_of(in.Tags), true));
    if (in.PermissionsBoundary) FB_TRY(check_boundary(tx, cx.scope(), in.PermissionsBoundary));
    FB_TRY(create_entity(tx, cx.scope(), e));
    if (in.PermissionsBoundary) set_boundary(tx, cx.scope(), e, in.PermissionsBoundary);
    return {};
  });
  FB_TRY(done);
  fill_user(cx, e, Detail::created, cx.make(out.User));
  return {};
}

Result<void> GetUser(Context& cx, const svc::GetUserRequest& in, svc::GetUserResponse& out) {
  const auth::Principal& caller = cx.principal();
  if (!in.UserName && caller.kind == auth::PrincipalKind::root) {
    fill_root(cx, cx.make(out.User));
    return {};
  }
  FB_ASSIGN(name, user_name(caller, in.UserName));
  std::optional<Entity> e;
  // A recorded user may have the development user's name; without a name the caller itself is meant.
  if (in.UserName || !caller.development) cx.read([&](store::Reader& reader) { e = find_entity(reader, cx.scope(), EntityKind::user, name); });
  if (!e && caller.development && name == caller.name && caller.account == cx.scope().account.str()) {
    fill_development_user(cx, cx.make(out.User));
    return {};
  }
  if (!e) return fail(no_such_entity(EntityKind::user, name));
  fill_user(cx, *e, Detail::full, cx.make(out.User));
  return {};
}

Result<void> UpdateUser(Context& cx, const svc::UpdateUserRequest& in, svc::UpdateUserOutput&) {
  return cx.write([&](store::Txn& tx) -> Result<void> {
    FB_ASSIGN(e, get_entity(tx, cx.scope(), EntityKind::user, in.UserName));
    std::string name(in.NewUserName.value_or(e.name)), path(in.NewPath.value_or(e.path));
    return rename_entity(tx, cx.scope(), e, name, path);
  });
}

Result<void> DeleteUser(Context& cx, const svc::DeleteUserRequest& in, svc::DeleteUserOutput&) {
  return cx.write([&](store::Txn& tx) -> Result<void> {
    FB_ASSIGN(e, get_entity(tx, cx.scope(), EntityKind::user, in.UserName));
    if (!e.attached.empty()) return fail(delete_conflict("Cannot delete entity, must detach all policies first."));
    if (!e.inline_policies.empty()) return fail(delete_conflict("Cannot delete entity, must delete policies first."));
    if (!e.groups.empty()) return fail(delete_conflict("Cannot delete entity, must remove users from group first."));
    if (!e.access_keys.empty()) return fail(delete_conflict("Cannot delete entity, must delete access keys first."));
    if (tx.has(login_profile_key(cx.scope(), e.id))) return fail(delete_conflict("Cannot delete entity, must delete login profile first."));
    FB_TRY(check_no_credentials(tx, cx.scope(), e.id));
    erase_entity(tx, cx.scope(), e);
    return {};
  });
}

Result<void> ListUsers(Context& cx, const svc::ListUsersRequest& in, svc::ListUsersResponse& out) {
  return list_entities(cx, EntityKind::user, in, out, out.Users, [&](store::Reader&, const Entity& e, svc::User& to) { fill_user(cx, e, Detail::listed, to); });
}

}  // namespace fogbank::iam
