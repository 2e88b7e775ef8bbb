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
/// Stores the `n`-th message of this transaction. Refuses what is larger than the queue takes.
Result<void> send(store::Txn& tx, const Sending& s, const Draft& draft, std::string_view message_id, size_t n);
/// After the sends of a transaction: sees to it that expired messages will be swept one day, and wakes receivers.
void after_send(store::Txn& tx, const Sending& s);

/// A message that the newest receive's handle leads to.
struct InFlight {
  Place place;
  Message message;
};
std::optional<InFlight> find_in_flight(store::Txn& tx, const Scope& scope, const Queue& queue, const ReceiptHandle& handle, Millis now);
/// Erases the message that a handle leads to; does nothing if the handle is out of date.
void erase_by_handle(store::Txn& tx, const Scope& scope, const ReceiptHandle& handle);
/// Erases a message's records.
void erase_message(store::Txn& tx, const Scope& scope, uint64_t queue_id, Place place, bool moved, bool apart);
/// Puts a message's record at another place.
void move_message(store::Txn& tx, const Scope& scope, uint64_t queue_id, Place from, Place to, const Message& message);
/// Checks a handle's form and queue.
Result<ReceiptHandle> read_handle(Str text, const Queue& queue);

}  // namespace fogbank::sqs
