#include "gateway/parking.h"

#include "gateway/core.h"
#include "http/server.h"

namespace fogbank {

void Parking::park(std::unique_ptr<Call> call, const Outcome& outcome) {
  uint64_t id = next_id_++;
  call->parked = true;
  call->parked_deadline_us = outcome.deadline_us;
  Waiter w{std::move(call), outcome.keys, outcome.deadline_us, outcome.wake_at.value_or(-1)};
  for (const auto& k : w.keys) by_key_[k].emplace(id, true);
  by_deadline_.emplace(w.deadline_us, id);
  if (w.wake_at >= 0) by_virtual_.emplace(w.wake_at, id);
  if (w.call->exchange) {
    w.call->exchange->on_gone([this, id] {
      auto it = waiting_.find(id);
      if (it == waiting_.end()) return;
      unlink(id, it->second);
      // The exchange is calling us: it must outlive this call, so the last hold on it is let go in a later step of the loop.
      std::shared_ptr<Call> last(std::move(it->second.call));
      waiting_.erase(it);
      core_.server->post([last] {});
    });
  }
  waiting_.emplace(id, std::move(w));
}

void Parking::unlink(uint64_t id, Waiter& w) {
  for (const auto& k : w.keys) {
    auto it = by_key_.find(k);
    if (it == by_key_.end()) continue;
    it->second.erase(id);
    if (it->second.empty()) by_key_.erase(it);
  }
  auto drop = [id](auto& index, auto value) {
    for (auto [a, b] = index.equal_range(value); a != b; ++a) {
      if (a->second == id) { index.erase(a); return; }
    }
  };
  drop(by_deadline_, w.deadline_us);
  if (w.wake_at >= 0) drop(by_virtual_, w.wake_at);
}

void Parking::wake(uint64_t id) {
  auto it = waiting_.find(id);
  if (it == waiting_.end()) return;
  Waiter w = std::move(it->second);
  unlink(id, w);
  waiting_.erase(it);
  w.call->parked = false;
  rerun_(std::move(w.call));
}

void Parking::on_keys(const std::vector<std::string>& keys) {
  if (by_key_.empty()) return;
  for (const auto& k : keys) {
    // In order of arrival until one parks again: then there is nothing left for the others either.
    for (;;) {
      auto it = by_key_.find(k);
      if (it == by_key_.end()) break;
      uint64_t newest = next_id_;
      uint64_t id = it->second.begin()->first;
      wake(id);
      it = by_key_.find(k);
      if (it != by_key_.end() && it->second.rbegin()->first >= newest) break;
    }
  }
}

int64_t Parking::on_time() {
  int64_t now = steady_micros();
  while (!by_deadline_.empty() && by_deadline_.begin()->first <= now) wake(by_deadline_.begin()->second);
  Millis virtual_now = core_.now();
  while (!by_virtual_.empty() && by_virtual_.begin()->first <= virtual_now) wake(by_virtual_.begin()->second);
  int64_t wait = -1;
  if (!by_deadline_.empty()) wait = std::max<int64_t>(0, (by_deadline_.begin()->first - now + 999) / 1000);
  if (!by_virtual_.empty() && !core_.clock().state().frozen) {
    int64_t v = std::max<int64_t>(0, by_virtual_.begin()->first - virtual_now);
    wait = wait < 0 ? v : std::min(wait, v);
  }
  return wait;
}

std::optional<Millis> Parking::next_virtual() const {
  return by_virtual_.empty() ? std::nullopt : std::optional<Millis>(by_virtual_.begin()->first);
}

void Parking::drop_all(const std::function<void(std::unique_ptr<Call>)>& answer) {
  auto all = std::move(waiting_);
  waiting_.clear();
  by_key_.clear();
  by_deadline_.clear();
  by_virtual_.clear();
  for (auto& [id, w] : all) answer(std::move(w.call));
}

}  // namespace fogbank
