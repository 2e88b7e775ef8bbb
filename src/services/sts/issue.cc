#include "services/sts/issue.h"

#include "auth/policy/document.h"
#include "base/strings.h"

namespace fogbank::sts {

Result<void> check_policies(iam::Caches& caches, store::Reader& reader, const Scope& scope, const Passed& passed) {
  if (!passed.policy.empty()) FB_TRY(policy::compile(passed.policy, policy::PolicyKind::session, {policy::Dialect::iam, scope.partition.str()}));
  for (const auto& arn : passed.policy_arns)
    if (!iam::default_version(caches, reader, scope, arn))
      return fail("MalformedPolicyDocument", cat("Policy ", arn, " does not exist or is not attachable."));
  return {};
}

auth::Principal role_session(const iam::RoleByArn& role, std::string_view session_name) {
  auth::Principal p;
  p.kind = auth::PrincipalKind::role_session;
  p.partition = role.scope.partition.str();
  p.account = role.scope.account.str();
  p.name = role.role->name;
  p.session_name = session_name;
  p.arn = cat("arn:", p.partition, ":sts::", p.account, ":assumed-role/", p.name, '/', session_name);
  p.user_id = cat(role.role->id, ':', session_name);
  p.role_arn = iam::entity_arn(role.scope, *role.role);
  p.service_linked = role.role->service_linked;
  return p;
}

Result<void> issue(Context& cx, auth::Principal session, const Passed& passed, int64_t seconds, Ptr<svc::Credentials>& out) {
  if (!passed.policy.empty()) session.session_policies = {std::string(passed.policy)};
  session.session_policy_arns = passed.policy_arns;
  FB_ASSIGN(made, cx.core().sessions().make_session(std::move(session), seconds * 1000, cx.random(), cx.now()));
  auto& credentials = cx.make(out);
  credentials.AccessKeyId = cx.str(made.access_key_id);
  credentials.SecretAccessKey = cx.str(made.secret);
  credentials.SessionToken = cx.str(made.token);
  credentials.Expiration = made.expires_at;
  return {};
}

}  // namespace fogbank::sts
