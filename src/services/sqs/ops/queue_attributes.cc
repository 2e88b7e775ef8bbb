// GetQueueAttributes, SetQueueAttributes:
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_GetQueueAttributes.html
// Attributes that are not set (Policy) are left out; without names none are given. An empty value sets an attribute to its default.
#include <functional>

#include "base/strings.h"
#include "gen/sqs/operations.h"
#include "services/sqs/attributes.h"
#include "services/sqs/errors.h"
#include "services/sqs/messages.h"
#include "services/sqs/queue_url.h"
#include "services/sqs/tasks.h"

namespace fogbank::sqs {
namespace {

constexpr size_t kCountedPerRead = 50'000;  ///< so that no snapshot is held for long

struct Counts { int64_t visible = 0, in_flight = 0, delayed = 0; };

Counts count_messages(Context& cx, const Queue& queue) {
  const Scope& scope = cx.scope();
  const Millis now = cx.now();
  Counts counts;
  store::Key from = messages_from(scope, queue.id, earliest_alive(queue, now)), to = messages_key(scope, queue.id).after_prefix();
  for (bool more = true; more;) {
    size_t seen = 0;
    more = false;
    cx.read([&](store::Reader& reader) {
      reader.scan(from, to, store::Order::ascending, [&](std::string_view key, std::string_view bytes, store::Version) {
        if (seen++ == kCountedPerRead) {
          from = store::Key::raw(std::string(key), false);
          return !(more = true);
        }
        Place place = place_of(key);
        auto head = decode<MessageHead>(bytes);
        if (!head || gone(queue, place.seq, head->sent, now)) return true;
        if (place.visible_at <= now) counts.visible++;
        else if (head->receive_count) counts.in_flight++;
        else counts.delayed++;
        return true;
      });
    });
  }
  return counts;
}

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
  Counts counts = count_messages(cx, queue);
  answer.add(kVisible, counts.visible);
  answer.add(kInFlight, counts.in_flight);
  answer.add(kDelayed, counts.delayed);
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
  answer.add("SqsManagedSseEnabled", queue.managed_sse ? "true" : "false");
  return {};
}

Result<void> SetQueueAttributes(Context& cx, const svc::SetQueueAttributesRequest& in, svc::SetQueueAttributesOutput&) {
  if (in.Attributes.empty()) return fail(missing_parameter("Attributes"));
  FB_ASSIGN(name, queue_name(cx, in.QueueUrl));
  FB_ASSIGN(changes, read_attributes(in.Attributes, AttributeUse::set, name, cx.scope().partition));
  return cx.write([&](store::Txn& tx) -> Result<void> {
    FB_ASSIGN(queue, load_queue(tx, cx.scope(), name));
    int64_t retention = queue.retention;
    apply(changes, queue);
    queue.modified = cx.now();
    tx.put_record(queue_key(cx.scope(), name), queue);
    if (queue.retention < retention) replan_sweep(tx, cx.scope(), name, queue, cx.now());
    if (changes.policy) set_policy(tx, cx.scope(), name, *changes.policy);
    return {};
  });
}

}  // namespace fogbank::sqs
