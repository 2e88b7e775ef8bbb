#include "services/sns/publishing.h"

#include "base/encoding.h"
#include "base/log.h"
#include "services/sns/caches.h"
#include "services/sns/errors.h"
#include "services/sns/tasks.h"

namespace fogbank::sns {
namespace {

constexpr size_t kSentAtOnce = 20;            ///< messages to queues in one publication, before a task does it
constexpr size_t kTaskBytes = 2 << 20;        ///< of all task payloads of one transaction
constexpr size_t kTasks = 400;                ///< of one transaction
constexpr size_t kFifoRoutes = 8;             ///< a FIFO topic with more always fans out by a task, whatever the message, so that order is kept

bool mailed(const Subscription& s) { return s.protocol == "email" || s.protocol == "email-json"; }

/// One message with those of its deliveries that are not done yet.
struct Sending {
  Notification* n = nullptr;
  Envelopes envelopes;
  std::vector<const Route*> matching;
  std::vector<Delivery> later;                ///< tasks
  std::map<std::string, std::string> mails;   ///< envelopes of email-json, by subscription
  bool fan_out = false;
  bool repeated = false;                      ///< of a FIFO topic: seen before
};

class Publisher {
 public:
  Publisher(Context& cx, const PublishTarget& target, const Topic& topic)
      : cx_(cx), target_(target), topic_(topic), state_(cx.state<State>()), scope_(target.address.scope), arn_(topic_arn(scope_, topic.name)) {}

  Result<void> run(std::vector<Notification>& messages) {
    if (target_.sealed) {
      auto key = kms::generate_data_key(cx_, topic_key_use(target_, arn_));
      if (!key) return fail(kms_error(std::move(key.error())));
      key_.emplace(std::move(*key));
    }
    routes_ = state_.routes.get(scope_, topic_);
    std::vector<Sending> sendings;
    sendings.reserve(messages.size());
    messages_ = messages.size();
    for (const Notification& n : messages) bytes_ += size_t(message_bytes(n)) + 1500;
    for (Notification& n : messages) {
      prepare(n);
      sendings.push_back({&n, Envelopes(state_.signing, n), {}, {}, {}, false, false});
      FB_TRY(choose(sendings.back()));
    }
    if (topic_.fifo) return number_and_schedule(sendings);
    for (Sending& s : sendings) FB_TRY(send_at_once(s));
    return schedule(sendings);
  }

 private:
  void prepare(Notification& n) {
    n.id = cx_.random().uuid();
    n.topic_arn = arn_;
    n.time = cx_.now();
    n.endpoint = cx_.request().endpoint;
    if (!topic_.fifo) n.signature_version = topic_.signature_version.empty() ? "1" : topic_.signature_version;
  }

  Result<void> choose(Sending& s) {
    Filter filter(*s.n);
    size_t count = 0;
    for (const Route& r : routes_->routes) if (filter.passes(r.subscription, r.filter.get())) s.matching.push_back(&r), count++;
    s.fan_out = !routes_->complete || (topic_.fifo ? routes_->routes.size() > kFifoRoutes : count * messages_ > kTasks || count * bytes_ > kTaskBytes);
    if (s.fan_out) return {};
    for (const Route* r : s.matching) {
      if (r->subscription.protocol != "email-json") continue;
      FB_ASSIGN(json, s.envelopes.json("email-json", subscription_arn(scope_, topic_.name, r->subscription.id)));
      s.mails[r->subscription.id] = std::move(json);
    }
    return {};
  }

  /// Queues beside the publication; what does not get through is left for tasks.
  Result<void> send_at_once(Sending& s) {
    if (s.fan_out) return {};
    for (const Route* r : s.matching) {
      if (mailed(r->subscription)) continue;
      Delivery d = make_delivery(scope_, topic_, r->subscription, *s.n);
      if (d.protocol != "sqs" || sent_ >= kSentAtOnce) {
        s.later.push_back(std::move(d));
        continue;
      }
      sent_++;
      auto sent = send(s, d);
      if (sent) continue;
      if (passing(sent.error())) {
        d.retries = 1;
        s.later.push_back(std::move(d));
      } else if (auto dead = to_dead_letter_queue(d)) {
        s.later.push_back(std::move(*dead));
      } else {
        log(LogLevel::info, cat("sns: a message to ", d.endpoint, " is lost: ", sent.error().code, ": ", sent.error().message));
      }
    }
    return {};
  }

  Result<void> send(Sending& s, const Delivery& d) {
    sqs::svc::SendMessageRequest in{};
    FB_TRY(fill_send(s.envelopes, *s.n, d, cx_.core().settings().public_endpoint, cx_.arena(), in));
    auto queue = queue_of(d.endpoint);
    auto sent = cx_.call_beside<sqs::op::SendMessage>(delivering_principal(*s.n), queue->scope, in);
    if (!sent) return fail(std::move(sent.error()));
    return {};
  }

