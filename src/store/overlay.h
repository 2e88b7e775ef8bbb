// The open batch: writes that are applied but not committed, kept in memory over the committed records.
//
// Both stores share it. An OverlayTxn writes into the batch and remembers how to undo itself, so a failing write function costs
// nothing and applies nothing; a commit hands the whole batch to the storage in the order of its keys, and a failed commit just
// forgets it. Owned by the store and used under its writer's mutex only. A crash loses it: nobody was told of what is in it.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "store/coherence.h"
#include "store/store.h"

namespace fogbank::store {

struct Change {
  std::string bytes;
  Version version = 0;
  bool erased = false;
};
struct TaskChange {
  enum Kind { schedule, reschedule, cancel } kind;
  Task task;  ///< only the id of a cancelled one
};
struct BlobChange {
  enum Kind { keep, drop } kind;
  uint64_t id;
  int64_t size;
  std::string owner;
};

struct OpenBatch {
  std::map<std::string, Change, std::less<>> records;
  std::vector<std::string> signals;
  std::vector<TaskChange> tasks;  ///< in the order they were asked for
  std::vector<BlobChange> blobs;
  size_t bytes = 0;
  bool empty() const { return records.empty() && signals.empty() && tasks.empty() && blobs.empty(); }
  /// Keys of everything changed or signalled; takes them out of the batch.
  std::vector<std::string> take_keys();
  std::optional<Millis> earliest_task() const;
};

class OverlayTxn final : public Txn {
 public:
  /// What a transaction needs of its store.
  class Home {
   public:
    virtual ~Home() = default;
    virtual uint64_t new_task_id(Millis due) = 0;
    virtual Coherence& coherence() = 0;
  };
  OverlayTxn(OpenBatch& batch, Reader& committed, Home& home, Version version);

  std::optional<Item> get(const Key& key) override;
  void scan(const Key& from, const Key& to, Order order, const Visit& visit) override;
  std::optional<uint64_t> cache_phase(const Key& key) override;
  void put(const Key& key, std::string_view bytes) override;
  void erase(const Key& key) override;
  uint64_t next(const Scope& scope, std::string_view name) override;
  Version version() const override { return version_; }
  uint64_t schedule(Task task) override;
  void cancel(uint64_t task_id) override;
  void reschedule(const Task& task) override;
  void keep(const BlobRef& blob, const Key& owner) override;
  void drop(const BlobRef& blob) override;
  void signal(const Key& key) override;

  bool changed() const { return changes_ != 0; }
  bool authority_changed() const { return authority_changed_; }
  void undo();
  void widen();                    ///< see wide.h

 private:
  using Records = std::map<std::string, Change, std::less<>>;
  struct Before { Records::iterator at; std::optional<Change> was; };
  Change& touch(const Key& key, size_t bytes);
  void count(size_t keys, size_t bytes);

  OpenBatch& batch_;
  Reader& committed_;
  Home& home_;
  const Version version_;
  std::vector<Before> before_;
  const size_t signals_, tasks_, blobs_, bytes_;  ///< of the batch, when this transaction began
  size_t changes_ = 0, own_bytes_ = 0;
  size_t max_changes_ = kMaxKeys, max_bytes_ = kMaxBytes;
  bool authority_changed_ = false;
};

/// Marks the thread as inside a store's function, so that a nested write or commit is found instead of hanging.
class Inside {
 public:
  enum What { nothing, read, write, hook };
  explicit Inside(What what) : outer_(current_) { current_ = what; }
  ~Inside() { current_ = outer_; }
  Inside(const Inside&) = delete;
  static void refuse_write();
  static void refuse_commit();
  static bool none() { return current_ == nothing; }

 private:
  static thread_local What current_;
  const What outer_;
};

}  // namespace fogbank::store
