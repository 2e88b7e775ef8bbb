#include "services/logs/errors.h"

#include "base/strings.h"

namespace fogbank::logs {

ApiError not_found(std::string message) { return {"ResourceNotFoundException", std::move(message)}; }
ApiError no_such_group() { return not_found("The specified log group does not exist."); }
ApiError no_such_stream() { return not_found("The specified log stream does not exist."); }
ApiError group_exists() { return {"ResourceAlreadyExistsException", "The specified log group already exists"}; }
ApiError stream_exists() { return {"ResourceAlreadyExistsException", "The specified log stream already exists"}; }
ApiError invalid_parameter(std::string message) { return {"InvalidParameterException", std::move(message)}; }
ApiError invalid_token() { return invalid_parameter("The specified nextToken is invalid."); }
ApiError limit_exceeded() { return {"LimitExceededException", "Resource limit exceeded."}; }
ApiError key_not_usable(std::string_view group_arn) {
  return {"AccessDeniedException", cat("The specified KMS key does not exist or is not allowed to be used with Arn '", group_arn, "'")};
}
ApiError not_served(std::string_view what) { return {"NotImplemented", cat(what, " is not served by Fogbank."), 501}; }

}  // namespace fogbank::logs
