// PurgeQueue: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_PurgeQueue.html
// A mark in the queue's record hides everything that was sent before; tasks erase the records. (AWS takes up to 60 seconds to hide them.)
#include "gen/sqs/operations.h"
#include "services/sqs/errors.h"
#include "services/sqs/messages.h"
#include "services/sqs/tasks.h"

namespace fogbank::sqs {

Result<void> PurgeQueue(Context& cx, const svc::PurgeQueueRequest& in, svc::PurgeQueueOutput&) {
  FB_ASSIGN(name, queue_name(cx, in.QueueUrl));
  const Scope& scope = cx.scope();
  return cx.write([&](store::Txn& tx) -> Result<void> {
    FB_ASSIGN(queue, load_queue(tx, scope, name));
    Millis now = cx.now();
    if (queue.purged_at && queue.purged_at + kPurgeInterval > now) return fail(purge_in_progress(name));
    queue.purge_mark = mark_before(tx.version());
    queue.purged_at = now;
    tx.put_record(queue_key(scope, name), queue);
    EraseWork work;
    work.queue_id = queue.id;
    work.mark = queue.purge_mark;
    work.fifo = queue.fifo;
    work.name = name;
    schedule_erase(tx, scope, work, now);
    return {};
  });
}

}  // namespace fogbank::sqs
