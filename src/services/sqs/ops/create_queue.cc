// CreateQueue: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html
// Asked again with the attributes that the queue has, it answers as the first time; attributes that are not named are not compared.
#include "base/strings.h"
#include "gen/sqs/operations.h"
#include "services/sqs/attributes.h"
#include "services/sqs/errors.h"
#include "services/sqs/messages.h"
#include "services/sqs/queue_url.h"
#include "services/sqs/redrive.h"
#include "services/sqs/tags.h"

namespace fogbank::sqs {
namespace {

struct Wanted {
  std::string_view name;
  AttributeChanges changes;
  std::map<std::string, std::string> tags;
};

Result<void> compare(store::Txn& tx, const Scope& scope, const Wanted& wanted, const Queue& existing) {
  std::string policy;
  if (wanted.changes.policy) {
    if (auto record = tx.get_as<QueuePolicy>(policy_key(scope, wanted.name))) policy = std::move(record->json);
  }
  std::string_view different = first_difference(wanted.changes, existing, policy);
  if (!different.empty()) return fail(queue_name_exists(different));
  return {};
}

/// Where the messages go that are received too often: the queue is listed there.
Result<void> set_target(store::Txn& tx, const Scope& scope, const Wanted& wanted, const Queue& queue) {
  if (queue.redrive.target.empty()) return {};
  FB_TRY(check_redrive_target(tx, {scope, wanted.name, queue.fifo}, queue.redrive, wanted.changes.target_arn));
  change_target(tx, scope, wanted.name, {}, queue.redrive.target);
  return {};
}

Result<void> create(store::Txn& tx, const Scope& scope, const Wanted& wanted, Millis now) {
  store::Key key = queue_key(scope, wanted.name);
  if (auto existing = tx.get_as<Queue>(key)) return compare(tx, scope, wanted, *existing);
  if (auto deleted = tx.get_as<Deleted>(deleted_key(scope, wanted.name))) {
    if (deleted->at + kNameQuarantine > now) return fail(queue_deleted_recently());
    tx.erase(deleted_key(scope, wanted.name));
  }
  Queue queue = default_queue();
  FB_TRY(apply(wanted.changes, AttributeUse::create, queue));
  FB_TRY(set_target(tx, scope, wanted, queue));
  queue.id = tx.next(scope.whole_partition(), "sqs.queue");
  queue.created = queue.modified = now;
  queue.tags = wanted.tags;
  tx.put_record(key, queue);
  if (wanted.changes.policy && !wanted.changes.policy->empty()) tx.put_record(policy_key(scope, wanted.name), QueuePolicy{*wanted.changes.policy, {}});
  return {};
}

}  // namespace

Result<void> CreateQueue(Context& cx, const svc::CreateQueueRequest& in, svc::CreateQueueResult& out) {
  if (in.QueueName.empty()) return fail(missing_parameter("QueueName"));
  Wanted wanted;
  wanted.name = in.QueueName;
  const Scope& scope = cx.scope();
  FB_ASSIGN(changes, read_attributes(in.Attributes, AttributeUse::create, wanted.name, scope.partition));
  if (!changes.fifo && !plain_name(wanted.name)) return fail(invalid_parameter("Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length"));
  wanted.changes = std::move(changes);
  FB_ASSIGN(tags, with_tags({}, in.tags, wanted.name));
  wanted.tags = std::move(tags);
  FB_TRY(cx.write([&](store::Txn& tx) { return create(tx, scope, wanted, cx.now()); }));
  out.QueueUrl = cx.str(queue_url(cx, wanted.name));
  return {};
}

}  // namespace fogbank::sqs
