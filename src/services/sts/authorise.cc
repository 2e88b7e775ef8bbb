// The decisions of AssumeRole: sts:AssumeRole on the role, and sts:TagSession and sts:SetSourceIdentity where the session carries such.
// The role's trust policy is its resource policy, without which nothing is allowed; so a role that does not exist is "access denied".
#include "gateway/authorise.h"

#include "base/strings.h"
#include "gateway/core.h"
#include "gen/sts/operations.h"
#include "services/iam/caches.h"
#include "services/sts/session.h"

namespace fogbank::sts {
namespace {

/// Key values of AssumeRole, the same for each of its decisions.
std::map<std::string, std::vector<std::string>> session_keys(const auth::Principal& caller, const wire::View& in) {
  std::map<std::string, std::vector<std::string>> keys;
  if (Str v = in.text("RoleSessionName")) keys["sts:rolesessionname"] = {std::string(v)};
  if (Str v = in.text("ExternalId")) keys["sts:externalid"] = {std::string(v)};
  if (Str v = in.text("SourceIdentity")) keys["sts:sourceidentity"] = {std::string(v)};
  else if (!caller.source_identity.empty()) keys["sts:sourceidentity"] = {caller.source_identity};
  const auto& request = in.as<svc::AssumeRoleRequest>();
  if (request.DurationSeconds) keys["sts:durationseconds"] = {cat(*request.DurationSeconds)};
  for (const Str& key : request.TransitiveTagKeys) keys["sts:transitivetagkeys"].emplace_back(key);
  return keys;
}

}  // namespace

Result<void> assume_role(AuthoriseContext& cx, const wire::View& in) {
  std::string_view arn = in.text("RoleArn");
  const auth::Principal& caller = cx.principal();
  FB_TRY(check_role_arn(arn));
  if (caller.kind == auth::PrincipalKind::root) return fail("AccessDenied", "Roles may not be assumed by root accounts.", 403);
  auto parsed = parse_arn(arn);
  if (is_account_id(parsed->account)) cx.set_target({Partition(parsed->partition), AccountId(parsed->account), Region()});

  auto keys = session_keys(caller, in);
  auto role = iam::role_by_arn(cx.core().state<iam::Caches>(), cx.reader(), arn);
  if (role) for (const iam::Tag& t : role->role->tags) keys[cat("iam:resourcetag/", lower(t.key))] = {t.value};
  const auto& request = in.as<svc::AssumeRoleRequest>();
  cx.require("sts:AssumeRole", arn).keys = keys;
  if (!request.Tags.empty() || !inherited_tags(caller).empty()) cx.require("sts:TagSession", arn).keys = keys;
  if (keys.contains("sts:sourceidentity")) cx.require("sts:SetSourceIdentity", arn).keys = keys;
  return {};
}

Result<void> load_resource(AuthoriseContext& cx, std::string_view arn, ResourceInfo& out) {
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
