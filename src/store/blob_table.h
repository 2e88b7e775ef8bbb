// Which blob files are wanted: rows of kept blobs, of ranges of ids that may have files without a row (pending ones), and of files
// that were dropped and wait to be unlinked ("graves").
//
// A range of ids is committed before any of its files is created, so a start sweeps 256 ids per open range instead of the disk; a range
// ends when each of its ids is kept, dropped or given up. A dropped file stays for some seconds, for readers that resolved its reference
// just before. Rows: under the writer's mutex, on its connection. take_id, give_up and the graves: thread-safe, own lock.
// Crash: kept rows are of commits; everything else is removed at the next start.
#pragma once
#include <deque>
#include <map>
#include <unordered_set>
#include <vector>

#include "store/blob_files.h"
#include "store/database.h"
#include "store/overlay.h"

namespace fogbank::store {

class BlobTable {
 public:
  static constexpr uint64_t kRange = 256;

  BlobTable(sqlite::Connection& db, BlobFiles& files, Millis grave_time);
  /// At a start: reads the generation. No id is free until a commit has reserved a range.
  void load();
  /// Inside a transaction, at a start: removes the files that no row wants.
  void sweep();

  // The committing transaction.
  void apply(const BlobChange& change);
  void before_commit();                           ///< reserves a range if one is wanted; clears settled ranges and emptied graves
  void committed(const std::vector<BlobChange>& changes);
  void rolled_back();

  uint64_t generation() const { return generation_.load(); }
  /// An id in a committed range; nothing if a commit must reserve one first.
  std::optional<uint64_t> take_id();
  void want_range() { wanted_ = true; }
  void give_up(uint64_t id);                      ///< an unfinished blob whose file is removed

  /// Unlinks what was dropped long enough ago; when the next is due (steady clock, milliseconds), if any.
  std::optional<int64_t> bury();
  /// While held no file is unlinked (a snapshot is being saved).
  void hold_graves(int change) { held_ += change; }

  /// Inside a transaction: drops the kept blobs of an account or a service.
  void erase(const Store::ResetScope& what);
  /// Inside a transaction: all blobs are gone, or replaced by those of the next generation's folder.
  void next_generation();
  /// After that transaction.
  void replaced();

 private:
  struct Grave { uint64_t generation, id; int64_t at_ms; };
  void settle(uint64_t id);
  void reserve();
  void dig(uint64_t id);

  sqlite::Connection& db_;
  BlobFiles& files_;
  const Millis grave_time_;
  sqlite::Statement keep_, drop_, dig_, fill_, put_range_, end_range_;
  Counter ranges_;
  std::atomic<uint64_t> generation_{0};
  std::atomic<bool> wanted_{false};
  std::atomic<int> held_{0};
  // Of the transaction under way:
  std::optional<uint64_t> reserving_;
  std::vector<uint64_t> ending_, filling_, digging_;

  std::mutex mutex_;                              ///< guards all below
  std::deque<uint64_t> free_;                     ///< ids to give
  std::map<uint64_t, std::unordered_set<uint64_t>> open_ranges_;  ///< first id → ids not settled
  std::vector<uint64_t> settled_ranges_, buried_;
  std::deque<Grave> graves_;
};

}  // namespace fogbank::store
