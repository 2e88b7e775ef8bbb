// Patterns of the model, compiled when first used and kept for ever (some hundreds, 10–100 µs each), and patterns that users give. Thread-safe.
#pragma once
#include <string_view>

#include "wire/model.h"

namespace fogbank::wire {

/// True if the whole text matches, or if the pattern is not checked here.
bool matches_pattern(const Constraints& constraints, std::string_view text);

/// A regular expression that a user of a service gave (SSM's AllowedPattern): compiled anew each time, in linear time and bounded memory.
enum class UserMatch { yes, no, invalid, unsupported };   ///< unsupported: a look-around or back-reference, which RE2 does not have
UserMatch match_user_pattern(std::string_view pattern, std::string_view text);

}  // namespace fogbank::wire
