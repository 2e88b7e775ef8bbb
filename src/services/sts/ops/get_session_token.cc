// GetSessionToken: https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html
// The caller itself, for a time. Without MFA such a session is unknown to IAM, and STS answers it AssumeRole and GetCallerIdentity only.
#include "gateway/context.h"
#include "gen/sts/operations.h"
#include "services/sts/issue.h"

namespace fogbank::sts {

Result<void> GetSessionToken(Context& cx, const svc::GetSessionTokenRequest& in, svc::GetSessionTokenResponse& out) {
  const auth::Principal& caller = cx.principal();
  FB_TRY(refuse_sessions(caller, "GetSessionToken"));
  if (in.SerialNumber || in.TokenCode)
    return fail("AccessDenied", "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user.", 403);
  std::optional<int64_t> asked;
  if (in.DurationSeconds) asked = *in.DurationSeconds;
  return issue(cx, caller, {}, user_duration(caller, asked), out.Credentials);
}

}  // namespace fogbank::sts
