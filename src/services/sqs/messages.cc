#include "services/sqs/messages.h"

#include <algorithm>
#include <stdexcept>

#include "base/strings.h"
#include "services/sqs/caches.h"
#include "services/sqs/deduplication.h"
#include "services/sqs/errors.h"
#include "services/sqs/queue_url.h"
#include "services/sqs/tasks.h"

namespace fogbank::sqs {
namespace {

template <class T> T decoded(std::string_view bytes) {
  auto record = decode<T>(bytes);
  if (!record) throw std::runtime_error("a stored message is damaged");
  return std::move(*record);
}

/// The record at the place that the handle names or, after a change of visibility with this very handle, at the place it was moved to.
std::optional<std::pair<Place, store::Item>> item_of(store::Txn& tx, const Scope& scope, const ReceiptHandle& h) {
  if (auto item = tx.get(message_key(scope, h.queue_id, h.place))) return std::pair(h.place, std::move(*item));
  auto moved = tx.get_as<Moved>(moved_key(scope, h.queue_id, h.place.seq));
  if (!moved || moved->nonce != h.nonce) return std::nullopt;
  Place place{moved->visible_at, h.place.seq};
  if (auto item = tx.get(message_key(scope, h.queue_id, place))) return std::pair(place, std::move(*item));
  return std::nullopt;
}

}  // namespace

Result<std::string> queue_name(const Context& cx, Str url) {
  FB_ASSIGN(address, queue_address(cx.request(), url, cx.scope()));
  return std::string(address.name);
}

Result<QueuePtr> find_queue(Context& cx, store::Reader& reader, std::string_view name) {
  QueuePtr queue = cx.state<State>().queues.get(reader, queue_key(cx.scope(), name));
  if (!queue) return fail(queue_does_not_exist());
  return queue;
}

Result<Queue> load_queue(store::Txn& tx, const Scope& scope, std::string_view name) {
  auto queue = tx.get_as<Queue>(queue_key(scope, name));
  if (!queue) return fail(queue_does_not_exist());
  return std::move(*queue);
}

std::string sender_id(const auth::Principal& principal) {
  if (principal.anonymous()) return "anonymous";
  if (!principal.user_id.empty()) return principal.user_id;
  return !principal.name.empty() ? principal.name : principal.account;
}

Result<void> check_dedup(const Queue& queue, bool given) {
  if (!queue.fifo || given || queue.content_dedup) return {};
  return fail(invalid_parameter("The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly"));
}

std::string sequence_number(uint64_t seq) {
  std::string digits = cat(seq);
  return cat("188", std::string(digits.size() < 17 ? 17 - digits.size() : 0, '0'), digits);
}

size_t content_bytes(const Content& content) {
  size_t n = content.body.size() + content.trace_header.size() + content.sealed.size();
  for (const auto& [name, a] : content.attributes) n += name.size() + a.type.size() + a.value.size();
  return n;
}

Result<Sent> send(store::Txn& tx, const Sending& s, const Draft& draft, std::string_view message_id, size_t n) {
  if (draft.bytes > s.queue.maximum_message_size) return fail(message_too_long(s.queue.maximum_message_size));
  FB_TRY(check_dedup(s.queue, !draft.dedup_id.empty()));
  const FifoChange change{s.scope, s.queue, s.now};
  const std::string& dedup_id = draft.dedup_id.empty() && s.queue.fifo ? draft.body_sha256 : draft.dedup_id;
  if (s.queue.fifo) {
    if (auto first = find_dedup(tx, change, draft.group, dedup_id)) return Sent{std::move(first->message_id), first->seq, false};
  }
  Message m;
  m.id = message_id;
  m.sent = s.now;
  m.sender = s.sender;
  if (!draft.seal) m.body_md5 = draft.body_md5;
  m.group = draft.group;
  m.dedup_id = dedup_id;
  m.seal = draft.seal;
  // Receives begin to look at the time of the last purge: a clock that was set back must not hide a message behind it.
  Millis visible_at = std::max(s.now + draft.delay.value_or(s.queue.delay) * 1000, s.queue.purged_at);
  Place place{visible_at, seq_of(tx.version(), n)};
  if (size_t(draft.bytes) + draft.content.trace_header.size() <= kInRecord) {
    m.content = draft.content;
  } else {
    m.apart = true;
    tx.put_record(body_key(s.scope, s.queue.id, place.seq), draft.content);
  }
  if (s.queue.fifo) {
    tx.put_record(fifo_message_key(s.scope, s.queue.id, m.group, place.seq), m);
    group_grew(tx, change, m.group, place.seq, m.sent);
    remember_dedup(tx, change, m.group, dedup_id, {m.id, place.seq, s.now, {}});
  } else {
    tx.put_record(message_key(s.scope, s.queue.id, place), m);
  }
  return Sent{m.id, place.seq};
}

void after_send(store::Txn& tx, const Sending& s) {
  plan_tasks(tx, s.scope, s.name, s.queue, s.now);
  tx.signal(arrival_key(s.scope, s.queue.id));
}

std::optional<InFlight> find_in_flight(store::Txn& tx, const Scope& scope, const Queue& queue, const ReceiptHandle& handle, Millis now) {
  auto found = item_of(tx, scope, handle);
  if (!found) return std::nullopt;
  InFlight f{found->first, decoded<Message>(found->second.bytes)};
  if (f.message.nonce != handle.nonce || gone(queue, f.place.seq, f.message.sent, now)) return std::nullopt;
  return f;
}

Result<std::optional<Message>> find_fifo_in_flight(store::Txn& tx, const HandleUse& use) {
  auto item = tx.get(fifo_message_key(use.scope, use.queue.id, use.handle.group, use.handle.place.seq));
  if (!item) return std::optional<Message>();
  auto message = decoded<Message>(item->bytes);
  if (gone(use.queue, use.handle.place.seq, message.sent, use.now)) return std::optional<Message>();
  if (message.nonce != use.handle.nonce || message.visible_at <= use.now) return fail(receipt_handle_expired(use.text));
  return std::optional<Message>(std::move(message));
}

Result<void> erase_by_handle(store::Txn& tx, const HandleUse& use) {
  if (use.queue.fifo) {
    FB_ASSIGN(found, find_fifo_in_flight(tx, use));
    if (!found) return {};
    const FifoChange change{use.scope, use.queue, use.now};
    int64_t in_flight = in_flight_of(tx, change, use.handle.group);
    erase_fifo_message(tx, use.scope, use.queue.id, use.handle.group, use.handle.place.seq, found->apart);
    place_group(tx, change, use.handle.group, std::max<int64_t>(0, in_flight - 1));
    tx.signal(arrival_key(use.scope, use.queue.id));  // the next one of its group may be free now
    return {};
  }
  auto found = item_of(tx, use.scope, use.handle);
  if (!found) return {};
  auto head = decoded<MessageHead>(found->second.bytes);
  if (head.nonce == use.handle.nonce) erase_message(tx, use.scope, use.queue.id, found->first, head.moved, head.apart);
  return {};
}

void erase_fifo_message(store::Txn& tx, const Scope& scope, uint64_t queue_id, std::string_view group, uint64_t seq, bool apart) {
  tx.erase(fifo_message_key(scope, queue_id, group, seq));
  if (apart) tx.erase(body_key(scope, queue_id, seq));
}

void erase_message(store::Txn& tx, const Scope& scope, uint64_t queue_id, Place place, bool moved, bool apart) {
  tx.erase(message_key(scope, queue_id, place));
  if (moved) tx.erase(moved_key(scope, queue_id, place.seq));
  if (apart) tx.erase(body_key(scope, queue_id, place.seq));
}

void move_message(store::Txn& tx, const Scope& scope, uint64_t queue_id, Place from, Place to, const Message& message) {
  if (from.visible_at != to.visible_at) tx.erase(message_key(scope, queue_id, from));
  tx.put_record(message_key(scope, queue_id, to), message);
}

Result<ReceiptHandle> read_handle(Str text, const Queue& queue) {
  if (text.empty()) return fail(missing_parameter("ReceiptHandle"));
  auto handle = read_receipt_handle(text);
  if (!handle) return fail(invalid_receipt_handle(text));
  if (handle->queue_id != queue.id || handle->group.empty() == queue.fifo) return fail(foreign_receipt_handle(text));
  return *handle;
}

}  // namespace fogbank::sqs
