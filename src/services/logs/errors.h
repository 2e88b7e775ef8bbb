// CloudWatch Logs's errors with the real texts. Sources: recorded answers; API reference; reports of users. Pure functions.
#pragma once
#include <string>
#include <string_view>

#include "base/error.h"

namespace fogbank::logs {

ApiError no_such_group();                          ///< The specified log group does not exist.
ApiError no_such_stream();                         ///< The specified log stream does not exist.
ApiError group_exists();
ApiError stream_exists();
ApiError invalid_parameter(std::string message);
ApiError invalid_token();                          ///< The specified nextToken is invalid.
ApiError not_found(std::string message);
ApiError limit_exceeded();                         ///< Resource limit exceeded.
/// A key that is not there, disabled, or whose policy does not let CloudWatch Logs use it.
ApiError key_not_usable(std::string_view group_arn);
/// 501, naming what is not served.
ApiError not_served(std::string_view what);

}  // namespace fogbank::logs
