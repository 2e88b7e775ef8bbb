// ListDeadLetterSourceQueues: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ListDeadLetterSourceQueues.html
#include "gen/sqs/operations.h"
#include "services/sqs/messages.h"
#include "services/sqs/paging.h"
#include "services/sqs/queue_url.h"

namespace fogbank::sqs {

Result<void> ListDeadLetterSourceQueues(Context& cx, const svc::ListDeadLetterSourceQueuesRequest& in, svc::ListDeadLetterSourceQueuesResult& out) {
  FB_ASSIGN(name, queue_name(cx, in.QueueUrl));
  store::Key prefix = sources_key(cx.scope(), name);
  FB_ASSIGN(page, read_page(in.MaxResults, in.NextToken, prefix, [&](std::string_view last) { return source_key(cx.scope(), name, last); }));
  Result<QueuePtr> queue;
  cx.read([&](store::Reader& reader) {
    queue = find_queue(cx, reader, name);
    page.fill(reader);
  });
  if (!queue) return fail(std::move(queue.error()));
  out.queueUrls.reserve(cx.arena(), page.names.size());
  for (const std::string& source : page.names) out.queueUrls.push(cx.arena(), cx.str(queue_url(cx, source)));
  if (page.more && in.MaxResults) out.NextToken = cx.str(page.next_token());
  return {};
}

}  // namespace fogbank::sqs
