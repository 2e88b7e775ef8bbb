// The store's background thread: keeps the write-ahead log short and unlinks dropped blobs.
//
// A checkpoint copies the log's pages into the database file. The bulk is copied beside the writer; under steady writes that never
// reaches the log's end (and then the log never starts again at its beginning), so past a bound new snapshots wait for a moment, those
// older than kSnapshotAge are ended, and the small rest is copied under the writer's mutex.
// Owned by the store; stop() waits. Errors (a full disk) are tried again with the next commits.
#pragma once
#include <condition_variable>
#include <thread>

#include "store/blob_table.h"
#include "store/sqlite_readers.h"

namespace fogbank::store {

class Keeper {
 public:
  static constexpr int kCheckpointAt = 1000;  ///< frames (4 KB each) since the last pass
  static constexpr int kForceAt = 2000;       ///< frames in the log
  static constexpr int kHoldAt = 4000;        ///< from here on commits wait for the pass under way, kHoldMillis at most
  static constexpr int kHoldMillis = 100;

  /// `rest` ends the writer connection's own read transaction; called under `writer_mutex`.
  Keeper(const DatabaseFile& file, std::recursive_mutex& writer_mutex, std::function<void()> rest, ReaderPool& readers, BlobTable& blobs);
  ~Keeper() { stop(); }
  void stop();

  void log_grew(int frames);                  ///< from the commit's hook
  int log_frames() const { return frames_.load(std::memory_order_relaxed); }
  void look_at_graves();
  /// Passed by every commit before it takes the writer's mutex: a mutex is not fair, and the keeper would wait for long.
  void let_pass();
  /// True once after the log was copied completely: the writer's next transaction should begin anew, so that the log starts again.
  bool take_restart() { return restart_.load(std::memory_order_relaxed) && restart_.exchange(false); }

 private:
  void run();
  void checkpoint();

  sqlite::Connection db_;
  std::mutex turnstile_;
  std::recursive_mutex& writer_mutex_;
  std::function<void()> rest_;
  ReaderPool& readers_;
  BlobTable& blobs_;
  std::atomic<int> frames_{0};
  std::atomic<int> next_at_{kCheckpointAt};
  std::atomic<bool> restart_{false};

  std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable passed_;
  bool stopping_ = false, graves_ = false, log_ = false, forced_ = false;
  std::thread thread_;
};

}  // namespace fogbank::store
