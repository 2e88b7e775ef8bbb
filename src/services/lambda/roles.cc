#include "services/lambda/roles.h"

#include "auth/policy/evaluate.h"
#include "auth/session_token.h"
#include "base/strings.h"
#include "gateway/core.h"
#include "services/iam/caches.h"
#include "services/lambda/errors.h"
#include "services/sts/issue.h"

namespace fogbank::lambda {
namespace {

constexpr Millis kSession = 12 * 3600 * 1000;   // as long as AWS's own; environments are replaced before their credentials end

ApiError not_assumable() { return invalid_parameter("The role defined for the function cannot be assumed by Lambda."); }

std::optional<iam::RoleByArn> find_role(Core& core, std::string_view arn) {
  std::optional<iam::RoleByArn> role;
  core.store().read([&](store::Reader& reader) { role = iam::role_by_arn(core.state<iam::Caches>(), reader, arn); });
  return role;
}

bool trusts_lambda(const iam::RoleByArn& role, std::string_view role_arn, std::string_view function_arn, std::string_view account) {
  static const policy::Action action("sts:AssumeRole");
  policy::Principal lambda = policy::Principal::service("lambda.amazonaws.com");
  policy::ListKeys keys;
  keys.set("aws:sourcearn", function_arn);
  keys.set("aws:sourceaccount", account);
  policy::Request request;
  request.principal = &lambda;
  request.action = &action;
  request.resource = role_arn;
  request.resource_account = role.scope.account.str();
  request.keys = &keys;
  policy::Attached trust{role.trust, std::string(role_arn)};
  auto verdict = policy::apply({&trust, 1}, policy::PolicyType::trust, request);
  return verdict.allow && !verdict.deny;
}

}  // namespace

Result<void> check_role(Core& core, store::Reader& reader, std::string_view role_arn, std::string_view function_arn, std::string_view account) {
  auto parts = parse_arn(role_arn);
  if (!parts || parts->account != account) return fail("AccessDeniedException", "Cross-account pass role is not allowed.", 403);
  auto role = iam::role_by_arn(core.state<iam::Caches>(), reader, role_arn);
  if (!role || !trusts_lambda(*role, role_arn, function_arn, account)) return fail(not_assumable());
  return {};
}

Result<auth::Principal> role_principal(Core& core, std::string_view role_arn, std::string_view function_name) {
  auto role = find_role(core, role_arn);
  if (!role) return fail(not_assumable());
  return sts::role_session(*role, function_name);
}

Result<runtime::RoleCredentials> role_credentials(Core& core, std::string_view role_arn, std::string_view function_arn, std::string_view function_name) {
  auto role = find_role(core, role_arn);
  if (!role || !trusts_lambda(*role, role_arn, function_arn, role->scope.account.str())) {
    return fail(ApiError("AccessDeniedException", "The role defined for the function cannot be assumed by Lambda.", 403).with("Type", "User"));
  }
  FB_ASSIGN(made, core.sessions().make_session(sts::role_session(*role, function_name), kSession, core.random(), core.now()));
  runtime::RoleCredentials out;
  out.access_key_id = made.access_key_id;
  out.secret_access_key = made.secret;
  out.session_token = made.token;
  out.expires_at = made.expires_at;
  return out;
}

}  // namespace fogbank::lambda
