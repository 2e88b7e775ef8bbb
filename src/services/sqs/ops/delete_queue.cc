// DeleteQueue: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_DeleteQueue.html
// The queue is gone at once, its messages with it (their queue id is never used again); tasks erase the records.
#include "gen/sqs/operations.h"
#include "services/sqs/errors.h"
#include "services/sqs/messages.h"
#include "services/sqs/move_tasks.h"
#include "services/sqs/redrive.h"
#include "services/sqs/tasks.h"

namespace fogbank::sqs {

Result<void> DeleteQueue(Context& cx, const svc::DeleteQueueRequest& in, svc::DeleteQueueOutput&) {
  FB_ASSIGN(name, queue_name(cx, in.QueueUrl));
  const Scope& scope = cx.scope();
  return cx.write([&](store::Txn& tx) -> Result<void> {
    FB_ASSIGN(queue, load_queue(tx, scope, name));
    Millis now = cx.now();
    tx.erase(queue_key(scope, name));
    if (tx.has(policy_key(scope, name))) tx.erase(policy_key(scope, name));
    tx.put_record(deleted_key(scope, name), Deleted{now, {}});
    if (queue.sweep_task) tx.cancel(queue.sweep_task);
    if (queue.dedup_task) tx.cancel(queue.dedup_task);
    change_target(tx, scope, name, queue.redrive.target, {});
    forget_moves(tx, scope, name);
    EraseWork work;
    work.queue_id = queue.id;
    work.all = true;
    schedule_erase(tx, scope, work, now);
    schedule_forget(tx, scope, {name, now, {}}, now + kNameQuarantine);
    tx.signal(arrival_key(scope, queue.id));  // those who wait on it learn that it is gone
    return {};
  });
}

}  // namespace fogbank::sqs
