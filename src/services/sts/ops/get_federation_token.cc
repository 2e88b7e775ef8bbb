// GetFederationToken: https://docs.aws.amazon.com/STS/latest/APIReference/API_GetFederationToken.html
// A federated user may do what its session policies and its issuer's policies both allow; without session policies, nothing but what
// resource policies grant it by its ARN. It knows its issuer by unique id, so it ends with the user.
#include "base/strings.h"
#include "gateway/context.h"
#include "gen/sts/operations.h"
#include "services/sts/issue.h"

namespace fogbank::sts {

Result<void> GetFederationToken(Context& cx, const svc::GetFederationTokenRequest& in, svc::GetFederationTokenResponse& out) {
  const auth::Principal& caller = cx.principal();
  Passed passed = passed_with(in);
  FB_ASSIGN(packed, check_sizes(passed));
  FB_ASSIGN(tags, session_tags({}, passed.tags, {}));
  Result<void> policies;
  cx.read([&](store::Reader& reader) { policies = check_policies(cx.state<iam::Caches>(), reader, cx.caller(), passed); });
  FB_TRY(policies);

  auth::Principal session;
  session.kind = auth::PrincipalKind::federated_user;
  session.partition = caller.partition;
  session.account = caller.account;
  session.name = in.Name;
  session.arn = cat("arn:", caller.partition, ":sts::", caller.account, ":federated-user/", in.Name.view());
  session.user_id = cat(caller.account, ':', in.Name.view());
  session.role_arn = caller.arn;
  if (caller.kind == auth::PrincipalKind::user) session.issuer_id = caller.user_id;
  session.development = caller.development;
  session.session_tags = std::move(tags.tags);
  std::optional<int64_t> asked;
  if (in.DurationSeconds) asked = *in.DurationSeconds;
  FB_TRY(issue(cx, session, passed, user_duration(caller, asked), out.Credentials));
  auto& user = cx.make(out.FederatedUser);
  user.FederatedUserId = cx.str(session.user_id);
  user.Arn = cx.str(session.arn);
  if (!passed.nothing()) out.PackedPolicySize = packed;
  return {};
}

}  // namespace fogbank::sts
