// DeleteMessage, DeleteMessageBatch: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_DeleteMessage.html
// Only the newest receive's handle deletes. With an older one, or again, a standard queue succeeds and does nothing; a FIFO queue refuses a
// handle whose time is over, since the message may have been given to somebody else.
#include <vector>

#include "gen/sqs/operations.h"
#include "services/sqs/batch.h"
#include "services/sqs/messages.h"

namespace fogbank::sqs {
namespace {

/// In a batch an expired handle has a code and a text of its own.
Result<void> erase_entry(store::Txn& tx, Context& cx, const Queue& queue, Str text) {
  FB_ASSIGN(handle, read_handle(text, queue));
  auto erased = erase_by_handle(tx, {cx.scope(), queue, handle, text, cx.now()});
  if (erased) return {};
  ApiError expired("ReceiptHandleIsInvalid", "The receipt handle has expired", 404);
  return fail(std::move(expired));
}

}  // namespace

Result<void> DeleteMessage(Context& cx, const svc::DeleteMessageRequest& in, svc::DeleteMessageOutput&) {
  FB_ASSIGN(name, queue_name(cx, in.QueueUrl));
  return cx.write([&](store::Txn& tx) -> Result<void> {
    FB_ASSIGN(queue, find_queue(cx, tx, name));
    FB_ASSIGN(handle, read_handle(in.ReceiptHandle, *queue));
    return erase_by_handle(tx, {cx.scope(), *queue, handle, in.ReceiptHandle, cx.now()});
  });
}

Result<void> DeleteMessageBatch(Context& cx, const svc::DeleteMessageBatchRequest& in, svc::DeleteMessageBatchResult& out) {
  FB_ASSIGN(name, queue_name(cx, in.QueueUrl));
  FB_TRY(check_batch(in.Entries, "DeleteMessageBatchRequestEntry"));
  std::vector<Result<void>> results;
  FB_TRY(cx.write([&](store::Txn& tx) -> Result<void> {
    results.clear();
    FB_ASSIGN(queue, find_queue(cx, tx, name));
    for (const auto& e : in.Entries) results.push_back(erase_entry(tx, cx, *queue, e.ReceiptHandle));
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
