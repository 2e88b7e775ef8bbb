// Which resource an operation is decided on: users and roles by their ARN with the path that they have, policies by their ARN.
// Source: Service Authorization Reference, "Actions, resources, and condition keys for AWS Identity and Access Management".
#include "gateway/authorise.h"

#include "auth/access_keys.h"
#include "base/strings.h"
#include "gateway/core.h"
#include "gen/iam/operations.h"
#include "services/iam/authorise_account.h"
#include "services/iam/caches.h"
#include "services/iam/caller.h"
#include "services/iam/entities.h"
#include "services/iam/oidc.h"
#include "services/iam/service_linked_roles.h"

namespace fogbank::iam {
namespace {

/// Condition keys that come from the entity as it is.
void tag_keys(Requirement& need, const std::vector<Tag>& tags) {
  for (const Tag& t : tags) need.keys[cat("iam:resourcetag/", lower(t.key))] = {t.value};
}
void entity_keys(Requirement& need, const Entity& e, const wire::View& in) {
  tag_keys(need, e.tags);
  if (!e.boundary.empty() && !in.text("PermissionsBoundary")) need.keys["iam:permissionsboundary"] = {e.boundary};
}

void require_entity(AuthoriseContext& cx, const wire::View& in, EntityKind kind, std::string_view name) {
  Caches& caches = cx.core().state<Caches>();
  auto e = caches.entities.get(cx.reader(), entity_key(cx.target(), kind, name));
  std::string arn = e ? entity_arn(cx.target().global(), *e) : entity_arn(cx.target(), kind, "/", name);
  Requirement& need = cx.require(cx.action(), arn);
  need.shown = cat(kind_name(kind), ' ', name);  // as AWS names existing entities in denials: "role x"
  if (e) entity_keys(need, *e, in);
}

void require_renamed(AuthoriseContext& cx, const wire::View& in, EntityKind kind, Str name, Str new_name) {
  require_entity(cx, in, kind, name);
  auto e = cx.core().state<Caches>().entities.get(cx.reader(), entity_key(cx.target(), kind, name));
  std::string_view path = in.text("NewPath").value_or(e ? std::string_view(e->path) : "/");
  cx.require(cx.action(), entity_arn(cx.target().global(), kind, path, new_name.value_or(e ? std::string_view(e->name) : name.view())));
}

Result<void> require_new(AuthoriseContext& cx, const wire::View& in, std::string_view kind, std::string_view name) {
  cx.require(cx.action(), make_arn(cx.target().global(), "iam", cat(kind, in.text("Path").value_or("/"), in.text(name).view())));
  return {};
}

}  // namespace

Result<void> by_user(AuthoriseContext& cx, const wire::View& in) {
  Str given = in.text("UserName");
  const auth::Principal& caller = cx.principal();
  if (!given && (caller.kind != auth::PrincipalKind::user || caller.development)) {
    // No user to name: root, a session (refused by the handler), or the development user, which is not recorded.
    cx.require(cx.action(), caller.kind == auth::PrincipalKind::user ? caller.arn : make_arn(cx.target().global(), "iam", "user/"));
    return {};
  }
  require_entity(cx, in, EntityKind::user, given ? given.view() : std::string_view(caller.name));
  return {};
}

Result<void> by_role(AuthoriseContext& cx, const wire::View& in) {
  require_entity(cx, in, EntityKind::role, in.text("RoleName").view());
  return {};
}

Result<void> by_deletion_task(AuthoriseContext& cx, const wire::View& in) {
  std::string_view role = role_of_deletion(in.text("DeletionTaskId").view());
  if (role.empty()) cx.require(cx.action(), entity_arn(cx.target().global(), EntityKind::role, "/", "*"));  // refused by the handler
  else require_entity(cx, in, EntityKind::role, role);
  return {};
}

Result<void> by_access_key(AuthoriseContext& cx, const wire::View& in) {
  Caches& caches = cx.core().state<Caches>();
  auto key = caches.keys.get(cx.reader(), access_key_key(cx.target(), in.text("AccessKeyId").view()));
  auto owner = key ? find_by_id(cx.reader(), cx.target(), key->user_id) : std::nullopt;
  if (owner) require_entity(cx, in, EntityKind::user, owner->entity.name);
  else cx.require(cx.action(), make_arn(cx.target().global(), "iam", "user/"));
  return {};
}

Result<void> new_user(AuthoriseContext& cx, const wire::View& in) { return require_new(cx, in, "user", "UserName"); }
Result<void> new_role(AuthoriseContext& cx, const wire::View& in) { return require_new(cx, in, "role", "RoleName"); }
Result<void> new_policy(AuthoriseContext& cx, const wire::View& in) {
  FB_TRY(require_new(cx, in, "policy", "PolicyName"));
  cx.requirements().back().shown = cat("policy ", in.text("PolicyName").view());
  return {};
}

Result<void> by_group(AuthoriseContext& cx, const wire::View& in) {
  require_entity(cx, in, EntityKind::group, in.text("GroupName").view());
  return {};
}
Result<void> new_group(AuthoriseContext& cx, const wire::View& in) { return require_new(cx, in, "group", "GroupName"); }

// To give a user or group another name or path takes the right on what it is and on what it becomes.
Result<void> rename_user(AuthoriseContext& cx, const wire::View& in) {
  require_renamed(cx, in, EntityKind::user, in.text("UserName"), in.text("NewUserName"));
  return {};
}
Result<void> rename_group(AuthoriseContext& cx, const wire::View& in) {
  require_renamed(cx, in, EntityKind::group, in.text("GroupName"), in.text("NewGroupName"));
  return {};
}

Result<void> new_instance_profile(AuthoriseContext& cx, const wire::View& in) { return require_new(cx, in, "instance-profile", "InstanceProfileName"); }

Result<void> by_instance_profile(AuthoriseContext& cx, const wire::View& in) {
  std::string_view name = in.text("InstanceProfileName");
  auto p = cx.core().state<Caches>().instance_profiles.get(cx.reader(), instance_profile_key(cx.target(), name));
  Requirement& need = cx.require(cx.action(), instance_profile_arn(cx.target(), p ? p->path : "/", p ? std::string_view(p->name) : name));
  need.shown = cat("instance profile ", name);
  if (p) tag_keys(need, p->tags);
  return {};
}

// Who puts a role into a profile hands it to EC2.
Result<void> add_role_to_instance_profile(AuthoriseContext& cx, const wire::View& in) {
  FB_TRY(by_instance_profile(cx, in));
  std::string_view name = in.text("RoleName");
  auto role = cx.core().state<Caches>().entities.get(cx.reader(), entity_key(cx.target(), EntityKind::role, name));
  Requirement& pass = cx.require("iam:PassRole", role ? entity_arn(cx.target().global(), *role) : entity_arn(cx.target(), EntityKind::role, "/", name));
  pass.keys["iam:passedtoservice"] = {cx.target().partition.str() == "aws-cn" ? "ec2.amazonaws.com.cn" : "ec2.amazonaws.com"};
  if (role) tag_keys(pass, role->tags);
  return {};
}

Result<void> by_policy(AuthoriseContext& cx, const wire::View& in) {
  std::string_view arn = in.text("PolicyArn");
  cx.require(cx.action(), arn).shown = cat("policy ", arn);
  return {};
}

Result<void> list_policies(AuthoriseContext& cx, const wire::View& in) {
  cx.require(cx.action(), "*").shown = cat("policy path ", in.text("PathPrefix").value_or("/"));
  return {};
}

// Tags, and the owner of policies of other accounts. The trust policy of a role speaks for sts:AssumeRole only: see services/sts.
Result<void> load_resource(AuthoriseContext& cx, std::string_view text, ResourceInfo& out) {
  auto arn = parse_arn(text);
  if (!arn || !is_account_id(arn->account)) return {};
  out.owner_account = arn->account;
  Caches& caches = cx.core().state<Caches>();
  Scope scope = account_scope(arn->partition, arn->account);
  std::vector<Tag> tags;
  constexpr std::string_view kProfile = "instance-profile/";
  if (arn->resource.starts_with(kProfile)) {
    std::string_view name = arn->resource.substr(arn->resource.rfind('/') + 1);
    auto p = caches.instance_profiles.get(cx.reader(), instance_profile_key(scope, name));
    if (p && instance_profile_arn(scope, p->path, p->name) == text) tags = p->tags;
  } else if (auto name = parse_entity_resource(arn->resource)) {
    auto e = caches.entities.get(cx.reader(), entity_key(scope, name->kind, name->name));
    if (e && e->path == name->path) tags = e->tags;
    bool password = cx.action() == "iam:ChangePassword" || cx.action() == "iam:GetAccountPasswordPolicy";
    if (e && e->kind == EntityKind::user && password) out.policy = password_permission(cx.reader(), scope, *e);
  } else if (auto policy = parse_policy_arn(text)) {
    auto p = caches.policies.get(cx.reader(), policy_key(scope, policy->name));
    if (p && p->path == policy->path) tags = p->tags;
  } else if (auto provider = oidc_provider_by_arn(cx.reader(), text)) {
    tags = provider->provider.tags;
  }
  for (Tag& t : tags) out.tags.emplace(std::move(t.key), std::move(t.value));
  return {};
}

}  // namespace fogbank::iam
