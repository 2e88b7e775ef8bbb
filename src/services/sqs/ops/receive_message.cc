// ReceiveMessage: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html
// One transaction takes what is visible and puts it behind its visibility timeout. If nothing is, a long poll parks on the queue's
// arrivals and on the time at which the next hidden message comes back. The answer gives the union of AttributeNames and
// MessageSystemAttributeNames; unknown names of message attributes match nothing.
#include <optional>
#include <vector>

#include "base/encoding.h"
#include "base/strings.h"
#include "gateway/late_text.h"
#include "gen/sqs/operations.h"
#include "services/sqs/caches.h"
#include "services/sqs/errors.h"
#include "services/sqs/in_flight.h"
#include "services/sqs/messages.h"
#include "services/sqs/queue_url.h"
#include "services/sqs/receive.h"

namespace fogbank::sqs {
namespace {

constexpr int kMaxRounds = 20;

constexpr std::string_view kSystemNames[] = {"All", "SenderId", "SentTimestamp", "ApproximateReceiveCount", "ApproximateFirstReceiveTimestamp",
                                             "SequenceNumber", "MessageDeduplicationId", "MessageGroupId", "AWSTraceHeader", "DeadLetterQueueSourceArn"};

struct Plan {
  Wish wish;
  std::optional<int64_t> wait;
};

Result<Plan> read_plan(const svc::ReceiveMessageRequest& in, bool fifo) {
  Plan plan;
  if (in.MaxNumberOfMessages) {
    if (*in.MaxNumberOfMessages < 1 || *in.MaxNumberOfMessages > 10) {
      return fail(invalid_parameter(cat(*in.MaxNumberOfMessages), "MaxNumberOfMessages", "Must be between 1 and 10, if provided."));
    }
    plan.wish.max = size_t(*in.MaxNumberOfMessages);
  }
  if (in.WaitTimeSeconds) {
    if (*in.WaitTimeSeconds < 0 || *in.WaitTimeSeconds > 20) {
      return fail(invalid_parameter(cat(*in.WaitTimeSeconds), "WaitTimeSeconds", "Must be >= 0 and <= 20, if provided."));
    }
    plan.wait = *in.WaitTimeSeconds;
  }
  if (in.VisibilityTimeout) {
    if (*in.VisibilityTimeout < 0 || *in.VisibilityTimeout > kMaxVisibility) {
      return fail(invalid_parameter(cat(*in.VisibilityTimeout), "VisibilityTimeout", "Must be >= 0 and <= 43200, if provided."));
    }
    plan.wish.visibility = *in.VisibilityTimeout;
  }
  for (const auto* list : {&in.AttributeNames, &in.MessageSystemAttributeNames})
    for (Str name : *list)
      if (std::find(std::begin(kSystemNames), std::end(kSystemNames), name.view()) == std::end(kSystemNames)) return fail(unknown_attribute(name));
  if (in.ReceiveRequestAttemptId && fifo) {
    FB_TRY(check_id("ReceiveRequestAttemptId", in.ReceiveRequestAttemptId));
    plan.wish.attempt_id = in.ReceiveRequestAttemptId;
  } else if (in.ReceiveRequestAttemptId) {
    return fail(invalid_parameter(in.ReceiveRequestAttemptId, "ReceiveRequestAttemptId", "The request includes a parameter that is not valid for this queue type."));
  }
  return plan;
}

Result<Takings> take_messages(Context& cx, std::string_view name, const Wish& wish, Opened& opened) {
  Takings takings;
  for (int round = 0; round < kMaxRounds; round++) {
    FB_TRY(cx.write([&](store::Txn& tx) -> Result<void> {
      FB_ASSIGN(taken, take(cx, tx, name, wish, opened));
      takings = std::move(taken);
      return {};
    }));
    if (!takings.messages.empty() || !takings.more) break;
  }
  return takings;
}

class Wanted {
 public:
  explicit Wanted(const svc::ReceiveMessageRequest& in) : in_(in) {}

  bool system(std::string_view name) const {
    for (const auto* list : {&in_.AttributeNames, &in_.MessageSystemAttributeNames})
      for (Str n : *list) if (n == name || n == "All") return true;
    return false;
  }
  bool attribute(std::string_view name) const {
    for (Str n : in_.MessageAttributeNames) {
      if (n == name || n == "All" || n == ".*") return true;
      if (n.view().ends_with(".*") && name.starts_with(n.view().substr(0, n.len - 2))) return true;
    }
    return false;
  }

