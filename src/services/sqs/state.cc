#include "services/sqs/state.h"

#include <algorithm>
#include <stdexcept>

#include "base/log.h"
#include "base/strings.h"
#include "gateway/core.h"

namespace fogbank::sqs {
namespace {

constexpr size_t kCachedQueues = 20000;

/// A stored policy that does not compile any more (a rule became stricter) denies everything: its Deny statements must not get lost.
policy::PolicyPtr compiled(std::string_view key, const store::Item& item) {
  auto record = decode<QueuePolicy>(item.bytes);
  if (!record) throw std::runtime_error("a stored queue policy is damaged");
  std::string partition = store::key_head(key).scope.partition.value;
  policy::CompileOptions options{policy::Dialect::sqs, partition};
  if (auto p = policy::compile(record->json, policy::PolicyKind::resource, options)) return *p;
  log(LogLevel::error, "a stored queue policy does not compile; the queue denies everything until it is replaced");
  constexpr std::string_view kDenyAll = R"({"Statement":[{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}]})";
  auto deny = policy::compile(kDenyAll, policy::PolicyKind::resource, options);
  if (!deny) throw std::logic_error("the policy that denies everything does not compile");
  return *deny;
}

}  // namespace

store::Key queue_key(const Scope& scope, std::string_view name) { return store::key(scope, kQueues, name); }
store::Key policy_key(const Scope& scope, std::string_view name) { return store::key(scope, kPolicies, name); }
store::Key deleted_key(const Scope& scope, std::string_view name) { return store::key(scope, kDeleted, name); }
store::Key messages_key(const Scope& scope, uint64_t queue_id) { return store::key(scope, kMessages, queue_id); }
store::Key message_key(const Scope& scope, uint64_t queue_id, Place place) {
  return store::key(scope, kMessages, queue_id, uint64_t(place.visible_at), place.seq);
}
store::Key messages_from(const Scope& scope, uint64_t queue_id, Millis visible_at) {
  return store::key(scope, kMessages, queue_id, uint64_t(std::max<Millis>(0, visible_at)));
}
store::Key body_key(const Scope& scope, uint64_t queue_id, uint64_t seq) { return store::key(scope, kBodies, queue_id, seq); }
store::Key moved_key(const Scope& scope, uint64_t queue_id, uint64_t seq) { return store::key(scope, kMoved, queue_id, seq); }
store::Key arrival_key(const Scope& scope, uint64_t queue_id) { return store::key(scope, kArrivals, queue_id); }

Place place_of(std::string_view message_key) {
  auto parts = store::key_parts(message_key);
  if (parts.size() != 3) throw std::invalid_argument("not the key of a message");
  return {Millis(store::number_part(parts[1])), store::number_part(parts[2])};
}

Millis earliest_alive(const Queue& queue, Millis now) { return std::max(queue.purged_at, now - queue.retention * 1000 + 1); }

State::State(Core& core) : queues(core.store(), kQueues, kCachedQueues), policies(core.store(), kPolicies, kCachedQueues, compiled) {}

}  // namespace fogbank::sqs
