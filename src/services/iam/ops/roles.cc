// CreateRole, GetRole, UpdateRole, UpdateRoleDescription, UpdateAssumeRolePolicy, DeleteRole, ListRoles.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html and the like
#include "auth/access_keys.h"
#include "base/strings.h"
#include "gateway/context.h"
#include "gateway/last_use.h"
#include "gen/iam/operations.h"
#include "services/iam/answers.h"
#include "services/iam/caches.h"
#include "services/iam/entities.h"
#include "services/iam/instance_profiles.h"
#include "services/iam/paging.h"
#include "services/iam/service_linked_roles.h"
#include "services/iam/trust.h"

namespace fogbank::iam {
namespace {

Result<StoredTrust> new_trust(Context& cx, store::Reader& reader, std::string_view document) {
  return check_trust(reader, cx.scope(), document, cx.core().settings().development_credentials);
}

/// Empty for a role that was not used in the time that AWS looks back.
void fill_last_use(Context& cx, store::Reader& reader, const Entity& e, svc::RoleLastUsed& out) {
  LastUse last;
  cx.core().last_uses().each(reader, cx.scope(), e.id, [&](const LastUse& use) { if (use.time > last.time) last = use; });
  if (last.time <= cx.now() - kLastUseTracked) return;
  out.LastUsedDate = whole_second(last.time);
  out.Region = cx.str(last.region);
}

}  // namespace

Result<void> CreateRole(Context& cx, const svc::CreateRoleRequest& in, svc::CreateRoleResponse& out) {
  Entity e;
  auto done = cx.write([&](store::Txn& tx) -> Result<void> {
    e = Entity();
    e.kind = EntityKind::role;
    e.name = in.RoleName.view();
    e.path = in.Path.value_or("/");
    e.description = in.Description.view();
    e.described = in.Description.has();
    e.max_session_s = in.MaxSessionDuration.value_or(3600);
    e.created = whole_second(cx.now());
    e.id = auth::make_unique_id("AROA", cx.scope().account.str(), cx.random());
    if (e.path.starts_with(kServiceRolePath)) return fail(invalid_input("Roles below /aws-service-role/ belong to AWS services."));
    FB_TRY(merge_tags(e.tags, tags_of(in.Tags), true));
    FB_ASSIGN(trust, new_trust(cx, tx, in.AssumeRolePolicyDocument));
    e.trust = std::move(trust.document);
    e.trusted = std::move(trust.trusted);
    if (in.PermissionsBoundary) FB_TRY(check_boundary(tx, cx.scope(), in.PermissionsBoundary));
    FB_TRY(create_entity(tx, cx.scope(), e));
    if (in.PermissionsBoundary) set_boundary(tx, cx.scope(), e, in.PermissionsBoundary);
    return {};
  });
  FB_TRY(done);
  fill_role(cx, e, in.AssumeRolePolicyDocument, Detail::created, cx.make(out.Role));   // as it was given; GetRole shows principals as ARNs
  return {};
}

Result<void> GetRole(Context& cx, const svc::GetRoleRequest& in, svc::GetRoleResponse& out) {
  Result<void> result;
  cx.read([&](store::Reader& reader) {
    auto e = get_entity(reader, cx.scope(), EntityKind::role, in.RoleName);
    if (!e) { result = fail(std::move(e.error())); return; }
    fill_role(cx, *e, shown_trust(reader, cx.scope(), *e), Detail::full, cx.make(out.Role));
    fill_last_use(cx, reader, *e, *out.Role->RoleLastUsed.ptr);
  });
  return result;
}

// A member that is not given leaves its setting as it is.
Result<void> UpdateRole(Context& cx, const svc::UpdateRoleRequest& in, svc::UpdateRoleResponse&) {
  return cx.write([&](store::Txn& tx) -> Result<void> {
    FB_ASSIGN(e, get_entity(tx, cx.scope(), EntityKind::role, in.RoleName));
    if (in.MaxSessionDuration) FB_TRY(check_modifiable(e));  // of a service-linked role only the description is the account's
    if (in.Description) { e.description = in.Description.view(); e.described = true; }
    e.max_session_s = in.MaxSessionDuration.value_or(int32_t(e.max_session_s));
    put_entity(tx, cx.scope(), e);
    return {};
  });
}

Result<void> UpdateRoleDescription(Context& cx, const svc::UpdateRoleDescriptionRequest& in, svc::UpdateRoleDescriptionResponse& out) {
  Entity e;
  std::string trust;
  auto done = cx.write([&](store::Txn& tx) -> Result<void> {
    FB_ASSIGN(found, get_entity(tx, cx.scope(), EntityKind::role, in.RoleName));
    e = std::move(found);
    e.description = in.Description.view();
    e.described = true;
    put_entity(tx, cx.scope(), e);
    trust = shown_trust(tx, cx.scope(), e);
    return {};
  });
  FB_TRY(done);
  fill_role(cx, e, trust, Detail::updated, cx.make(out.Role));
  return {};
}

Result<void> UpdateAssumeRolePolicy(Context& cx, const svc::UpdateAssumeRolePolicyRequest& in, svc::UpdateAssumeRolePolicyOutput&) {
  return cx.write([&](store::Txn& tx) -> Result<void> {
    FB_ASSIGN(e, get_entity(tx, cx.scope(), EntityKind::role, in.RoleName));
    FB_TRY(check_modifiable(e));
    FB_ASSIGN(trust, new_trust(cx, tx, in.PolicyDocument));
    e.trust = std::move(trust.document);
    e.trusted = std::move(trust.trusted);
    put_entity(tx, cx.scope(), e);
    return {};
  });
}

Result<void> DeleteRole(Context& cx, const svc::DeleteRoleRequest& in, svc::DeleteRoleOutput&) {
  return cx.write([&](store::Txn& tx) -> Result<void> {
    FB_ASSIGN(e, get_entity(tx, cx.scope(), EntityKind::role, in.RoleName));
    FB_TRY(check_modifiable(e));
    if (!profiles_with(tx, cx.scope(), e, {}, 1).empty()) return fail(delete_conflict("Cannot delete entity, must remove roles from instance profile first."));
    if (!e.attached.empty()) return fail(delete_conflict("Cannot delete entity, must detach all policies first."));
    if (!e.inline_policies.empty()) return fail(delete_conflict("Cannot delete entity, must delete policies first."));
    erase_entity(tx, cx.scope(), e);
    return {};
  });
}

Result<void> ListRoles(Context& cx, const svc::ListRolesRequest& in, svc::ListRolesResponse& out) {
  Caches& caches = cx.state<Caches>();
  return list_entities(cx, EntityKind::role, in, out, out.Roles, [&](store::Reader& reader, const Entity& e, svc::Role& to) {
    fill_role(cx, e, shown_trust(caches, reader, cx.scope(), e), Detail::listed, to);
  });
}

}  // namespace fogbank::iam
