#include "services/lambda/errors.h"

#include "base/strings.h"

namespace fogbank::lambda {
namespace {
ApiError user_error(const char* code, std::string message, int status) { return ApiError(code, std::move(message), status).with("Type", "User"); }
}  // namespace

ApiError invalid_parameter(std::string m) { return user_error("InvalidParameterValueException", std::move(m), 400); }
ApiError invalid_limit(std::string message) { return ApiError("InvalidParameterValueException", std::move(message), 400).with("Type", ""); }
ApiError not_found(std::string m) { return user_error("ResourceNotFoundException", std::move(m), 404); }
ApiError conflict(std::string m) { return user_error("ResourceConflictException", std::move(m), 409); }
ApiError precondition_failed(std::string m) { return user_error("PreconditionFailedException", std::move(m), 412); }
ApiError function_not_found(std::string_view arn) { return not_found(cat("Function not found: ", arn)); }
ApiError resource_missing() { return not_found("The resource you requested does not exist."); }
ApiError wrong_revision(std::string_view to_call) {
  return precondition_failed(cat("The Revision Id provided does not match the latest Revision Id. Call the ", to_call, " API to retrieve the latest Revision Id"));
}
ApiError validation(std::string constraint) { return ApiError("ValidationException", cat("1 validation error detected: ", constraint)); }
ApiError request_too_large(int64_t limit, std::string_view operation) {
  return ApiError("RequestEntityTooLargeException", cat("Request must be smaller than ", limit, " bytes for the ", operation, " operation"), 413);
}
ApiError not_implemented(std::string_view what) { return ApiError("NotImplemented", cat(what, " is not implemented."), 501); }
ApiError recursive() {
  return user_error("RecursiveInvocationException", "Lambda has detected your function being invoked in a recursive loop with other AWS resources and stopped your function's invocation.", 400);
}
ApiError throttled(std::string reason) { return user_error("TooManyRequestsException", "Rate Exceeded.", 429).with("Reason", std::move(reason)); }

}  // namespace fogbank::lambda
