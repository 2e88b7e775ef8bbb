// Sending a text to a queue, a topic or a function as the function's role: destinations and dead-letter targets.
#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "auth/principal.h"
#include "gateway/tasks.h"

namespace fogbank::lambda {

using MessageAttributes = std::vector<std::pair<std::string, std::string>>;

/// A refusal by the receiver is final, as on AWS, and logged; what may pass is an error, for the task to try again.
Result<void> deliver(TaskContext& cx, int step, const auth::Principal& role, const std::string& arn, std::string_view text, const MessageAttributes& attributes);

}  // namespace fogbank::lambda
