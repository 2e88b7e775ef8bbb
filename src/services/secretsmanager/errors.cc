#include "services/secretsmanager/errors.h"

#include "base/strings.h"

namespace fogbank::secretsmanager {
namespace {
ApiError not_found(std::string message) { return {"ResourceNotFoundException", std::move(message)}; }
}  // namespace

ApiError secret_not_found() { return not_found("Secrets Manager can't find the specified secret."); }
ApiError version_not_found(std::string_view id) { return not_found(cat("Secrets Manager can't find the specified secret value for VersionId: ", id)); }
ApiError stage_not_found(std::string_view label) { return not_found(cat("Secrets Manager can't find the specified secret value for staging label: ", label)); }
ApiError marked_for_deletion() { return invalid_request("You can't perform this operation on the secret because it was marked for deletion."); }
ApiError already_scheduled() { return invalid_request("You can't perform this operation on the secret because it was already scheduled for deletion."); }
ApiError secret_exists(std::string_view name) { return {"ResourceExistsException", cat("The operation failed because the secret ", name, " already exists.")}; }
ApiError token_in_use(std::string_view token, std::string_view arn) {
  return {"ResourceExistsException", cat("You can't use ClientRequestToken ", token, " because that value is already in use for a version of secret ", arn, ".")};
}
ApiError invalid_name() {
  return {"ValidationException", "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!"};
}
ApiError invalid_parameter(std::string message) { return {"InvalidParameterException", std::move(message)}; }
ApiError invalid_request(std::string message) { return {"InvalidRequestException", std::move(message)}; }
ApiError limit_exceeded(std::string message) { return {"LimitExceededException", std::move(message)}; }
ApiError invalid_next_token() { return {"InvalidNextTokenException", "The NextToken value is invalid."}; }
ApiError encryption_failure() {
  return {"EncryptionFailure", "Secrets Manager can't encrypt the protected secret text using the provided KMS key. Check that the KMS key is available, enabled, and not in an invalid state."};
}
ApiError decryption_failure() { return {"DecryptionFailure", "Secrets Manager can't decrypt the protected secret text using the provided KMS key."}; }
ApiError kms_denied() { return {"AccessDeniedException", "Access to KMS is not allowed"}; }
ApiError default_key_is_not_shared() {
  return invalid_request("You can't access a secret from a different AWS account if you encrypt the secret with the default KMS service key.");
}
ApiError changed_meanwhile() { return {"ServiceUnavailable", "The secret changed while the request was under way. Please try again.", 503}; }
ApiError not_served(std::string_view what) { return {"NotImplemented", cat(what, " is not served by Fogbank."), 501}; }

}  // namespace fogbank::secretsmanager
