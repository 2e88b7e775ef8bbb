// DeleteMessage, DeleteMessageBatch: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_DeleteMessage.html
// Only the newest receive's handle deletes; deleting with an older one, or again, succeeds and does nothing.
#include <vector>

#include "gen/sqs/operations.h"
#include "services/sqs/batch.h"
#include "services/sqs/messages.h"

namespace fogbank::sqs {

Result<void> DeleteMessage(Context& cx, const svc::DeleteMessageRequest& in, svc::DeleteMessageOutput&) {
  FB_ASSIGN(name, queue_name(cx, in.QueueUrl));
  return cx.write([&](store::Txn& tx) -> Result<void> {
    FB_ASSIGN(queue, find_queue(cx, tx, name));
    FB_ASSIGN(handle, read_handle(in.ReceiptHandle, *queue));
    erase_by_handle(tx, cx.scope(), handle);
    return {};
  });
}

Result<void> DeleteMessageBatch(Context& cx, const svc::DeleteMessageBatchRequest& in, svc::DeleteMessageBatchResult& out) {
  FB_ASSIGN(name, queue_name(cx, in.QueueUrl));
  FB_TRY(check_batch(in.Entries, "DeleteMessageBatchRequestEntry"));
  std::vector<Result<ReceiptHandle>> handles;
  FB_TRY(cx.write([&](store::Txn& tx) -> Result<void> {
    handles.clear();
    FB_ASSIGN(queue, find_queue(cx, tx, name));
    for (const auto& e : in.Entries) {
      handles.push_back(read_handle(e.ReceiptHandle, *queue));
      if (handles.back()) erase_by_handle(tx, cx.scope(), *handles.back());
    }
    return {};
  }));
  for (size_t i = 0; i < handles.size(); i++) {
    Str id = in.Entries[i].Id;
    if (handles[i]) out.Successful.add(cx.arena()).Id = cx.str(id);
    else add_failure(cx, out.Failed, id, handles[i].error());
  }
  return {};
}

}  // namespace fogbank::sqs
