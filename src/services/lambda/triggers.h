// What wakes the pollers of event source mappings: signals of commits, by the keys that the pollers sleep on. A poller that finds nothing leaves
// a task that is due when the source may have something by itself, and is registered here; a commit that touches the key makes the task due.
//
// `core.state<lambda::Triggers>()`, started with the server. Any thread. Nothing of it survives a restart: starting makes every poller look once.
#pragma once
#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "store/store.h"

namespace fogbank { class Core; }

namespace fogbank::lambda {

class Triggers {
 public:
  explicit Triggers(Core& core) : core_(core) {}
  /// Once, before tasks run.
  void start();

  /// A poller begins to look: how often the key (or a key that begins with it) has been signalled; the task sleeps no more.
  uint64_t look(const std::string& key, uint64_t task_id);
  /// A poller's next task is written: it sleeps until the key is signalled, or has to look at once if that happened since `seen`.
  /// `collects`: it has part of a batch in hand and is woken before others.
  void sleep(const std::string& key, uint64_t seen, const store::Task& task, bool collects = false);
  /// The mapping's pollers before this generation have been ended: none of them is to be woken instead of another.
  void forget(std::string_view uuid, uint64_t generation);
  /// There is more for another poller of this key.
  void wake_another(const std::string& key);

  /// A poller's run, from before it reads its mapping until what it did is written: a change of the mapping settles between runs, so that the
  /// batch under way is neither lost nor made twice.
  void run_begins(const std::string& uuid, int64_t slot);
  void run_ends(const Scope& scope, const std::string& uuid, int64_t slot);
  /// Within the settling's transaction. True: runs are under way, and the last one of them will have it settled.
  bool settling_waits(const std::string& uuid);

 private:
  struct Watched {
    uint64_t signals = 0;
    std::vector<store::Task> sleeping;
  };
  void on_commit(const store::Store::Batch& batch);
  void wake_all();
  void settle_now(const Scope& scope, const std::string& uuid);
  struct Sleeper { std::string key; store::Task task; };
  void make_due(std::vector<Sleeper> sleepers);

  Core& core_;
  std::mutex mutex_;
  std::map<std::string, Watched> watched_;
  struct Runs {
    std::set<int64_t> slots;
    bool settling_waits = false;
  };
  std::map<std::string, Runs> runs_;   ///< by mapping
  uint64_t epoch_ = 0;
};

}  // namespace fogbank::lambda
