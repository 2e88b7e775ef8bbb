#include "services/sns/errors.h"

#include "base/strings.h"

namespace fogbank::sns {

ApiError invalid(std::string text) { return ApiError("InvalidParameter", cat("Invalid parameter: ", text)); }
ApiError invalid_plain(std::string text) { return ApiError("InvalidParameter", std::move(text)); }
ApiError invalid_value(std::string text) { return ApiError("ParameterValueInvalid", std::move(text)); }
ApiError topic_does_not_exist() { return ApiError("NotFound", "Topic does not exist", 404); }
ApiError subscription_does_not_exist() { return ApiError("NotFound", "Subscription does not exist", 404); }
ApiError resource_not_found() { return ApiError("ResourceNotFound", "Resource does not exist", 404); }
ApiError authorization_error(std::string text) { return ApiError("AuthorizationError", std::move(text), 403); }
ApiError not_served(std::string_view what) { return ApiError("NotImplemented", cat(what, " is not served by Fogbank."), 501); }
ApiError batch_error(const char* code, std::string text) { return ApiError(code, std::move(text)); }

ApiError kms_error(ApiError error) {
  struct { const char *from, *to; int status; } constexpr kCodes[] = {
      {"NotFoundException", "KMSNotFound", 400},          {"DisabledException", "KMSDisabled", 400},
      {"KMSInvalidStateException", "KMSInvalidState", 400}, {"InvalidKeyUsageException", "KMSInvalidState", 400},
      {"AccessDeniedException", "KMSAccessDenied", 400},  {"AccessDenied", "KMSAccessDenied", 400}, {"AuthorizationError", "KMSAccessDenied", 400}};
  for (const auto& c : kCodes) {
    if (error.code != c.from) continue;
    error.code = c.to;
    error.status = c.status;
    break;
  }
  return error;
}

ApiError damaged(std::string_view what) { return ApiError("InternalError", cat("A stored ", what, " is damaged."), 500); }

}  // namespace fogbank::sns
