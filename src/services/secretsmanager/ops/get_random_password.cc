// GetRandomPassword: https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetRandomPassword.html
#include "gateway/context.h"
#include "gen/secretsmanager/operations.h"
#include "services/secretsmanager/passwords.h"

namespace fogbank::secretsmanager {

Result<void> GetRandomPassword(Context& cx, const svc::GetRandomPasswordRequest& in, svc::GetRandomPasswordResponse& out) {
  FB_ASSIGN(password, random_password(cx.random(), in));
  out.RandomPassword = cx.str(password);
  return {};
}

}  // namespace fogbank::secretsmanager