 private:
  const svc::ReceiveMessageRequest& in_;
};

void write_system_attributes(Context& cx, const Wanted& wanted, const Taken& taken, bool fifo, svc::Message& out) {
  const Message& m = taken.message;
  auto add = [&](std::string_view name, std::string_view value) {
    if (wanted.system(name)) out.Attributes.add(cx.arena(), Str(name)) = cx.str(value);
  };
  add("SenderId", m.sender);
  add("ApproximateFirstReceiveTimestamp", cat(m.first_received));
  add("ApproximateReceiveCount", cat(m.receive_count));
  add("SentTimestamp", cat(m.sent));
  if (!m.content.trace_header.empty()) add("AWSTraceHeader", m.content.trace_header);
  if (!m.group.empty()) add("MessageGroupId", m.group);
  if (!m.dedup_id.empty()) add("MessageDeduplicationId", m.dedup_id);
  if (fifo) add("SequenceNumber", sequence_number(taken.place.seq));
  if (!m.source_arn.empty()) add("DeadLetterQueueSourceArn", m.source_arn);
}

void write_attributes(Context& cx, const Wanted& wanted, const Message& m, svc::Message& out) {
  Attributes given;
  for (const auto& [name, a] : m.content.attributes) if (wanted.attribute(name)) given.emplace(name, a);
  if (given.empty()) return;
  for (const auto& [name, a] : given) {
    auto& v = out.MessageAttributes.add(cx.arena(), cx.str(name));
    v.DataType = cx.str(a.type);
    if (a.binary()) v.BinaryValue = Blob(cx.arena().copy(a.value));
    else v.StringValue = cx.str(a.value);
  }
  out.MD5OfMessageAttributes = cx.str(attributes_md5(given));
}

void answer(Context& cx, const svc::ReceiveMessageRequest& in, Takings& takings, const Opened& opened, svc::ReceiveMessageResult& out) {
  Wanted wanted(in);
  for (Taken& t : takings.messages) {
    unseal(cx, opened, t.message);
    if (is_late_text(t.message.content.body)) {
      t.message.content.body = cx.state<LateTexts>().finish(std::move(t.message.content.body));
      t.message.body_md5 = md5(t.message.content.body);
    }
    ReceiptHandle handle{takings.queue_id, t.place, t.message.nonce, {}};
    if (takings.fifo) {
      handle.place.visible_at = 0;  // the same text when the receive is repeated
      handle.group = t.message.group;
    }
    svc::Message& m = out.Messages.add(cx.arena());
    m.MessageId = cx.str(t.message.id);
    m.ReceiptHandle = cx.str(write_receipt_handle(handle));
    m.MD5OfBody = cx.str(hex(t.message.body_md5));
    m.Body = cx.str(t.message.content.body);
    write_system_attributes(cx, wanted, t, takings.fifo, m);
    write_attributes(cx, wanted, t.message, m);
  }
}

/// A limit reached is an error to short polls of standard queues; others find nothing.
Result<Takings> take_within_limit(Context& cx, std::string_view name, const Queue& queue, const Plan& plan, bool long_poll, Opened& opened) {
  InFlightLimit& limit = cx.state<State>().in_flight;
  if (!limit.may_receive(cx.store(), cx.scope(), queue, cx.now())) {
    if (!long_poll && !queue.fifo) return fail(over_limit("The maximum number of in flight messages is reached."));
    Takings nothing;
    nothing.queue_id = queue.id;
    return nothing;
  }
  FB_ASSIGN(takings, take_messages(cx, name, plan.wish, opened));
  limit.received(takings.queue_id, takings.messages.size());
  return takings;
}

}  // namespace

Result<Outcome> ReceiveMessage(Context& cx, const svc::ReceiveMessageRequest& in, svc::ReceiveMessageResult& out) {
  FB_ASSIGN(name, queue_name(cx, in.QueueUrl));
  FB_ASSIGN(plan, read_plan(in, fifo_name(name)));
  QueuePtr queue = cx.state<State>().queues.get(queue_key(cx.scope(), name));
  if (!queue) return fail(queue_does_not_exist());
  int64_t wait = plan.wait.value_or(queue->wait_time);
  FB_ASSIGN(opened, open_keys(cx, *queue));
  FB_ASSIGN(takings, take_within_limit(cx, name, *queue, plan, wait > 0, opened));
  if (!takings.messages.empty()) {
    answer(cx, in, takings, opened, out);
    return Outcome::done();
  }
  if (wait == 0 || !cx.can_park()) return Outcome::done();
  int64_t now = steady_micros();
  int64_t deadline = cx.parked_deadline_us().value_or(now + wait * 1'000'000);
  if (deadline <= now) return Outcome::done();
  if (takings.more || takings.unopened) takings.next = cx.now();  // at once
  return Outcome::park(arrival_key(cx.scope(), takings.queue_id), deadline, takings.next);
}

}  // namespace fogbank::sqs
