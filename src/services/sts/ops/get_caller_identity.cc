// GetCallerIdentity: https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
// Needs no permission; a valid signature suffices.
#include "gateway/context.h"
#include "gen/sts/operations.h"

namespace fogbank::sts {

Result<void> GetCallerIdentity(Context& cx, const svc::GetCallerIdentityRequest&, svc::GetCallerIdentityResponse& out) {
  const auth::Principal& p = cx.principal();
  out.UserId = cx.str(p.user_id);
  out.Account = cx.str(p.account);
  out.Arn = cx.str(p.arn);
  return {};
}

}  // namespace fogbank::sts
