#include "services/sns/tasks.h"

#include "gateway/tasks.h"
#include "gen/sns/operations.h"
#include "services/sns/errors.h"
#include "services/sns/subscriptions.h"

namespace fogbank::sns {
namespace {

constexpr size_t kPerStep = 300;

/// Payload of all three; `after`: where to go on, or the token that expires.
struct Chore {
  Scope scope;
  std::string topic, subscription, after;
  uint64_t topic_id = 0;
  Unknown unknown;
  template <class A> void fields(A& a) {
    a(1, scope.partition.value); a(2, scope.account.value); a(3, scope.region.value); a(4, topic); a(5, subscription); a(6, after); a(7, topic_id);
    a(unknown);
  }
};

uint64_t schedule(store::Txn& tx, const char* kind, const Chore& chore, Millis due) {
  store::Task task;
  task.due = due;
  task.kind = kind;
  task.scope = chore.scope;
  task.payload = encode(chore);
  return tx.schedule(std::move(task));
}

Result<Chore> chore_of(TaskContext& cx) {
  auto chore = cx.payload<Chore>();
  if (!chore) return fail(damaged("task"));
  return std::move(*chore);
}

}  // namespace

uint64_t schedule_sweep(store::Txn& tx, const Scope& scope, const Topic& topic, Millis due) {
  return schedule(tx, "sns.sweep", {scope, topic.name, "", "", topic.id, {}}, due);
}

void schedule_expiry(store::Txn& tx, const Scope& scope, const Subscription& s, std::string_view token, Millis due) {
  schedule(tx, "sns.expire_subscription", {scope, s.topic, s.id, std::string(token), s.topic_id, {}}, due);
}

void schedule_forgetting(store::Txn& tx, const Scope& scope, const Topic& topic, Millis due) {
  schedule(tx, "sns.forget_topic", {scope, topic.name, "", "", topic.id, {}}, due);
}

Result<void> expire_subscription(TaskContext& cx) {
  FB_ASSIGN(chore, chore_of(cx));
  return cx.finish(chore, [](store::Txn& tx, const Chore& c) -> Result<void> {
    auto s = tx.get_as<Subscription>(subscription_key(c.scope, c.topic, c.subscription));
    if (s && s->pending) erase_subscription(tx, c.scope, *s, false);
    if (!c.after.empty()) tx.erase(token_key(c.scope, c.after));
    return {};
  });
}

Result<void> forget_topic(TaskContext& cx) {
  FB_ASSIGN(chore, chore_of(cx));
  struct Step { Chore chore; std::vector<Subscription> gone; bool more = false; } step{chore, {}, false};
  store::Key all = store::key(chore.scope, kSubscriptions, std::string_view(chore.topic));
  cx.read([&](store::Reader& reader) {
    step.gone.clear();
    store::Key from = chore.after.empty() ? all : subscription_key(chore.scope, chore.topic, chore.after).after_prefix();
    size_t looked = 0;
    reader.scan(from, all.after_prefix(), store::Order::ascending, [&](std::string_view, std::string_view bytes, store::Version) {
      auto s = decode<Subscription>(bytes);
      if (!s) return true;
      step.chore.after = s->id;
      if (s->topic_id == chore.topic_id) step.gone.push_back(std::move(*s));
      step.more = ++looked >= kPerStep || step.gone.size() >= kPerStep / 4;
      return !step.more;
    });
  });
  return cx.finish(step, [](store::Txn& tx, const Step& s) -> Result<void> {
    for (const auto& gone : s.gone) erase_subscription(tx, s.chore.scope, gone, false);
    if (s.more) schedule(tx, "sns.forget_topic", s.chore, 0);
    return {};
  });
}

Result<void> sweep(TaskContext& cx) {
  FB_ASSIGN(chore, chore_of(cx));
  struct Step { Chore chore; std::vector<std::string> old; bool more = false; Millis next = 0; } step{chore, {}, false, 0};
  store::Key all = store::key(chore.scope, kSeen, chore.topic_id);
  bool gone = false;
  cx.read([&](store::Reader& reader) {
    step.old.clear();
    auto topic = reader.get_as<Topic>(topic_key(chore.scope, chore.topic));
    gone = !topic || topic->id != chore.topic_id;
    size_t looked = 0;
    store::Key from = chore.after.empty() ? all : store::Key::raw(chore.after, false);
    reader.scan(from, all.after_prefix(), store::Order::ascending, [&](std::string_view key, std::string_view bytes, store::Version) {
      step.chore.after = std::string(key) + '\0';
      auto seen = decode<Seen>(bytes);
      Millis until = seen ? seen->at + kDeduplication : 0;
      if (gone || until <= cx.now()) step.old.emplace_back(key);
      else if (step.next == 0 || until < step.next) step.next = until;
      step.more = ++looked >= kPerStep;
      return !step.more;
    });
  });
  if (step.more) step.next = cx.now();
  else step.chore.after.clear();
  return cx.finish(step, [](store::Txn& tx, const Step& s) -> Result<void> {
    for (const auto& key : s.old) tx.erase(store::Key::raw(key, false));
    uint64_t again = s.next ? schedule(tx, "sns.sweep", s.chore, s.next) : 0;
    auto topic = tx.get_as<Topic>(topic_key(s.chore.scope, s.chore.topic));
    if (!topic || topic->id != s.chore.topic_id) return {};
    // What was seen since the look is in the next round.
    if (!again && topic->sequence) {
      bool left = false;
      tx.scan_prefix(store::key(s.chore.scope, kSeen, s.chore.topic_id), [&](auto, auto, auto) { left = true; return false; });
      if (left) again = schedule(tx, "sns.sweep", s.chore, 0);
    }
    topic->sweep_task = again;
    tx.put_record(topic_key(s.chore.scope, s.chore.topic), *topic);
    return {};
  });
}

}  // namespace fogbank::sns
