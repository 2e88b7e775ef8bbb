// Secrets Manager's errors with the real texts. Sources: recorded answers; API reference. Pure functions.
#pragma once
#include <string>
#include <string_view>

#include "base/error.h"

namespace fogbank::secretsmanager {

ApiError secret_not_found();                                   ///< Secrets Manager can't find the specified secret.
ApiError version_not_found(std::string_view id);               ///< … secret value for VersionId: x
ApiError stage_not_found(std::string_view label);              ///< … secret value for staging label: x
ApiError marked_for_deletion();
ApiError already_scheduled();
ApiError secret_exists(std::string_view name);
ApiError token_in_use(std::string_view token, std::string_view arn);
ApiError invalid_name();
ApiError invalid_parameter(std::string message);
ApiError invalid_request(std::string message);
ApiError limit_exceeded(std::string message);
ApiError invalid_next_token();
ApiError encryption_failure();
ApiError decryption_failure();
ApiError kms_denied();                                         ///< Access to KMS is not allowed
ApiError default_key_is_not_shared();
/// The record changed between the decision and the handler; the client tries again.
ApiError changed_meanwhile();
/// 501, naming what is not served.
ApiError not_served(std::string_view what);

}  // namespace fogbank::secretsmanager
