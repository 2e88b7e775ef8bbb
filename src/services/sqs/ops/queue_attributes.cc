// GetQueueAttributes, SetQueueAttributes:
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_GetQueueAttributes.html
// Attributes that are not set (Policy) are left out; without names none are given. An empty value sets an attribute to its default.
#include <functional>

#include "base/strings.h"
#include "gen/sqs/operations.h"
#include "services/sqs/attributes.h"
#include "services/sqs/errors.h"
#include "services/sqs/counting.h"
#include "services/sqs/messages.h"
#include "services/sqs/queue_url.h"
#include "services/sqs/redrive.h"
#include "services/sqs/tasks.h"

namespace fogbank::sqs {
namespace {

class Answer {
 public:
  Answer(Context& cx, const List<Str>& names, svc::GetQueueAttributesResult& out) : cx_(cx), names_(names), out_(out) {}

  bool wants(std::string_view name) const {
    for (Str n : names_) if (n == name || n == "All") return true;
    return false;
  }
  void add(std::string_view name, std::string_view value) {
    if (wants(name)) out_.Attributes.add(cx_.arena(), cx_.str(name)) = cx_.str(value);
  }
  void add(std::string_view name, int64_t value) { add(name, cat(value)); }

 private:
  Context& cx_;
  const List<Str>& names_;
  svc::GetQueueAttributesResult& out_;
};

void add_counts(Context& cx, const Queue& queue, Answer& answer) {
  constexpr std::string_view kVisible = "ApproximateNumberOfMessages", kInFlight = "ApproximateNumberOfMessagesNotVisible",
                             kDelayed = "ApproximateNumberOfMessagesDelayed";
  if (!answer.wants(kVisible) && !answer.wants(kInFlight) && !answer.wants(kDelayed)) return;
  Counts counts = count_messages(cx.store(), cx.scope(), queue, cx.now());
  answer.add(kVisible, counts.visible);
  answer.add(kInFlight, counts.in_flight);
  answer.add(kDelayed, counts.delayed);
}

void add_flag(Answer& answer, std::string_view name, bool on) { answer.add(name, on ? "true" : "false"); }

void add_fifo(Answer& answer, const Queue& queue) {
  add_flag(answer, "FifoQueue", true);
  add_flag(answer, "ContentBasedDeduplication", queue.content_dedup);
  answer.add("DeduplicationScope", queue.group_dedup ? "messageGroup" : "queue");
  answer.add("FifoThroughputLimit", queue.group_throughput ? "perMessageGroupId" : "perQueue");
}

/// A shorter retention period may make messages expire before the sweep that is planned.
void replan_sweep(store::Txn& tx, const Scope& scope, std::string_view name, const Queue& queue, Millis now) {
  if (!queue.sweep_task) return;
  tx.cancel(queue.sweep_task);
  schedule_sweep(tx, scope, name, queue, now + 60'000);
}

void set_policy(store::Txn& tx, const Scope& scope, std::string_view name, const std::string& json) {
  store::Key key = policy_key(scope, name);
  auto old = tx.get_as<QueuePolicy>(key);
  if (json.empty()) {
    if (old) tx.erase(key);
  } else if (!old || old->json != json) {
    tx.put_record(key, QueuePolicy{json, {}});
  }
}

}  // namespace

Result<void> GetQueueAttributes(Context& cx, const svc::GetQueueAttributesRequest& in, svc::GetQueueAttributesResult& out) {
  for (Str name : in.AttributeNames) if (!known_attribute(name)) return fail(unknown_attribute(name));
  FB_ASSIGN(name, queue_name(cx, in.QueueUrl));
  Result<QueuePtr> found;
  std::optional<QueuePolicy> policy;
  Answer answer(cx, in.AttributeNames, out);
  cx.read([&](store::Reader& reader) {
    found = find_queue(cx, reader, name);
    if (answer.wants("Policy")) policy = reader.get_as<QueuePolicy>(policy_key(cx.scope(), name));
  });
  if (!found) return fail(std::move(found.error()));
  const Queue& queue = **found;
  answer.add("QueueArn", queue_arn(cx.scope(), name));
  add_counts(cx, queue, answer);
  answer.add("CreatedTimestamp", queue.created / 1000);
  answer.add("LastModifiedTimestamp", queue.modified / 1000);
  for (const NumberAttribute& a : kNumberAttributes) answer.add(a.name, queue.*a.field);
  if (policy) answer.add("Policy", policy->json);
  add_flag(answer, "SqsManagedSseEnabled", queue.managed_sse);
  if (queue.fifo) add_fifo(answer, queue);
  if (!queue.redrive.policy.empty()) answer.add("RedrivePolicy", queue.redrive.policy);
  if (!queue.redrive.allow_policy.empty()) answer.add("RedriveAllowPolicy", queue.redrive.allow_policy);
  if (!queue.kms_key.empty()) {
    answer.add("KmsMasterKeyId", queue.kms_key);
    answer.add("KmsDataKeyReusePeriodSeconds", queue.key_reuse);
  }
  return {};
}

Result<void> SetQueueAttributes(Context& cx, const svc::SetQueueAttributesRequest& in, svc::SetQueueAttributesOutput&) {
  if (in.Attributes.empty()) return fail(missing_parameter("Attributes"));
  FB_ASSIGN(name, queue_name(cx, in.QueueUrl));
  FB_ASSIGN(changes, read_attributes(in.Attributes, AttributeUse::set, name, cx.scope().partition));
  return cx.write([&](store::Txn& tx) -> Result<void> {
    FB_ASSIGN(queue, load_queue(tx, cx.scope(), name));
    const Queue before = queue;
    FB_TRY(apply(changes, AttributeUse::set, queue));
    if (changes.redrive && !queue.redrive.target.empty()) {
      FB_TRY(check_redrive_target(tx, {cx.scope(), name, queue.fifo}, queue.redrive, changes.target_arn));
    }
    change_target(tx, cx.scope(), name, before.redrive.target, queue.redrive.target);
    queue.modified = cx.now();
    tx.put_record(queue_key(cx.scope(), name), queue);
    if (queue.retention < before.retention) replan_sweep(tx, cx.scope(), name, queue, cx.now());
    if (queue.delay != before.delay) tx.signal(arrival_key(cx.scope(), queue.id));  // FIFO: also of messages that are there
    if (changes.policy) set_policy(tx, cx.scope(), name, *changes.policy);
    return {};
  });
}

}  // namespace fogbank::sqs
