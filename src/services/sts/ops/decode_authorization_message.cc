// DecodeAuthorizationMessage: https://docs.aws.amazon.com/STS/latest/APIReference/API_DecodeAuthorizationMessage.html
// Only EC2's denials carry encoded messages on AWS, and nothing here encodes one; so there is no text that could be decoded.
#include "gateway/context.h"
#include "gen/sts/operations.h"

namespace fogbank::sts {

Result<void> DecodeAuthorizationMessage(Context&, const svc::DecodeAuthorizationMessageRequest&, svc::DecodeAuthorizationMessageResponse&) {
  return fail("InvalidAuthorizationMessageException", "Failed to decode the authorization message: it was not encoded by this service.");
}

}  // namespace fogbank::sts
