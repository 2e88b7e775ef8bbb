// Parameter Store's errors with the real texts. Sources: recorded answers; API reference; user guide. Pure functions.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"

namespace fogbank::ssm {

ApiError validation(std::string message);
ApiError bad_name();                        ///< Parameter name: can't be prefixed with "ssm" …
ApiError bad_selector();                    ///< Invalid parameter name. Please use correct syntax …
ApiError bad_path();                        ///< The parameter doesn't meet the parameter name requirements. …
ApiError too_many_levels();
ApiError parameter_not_found();             ///< AWS gives no text
ApiError version_not_found(uint64_t version, std::string_view name);
ApiError label_not_found(std::string_view label, std::string_view name);
ApiError already_exists();
ApiError too_many_updates();
ApiError invalid_token();
ApiError invalid_resource_id();
/// An error of KMS as Parameter Store words it.
ApiError from_kms(ApiError&& e);
/// 501, naming what is not served.
ApiError not_served(std::string_view what);

}  // namespace fogbank::ssm
