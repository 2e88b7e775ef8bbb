// GetQueueUrl: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_GetQueueUrl.html
// The queue may be another account's (QueueOwnerAWSAccountId); authorisation has moved the target's scope there.
#include "gen/sqs/operations.h"
#include "services/sqs/messages.h"
#include "services/sqs/queue_url.h"

namespace fogbank::sqs {

Result<void> GetQueueUrl(Context& cx, const svc::GetQueueUrlRequest& in, svc::GetQueueUrlResult& out) {
  Result<QueuePtr> queue;
  cx.read([&](store::Reader& reader) { queue = find_queue(cx, reader, in.QueueName); });
  if (!queue) return fail(std::move(queue.error()));
  out.QueueUrl = cx.str(queue_url(cx, in.QueueName));
  return {};
}

}  // namespace fogbank::sqs
