// Taking messages from a queue within a transaction: ReceiveMessage's inside, for both types of queues.
//
// A standard queue gives what is visible, first visible first; a FIFO queue gives the first messages of groups that are ready (fifo.h), of
// one group as many as it can before the next. Messages that were received too often go to the dead-letter queue in passing, what is purged
// or expired is dropped; both are bounded per transaction, so a take may find nothing and say that there is more to look at.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "services/sqs/fifo.h"
#include "services/sqs/sealing.h"
#include "services/sqs/state.h"

namespace fogbank::sqs {

struct Taken {
  Place place;       ///< where it is now
  Message message;   ///< with its content, which may be sealed
};

struct Takings {
  uint64_t queue_id = 0;
  bool fifo = false;
  std::vector<Taken> messages;
  std::optional<Millis> next;   ///< when something that is hidden can be received
  bool more = false;            ///< stopped before the end because there was so much to clear away
  bool unopened = false;        ///< stopped at a message whose data key is not open: decide again
};

/// What a receive asks for.
struct Wish {
  size_t max = 1;
  std::optional<int64_t> visibility;   ///< seconds; else the queue's
  std::string_view attempt_id;         ///< FIFO: ReceiveRequestAttemptId; empty: none
};

/// Takes up to `wish.max` messages of queue `name` in the call's scope and hides them. Only what `opened` can open is taken.
Result<Takings> take(Context& cx, store::Txn& tx, std::string_view name, const Wish& wish, Opened& opened);

/// Visits the messages that would be received next, at most ten.
void peek(store::Reader& reader, const FifoChange& c, const std::function<void(const Message&)>& visit);

}  // namespace fogbank::sqs
