// Errors of SNS in its words. Source: API reference, recorded answers.
#pragma once
#include <string>
#include <string_view>

#include "base/error.h"

namespace fogbank::sns {

ApiError invalid(std::string text);                            ///< InvalidParameter, "Invalid parameter: <text>"
ApiError invalid_plain(std::string text);                      ///< InvalidParameter with this text
ApiError invalid_value(std::string text);                      ///< ParameterValueInvalid
ApiError topic_does_not_exist();
ApiError subscription_does_not_exist();
ApiError resource_not_found();
ApiError authorization_error(std::string text);
ApiError not_served(std::string_view what);                    ///< NotImplemented
ApiError batch_error(const char* code, std::string text);
/// What KMS says of a topic's key, as SNS says it.
ApiError kms_error(ApiError error);
ApiError damaged(std::string_view what);

}  // namespace fogbank::sns
