// AssumeRole: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
// The decision was made before (authorise.cc).
#include "base/strings.h"
#include "gateway/context.h"
#include "gen/sts/operations.h"
#include "services/iam/caches.h"
#include "services/sts/issue.h"

namespace fogbank::sts {

Result<void> AssumeRole(Context& cx, const svc::AssumeRoleRequest& in, svc::AssumeRoleResponse& out) {
  const auth::Principal& caller = cx.principal();
  if (in.SerialNumber || in.TokenCode)
    return fail("AccessDenied", "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user.", 403);
  if (!in.ProvidedContexts.empty()) return fail("NotImplemented", "ProvidedContexts of AssumeRole is not served by Fogbank.", 501);
  std::string source_identity = in.SourceIdentity ? std::string(in.SourceIdentity) : caller.source_identity;
  if (!caller.source_identity.empty() && source_identity != caller.source_identity)
    return fail("AccessDenied", "The source identity of a session cannot be changed by role chaining.", 403);
  Passed passed = passed_with(in);
  FB_ASSIGN(packed, check_sizes(passed));
  std::vector<std::string> transitive;
  for (const auto& k : in.TransitiveTagKeys) transitive.emplace_back(k);
  FB_ASSIGN(tags, session_tags(caller, passed.tags, transitive));
  iam::Caches& caches = cx.core().state<iam::Caches>();
  std::optional<iam::RoleByArn> role;
  Result<void> policies;
  cx.read([&](store::Reader& reader) {
    role = iam::role_by_arn(caches, reader, in.RoleArn);
    if (role) policies = check_policies(caches, reader, role->scope, passed);
  });
  if (!role) return fail("AccessDenied", cat("User: ", caller.arn, " is not authorized to perform: sts:AssumeRole on resource: ", in.RoleArn.view()), 403);
  FB_TRY(policies);
  int64_t seconds = in.DurationSeconds.value_or(int32_t(kDefaultDuration));
  FB_TRY(check_duration(seconds, role->role->max_session_s, caller.kind == auth::PrincipalKind::role_session));

  auth::Principal session = role_session(*role, in.RoleSessionName);
  session.source_identity = source_identity;
  session.session_tags = std::move(tags.tags);
  session.transitive_tags = std::move(tags.transitive);
  FB_TRY(issue(cx, session, passed, seconds, out.Credentials));
  auto& user = cx.make(out.AssumedRoleUser);
  user.AssumedRoleId = cx.str(session.user_id);
  user.Arn = cx.str(session.arn);
  if (!passed.nothing()) out.PackedPolicySize = packed;
  if (!session.source_identity.empty()) out.SourceIdentity = cx.str(session.source_identity);
  return {};
}

}  // namespace fogbank::sts
