// ChangeMessageVisibility, ChangeMessageVisibilityBatch:
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibility.html
// The handle stays good. Once the timeout has run out and the message can be received again, the call succeeds and changes nothing, as
// AWS does (its MessageNotInflight is never seen); with a handle that a later receive has replaced it is refused. FIFO queues refuse both.
#include <vector>

#include "base/strings.h"
#include "gen/sqs/operations.h"
#include "services/sqs/batch.h"
#include "services/sqs/messages.h"

namespace fogbank::sqs {
namespace {

struct Change {
  Str handle;
  Opt<int32_t> timeout;   ///< seconds
};

Result<void> check_timeout(const Opt<int32_t>& timeout) {
  if (!timeout) return fail(missing_parameter("VisibilityTimeout"));
  if (*timeout < 0 || *timeout > kMaxVisibility) {
    return fail(invalid_parameter(cat(*timeout), "VisibilityTimeout", "VisibilityTimeout must be an integer between 0 and 43200."));
  }
  return {};
}

Result<void> check_total(const Change& c, Millis visible_at, Millis received) {
  if (visible_at - received <= kMaxVisibility * 1000) return {};
  return fail(invalid_parameter(cat(*c.timeout), "VisibilityTimeout", "Total VisibilityTimeout for the message is beyond the limit [43200 seconds]"));
}

Result<void> change_fifo(store::Txn& tx, const HandleUse& use, const Change& c) {
  FB_ASSIGN(message, find_fifo_in_flight(tx, use));
  if (!message) return fail(message_not_available(c.handle));
  message->visible_at = use.now + *c.timeout * Millis(1000);
  FB_TRY(check_total(c, message->visible_at, message->received));
  const std::string& group = use.handle.group;
  tx.put_record(fifo_message_key(use.scope, use.queue.id, group, use.handle.place.seq), *message);
  const FifoChange change{use.scope, use.queue, use.now};
  place_group(tx, change, group, in_flight_of(tx, change, group));
  tx.signal(arrival_key(use.scope, use.queue.id));
  return {};
}

Result<void> change(store::Txn& tx, const Scope& scope, const Queue& queue, const Change& c, Millis now) {
  FB_ASSIGN(handle, read_handle(c.handle, queue));
  FB_TRY(check_timeout(c.timeout));
  if (queue.fifo) return change_fifo(tx, {scope, queue, handle, c.handle, now}, c);
  auto found = find_in_flight(tx, scope, queue, handle, now);
  if (!found) return fail(message_not_available(c.handle));
  if (found->place.visible_at <= now) return {};
  Place to{now + *c.timeout * Millis(1000), found->place.seq};
  FB_TRY(check_total(c, to.visible_at, found->message.received));
  found->message.moved = true;
  move_message(tx, scope, queue.id, found->place, to, found->message);
  tx.put_record(moved_key(scope, queue.id, to.seq), Moved{to.visible_at, handle.nonce, {}});
  tx.signal(arrival_key(scope, queue.id));  // it may come back earlier than receivers expect
  return {};
}

}  // namespace

Result<void> ChangeMessageVisibility(Context& cx, const svc::ChangeMessageVisibilityRequest& in, svc::ChangeMessageVisibilityOutput&) {
  FB_ASSIGN(name, queue_name(cx, in.QueueUrl));
  return cx.write([&](store::Txn& tx) -> Result<void> {
    FB_ASSIGN(queue, find_queue(cx, tx, name));
    return change(tx, cx.scope(), *queue, {in.ReceiptHandle, in.VisibilityTimeout}, cx.now());
  });
}

Result<void> ChangeMessageVisibilityBatch(Context& cx, const svc::ChangeMessageVisibilityBatchRequest& in, svc::ChangeMessageVisibilityBatchResult& out) {
  FB_ASSIGN(name, queue_name(cx, in.QueueUrl));
  FB_TRY(check_batch(in.Entries, "ChangeMessageVisibilityBatchRequestEntry"));
  std::vector<Result<void>> results;
  FB_TRY(cx.write([&](store::Txn& tx) -> Result<void> {
    results.clear();
    FB_ASSIGN(queue, find_queue(cx, tx, name));
    for (const auto& e : in.Entries) results.push_back(change(tx, cx.scope(), *queue, {e.ReceiptHandle, e.VisibilityTimeout}, cx.now()));
    return {};
  }));
  for (size_t i = 0; i < results.size(); i++) {
    Str id = in.Entries[i].Id;
    if (results[i]) out.Successful.add(cx.arena()).Id = cx.str(id);
    else add_failure(cx, out.Failed, id, results[i].error());
  }
  return {};
}

}  // namespace fogbank::sqs
