// What SNS keeps in memory, made once per server: `cx.state<sns::State>()`. Nothing of it has to survive. Thread-safe.
#pragma once
#include <mutex>
#include <string>
#include <unordered_map>

#include "services/sns/routes.h"
#include "services/sns/signing.h"
#include "services/sns/state.h"
#include "store/cache.h"

namespace fogbank { class Core; }

namespace fogbank::sns {

/// Keeps to maxReceivesPerSecond: when may the next message go to this subscription?
class Throttle {
 public:
  /// Now, or the time to try again (virtual clock).
  Millis next(const std::string& subscription, int64_t per_second, Millis now);

 private:
  std::mutex mutex_;
  std::unordered_map<std::string, double> free_at_;   ///< milliseconds
};

struct State {
  explicit State(Core& core);
  store::Cache<Topic> topics;
  store::Cache<policy::CompiledPolicy> policies;   ///< by the key of the topic's policy
  RouteCache routes;
  Signing signing;
  Throttle throttle;
};

}  // namespace fogbank::sns
