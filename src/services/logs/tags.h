// Rules of tags of log groups. Source: API reference, TagResource. Pure functions.
#pragma once
#include <map>
#include <string>

#include "base/arena.h"
#include "base/error.h"

namespace fogbank::logs {

inline constexpr size_t kMaxTags = 50;

/// Keys that begin with aws: are AWS's. The model checks lengths and characters.
Result<void> check_tags(const Map<Str>& tags);
/// Adds and overwrites; false if they become too many.
bool add_tags(std::map<std::string, std::string>& to, const Map<Str>& tags);

}  // namespace fogbank::logs
