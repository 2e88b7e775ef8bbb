#include "services/kms/errors.h"

#include "base/strings.h"

namespace fogbank::kms {

ApiError key_not_found(std::string_view arn) { return {"NotFoundException", cat("Key '", arn, "' does not exist")}; }
ApiError invalid_key_id(std::string_view given) { return {"NotFoundException", cat("Invalid keyId '", given, "'")}; }
ApiError invalid_arn(std::string_view given) { return {"NotFoundException", cat("Invalid arn ", given)}; }
ApiError alias_not_found(std::string_view arn) { return {"NotFoundException", cat("Alias ", arn, " is not found.")}; }
ApiError disabled(std::string_view arn) { return {"DisabledException", cat(arn, " is disabled.")}; }
ApiError pending_deletion(std::string_view arn) { return invalid_state(cat(arn, " is pending deletion.")); }
ApiError invalid_state(std::string message) { return {"KMSInvalidStateException", std::move(message)}; }
ApiError invalid_usage(std::string_view usage, std::string_view arn, std::string_view operation) {
  return {"InvalidKeyUsageException", cat(arn, " key usage is ", usage, " which is not valid for ", operation, ".")};
}
ApiError incompatible_algorithm(std::string_view algorithm, std::string_view spec) {
  return {"InvalidKeyUsageException", cat("Algorithm ", algorithm, " is incompatible with key spec ", spec, ".")};
}
ApiError invalid_ciphertext() { return {"InvalidCiphertextException", ""}; }
ApiError incorrect_key() { return {"IncorrectKeyException", "The key ID in the request does not identify a CMK that can perform this operation."}; }
ApiError unreachable_key() {
  return {"AccessDeniedException", "The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not allowed to access."};
}
ApiError unsupported(std::string message) { return {"UnsupportedOperationException", std::move(message)}; }
ApiError validation(std::string message) { return {"ValidationException", std::move(message)}; }
ApiError limit_exceeded(std::string message) { return {"LimitExceededException", std::move(message)}; }
ApiError dry_run() { return {"DryRunOperationException", "The request would have succeeded, but the DryRun option is set."}; }
ApiError invalid_marker() { return {"InvalidMarkerException", "Invalid marker provided."}; }
ApiError damaged_material(std::string detail) {
  ApiError e("KMSInternalException", "The request was rejected because an internal exception occurred. The request can be retried.", 500);
  e.detail = std::move(detail);
  return e;
}
ApiError not_served(std::string_view what) { return {"NotImplemented", cat(what, " is not served by Fogbank."), 501}; }

}  // namespace fogbank::kms
