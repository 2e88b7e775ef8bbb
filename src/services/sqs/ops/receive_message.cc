// ReceiveMessage: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html
// One transaction takes what is visible and puts it behind its visibility timeout. If nothing is, a long poll parks on the queue's
// arrivals and on the time at which the next hidden message comes back. The answer gives the union of AttributeNames and
// MessageSystemAttributeNames; unknown names of message attributes match nothing.
#include <optional>
#include <vector>

#include "base/encoding.h"
#include "base/strings.h"
#include "gen/sqs/operations.h"
#include "services/sqs/caches.h"
#include "services/sqs/errors.h"
#include "services/sqs/in_flight.h"
#include "services/sqs/messages.h"

namespace fogbank::sqs {
namespace {

constexpr size_t kMaxDead = 300;       ///< purged or expired messages that one transaction drops in passing
constexpr int kMaxRounds = 20;

constexpr std::string_view kSystemNames[] = {"All", "SenderId", "SentTimestamp", "ApproximateReceiveCount", "ApproximateFirstReceiveTimestamp",
                                             "SequenceNumber", "MessageDeduplicationId", "MessageGroupId", "AWSTraceHeader", "DeadLetterQueueSourceArn"};

struct Plan {
  size_t max = 1;
  std::optional<int64_t> visibility;   ///< seconds; else the queue's
  std::optional<int64_t> wait;
};

Result<Plan> read_plan(const svc::ReceiveMessageRequest& in) {
  Plan plan;
  if (in.MaxNumberOfMessages) {
    if (*in.MaxNumberOfMessages < 1 || *in.MaxNumberOfMessages > 10) {
      return fail(invalid_parameter(cat(*in.MaxNumberOfMessages), "MaxNumberOfMessages", "Must be between 1 and 10, if provided."));
    }
    plan.max = size_t(*in.MaxNumberOfMessages);
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
    plan.visibility = *in.VisibilityTimeout;
  }
  for (const auto* list : {&in.AttributeNames, &in.MessageSystemAttributeNames})
    for (Str name : *list)
      if (std::find(std::begin(kSystemNames), std::end(kSystemNames), name.view()) == std::end(kSystemNames)) return fail(unknown_attribute(name));
  if (in.ReceiveRequestAttemptId) {
    return fail(invalid_parameter(in.ReceiveRequestAttemptId, "ReceiveRequestAttemptId", "The request includes a parameter that is not valid for this queue type."));
  }
  return plan;
}

struct Taken {
  Place place;       ///< where it was, then where it is
  Message message;
};

/// What one look at the queue found.
struct Look {
  uint64_t queue_id = 0;
  std::vector<Taken> taken;
  std::vector<std::pair<Place, MessageHead>> dead;
  std::optional<Millis> next;              ///< when the earliest hidden message can be received
  bool more = false;                       ///< stopped at kMaxDead
};

void look(store::Txn& tx, const Scope& scope, const Queue& queue, size_t max, Millis now, Look& out) {
  store::Key from = messages_from(scope, queue.id, earliest_alive(queue, now)), to = messages_key(scope, queue.id).after_prefix();
  tx.scan(from, to, store::Order::ascending, [&](std::string_view key, std::string_view bytes, store::Version) {
    Place place = place_of(key);
    if (place.visible_at > now) {
      if (place.seq <= queue.purge_mark) return true;
      out.next = place.visible_at;
      return false;
    }
    auto message = decode<Message>(bytes);
    if (!message) throw std::runtime_error("a stored message is damaged");
    if (gone(queue, place.seq, message->sent, now)) {
      MessageHead head;
      head.moved = message->moved;
      head.apart = message->apart;
      out.dead.emplace_back(place, head);
      return !(out.more = out.dead.size() == kMaxDead);
    }
    out.taken.push_back({place, std::move(*message)});
    return out.taken.size() < max;
  });
}

/// Marks a message as received and hides it.
void hide(store::Txn& tx, Context& cx, const Queue& queue, int64_t visibility, Millis now, Taken& t) {
  Message& m = t.message;
  m.receive_count++;
  if (!m.first_received) m.first_received = now;
  m.received = now;
  m.nonce = cx.random().next();
  if (m.moved) tx.erase(moved_key(cx.scope(), queue.id, t.place.seq));  // of an earlier receive's handle
  m.moved = false;
  Place to{now + visibility * 1000, t.place.seq};
  move_message(tx, cx.scope(), queue.id, t.place, to, m);
  t.place = to;
  if (m.apart) {
    auto content = tx.get_as<Content>(body_key(cx.scope(), queue.id, to.seq));
    if (!content) throw std::runtime_error("a message's body is missing");
    m.content = std::move(*content);  // after the record was written: it stays apart
  }
}

Result<Look> take(Context& cx, std::string_view name, const Plan& plan) {
  Look found;
  for (int round = 0; round < kMaxRounds; round++) {
    FB_TRY(cx.write([&](store::Txn& tx) -> Result<void> {
      found = {};
      FB_ASSIGN(queue, find_queue(cx, tx, name));
      const Millis now = cx.now();
      found.queue_id = queue->id;
      look(tx, cx.scope(), *queue, plan.max, now, found);
      int64_t visibility = plan.visibility.value_or(queue->visibility_timeout);
      for (const auto& [place, head] : found.dead) erase_message(tx, cx.scope(), queue->id, place, head.moved, head.apart);
      for (Taken& t : found.taken) hide(tx, cx, *queue, visibility, now, t);
      if (!found.taken.empty() && visibility == 0) tx.signal(arrival_key(cx.scope(), queue->id));  // visible still: for the next in line
      return {};
    }));
    if (!found.taken.empty() || !found.more) break;
  }
  return found;
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

void write_system_attributes(Context& cx, const Wanted& wanted, const Message& m, svc::Message& out) {
  auto add = [&](std::string_view name, std::string_view value) {
    if (wanted.system(name)) out.Attributes.add(cx.arena(), Str(name)) = cx.str(value);
  };
  add("SenderId", m.sender);
  add("ApproximateFirstReceiveTimestamp", cat(m.first_received));
  add("ApproximateReceiveCount", cat(m.receive_count));
  add("SentTimestamp", cat(m.sent));
  if (!m.content.trace_header.empty()) add("AWSTraceHeader", m.content.trace_header);
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

void answer(Context& cx, const svc::ReceiveMessageRequest& in, const Look& found, svc::ReceiveMessageResult& out) {
  Wanted wanted(in);
  for (const Taken& t : found.taken) {
    svc::Message& m = out.Messages.add(cx.arena());
    m.MessageId = cx.str(t.message.id);
    m.ReceiptHandle = cx.str(write_receipt_handle({found.queue_id, t.place, t.message.nonce}));
    m.MD5OfBody = cx.str(hex(t.message.body_md5));
    m.Body = cx.str(t.message.content.body);
    write_system_attributes(cx, wanted, t.message, m);
    write_attributes(cx, wanted, t.message, m);
  }
}

/// A limit reached is an error to short polls; long polls find nothing.
Result<Look> take_within_limit(Context& cx, std::string_view name, const Queue& queue, const Plan& plan, bool long_poll) {
  InFlightLimit& limit = cx.state<State>().in_flight;
  if (!limit.may_receive(cx.store(), cx.scope(), queue, cx.now())) {
    if (!long_poll) return fail(over_limit("The maximum number of in flight messages is reached."));
    Look nothing;
    nothing.queue_id = queue.id;
    return nothing;
  }
  FB_ASSIGN(found, take(cx, name, plan));
  limit.received(found.queue_id, found.taken.size());
  return found;
}

}  // namespace

Result<Outcome> ReceiveMessage(Context& cx, const svc::ReceiveMessageRequest& in, svc::ReceiveMessageResult& out) {
  FB_ASSIGN(name, queue_name(cx, in.QueueUrl));
  FB_ASSIGN(plan, read_plan(in));
  QueuePtr queue = cx.state<State>().queues.get(queue_key(cx.scope(), name));
  if (!queue) return fail(queue_does_not_exist());
  int64_t wait = plan.wait.value_or(queue->wait_time);
  FB_ASSIGN(found, take_within_limit(cx, name, *queue, plan, wait > 0));
  if (!found.taken.empty()) {
    answer(cx, in, found, out);
    return Outcome::done();
  }
  if (wait == 0 || !cx.can_park()) return Outcome::done();
  int64_t now = steady_micros();
  int64_t deadline = cx.parked_deadline_us().value_or(now + wait * 1'000'000);
  if (deadline <= now) return Outcome::done();
  return Outcome::park(arrival_key(cx.scope(), found.queue_id), deadline, found.next);
}

}  // namespace fogbank::sqs
