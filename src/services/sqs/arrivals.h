// For what waits for messages of a queue without a connection (Lambda's event source mappings): what to watch, and when to look again.
#pragma once
#include <optional>
#include <string_view>

#include "base/clock.h"
#include "base/scope.h"
#include "store/store.h"

namespace fogbank::sqs {

struct Arrival {
  store::Key key;                  ///< its signal in a commit says that a message may have come, or come back
  std::optional<Millis> next;      ///< when something can be received without such a signal; now or earlier: at once
  int64_t visibility_timeout = 0;  ///< of the queue, seconds
  bool redrives = false;           ///< messages that come back too often go to a dead-letter queue
};
/// Nothing if there is no such queue.
std::optional<Arrival> next_arrival(store::Reader& reader, const Scope& scope, std::string_view queue, Millis now);

}  // namespace fogbank::sqs
