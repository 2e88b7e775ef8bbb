// Many timers that are mostly cancelled (time limits of invocations), over the loop's few that cannot be. Loop's thread only; timers that are
// pending when this is destroyed are forgotten.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <memory>

#include "base/clock.h"
#include "http/server.h"

namespace fogbank::lambda::runtime {

class Timers {
 public:
  explicit Timers(http::Server& server) : server_(server) {}

  uint64_t after_us(int64_t microseconds, std::function<void()> f) {
    Key key{steady_micros() + microseconds, ++last_};
    due_.emplace(key, std::move(f));
    by_id_.emplace(key.second, key.first);
    arm();
    return key.second;
  }
  uint64_t after(int64_t milliseconds, std::function<void()> f) { return after_us(milliseconds * 1000, std::move(f)); }
  /// 0 and what has run already are ignored; `id` becomes 0.
  void cancel(uint64_t& id) {
    auto it = by_id_.find(id);
    id = 0;
    if (it == by_id_.end()) return;
    due_.erase({it->second, it->first});
    by_id_.erase(it);
  }

 private:
  using Key = std::pair<int64_t, uint64_t>;
  void arm() {
    if (due_.empty()) return;
    int64_t first = due_.begin()->first.first;
    if (armed_ && armed_ <= first) return;
    armed_ = first;
    server_.after(std::max<int64_t>(0, (first - steady_micros() + 999) / 1000), [this, first, alive = std::weak_ptr<bool>(alive_)] {
      if (!alive.expired()) run(first);
    });
  }
  void run(int64_t armed) {
    if (armed == armed_) armed_ = 0;
    int64_t now = steady_micros();
    auto alive = std::weak_ptr<bool>(alive_);
    while (!due_.empty() && due_.begin()->first.first <= now) {
      auto f = std::move(due_.begin()->second);
      by_id_.erase(due_.begin()->first.second);
      due_.erase(due_.begin());
      f();
      if (alive.expired()) return;
    }
    arm();
  }

  http::Server& server_;
  std::map<Key, std::function<void()>> due_;
  std::map<uint64_t, int64_t> by_id_;
  uint64_t last_ = 0;
  int64_t armed_ = 0;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace fogbank::lambda::runtime
