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

/// What the role may not call of it to send there ("SendMessage", "Publish", "InvokeFunction"), as its policies and the receiver's stand now; null: nothing
/// is in the way. For refusals at once: the delivery itself is decided when it is made.
const char* missing_permission(Core& core, store::Reader& reader, const auth::Principal& role, std::string_view arn);
/// The refusal of a destination that the function's role may not send to.
Result<void> check_destination_access(Core& core, store::Reader& reader, std::string_view role_arn, std::string_view function, std::string_view arn);
/// The refusal of a dead-letter target that it may not send to.
Result<void> check_dead_letter_access(Core& core, store::Reader& reader, std::string_view role_arn, std::string_view function, std::string_view arn);

}  // namespace fogbank::lambda
