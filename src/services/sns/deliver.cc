// The tasks that deliver: to queues and functions through the front door, to HTTP endpoints through the outbound client, and the fan-out to
// many subscribers in bounded steps. A delivery that fails for a passing reason is tried again by its own schedule (delivery_policy.h);
// one that cannot succeed goes to the dead-letter queue of its subscription, or is lost.
#include <algorithm>

#include "base/aead.h"
#include "base/log.h"
#include "gateway/mailbox.h"
#include "gateway/outbound.h"
#include "gen/kms/operations.h"
#include "run/pool.h"
#include "services/sns/caches.h"
#include "services/sns/delivery_policy.h"
#include "services/sns/errors.h"
#include "services/sns/publishing.h"
#include "services/sns/subscription_attributes.h"

namespace fogbank::sns {
namespace {

enum Step : int { kOpen = 1, kSend = 2 };
constexpr int64_t kPostTimeout = 15000;
constexpr size_t kFanOutStep = 50, kFanOutBytes = 1 << 20;

/// The notification, opened with the publisher's permission where the topic has a key of KMS.
Result<Notification> open(TaskContext& cx, const Notification& plain, std::string_view sealed, std::string_view data_key, std::string_view publisher) {
  if (sealed.empty()) return plain;
  if (data_key.empty()) {
    auto bytes = open_owned(cx.core(), sealed, plain.topic_arn);
    auto n = bytes ? decode<Notification>(*bytes) : std::nullopt;
    if (!n) return fail(damaged("message"));
    return std::move(*n);
  }
  auto who = decode<auth::Principal>(publisher);
  if (!who) return fail(damaged("publisher"));
  kms::svc::DecryptRequest in{};
  in.CiphertextBlob = Blob(cx.arena().copy(data_key));
  in.EncryptionContext.add(cx.arena(), cx.str("aws:sns:topicArn")) = cx.str(plain.topic_arn);
  FB_ASSIGN(out, cx.call<kms::op::Decrypt>(kOpen, auth::forward_access(*who, "sns.amazonaws.com"), cx.task().scope, in));
  auto bytes = aead::open(out->Plaintext.view(), sealed, plain.topic_arn);
  auto n = bytes ? decode<Notification>(*bytes) : std::nullopt;
  if (!n) return fail(damaged("message"));
  return std::move(*n);
}

Result<void> send_to_queue(TaskContext& cx, const Delivery& d, const Notification& n) {
  Envelopes envelopes(cx.core().state<State>().signing, n);
  sqs::svc::SendMessageRequest in{};
  FB_TRY(fill_send(envelopes, n, d, cx.core().settings().public_endpoint, cx.arena(), in));
  auto sent = cx.call<sqs::op::SendMessage>(kSend, delivering_principal(n), queue_of(d.endpoint)->scope, in);
  if (!sent) return fail(std::move(sent.error()));
  return {};
}

/// The function's resource policy decides; the event is Lambda's from then on, with its own retries.
Result<void> send_to_function(TaskContext& cx, const Delivery& d, const Notification& n) {
  auto scope = function_of(d.endpoint);
  if (!scope) return fail(damaged("subscription"));
  Envelopes envelopes(cx.core().state<State>().signing, n);
  lambda::svc::InvocationRequest in{};
  FB_TRY(fill_invoke(envelopes, d, cx.arena(), in));
  auto sent = cx.call<lambda::op::Invoke>(kSend, delivering_principal(n), *scope, in);
  if (!sent) return fail(std::move(sent.error()));
  return {};
}

/// A delivery that ends here without success: to the dead-letter queue, if there is one.
void give_up(store::Txn& tx, const store::Task& task, const Delivery& d, const ApiError& error) {
  auto dead = to_dead_letter_queue(d);
  if (!dead) {
    log(LogLevel::info, cat("sns: a message to ", d.endpoint, " is lost: ", error.code, ": ", error.message));
    return;
  }
  store::Task next;
  next.kind = "sns.deliver";
  next.scope = task.scope;
  next.lane = task.lane;
  next.payload = encode(*dead);
  tx.schedule(std::move(next));
}

struct Ending { store::Task task; Delivery delivery; ApiError error; };

}  // namespace

Result<void> deliver(TaskContext& cx) {
  auto d = cx.payload<Delivery>();
  if (!d) return fail(damaged("delivery"));
  auto n = open(cx, d->notification, d->sealed, d->data_key, d->publisher);
  Result<void> sent;
  if (!n) sent = fail(std::move(n.error()));
  else if (d->protocol == "sqs") sent = send_to_queue(cx, *d, *n);
  else if (d->protocol == "lambda") sent = send_to_function(cx, *d, *n);
  else sent = fail(not_served(cat("Delivery by ", d->protocol)));
  if (sent) return cx.finish();
  auto delay = passing(sent.error()) ? queue_retry_delay(d->retries + 1) : std::nullopt;
  if (delay) {
    d->retries++;
    return cx.task().lane.empty() ? cx.again_at(cx.now() + *delay, encode(*d)) : cx.hold_until(cx.now() + *delay, encode(*d));
  }
  return cx.finish(Ending{cx.task(), *d, sent.error()}, [](store::Txn& tx, const Ending& e) -> Result<void> {
    give_up(tx, e.task, e.delivery, e.error);
    return {};
  });
}

// ----------------------------------------------------------------------------------------------------------------- HTTP endpoints

namespace {

Result<http::ClientRequest> post_request(TaskContext& cx, const Delivery& d, const Notification& n, const DeliveryPolicy& policy) {
  http::ClientRequest r;
  r.url = d.endpoint;
  r.timeout_milliseconds = kPostTimeout;
  bool notification = n.type == "Notification";
  r.fields = {{"x-amz-sns-message-type", n.type}, {"x-amz-sns-message-id", n.id}, {"x-amz-sns-topic-arn", n.topic_arn}};
  if (notification) r.fields.emplace_back("x-amz-sns-subscription-arn", d.subscription_arn);
  if (d.raw) r.fields.emplace_back("x-amz-sns-rawdelivery", "true");
  r.fields.emplace_back("Content-Type", notification ? policy.content_type.value_or("text/plain; charset=UTF-8") : "text/plain; charset=UTF-8");
  r.fields.emplace_back("User-Agent", "Amazon Simple Notification Service Agent");
  r.fields.emplace_back("Accept-Encoding", "gzip,deflate");
  if (d.raw) {
    r.body = n.text_for(d.text_protocol);
  } else {
    Envelopes envelopes(cx.core().state<State>().signing, n);
    FB_ASSIGN(body, envelopes.json(d.text_protocol, d.subscription_arn));
    r.body = std::move(body);
  }
  return r;
}

/// Nothing: it was taken. Server errors, 429 and what happens on the way may pass; other answers do not.
std::optional<ApiError> outcome_of(const Result<http::ClientResponse>& answer) {
  if (!answer) {
    bool final = answer.error().code == "Refused" || answer.error().code == "InvalidRequest";
    return ApiError(answer.error().code, answer.error().message, final ? 400 : 503);
  }
  if (answer->status >= 200 && answer->status < 300) return std::nullopt;
  bool may_pass = answer->status >= 500 || answer->status < 200 || answer->status == 429;
  return ApiError(cat("HTTP", answer->status), "the endpoint did not take the message", may_pass ? 503 : 400);
}

/// In the transaction that ends the attempt: the next one, or the dead-letter queue.
void after_attempt(store::Txn& tx, const store::Task& task, Delivery d, const std::optional<ApiError>& error, const RetryPolicy& retry, Millis now) {
  if (!error) return;
  auto delay = passing(*error) ? retry_delay(retry, d.retries + 1) : std::nullopt;
  if (!delay) return give_up(tx, task, d, *error);
  d.retries++;
  store::Task next;
  next.kind = "sns.post";
  next.scope = task.scope;
  next.due = now + *delay;
  next.payload = encode(d);
  tx.schedule(std::move(next));
}

}  // namespace

Result<void> post(TaskContext& cx) {
  auto d = cx.payload<Delivery>();
  if (!d) return fail(damaged("delivery"));
  Core& core = cx.core();
  DeliveryPolicy policy = effective(stored_topic_policy(d->topic_delivery_policy), stored_subscription_policy(d->delivery_policy));
  if (policy.per_second) {
    Millis when = core.state<State>().throttle.next(d->subscription_id, *policy.per_second, cx.now());
    if (when > cx.now()) return cx.again_at(when);
  }
  auto task = std::make_shared<const store::Task>(cx.task());
  auto end = [&core, task, epoch = cx.epoch(), delivery = *d, retry = policy.retry.value_or(RetryPolicy{})](const std::optional<ApiError>& error) {
    core.tasks().complete(*task, epoch, [&](store::Txn& tx) -> Result<void> {
      after_attempt(tx, *task, delivery, error, retry, core.now());
      return {};
    });
  };
  auto n = open(cx, d->notification, d->sealed, d->data_key, d->publisher);
  auto request = n ? post_request(cx, *d, *n, policy) : Result<http::ClientRequest>(fail(std::move(n.error())));
  cx.leave_running();
  if (!request) {
    end(std::move(request.error()));
    return {};
  }
  core.outbound().send(std::move(*request), [&core, task, epoch = cx.epoch(), end](Result<http::ClientResponse> answer) {
    if (!answer && answer.error().code == "Cancelled") return core.tasks().abandon(*task, epoch);
    auto error = std::make_shared<std::optional<ApiError>>(outcome_of(answer));
    auto job = [end, error] { end(*error); };
    if (!core.pool().try_post(job)) job();   // the client's thread must not wait for the store, but an outcome must not be lost either
  });
  return {};
}

// ------------------------------------------------------------------------------------------------------------------------ fan-out

namespace {

/// What one step of a fan-out schedules.
struct FanOutStep {
  Scope scope;
  Topic topic;
  FanOut rest;
  Notification n;
  bool more = false;
  std::vector<Delivery> deliveries;
  struct Letter { Subscription subscription; std::string json; };
  std::vector<Letter> letters;
  Millis now = 0;
  std::string lane;
};

/// Looks at the next subscriptions. Nothing if the topic is gone.
bool look(TaskContext& cx, const Notification& n, FanOutStep& step) {
  bool there = false;
  std::vector<Subscription> found;
  cx.read([&](store::Reader& reader) {
    found.clear();
    auto topic = reader.get_as<Topic>(topic_key(step.scope, step.rest.topic));
    there = topic && topic->id == step.rest.topic_id;
    if (!there) return;
    step.topic = *topic;
    each_subscription(reader, step.scope, *topic, step.rest.after, [&](Subscription&& s) {
      if (found.size() == kFanOutStep) return false;
      found.push_back(std::move(s));
      return true;
    });
  });
  size_t bytes = 0, each = size_t(message_bytes(n)) + 1500;
  Filter filter(n);
  for (size_t i = 0; i < found.size(); i++) {
    auto compiled = filter_of(found[i]);
    if (filter.passes(found[i], compiled.get())) {
      if (bytes && bytes + each > kFanOutBytes) { step.more = true; return there; }
      bytes += each;
      if (found[i].protocol == "email" || found[i].protocol == "email-json") step.letters.push_back({found[i], {}});
      else step.deliveries.push_back(make_delivery(step.scope, step.topic, found[i], n));
    }
    step.rest.after = found[i].id;
  }
  step.more = found.size() == kFanOutStep;
  return there;
}

}  // namespace

Result<void> fan_out(TaskContext& cx) {
  auto f = cx.payload<FanOut>();
  if (!f) return fail(damaged("fan-out"));
  FB_ASSIGN(n, open(cx, f->notification, f->sealed, f->data_key, f->publisher));
  FanOutStep step;
  step.scope = cx.task().scope;
  step.rest = *f;
  step.n = n;
  step.now = cx.now();
  step.lane = cx.task().lane;
  if (!look(cx, n, step)) return cx.finish();
  Envelopes envelopes(cx.core().state<State>().signing, n);
  for (auto& letter : step.letters) {
    if (letter.subscription.protocol != "email-json") continue;
    FB_ASSIGN(json, envelopes.json("email-json", subscription_arn(step.scope, step.topic.name, letter.subscription.id)));
    letter.json = std::move(json);
  }
  for (Delivery& d : step.deliveries) {   // each opens the payload anew
    if (f->sealed.empty()) continue;
    d.notification = f->notification;
    d.sealed = f->sealed;
    d.data_key = f->data_key;
    d.publisher = f->publisher;
  }
  return cx.finish(step, [](store::Txn& tx, const FanOutStep& s) -> Result<void> {
    for (const Delivery& d : s.deliveries) tx.schedule(delivery_task(s.scope, d, s.n, s.now));
    for (const auto& letter : s.letters) deliver_by_mail(tx, s.scope, s.topic, letter.subscription, s.n, letter.json, s.now);
    if (!s.more) return {};
    store::Task next;
    next.kind = "sns.fan_out";
    next.scope = s.scope;
    next.lane = s.lane;
    next.due = 0;   // before what was published later
    next.payload = encode(s.rest);
    tx.schedule(std::move(next));
    return {};
  });
}

}  // namespace fogbank::sns
