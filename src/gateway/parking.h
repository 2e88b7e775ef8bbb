// Parked calls: what waits for a key to change or a time to come, without a thread. The core keeps connection, principal and the
// request's bytes (up to 2 KB beside the connection) and runs the call again when it is woken. Loop thread only, but for on_keys.
// After a crash the clients' connections are gone and they ask again; nothing acknowledged depends on this table.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "gateway/call.h"

namespace fogbank {

class Parking {
 public:
  /// `run` is called (loop thread) to run a woken call again; it returns true if the call parked again (it is then kept).
  using Rerun = std::function<void(std::unique_ptr<Call>)>;
  explicit Parking(Core& core) : core_(core) {}
  void set_rerun(Rerun rerun) { rerun_ = std::move(rerun); }

  void park(std::unique_ptr<Call> call, const Outcome& outcome);
  /// Keys changed by a commit (loop thread): wakes the calls parked on them.
  void on_keys(const std::vector<std::string>& keys);
  /// Runs what is due on either clock; returns milliseconds until the next, or -1.
  int64_t on_time();
  /// A new epoch: every parked call is answered by `answer` (503) and forgotten.
  void drop_all(const std::function<void(std::unique_ptr<Call>)>& answer);
  size_t size() const { return waiting_.size(); }
  std::optional<Millis> next_virtual() const;

 private:
  struct Waiter {
    std::unique_ptr<Call> call;
    std::vector<std::string> keys;
    int64_t deadline_us;
    Millis wake_at;
  };
  void wake(uint64_t id);
  void unlink(uint64_t id, Waiter& w);

  Core& core_;
  Rerun rerun_;
  uint64_t next_id_ = 1;
  std::unordered_map<uint64_t, Waiter> waiting_;
  std::unordered_map<std::string, std::map<uint64_t, bool>> by_key_;   ///< ids in order of arrival
  std::multimap<int64_t, uint64_t> by_deadline_;
  std::multimap<Millis, uint64_t> by_virtual_;
};

}  // namespace fogbank
