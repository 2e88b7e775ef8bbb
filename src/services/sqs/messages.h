// Messages within a transaction: sending, finding by receipt handle, moving, erasing. Used by the operations and tasks.
//
// The hot paths touch as little as they can: a send is one put, a receive erases and puts each message once, a delete reads and erases
// one record. Everything else (moved, body) is touched only where the message's record says that it exists.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "auth/principal.h"
#include "gateway/context.h"
#include "services/sqs/fifo.h"
#include "services/sqs/message_rules.h"
#include "services/sqs/receipt_handle.h"
#include "services/sqs/state.h"

namespace fogbank::sqs {

/// The queue that QueueUrl names, without its scope (which is cx.scope()).
Result<std::string> queue_name(const Context& cx, Str url);
/// The queue's record as the reader sees it, or QueueDoesNotExist.
Result<QueuePtr> find_queue(Context& cx, store::Reader& reader, std::string_view name);
/// The same for a change of the record.
Result<Queue> load_queue(store::Txn& tx, const Scope& scope, std::string_view name);

/// SenderId as receivers see it.
std::string sender_id(const auth::Principal& principal);

/// What one send of a transaction has in common.
struct Sending {
  const Scope& scope;
  std::string_view name;
  const Queue& queue;
  std::string_view sender;
  Millis now;
};
/// What a sender is told of its message; FIFO: of the first message with its deduplication id.
struct Sent {
  std::string message_id;
  uint64_t seq = 0;
  bool stored = true;   ///< false: it was a duplicate
};
/// Stores the `n`-th message of this transaction. Refuses what is larger than the queue takes.
Result<Sent> send(store::Txn& tx, const Sending& s, const Draft& draft, std::string_view message_id, size_t n);
/// After the sends of a transaction: sees to it that expired messages will be swept one day, and wakes receivers.
void after_send(store::Txn& tx, const Sending& s);
/// FIFO: the message has a deduplication id, or its queue makes one of its body.
Result<void> check_dedup(const Queue& queue, bool given);
/// SequenceNumber of a FIFO message: 20 digits.
std::string sequence_number(uint64_t seq);

/// A message that the newest receive's handle leads to.
struct InFlight {
  Place place;
  Message message;
};
/// Standard queues.
std::optional<InFlight> find_in_flight(store::Txn& tx, const Scope& scope, const Queue& queue, const ReceiptHandle& handle, Millis now);
/// FIFO queues: nothing if the message is gone. A handle whose time is over, or that a later receive replaced, is refused.
struct HandleUse {
  const Scope& scope;
  const Queue& queue;
  const ReceiptHandle& handle;
  std::string_view text;
  Millis now;
};
Result<std::optional<Message>> find_fifo_in_flight(store::Txn& tx, const HandleUse& use);
/// Erases the message that a handle leads to. A handle that is out of date does nothing in a standard queue and is refused in a FIFO queue.
Result<void> erase_by_handle(store::Txn& tx, const HandleUse& use);
/// Erases a message's records.
void erase_message(store::Txn& tx, const Scope& scope, uint64_t queue_id, Place place, bool moved, bool apart);
void erase_fifo_message(store::Txn& tx, const Scope& scope, uint64_t queue_id, std::string_view group, uint64_t seq, bool apart);
/// Puts a message's record at another place.
void move_message(store::Txn& tx, const Scope& scope, uint64_t queue_id, Place from, Place to, const Message& message);
/// What a content weighs in the store.
size_t content_bytes(const Content& content);
/// Checks a handle's form and queue.
Result<ReceiptHandle> read_handle(Str text, const Queue& queue);

}  // namespace fogbank::sqs
