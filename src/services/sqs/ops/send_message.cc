// SendMessage, SendMessageBatch: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
// A batch is refused as a whole only for what concerns it as a whole; an entry that cannot be sent fails by itself.
#include <optional>
#include <vector>

#include "base/encoding.h"
#include "gateway/late_text.h"
#include "gen/sqs/operations.h"
#include "services/sqs/batch.h"
#include "services/sqs/caches.h"
#include "services/sqs/errors.h"
#include "services/sqs/messages.h"
#include "services/sqs/queue_url.h"
#include "services/sqs/sealing.h"
#include "store/trace_scope.h"

namespace fogbank::sqs {
namespace {

Str optional_text(Context& cx, const std::string& s) { return s.empty() ? Str{} : cx.str(s); }

QueueType type_of(std::string_view name) { return fifo_name(name) ? QueueType::fifo : QueueType::standard; }

/// A message that names no trace has that of the request.
void trace(Draft& draft) {
  if (draft.content.trace_header.empty()) draft.content.trace_header = store::TraceScope::current();
}

template <class Out> void answer(Context& cx, const Draft& draft, const Sent& sent, QueueType type, Out& out) {
  out.MessageId = cx.str(sent.message_id);
  out.MD5OfMessageBody = cx.str(hex(draft.body_md5));
  out.MD5OfMessageAttributes = optional_text(cx, draft.attributes_md5);
  out.MD5OfMessageSystemAttributes = optional_text(cx, draft.system_md5);
  if (type == QueueType::fifo) out.SequenceNumber = cx.str(sequence_number(sent.seq));
}

/// An entry of a batch on its way.
struct Entry {
  Str id;
  Result<Draft> draft;
  std::string message_id;
  std::optional<ApiError> refused;   ///< by the queue
  Sent sent;
};

Result<void> check_total(const List<svc::SendMessageBatchRequestEntry>& entries) {
  int64_t bytes = 0;
  for (const auto& e : entries) bytes += message_bytes(e);
  if (bytes > kMaxMessageBytes) return fail(batch_too_long(bytes));
  return {};
}

/// What a FIFO queue asks of every entry, or the whole batch is refused.
Result<void> check_ids(const Queue& queue, const List<svc::SendMessageBatchRequestEntry>& entries) {
  if (!queue.fifo) return {};
  for (const auto& e : entries) {
    FB_TRY(check_dedup(queue, bool(e.MessageDeduplicationId)));
    if (!e.MessageGroupId) return fail(invalid_parameter("The request must contain the parameter MessageGroupId."));
  }
  return {};
}

void send_all(store::Txn& tx, const Sending& sending, std::vector<Entry>& entries) {
  bool any = false;
  for (size_t i = 0; i < entries.size(); i++) {
    Entry& e = entries[i];
    e.refused.reset();
    if (!e.draft) continue;
    auto sent = send(tx, sending, *e.draft, e.message_id, i);
    if (!sent) {
      e.refused = std::move(sent.error());
      continue;
    }
    any = any || sent->stored;
    e.sent = std::move(*sent);
  }
  if (any) after_send(tx, sending);
}

/// Services may hand on a text that is finished when it is received.
Result<Draft> read_sent(const Context& cx, const svc::SendMessageRequest& in, QueueType type) {
  if (!cx.request().internal || !is_late_text(in.MessageBody)) return read_draft(in, type);
  constexpr std::string_view kStandIn = "late";
  svc::SendMessageRequest other = in;
  other.MessageBody = kStandIn;
  FB_ASSIGN(draft, read_draft(other, type));
  draft.bytes += int64_t(late_text_size(in.MessageBody)) - int64_t(kStandIn.size());
  draft.content.body = in.MessageBody.view();
  return draft;
}

}  // namespace

Result<void> SendMessage(Context& cx, const svc::SendMessageRequest& in, svc::SendMessageResult& out) {
  FB_ASSIGN(name, queue_name(cx, in.QueueUrl));
  FB_ASSIGN(draft, read_sent(cx, in, type_of(name)));
  trace(draft);
  std::string id = cx.random().uuid(), sender = sender_id(cx.principal());
  QueuePtr known = cx.state<State>().queues.get(queue_key(cx.scope(), name));
  if (!known) return fail(queue_does_not_exist());
  FB_ASSIGN(sealer, find_sealer(cx, *known));
  seal(cx, sealer, id, draft);
  Sent told;
  FB_TRY(cx.write([&](store::Txn& tx) -> Result<void> {
    FB_ASSIGN(queue, find_queue(cx, tx, name));
    Sending sending{cx.scope(), name, *queue, sender, cx.now()};
    FB_ASSIGN(sent, send(tx, sending, draft, id, 0));
    told = std::move(sent);
    if (told.stored) after_send(tx, sending);
    return {};
  }));
  answer(cx, draft, told, type_of(name), out);
  return {};
}

Result<void> SendMessageBatch(Context& cx, const svc::SendMessageBatchRequest& in, svc::SendMessageBatchResult& out) {
  FB_ASSIGN(name, queue_name(cx, in.QueueUrl));
  FB_TRY(check_batch(in.Entries, "SendMessageBatchRequestEntry"));
  FB_TRY(check_total(in.Entries));
  QueuePtr known = cx.state<State>().queues.get(queue_key(cx.scope(), name));
  if (!known) return fail(queue_does_not_exist());
  FB_TRY(check_ids(*known, in.Entries));
  FB_ASSIGN(sealer, find_sealer(cx, *known));
  std::vector<Entry> entries;
  for (const auto& e : in.Entries) {
    entries.push_back({e.Id, read_draft(e, type_of(name)), cx.random().uuid(), {}, {}});
    if (entries.back().draft) trace(*entries.back().draft);
    if (entries.back().draft) seal(cx, sealer, entries.back().message_id, *entries.back().draft);
  }
  std::string sender = sender_id(cx.principal());
  FB_TRY(cx.write([&](store::Txn& tx) -> Result<void> {
    FB_ASSIGN(queue, find_queue(cx, tx, name));
    send_all(tx, {cx.scope(), name, *queue, sender, cx.now()}, entries);
    return {};
  }));
  for (const Entry& e : entries) {
    if (!e.draft || e.refused) {
      add_failure(cx, out.Failed, e.id, e.draft ? *e.refused : e.draft.error());
      continue;
    }
    auto& sent = out.Successful.add(cx.arena());
    sent.Id = cx.str(e.id);
    answer(cx, *e.draft, e.sent, type_of(name), sent);
  }
  return {};
}

}  // namespace fogbank::sqs
