// Tasks in SQLite: rows whose number is their due time packed with a sequence, so that the next ones are found without a scan.
//
// A task belongs to a queue (account, kind, recurring or not); claims rotate over accounts, and within one take the oldest first. In
// memory is per queue only a lower bound of its earliest due time, and the leases: a million tasks cost disk, not memory.
// Of each lane one task is `ready` (the earliest, or the one that is claimed or held); the others become so when it leaves the lane.
// Used under the writer's mutex, on the writer's connection. A crash forgets the leases: unfinished tasks are claimable again.
#pragma once
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "store/database.h"
#include "store/overlay.h"

namespace fogbank::store {

class TaskTable {
 public:
  explicit TaskTable(sqlite::Connection& db);

  uint64_t new_id(Millis due);                     ///< later than every earlier one of the same millisecond
  void apply(const TaskChange& change);            ///< inside the committing transaction
  void before_commit() { counter_.store(); }
  void committed();
  void rolled_back();

  std::vector<Task> claim(Millis now, size_t limit, const std::function<bool(std::string_view)>& wanted);
  void release(uint64_t id);
  std::optional<Millis> next_due(bool recurring_too);
  size_t claimed() const { return leases_.size(); }

  /// Inside a transaction: removes what an account or a service (the part of a kind before its first dot) has; empty: all.
  void erase(const Store::ResetScope& what);
  void reload(bool forget_leases);                 ///< after the rows were replaced

 private:
  struct Queue {
    int64_t number;
    std::string account, kind;
    bool recurring;
    Millis earliest = 0;                           ///< nothing ready and unclaimed is due before it
  };
  struct Row { int64_t row; uint64_t id; std::string body; };
  struct Located { int64_t row; size_t queue; bool ready; std::string lane; };

  size_t queue_of(const Task& task);
  size_t queue_index(int64_t number) const;
  uint64_t last_row_of(Millis due);
  std::optional<Located> locate(uint64_t id);
  void insert(int64_t row, const Task& task, bool keep_turn);
  bool takes_the_lane(int64_t row, const std::string& lane);
  void remove(const Located& task, uint64_t id);
  void promote(const std::string& lane);
  void lower(size_t queue, Millis due) { queues_[queue].earliest = std::min(queues_[queue].earliest, due); }
  std::vector<Row> fetch(size_t queue, Millis now, size_t limit);
  size_t claim_of(const std::vector<size_t>& queues, Millis now, size_t limit, std::vector<Task>& out);

  sqlite::Connection& db_;
  sqlite::Statement insert_, remove_, by_row_, moved_, put_moved_, erase_moved_, in_lane_, set_ready_, fetch_, last_, last_moved_, put_queue_;
  Counter counter_;
  std::unordered_map<Millis, uint64_t> pending_last_;  ///< of rows given and not committed
  std::vector<Queue> queues_;
  std::map<std::tuple<std::string, std::string, bool>, size_t> queue_by_name_;
  std::unordered_map<int64_t, size_t> queue_by_number_;
  size_t durable_queues_ = 0;
  std::unordered_set<uint64_t> leases_;            ///< ids of claimed tasks
  std::string last_account_;                       ///< whose turn was last
};

}  // namespace fogbank::store
