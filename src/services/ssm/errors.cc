#include "services/ssm/errors.h"

#include "base/strings.h"

namespace fogbank::ssm {

ApiError validation(std::string message) { return {"ValidationException", std::move(message)}; }
ApiError bad_name() {
  return validation("Parameter name: can't be prefixed with \"ssm\" (case-insensitive). If formed as a path, it can consist of sub-paths divided by slash symbol; "
                    "each sub-path can be formed as a mix of letters, numbers and the following 3 symbols .-_");
}
ApiError bad_selector() {
  return validation("Invalid parameter name. Please use correct syntax for referencing a version/label  <name>:<version/label>");
}
ApiError bad_path() {
  // The backslashes are AWS's.
  return validation("The parameter doesn't meet the parameter name requirements. The parameter name must begin with a forward slash \"/\". It can't be prefixed "
                    "with \\\"aws\\\" or \\\"ssm\\\" (case-insensitive). It must use only letters, numbers, or the following symbols: . (period), - (hyphen), "
                    "_ (underscore). Special characters are not allowed. All sub-paths, if specified, must use the forward slash symbol \"/\". Valid example: "
                    "/get/parameters2-/by1./path0_.");
}
ApiError too_many_levels() {
  return {"HierarchyLevelLimitExceededException", "A hierarchy can have a maximum of 15 levels. For more information, see About requirements and constraints "
          "for parameter names in the AWS Systems Manager User Guide."};
}
ApiError parameter_not_found() { return {"ParameterNotFound", ""}; }
ApiError version_not_found(uint64_t version, std::string_view name) {
  return {"ParameterVersionNotFound", cat("Systems Manager could not find version ", version, " of ", name, ". Verify the version and try again.")};
}
ApiError label_not_found(std::string_view label, std::string_view name) {
  return {"ParameterVersionNotFound", cat("Systems Manager could not find label ", label, " of ", name, ". Verify the label and try again.")};
}
ApiError already_exists() {
  return {"ParameterAlreadyExists", "The parameter already exists. To overwrite this value, set the overwrite option in the request to true."};
}
ApiError too_many_updates() { return {"TooManyUpdates", "There are concurrent updates for a resource that supports one update at a time."}; }
ApiError invalid_token() { return {"InvalidNextToken", "The specified token isn't valid."}; }
ApiError invalid_resource_id() { return {"InvalidResourceId", ""}; }

ApiError from_kms(ApiError&& e) {
  for (std::string_view code : {"NotFoundException", "DisabledException", "KMSInvalidStateException", "InvalidKeyUsageException"})
    if (e.code == code) return {"InvalidKeyId", std::move(e.message)};
  return std::move(e);
}

ApiError not_served(std::string_view what) { return {"NotImplemented", cat(what, " is not served by Fogbank."), 501}; }

}  // namespace fogbank::ssm
