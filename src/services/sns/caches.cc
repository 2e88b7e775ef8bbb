#include "services/sns/caches.h"

#include <algorithm>
#include <stdexcept>

#include "base/log.h"
#include "gateway/core.h"

namespace fogbank::sns {
namespace {

constexpr size_t kCachedTopics = 20000;
constexpr size_t kThrottled = 10000;

/// A stored policy that does not compile any more (a rule became stricter) denies everything: its Deny statements must not get lost.
policy::PolicyPtr compiled(std::string_view key, const store::Item& item) {
  auto record = decode<TopicPolicy>(item.bytes);
  if (!record) throw std::runtime_error("a stored topic policy is damaged");
  std::string partition = store::key_head(key).scope.partition.value;
  policy::CompileOptions options{policy::Dialect::sns, partition};
  if (auto p = policy::compile(record->json, policy::PolicyKind::resource, options)) return *p;
  log(LogLevel::error, "a stored topic policy does not compile; the topic denies everything until it is replaced");
  constexpr std::string_view kDenyAll = R"({"Statement":[{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}]})";
  auto deny = policy::compile(kDenyAll, policy::PolicyKind::resource, options);
  if (!deny) throw std::logic_error("the policy that denies everything does not compile");
  return *deny;
}

}  // namespace

Millis Throttle::next(const std::string& subscription, int64_t per_second, Millis now) {
  std::lock_guard lock(mutex_);
  if (free_at_.size() > kThrottled) std::erase_if(free_at_, [&](const auto& e) { return e.second <= double(now); });
  double& free_at = free_at_[subscription];
  if (free_at > double(now)) return Millis(free_at) + 1;
  free_at = double(now) + 1000.0 / double(per_second);
  return now;
}

State::State(Core& core)
    : topics(core.store(), kTopics, kCachedTopics), policies(core.store(), kPolicies, kCachedTopics, compiled), routes(core), signing(core) {}

}  // namespace fogbank::sns
