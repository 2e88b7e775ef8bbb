// The decisions of STS. Assuming a role: the role's trust policy is its resource policy, without which nothing is allowed; so a role that
// does not exist is "access denied". Where a session carries tags or a source identity, sts:TagSession and sts:SetSourceIdentity are
// decided too. Which credentials may call at all is no matter of policies and comes first.
#include "gateway/authorise.h"

#include "base/strings.h"
#include "gateway/core.h"
#include "gen/sts/operations.h"
#include "services/iam/caches.h"
#include "services/sts/session.h"

namespace fogbank::sts {
namespace {

using Keys = std::map<std::string, std::vector<std::string>>;

/// Key values of AssumeRole, the same for each of its decisions.
Keys assume_role_keys(const auth::Principal& caller, const svc::AssumeRoleRequest& in) {
  Keys keys;
  if (in.RoleSessionName) keys["sts:rolesessionname"] = {std::string(in.RoleSessionName)};
  if (in.ExternalId) keys["sts:externalid"] = {std::string(in.ExternalId)};
  if (in.SourceIdentity) keys["sts:sourceidentity"] = {std::string(in.SourceIdentity)};
  else if (!caller.source_identity.empty()) keys["sts:sourceidentity"] = {caller.source_identity};
  for (const Str& key : in.TransitiveTagKeys) keys["sts:transitivetagkeys"].emplace_back(key);
  return keys;
}

/// Key values of a web identity: its tags are in its token, not in the request.
Keys web_identity_keys(const auth::Principal& who, const svc::AssumeRoleWithWebIdentityRequest& in) {
  Keys keys;
  if (in.RoleSessionName) keys["sts:rolesessionname"] = {std::string(in.RoleSessionName)};
  if (!who.source_identity.empty()) keys["sts:sourceidentity"] = {who.source_identity};
  for (const auto& key : who.transitive_tags) keys["sts:transitivetagkeys"].push_back(key);
  for (const auto& [key, value] : who.session_tags) {
    keys["aws:tagkeys"].push_back(key);
    keys[cat("aws:requesttag/", lower(key))] = {value};
  }
  return keys;
}

/// Moves the call to the role's account, and adds the role's tags.
void target_role(AuthoriseContext& cx, std::string_view arn, Keys& keys) {
  auto parsed = parse_arn(arn);
  if (is_account_id(parsed->account)) cx.set_target({Partition(parsed->partition), AccountId(parsed->account), Region()});
  auto role = iam::role_by_arn(cx.core().state<iam::Caches>(), cx.reader(), arn);
  if (role) for (const iam::Tag& t : role->role->tags) keys[cat("iam:resourcetag/", lower(t.key))] = {t.value};
}

}  // namespace

Result<void> assume_role(AuthoriseContext& cx, const wire::View& in) {
  const auto& request = in.as<svc::AssumeRoleRequest>();
  std::string_view arn = request.RoleArn;
  const auth::Principal& caller = cx.principal();
  FB_TRY(check_role_arn(arn));
  if (caller.kind == auth::PrincipalKind::root) return fail("AccessDenied", "Roles may not be assumed by root accounts.", 403);
  if (caller.kind == auth::PrincipalKind::federated_user)
    return fail("AccessDenied", cat("User: ", caller.arn, " is not authorized to perform: sts:AssumeRole on resource: ", arn), 403);
  Keys keys = assume_role_keys(caller, request);
  target_role(cx, arn, keys);
  cx.require("sts:AssumeRole", arn).keys = keys;
  if (!request.Tags.empty() || !inherited_tags(caller).empty()) cx.require("sts:TagSession", arn).keys = keys;
  if (keys.contains("sts:sourceidentity")) cx.require("sts:SetSourceIdentity", arn).keys = keys;
  return {};
}

Result<void> assume_role_with_web_identity(AuthoriseContext& cx, const wire::View& in) {
  const auto& request = in.as<svc::AssumeRoleWithWebIdentityRequest>();
  const auth::Principal& who = cx.principal();
  Keys keys = web_identity_keys(who, request);
  target_role(cx, request.RoleArn, keys);
  auto require = [&](std::string_view action) {
    Requirement& need = cx.require(action, request.RoleArn);
    need.keys = keys;
    need.denial = cat("Not authorized to perform ", action);
  };
  require("sts:AssumeRoleWithWebIdentity");
  if (!who.session_tags.empty()) require("sts:TagSession");
  if (!who.source_identity.empty()) require("sts:SetSourceIdentity");
  return {};
}

Result<void> get_federation_token(AuthoriseContext& cx, const wire::View& in) {
  FB_TRY(refuse_sessions(cx.principal(), "GetFederationToken"));
  const auto& request = in.as<svc::GetFederationTokenRequest>();
  std::string arn = make_arn(cx.target().global(), "sts", cat("federated-user/", request.Name.view()));
  cx.require("sts:GetFederationToken", arn);
  if (!request.Tags.empty()) cx.require("sts:TagSession", arn);
  return {};
}

Result<void> long_term_or_role(AuthoriseContext& cx, const wire::View&) {
  std::string_view operation = cx.action().substr(cx.action().find(':') + 1);
  if (cx.principal().kind != auth::PrincipalKind::role_session) FB_TRY(refuse_sessions(cx.principal(), operation));
  cx.require(cx.action(), "*");
  return {};
}

Result<void> load_resource(AuthoriseContext& cx, std::string_view arn, ResourceInfo& out) {
  if (parse_arn(arn)->service != "iam") return {};  // federated users have no policy of their own
  out.policy_required = true;
  out.policy_name = arn;
  auto role = iam::role_by_arn(cx.core().state<iam::Caches>(), cx.reader(), arn);
  if (!role) {
    out.policy = iam::trust_nobody();  // so that the denial reads like that of a role which trusts others
    return {};
  }
  out.owner_account = role->scope.account.str();
  out.policy = role->trust;
  for (const iam::Tag& t : role->role->tags) out.tags.emplace(t.key, t.value);
  return {};
}

}  // namespace fogbank::sts
