#include "services/lambda/roles.h"

#include "auth/session_token.h"
#include "base/strings.h"
#include "gateway/core.h"
#include "services/lambda/errors.h"
#include "services/sts/role_sessions.h"

namespace fogbank::lambda {
namespace {

constexpr Millis kSession = 12 * 3600 * 1000;   // as long as AWS's own; environments are replaced before their credentials end

ApiError not_assumable() { return invalid_parameter("The role defined for the function cannot be assumed by Lambda."); }

Result<void> check_trust(Core& core, store::Reader& reader, std::string_view role_arn, std::string_view function_arn, std::string_view account) {
  return sts::check_trust(core, reader, auth::service_principal("lambda.amazonaws.com", function_arn, account), role_arn);
}

}  // namespace

Result<void> check_role(Core& core, store::Reader& reader, std::string_view role_arn, std::string_view function_arn, std::string_view account) {
  auto parts = parse_arn(role_arn);
  if (!parts || parts->account != account) return fail("AccessDeniedException", "Cross-account pass role is not allowed.", 403);
  if (!check_trust(core, reader, role_arn, function_arn, account)) return fail(not_assumable());
  return {};
}

Result<auth::Principal> role_principal(Core& core, store::Reader& reader, std::string_view role_arn, std::string_view function_name) {
  auto session = sts::service_session(core, reader, role_arn, function_name);
  if (!session) return fail(not_assumable());
  return session;
}

Result<auth::Principal> role_principal(Core& core, std::string_view role_arn, std::string_view function_name) {
  Result<auth::Principal> session = fail(not_assumable());
  core.store().read([&](store::Reader& reader) { session = role_principal(core, reader, role_arn, function_name); });
  return session;
}

Result<runtime::RoleCredentials> role_credentials(Core& core, std::string_view role_arn, std::string_view function_arn, std::string_view function_name) {
  Result<auth::Principal> session = fail(not_assumable());
  auto parts = parse_arn(role_arn);
  core.store().read([&](store::Reader& reader) {
    auto trusted = check_trust(core, reader, role_arn, function_arn, parts ? parts->account : std::string_view());
    session = trusted ? role_principal(core, reader, role_arn, function_name) : Result<auth::Principal>(fail(not_assumable()));
  });
  if (!session) return fail(ApiError("AccessDeniedException", "The role defined for the function cannot be assumed by Lambda.", 403).with("Type", "User"));
  FB_ASSIGN(made, core.sessions().make_session(*session, kSession, core.random(), core.now()));
  runtime::RoleCredentials out;
  out.access_key_id = made.access_key_id;
  out.secret_access_key = made.secret;
  out.session_token = made.token;
  out.expires_at = made.expires_at;
  return out;
}

}  // namespace fogbank::lambda
