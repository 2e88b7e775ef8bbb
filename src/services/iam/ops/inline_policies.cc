// PutUserPolicy, GetUserPolicy, ListUserPolicies, DeleteUserPolicy and the same of roles and groups: policies embedded in an entity.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutRolePolicy.html and the like
#include "auth/policy/document.h"
#include "base/strings.h"
#include "gateway/context.h"
#include "gen/iam/operations.h"
#include "services/iam/answers.h"
#include "services/iam/entities.h"
#include "services/iam/paging.h"
#include "services/iam/service_linked_roles.h"

namespace fogbank::iam {
namespace {

ApiError no_such_inline(EntityKind kind, std::string_view name) {
  return no_such_entity(cat("The ", kind_name(kind), " policy with name ", name, " cannot be found."));
}

auto find_ref(Entity& e, std::string_view name) {
  return std::lower_bound(e.inline_policies.begin(), e.inline_policies.end(), name, [](const InlineRef& r, std::string_view n) { return r.name < n; });
}

/// Sizes of all inline policies of the entity count together; a policy put again counts once.
Result<void> put(Context& cx, EntityKind kind, std::string_view entity, std::string_view name, std::string_view document) {
  return cx.write([&](store::Txn& tx) -> Result<void> {
    FB_ASSIGN(e, get_entity(tx, cx.scope(), kind, entity));
    FB_TRY(check_modifiable(e));
    FB_TRY(policy::compile(document, policy::PolicyKind::identity, {policy::Dialect::iam, cx.scope().partition.str()}));
    auto at = find_ref(e, name);
    if (at == e.inline_policies.end() || at->name != name) at = e.inline_policies.insert(at, {std::string(name), 0});
    at->size = int64_t(policy::quota_size(document));
    int64_t total = 0, limit = inline_size(kind);
    for (const InlineRef& r : e.inline_policies) total += r.size;
    if (total > limit) return fail(limit_exceeded(cat("Maximum policy size of ", limit, " bytes exceeded for ", kind_name(kind), " ", e.name)));
    InlinePolicy p;
    p.name = name;
    p.document = document;
    tx.put_record(inline_key(cx.scope(), e.id, name), p);
    put_entity(tx, cx.scope(), e);
    return {};
  });
}

Result<void> erase(Context& cx, EntityKind kind, std::string_view entity, std::string_view name) {
  return cx.write([&](store::Txn& tx) -> Result<void> {
    FB_ASSIGN(e, get_entity(tx, cx.scope(), kind, entity));
    FB_TRY(check_modifiable(e));
    auto at = find_ref(e, name);
    if (at == e.inline_policies.end() || at->name != name) return fail(no_such_inline(kind, name));
    e.inline_policies.erase(at);
    tx.erase(inline_key(cx.scope(), e.id, name));
    put_entity(tx, cx.scope(), e);
    return {};
  });
}

template <class Out> Result<void> get(Context& cx, EntityKind kind, std::string_view entity, std::string_view name, Str& entity_out, Out& out) {
  Result<void> result;
  cx.read([&](store::Reader& reader) {
    auto e = get_entity(reader, cx.scope(), kind, entity);
    if (!e) { result = fail(std::move(e.error())); return; }
    auto p = reader.get_as<InlinePolicy>(inline_key(cx.scope(), e->id, name));
    if (!p) { result = fail(no_such_inline(kind, name)); return; }
    entity_out = cx.str(e->name);
    out.PolicyName = cx.str(p->name);
    out.PolicyDocument = encoded_document(cx, p->document);
  });
  return result;
}

template <class In, class Out> Result<void> list(Context& cx, EntityKind kind, std::string_view entity, const In& in, Out& out) {
  Result<Entity> e;
  cx.read([&](store::Reader& reader) { e = get_entity(reader, cx.scope(), kind, entity); });
  if (!e) return fail(std::move(e.error()));
  out.PolicyNames.reserve(cx.arena(), 1);
  return page_of(cx, in, out, e->inline_policies, [](const InlineRef& r) { return r.name; },
                 [&](const InlineRef& r) { out.PolicyNames.push(cx.arena(), cx.str(r.name)); });
}

}  // namespace

Result<void> PutUserPolicy(Context& cx, const svc::PutUserPolicyRequest& in, svc::PutUserPolicyOutput&) {
  return put(cx, EntityKind::user, in.UserName, in.PolicyName, in.PolicyDocument);
}
Result<void> PutRolePolicy(Context& cx, const svc::PutRolePolicyRequest& in, svc::PutRolePolicyOutput&) {
  return put(cx, EntityKind::role, in.RoleName, in.PolicyName, in.PolicyDocument);
}
Result<void> GetUserPolicy(Context& cx, const svc::GetUserPolicyRequest& in, svc::GetUserPolicyResponse& out) {
  return get(cx, EntityKind::user, in.UserName, in.PolicyName, out.UserName, out);
}
Result<void> GetRolePolicy(Context& cx, const svc::GetRolePolicyRequest& in, svc::GetRolePolicyResponse& out) {
  return get(cx, EntityKind::role, in.RoleName, in.PolicyName, out.RoleName, out);
}
Result<void> ListUserPolicies(Context& cx, const svc::ListUserPoliciesRequest& in, svc::ListUserPoliciesResponse& out) {
  return list(cx, EntityKind::user, in.UserName, in, out);
}
Result<void> ListRolePolicies(Context& cx, const svc::ListRolePoliciesRequest& in, svc::ListRolePoliciesResponse& out) {
  return list(cx, EntityKind::role, in.RoleName, in, out);
}
Result<void> DeleteUserPolicy(Context& cx, const svc::DeleteUserPolicyRequest& in, svc::DeleteUserPolicyOutput&) {
  return erase(cx, EntityKind::user, in.UserName, in.PolicyName);
}
Result<void> DeleteRolePolicy(Context& cx, const svc::DeleteRolePolicyRequest& in, svc::DeleteRolePolicyOutput&) {
  return erase(cx, EntityKind::role, in.RoleName, in.PolicyName);
}
Result<void> PutGroupPolicy(Context& cx, const svc::PutGroupPolicyRequest& in, svc::PutGroupPolicyOutput&) {
  return put(cx, EntityKind::group, in.GroupName, in.PolicyName, in.PolicyDocument);
}
Result<void> GetGroupPolicy(Context& cx, const svc::GetGroupPolicyRequest& in, svc::GetGroupPolicyResponse& out) {
  return get(cx, EntityKind::group, in.GroupName, in.PolicyName, out.GroupName, out);
}
Result<void> ListGroupPolicies(Context& cx, const svc::ListGroupPoliciesRequest& in, svc::ListGroupPoliciesResponse& out) {
  return list(cx, EntityKind::group, in.GroupName, in, out);
}
Result<void> DeleteGroupPolicy(Context& cx, const svc::DeleteGroupPolicyRequest& in, svc::DeleteGroupPolicyOutput&) {
  return erase(cx, EntityKind::group, in.GroupName, in.PolicyName);
}

}  // namespace fogbank::iam
