// Coherence between a store's commits and the caches of decoded records (cache.h).
//
// A commit is visible to readers a moment before it is acknowledged. To never hand out an older value after that, a store calls
// `begin` before a batch becomes visible and `end` with the batch's keys when it is, before committed() and on_commit tell anybody.
// Phase: odd between the two. A cache keeps a value that it read only if the phase was even before its snapshot and is the same now.
// Owned by its store; thread-safe. Listeners detach before the store is closed.
#pragma once
#include <atomic>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "store/store.h"

namespace fogbank::store {

class Coherence {
 public:
  class Listener {
   public:
    virtual ~Listener() = default;
    virtual void changed(const std::string& key) = 0;
    virtual void all_changed() = 0;
  };
  void attach(const Table& table, Listener& listener);
  void detach(Listener& listener);
  uint64_t phase() const { return phase_.load(std::memory_order_acquire); }

  // For stores; calls do not overlap.
  void begin() { phase_.fetch_add(1, std::memory_order_seq_cst); }
  void end(const std::vector<std::string>& keys);
  void end_all();

 private:
  std::atomic<uint64_t> phase_{0};
  std::mutex mutex_;
  std::map<std::string, std::vector<Listener*>, std::less<>> listeners_;  ///< by the table's bytes in a key
};

}  // namespace fogbank::store
