// May a function's role send what becomes of its events to where it is to go? Asked when a dead-letter target or a destination is set, so that what
// could never be delivered is refused then, as by AWS. Deliveries themselves are decided when they are made. Any thread; nothing is kept.
#pragma once
#include <string_view>

#include "base/error.h"
#include "store/store.h"

namespace fogbank { class Core; }

namespace fogbank::lambda {

struct Sender { std::string_view role_arn, function_name; };

/// Of a DeadLetterConfig: "The provided execution role does not have permissions to call SendMessage on SQS".
Result<void> check_dead_letter_access(Core& core, store::Reader& reader, const Sender& sender, std::string_view target_arn);
/// Of an event invoke configuration: "The function's execution role does not have permissions to call Publish on arn:aws:sns:…".
Result<void> check_destination_access(Core& core, store::Reader& reader, const Sender& sender, std::string_view target_arn);

}  // namespace fogbank::lambda
