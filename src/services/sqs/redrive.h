// Redrive policies: which queue takes the messages that were received too often, who may name a queue as such, and the move there.
// Source: API reference of SetQueueAttributes, developer guide "Using dead-letter queues", recorded answers.
//
// A message moves when it would be received once more than maxReceiveCount allows, in the transaction of that receive. It keeps its id, its
// content and the count of its receives; in standard queues also the time it was sent at, while FIFO queues start that anew. A queue whose
// dead-letter queue does not exist any more goes on giving the message out.
#pragma once
#include <string>
#include <string_view>

#include "services/sqs/fifo.h"
#include "services/sqs/messages.h"

namespace fogbank::sqs {

/// Fills policy, target and max_receives from RedrivePolicy; an empty text is none.
Result<void> read_redrive_policy(std::string_view text, Redrive& out, std::string& target_arn);
/// Checks RedriveAllowPolicy.
Result<void> check_redrive_allow_policy(std::string_view text);

/// A queue that is to have a redrive policy.
struct RedriveSource {
  const Scope& scope;
  std::string_view name;
  bool fifo;
};
/// May the queue have this target? It exists, is of the same type, account and Region, and allows it.
Result<void> check_redrive_target(store::Reader& reader, const RedriveSource& source, const Redrive& redrive, std::string_view target_arn);
/// Keeps the list of a dead-letter queue's sources when a queue's target changes; empty: none.
void change_target(store::Txn& tx, const Scope& scope, std::string_view queue, std::string_view from, std::string_view to);

/// True if the message has been received as often as the queue's policy allows.
inline bool exhausted(const Queue& queue, const Message& m) {
  return !queue.redrive.target.empty() && m.receive_count - m.receives_before >= queue.redrive.max_receives;
}

/// Where given-up messages of a transaction go.
struct Target {
  const Scope& scope;
  std::string_view name;
  const Queue& queue;
  Millis now;
  int64_t delay = 0;   ///< seconds; standard queues (a FIFO queue's delay counts from when a message was sent)
};
/// Puts the `n`-th message of this transaction into another queue. Its record and body in the old one are the caller's to erase.
void deliver(store::Txn& tx, const Target& to, Message message, size_t n);
/// Moves a message that its queue gives up. `content`: of a message whose content is apart.
void give_up(store::Txn& tx, const Target& to, std::string_view source_arn, Message message, size_t n);
/// The message with its content, which is apart no longer.
Message with_content(store::Reader& reader, const Scope& scope, uint64_t queue_id, uint64_t seq, Message message);

}  // namespace fogbank::sqs
