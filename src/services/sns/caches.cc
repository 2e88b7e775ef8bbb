#include "services/sns/caches.h"

#include <algorithm>
#include <stdexcept>

#include "gateway/core.h"
#include "gateway/late_text.h"
#include "gateway/stored_policy.h"
#include "services/sns/envelope.h"

namespace fogbank::sns {
namespace {

constexpr size_t kCachedTopics = 20000;
constexpr size_t kThrottled = 10000;

policy::PolicyPtr compiled(std::string_view key, const store::Item& item) { return stored_policy<TopicPolicy>(policy::Dialect::sns, key, item); }

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
    : topics(core.store(), kTopics, kCachedTopics), policies(core.store(), kPolicies, kCachedTopics, compiled), routes(core), signing(core) {
  core.state<LateTexts>().serve(kLateEnvelope, [this](std::string_view text) { return finish_envelope(signing, text); });
}

}  // namespace fogbank::sns
