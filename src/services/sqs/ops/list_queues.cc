// ListQueues: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ListQueues.html
#include "gen/sqs/operations.h"
#include "services/sqs/messages.h"
#include "services/sqs/paging.h"
#include "services/sqs/queue_url.h"

namespace fogbank::sqs {

Result<void> ListQueues(Context& cx, const svc::ListQueuesRequest& in, svc::ListQueuesResult& out) {
  store::Key prefix = store::key(cx.scope(), kQueues).begins(in.QueueNamePrefix.view());
  FB_ASSIGN(page, read_page(in.MaxResults, in.NextToken, prefix, [&](std::string_view last) { return queue_key(cx.scope(), last); }));
  cx.read([&](store::Reader& reader) { page.fill(reader); });
  for (const std::string& name : page.names) out.QueueUrls.push(cx.arena(), cx.str(queue_url(cx, name)));
  if (page.more && in.MaxResults) out.NextToken = cx.str(page.next_token());
  return {};
}

}  // namespace fogbank::sqs
