// SendMessage, SendMessageBatch: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
// A batch is refused as a whole only for what concerns it as a whole; an entry that cannot be sent fails by itself.
#include <optional>
#include <vector>

#include "base/encoding.h"
#include "gen/sqs/operations.h"
#include "services/sqs/batch.h"
#include "services/sqs/messages.h"

namespace fogbank::sqs {
namespace {

Str optional_text(Context& cx, const std::string& s) { return s.empty() ? Str{} : cx.str(s); }

template <class Out> void answer(Context& cx, const Draft& draft, std::string_view id, Out& out) {
  out.MessageId = cx.str(id);
  out.MD5OfMessageBody = cx.str(hex(draft.body_md5));
  out.MD5OfMessageAttributes = optional_text(cx, draft.attributes_md5);
  out.MD5OfMessageSystemAttributes = optional_text(cx, draft.system_md5);
}

/// An entry of a batch on its way.
struct Entry {
  Str id;
  Result<Draft> draft;
  std::string message_id;
  std::optional<ApiError> refused;   ///< by the queue
};

Result<void> check_total(const List<svc::SendMessageBatchRequestEntry>& entries) {
  int64_t bytes = 0;
  for (const auto& e : entries) bytes += message_bytes(e);
  if (bytes > kMaxMessageBytes) return fail(batch_too_long(bytes));
  return {};
}

void send_all(store::Txn& tx, const Sending& sending, std::vector<Entry>& entries) {
  bool any = false;
  for (size_t i = 0; i < entries.size(); i++) {
    Entry& e = entries[i];
    e.refused.reset();
    if (!e.draft) continue;
    if (auto sent = send(tx, sending, *e.draft, e.message_id, i); !sent) e.refused = std::move(sent.error());
    else any = true;
  }
  if (any) after_send(tx, sending);
}

}  // namespace

Result<void> SendMessage(Context& cx, const svc::SendMessageRequest& in, svc::SendMessageResult& out) {
  FB_ASSIGN(name, queue_name(cx, in.QueueUrl));
  FB_ASSIGN(draft, read_draft(in));
  std::string id = cx.random().uuid(), sender = sender_id(cx.principal());
  FB_TRY(cx.write([&](store::Txn& tx) -> Result<void> {
    FB_ASSIGN(queue, find_queue(cx, tx, name));
    Sending sending{cx.scope(), name, *queue, sender, cx.now()};
    FB_TRY(send(tx, sending, draft, id, 0));
    after_send(tx, sending);
    return {};
  }));
  answer(cx, draft, id, out);
  return {};
}

Result<void> SendMessageBatch(Context& cx, const svc::SendMessageBatchRequest& in, svc::SendMessageBatchResult& out) {
  FB_ASSIGN(name, queue_name(cx, in.QueueUrl));
  FB_TRY(check_batch(in.Entries, "SendMessageBatchRequestEntry"));
  FB_TRY(check_total(in.Entries));
  std::vector<Entry> entries;
  for (const auto& e : in.Entries) entries.push_back({e.Id, read_draft(e), cx.random().uuid(), {}});
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
    answer(cx, *e.draft, e.message_id, sent);
  }
  return {};
}

}  // namespace fogbank::sqs
