// GetAccessKeyInfo: https://docs.aws.amazon.com/STS/latest/APIReference/API_GetAccessKeyInfo.html
// The account is in the id itself (auth/access_keys.h); whether the key is active, or exists at all, does not matter.
#include "auth/access_keys.h"
#include "gateway/context.h"
#include "gen/sts/operations.h"

namespace fogbank::sts {

Result<void> GetAccessKeyInfo(Context& cx, const svc::GetAccessKeyInfoRequest& in, svc::GetAccessKeyInfoResponse& out) {
  auto account = auth::account_of_access_key(in.AccessKeyId);
  if (!account) return fail("InvalidClientTokenId", "The security token included in the request is invalid.", 403);
  out.Account = cx.str(*account);
  return {};
}

}  // namespace fogbank::sts