  Result<void> schedule(std::vector<Sending>& sendings) {
    bool anything = false;
    for (const Sending& s : sendings) {
      anything = anything || s.fan_out || !s.later.empty();
      for (const Route* r : s.matching) anything = anything || mailed(r->subscription);
    }
    if (!anything) return {};
    return cx_.write([&](store::Txn& tx) -> Result<void> {
      for (Sending& s : sendings) FB_TRY(schedule_one(tx, s));
      return {};
    });
  }

  Result<void> schedule_one(store::Txn& tx, Sending& s) {
    if (s.fan_out) {
      schedule_fan_out(tx, *s.n);
      return {};
    }
    for (const Delivery& d : s.later) {
      Delivery kept = d;
      kept.notification = *s.n;   // with its number, which a FIFO topic gives within the transaction
      seal_for_task(kept);
      tx.schedule(delivery_task(scope_, kept, *s.n, cx_.now()));
    }
    for (const Route* r : s.matching) {
      if (mailed(r->subscription)) deliver_by_mail(tx, scope_, topic_, r->subscription, *s.n, s.mails[r->subscription.id], cx_.now());
    }
    return {};
  }

  /// What waits for its delivery is never in clear.
  void seal_for_task(Delivery& d) {
    if (key_) seal(d, *key_, cx_.principal(), cx_.random());
    else seal_owned(cx_, d);
  }

  void schedule_fan_out(store::Txn& tx, const Notification& n) {
    FanOut f;
    f.topic_id = topic_.id;
    f.topic = topic_.name;
    Delivery d;
    d.notification = n;
    seal_for_task(d);
    f.notification = std::move(d.notification);
    f.sealed = std::move(d.sealed);
    f.data_key = std::move(d.data_key);
    f.publisher = std::move(d.publisher);
    store::Task task;
    task.due = cx_.now();
    task.kind = "sns.fan_out";
    task.scope = scope_;
    if (topic_.fifo) task.lane = cat("sns/", topic_.id);
    task.payload = encode(f);
    tx.schedule(std::move(task));
  }

  // ---------------------------------------------------------------------------------------------------------------- FIFO topics

  Result<void> number_and_schedule(std::vector<Sending>& sendings) {
    for (Sending& s : sendings) {
      if (s.fan_out) continue;
      for (const Route* r : s.matching) s.later.push_back(make_delivery(scope_, topic_, r->subscription, *s.n));
    }
    std::vector<std::string> ids;
    for (const Sending& s : sendings) ids.push_back(s.n->id);
    return cx_.write([&](store::Txn& tx) -> Result<void> {
      auto topic = tx.get_as<Topic>(topic_key(scope_, topic_.name));
      if (!topic || topic->id != topic_.id) return fail(topic_does_not_exist());
      for (size_t i = 0; i < sendings.size(); i++) {
        Sending& s = sendings[i];
        s.n->id = ids[i];         // this function may run again
        number(tx, *topic, s);
        if (!s.repeated) FB_TRY(schedule_one(tx, s));
      }
      tx.put_record(topic_key(scope_, topic_.name), *topic);
      return {};
    });
  }

  /// The next number, or those of the message that this one repeats.
  void number(store::Txn& tx, Topic& topic, Sending& s) {
    bool by_group = topic.throughput_scope == "MessageGroup";
    store::Key key = seen_key(scope_, topic.id, by_group ? s.n->group : "", s.n->deduplication_id);
    auto seen = tx.get_as<Seen>(key);
    s.repeated = seen && seen->at + kDeduplication > s.n->time;
    if (s.repeated) {
      s.n->id = seen->message_id;
    } else {
      seen = Seen{s.n->time, s.n->id, ++topic.sequence, {}};
      tx.put_record(key, *seen);
      if (topic.sweep_task == 0) topic.sweep_task = schedule_sweep(tx, scope_, topic, s.n->time + kDeduplication);
    }
    std::string digits = std::to_string(seen->sequence);
    s.n->sequence = cat('1', std::string(19 - std::min<size_t>(19, digits.size()), '0'), digits);
  }

  Context& cx_;
  const PublishTarget& target_;
  const Topic& topic_;
  State& state_;
  const Scope& scope_;
  std::string arn_;
  RouteSetPtr routes_;
  std::optional<kms::DataKey> key_;
  size_t sent_ = 0, messages_ = 0, bytes_ = 0;
};

}  // namespace

kms::KeyUse topic_key_use(const PublishTarget& target, const std::string& arn) {
  kms::KeyUse use;
  use.service = "sns";
  use.key = target.kms_key;
  use.context = {{"aws:sns:topicArn", arn}};
  use.reword = [](ApiError&& denial) { return kms_error(std::move(denial)); };
  return use;
}

Result<void> publish(Context& cx, const PublishTarget& target, const Topic& topic, std::vector<Notification>& messages) {
  return Publisher(cx, target, topic).run(messages);
}

Result<void> send_confirmation(store::Txn& tx, const Scope& scope, const Topic& topic, const Subscription& s, const Notification& n, std::string_view email_json, Millis now) {
  if (mailed(s)) {
    deliver_by_mail(tx, scope, topic, s, n, email_json, now);
    return {};
  }
  Delivery d = make_delivery(scope, topic, s, n);
  tx.schedule(delivery_task(scope, d, n, now));
  return {};
}

}  // namespace fogbank::sns
