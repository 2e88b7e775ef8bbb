// Patterns of the model, compiled when first used and kept for ever (some hundreds, 10–100 µs each). Thread-safe.
#pragma once
#include <string_view>

#include "wire/model.h"

namespace fogbank::wire {

/// True if the whole text matches, or if the pattern is not checked here.
bool matches_pattern(const Constraints& constraints, std::string_view text);

}  // namespace fogbank::wire
