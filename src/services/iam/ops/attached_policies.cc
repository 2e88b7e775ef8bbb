// AttachUserPolicy, DetachUserPolicy, ListAttachedUserPolicies, the same of roles and groups, the permissions boundaries of users
// and roles, and ListEntitiesForPolicy.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_AttachRolePolicy.html and the like
#include "base/strings.h"
#include "gateway/context.h"
#include "gen/iam/operations.h"
#include "services/iam/answers.h"
#include "services/iam/entities.h"
#include "services/iam/paging.h"
#include "services/iam/service_linked_roles.h"

namespace fogbank::iam {
namespace {

/// Reads an entity, lets `f` change it in the transaction.
template <class F> Result<void> change(Context& cx, EntityKind kind, std::string_view name, F f) {
  return cx.write([&](store::Txn& tx) -> Result<void> {
    FB_ASSIGN(e, get_entity(tx, cx.scope(), kind, name));
    FB_TRY(check_modifiable(e));
    return f(tx, e);
  });
}

Result<void> attach_to(Context& cx, EntityKind kind, std::string_view name, std::string_view arn) {
  return change(cx, kind, name, [&](store::Txn& tx, Entity& e) { return attach(tx, cx.scope(), e, arn); });
}
Result<void> detach_from(Context& cx, EntityKind kind, std::string_view name, std::string_view arn) {
  return change(cx, kind, name, [&](store::Txn& tx, Entity& e) { return detach(tx, cx.scope(), e, arn); });
}

Result<void> put_boundary(Context& cx, EntityKind kind, std::string_view name, std::string_view arn) {
  return change(cx, kind, name, [&](store::Txn& tx, Entity& e) -> Result<void> {
    FB_ASSIGN(policy, parse_policy_arn(arn));
    if (!usable_policy(tx, cx.scope(), policy)) return fail(not_attachable(arn));
    set_boundary(tx, cx.scope(), e, arn);
    return {};
  });
}
Result<void> delete_boundary(Context& cx, EntityKind kind, std::string_view name) {
  return change(cx, kind, name, [&](store::Txn& tx, Entity& e) -> Result<void> {
    if (!e.boundary.empty()) set_boundary(tx, cx.scope(), e, {});
    return {};
  });
}

template <class In, class Out> Result<void> list_attached(Context& cx, EntityKind kind, std::string_view name, const In& in, Out& out) {
  Result<Entity> e;
  cx.read([&](store::Reader& reader) { e = get_entity(reader, cx.scope(), kind, name); });
  if (!e) return fail(std::move(e.error()));
  struct Row { std::string name, arn; };
  std::vector<Row> rows;
  for (const auto& arn : e->attached) {
    auto p = parse_policy_arn(arn);
    if (p && p->path.starts_with(in.PathPrefix.value_or("/"))) rows.push_back({p->name, arn});
  }
  out.AttachedPolicies.reserve(cx.arena(), 1);
  return page_of(cx, in, out, rows, [](const Row& r) { return r.name; }, [&](const Row& r) {
    auto& to = out.AttachedPolicies.add(cx.arena());
    to.PolicyName = cx.str(r.name);
    to.PolicyArn = cx.str(r.arn);
  });
}

}  // namespace

Result<void> AttachUserPolicy(Context& cx, const svc::AttachUserPolicyRequest& in, svc::AttachUserPolicyOutput&) {
  return attach_to(cx, EntityKind::user, in.UserName, in.PolicyArn);
}
Result<void> AttachRolePolicy(Context& cx, const svc::AttachRolePolicyRequest& in, svc::AttachRolePolicyOutput&) {
  return attach_to(cx, EntityKind::role, in.RoleName, in.PolicyArn);
}
Result<void> DetachUserPolicy(Context& cx, const svc::DetachUserPolicyRequest& in, svc::DetachUserPolicyOutput&) {
  return detach_from(cx, EntityKind::user, in.UserName, in.PolicyArn);
}
Result<void> DetachRolePolicy(Context& cx, const svc::DetachRolePolicyRequest& in, svc::DetachRolePolicyOutput&) {
  return detach_from(cx, EntityKind::role, in.RoleName, in.PolicyArn);
}
Result<void> ListAttachedUserPolicies(Context& cx, const svc::ListAttachedUserPoliciesRequest& in, svc::ListAttachedUserPoliciesResponse& out) {
  return list_attached(cx, EntityKind::user, in.UserName, in, out);
}
Result<void> ListAttachedRolePolicies(Context& cx, const svc::ListAttachedRolePoliciesRequest& in, svc::ListAttachedRolePoliciesResponse& out) {
  return list_attached(cx, EntityKind::role, in.RoleName, in, out);
}
Result<void> AttachGroupPolicy(Context& cx, const svc::AttachGroupPolicyRequest& in, svc::AttachGroupPolicyOutput&) {
  return attach_to(cx, EntityKind::group, in.GroupName, in.PolicyArn);
}
Result<void> DetachGroupPolicy(Context& cx, const svc::DetachGroupPolicyRequest& in, svc::DetachGroupPolicyOutput&) {
  return detach_from(cx, EntityKind::group, in.GroupName, in.PolicyArn);
}
Result<void> ListAttachedGroupPolicies(Context& cx, const svc::ListAttachedGroupPoliciesRequest& in, svc::ListAttachedGroupPoliciesResponse& out) {
  return list_attached(cx, EntityKind::group, in.GroupName, in, out);
}
Result<void> PutUserPermissionsBoundary(Context& cx, const svc::PutUserPermissionsBoundaryRequest& in, svc::PutUserPermissionsBoundaryOutput&) {
  return put_boundary(cx, EntityKind::user, in.UserName, in.PermissionsBoundary);
}
Result<void> PutRolePermissionsBoundary(Context& cx, const svc::PutRolePermissionsBoundaryRequest& in, svc::PutRolePermissionsBoundaryOutput&) {
  return put_boundary(cx, EntityKind::role, in.RoleName, in.PermissionsBoundary);
}
Result<void> DeleteUserPermissionsBoundary(Context& cx, const svc::DeleteUserPermissionsBoundaryRequest& in, svc::DeleteUserPermissionsBoundaryOutput&) {
  return delete_boundary(cx, EntityKind::user, in.UserName);
}
Result<void> DeleteRolePermissionsBoundary(Context& cx, const svc::DeleteRolePermissionsBoundaryRequest& in, svc::DeleteRolePermissionsBoundaryOutput&) {
  return delete_boundary(cx, EntityKind::role, in.RoleName);
}

namespace {

void add_user_of_policy(Context& cx, const Entity& e, svc::ListEntitiesForPolicyResponse& out) {
  switch (e.kind) {
    case EntityKind::user: {
      auto& to = out.PolicyUsers.add(cx.arena());
      to.UserName = cx.str(e.name);
      to.UserId = cx.str(e.id);
      return;
    }
    case EntityKind::role: {
      auto& to = out.PolicyRoles.add(cx.arena());
      to.RoleName = cx.str(e.name);
      to.RoleId = cx.str(e.id);
      return;
    }
    case EntityKind::group: {
      auto& to = out.PolicyGroups.add(cx.arena());
      to.GroupName = cx.str(e.name);
      to.GroupId = cx.str(e.id);
      return;
    }
  }
}

/// EntityFilter names kinds of entity; the two on managed policies name none.
bool wanted_kind(std::string_view filter, std::string_view kind) {
  auto k = kind_of(kind);
  return filter.empty() || (k && kind_title(*k) == filter);
}

}  // namespace

// One row per entity, however it uses the policy; users, roles and groups share the page.
Result<void> ListEntitiesForPolicy(Context& cx, const svc::ListEntitiesForPolicyRequest& in, svc::ListEntitiesForPolicyResponse& out) {
  FB_ASSIGN(name, parse_policy_arn(in.PolicyArn));
  Marker after;
  if (in.Marker) {
    FB_ASSIGN(m, parse_marker(in.Marker));
    after = std::move(m);  // kind, lower-case name
  }
  const std::string_view filter = in.EntityFilter.view(), usage = in.PolicyUsageFilter.view();
  out.PolicyGroups.reserve(cx.arena(), 1);
  out.PolicyUsers.reserve(cx.arena(), 1);
  out.PolicyRoles.reserve(cx.arena(), 1);
  Result<void> result;
  cx.read([&](store::Reader& reader) {
    if (!usable_policy(reader, cx.scope(), name)) { result = fail(no_such_policy(in.PolicyArn)); return; }
    store::Key all = store::key(cx.scope().global(), kAttachments, in.PolicyArn.view());
    store::Key from = in.Marker ? store::key(cx.scope().global(), kAttachments, in.PolicyArn.view(), after.first, after.second).after_prefix() : all;
    std::vector<std::pair<std::string, std::string>> rows;  // kind, name
    const size_t limit = page_size(in.MaxItems);
    reader.scan(from, all.after_prefix(), store::Order::ascending, [&](std::string_view key, std::string_view, store::Version) {
      auto parts = store::key_parts(key);
      std::string_view kind = parts.at(1), use = parts.at(3);
      if (!wanted_kind(filter, kind)) return true;
      if ((usage == "PermissionsPolicy" && use != "attached") || (usage == "PermissionsBoundary" && use != "boundary")) return true;
      if (!rows.empty() && rows.back().first == kind && rows.back().second == parts.at(2)) return true;
      rows.emplace_back(kind, parts.at(2));
      return rows.size() <= limit;
    });
    bool more = rows.size() > limit;
    if (more) rows.pop_back();
    for (const auto& [kind, entity] : rows) {
      auto e = find_entity(reader, cx.scope(), kind_of(kind).value(), entity);
      if (e && e->path.starts_with(in.PathPrefix.value_or("/"))) add_user_of_policy(cx, *e, out);
    }
    end_page(cx, out, more, more ? make_marker(rows.back().first, rows.back().second) : std::string());
  });
  return result;
}

}  // namespace fogbank::iam
