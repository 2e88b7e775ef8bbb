// How many messages a queue holds, and how. Counting means to read them; it is done without holding a snapshot for long, so that it is
// about right while messages come and go. Any thread, outside of read and write.
#pragma once
#include "services/sqs/state.h"

namespace fogbank::sqs {

struct Counts { int64_t visible = 0, in_flight = 0, delayed = 0; };
Counts count_messages(store::Store& store, const Scope& scope, const Queue& queue, Millis now);

}  // namespace fogbank::sqs
