// TagQueue, UntagQueue, ListQueueTags: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_TagQueue.html
#include "gen/sqs/operations.h"
#include "services/sqs/errors.h"
#include "services/sqs/messages.h"
#include "services/sqs/tags.h"

namespace fogbank::sqs {

Result<void> TagQueue(Context& cx, const svc::TagQueueRequest& in, svc::TagQueueOutput&) {
  if (in.Tags.empty()) return fail(missing_parameter("Tags"));
  FB_ASSIGN(name, queue_name(cx, in.QueueUrl));
  return cx.write([&](store::Txn& tx) -> Result<void> {
    FB_ASSIGN(queue, load_queue(tx, cx.scope(), name));
    FB_ASSIGN(tags, with_tags(std::move(queue.tags), in.Tags, name));
    queue.tags = std::move(tags);
    tx.put_record(queue_key(cx.scope(), name), queue);
    return {};
  });
}

Result<void> UntagQueue(Context& cx, const svc::UntagQueueRequest& in, svc::UntagQueueOutput&) {
  if (in.TagKeys.empty()) return fail(missing_parameter("TagKeys"));
  FB_ASSIGN(name, queue_name(cx, in.QueueUrl));
  return cx.write([&](store::Txn& tx) -> Result<void> {
    FB_ASSIGN(queue, load_queue(tx, cx.scope(), name));
    bool changed = false;
    for (Str key : in.TagKeys) changed = queue.tags.erase(std::string(key)) > 0 || changed;
    if (changed) tx.put_record(queue_key(cx.scope(), name), queue);
    return {};
  });
}

Result<void> ListQueueTags(Context& cx, const svc::ListQueueTagsRequest& in, svc::ListQueueTagsResult& out) {
  FB_ASSIGN(name, queue_name(cx, in.QueueUrl));
  Result<QueuePtr> queue;
  cx.read([&](store::Reader& reader) { queue = find_queue(cx, reader, name); });
  if (!queue) return fail(std::move(queue.error()));
  for (const auto& [key, value] : (*queue)->tags) out.Tags.add(cx.arena(), cx.str(key)) = cx.str(value);
  return {};
}

}  // namespace fogbank::sqs
