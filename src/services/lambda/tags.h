// Tags of functions and mappings.
#pragma once
#include "base/arena.h"
#include "base/error.h"
#include "services/lambda/state.h"

namespace fogbank::lambda {

inline constexpr size_t kMaxTags = 50;

/// Adds or replaces; "Number of tags exceeds resource tag limit."
Result<void> merge_tags(Tags& tags, const Map<Str>& given);

}  // namespace fogbank::lambda
