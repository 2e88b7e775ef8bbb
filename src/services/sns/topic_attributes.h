// Attributes of topics: what CreateTopic and SetTopicAttributes take, how they refuse, and what GetTopicAttributes shows. Source: API
// reference of these operations, recorded answers. Pure functions.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/scope.h"
#include "services/sns/state.h"

namespace fogbank::sns {

/// Takes one attribute over into `topic`; Policy into `policy`. `prefix`: "Attributes Reason: " for CreateTopic, else "".
Result<void> set_topic_attribute(Topic& topic, std::optional<std::string>& policy, std::string_view name, std::string_view value, std::string_view prefix,
                                 std::string_view partition);

/// The attributes, in the order of their names. `policy` as it is in force.
std::map<std::string, std::string> topic_attributes(const Scope& scope, const Topic& topic, std::string_view policy);

}  // namespace fogbank::sns
