// Reading records from SQLite: the statements of one connection, and a pool of connections with a snapshot each.
//
// A Snapshot is used by one reader at a time, but the keeper may end an old one that is in the way of the write-ahead log's bound
// (a forgotten reader once let it grow by hundreds of megabytes in seconds): hence its lock, held for each step and not while the
// visitor runs, and the copied rows. The reader then gets SnapshotExpired. The pool is thread-safe and outlives its snapshots.
#pragma once
#include <condition_variable>
#include <mutex>
#include <vector>

#include "store/database.h"
#include "store/sqlite.h"
#include "store/store.h"

namespace fogbank::store {

/// The record table as one connection sees it. Its methods are used under the connection's lock.
class RecordStatements {
 public:
  explicit RecordStatements(sqlite::Connection& db);
  std::optional<Item> get(const std::string& key);
  /// A scan statement with its bounds bound; give it back reset. Nested scans get one each. The bounds must outlive it.
  sqlite::Statement begin_scan(const std::string& from, const std::string& to, Order order);
  void end_scan(sqlite::Statement&& s, Order order);

 private:
  sqlite::Connection& db_;
  sqlite::Statement get_;
  std::vector<sqlite::Statement> scans_[2];
};

class Snapshot {
 public:
  explicit Snapshot(const DatabaseFile& file);
  void begin();
  void end();
  bool expire(int64_t began_before);           ///< by the keeper; true if it ended a transaction

  std::optional<Item> get(const std::string& key);
  void scan(const Key& from, const Key& to, Order order, const Reader::Visit& visit);
  sqlite::Connection& connection() { return db_; }  ///< for its one user, while not subject to expiry

 private:
  struct Row { std::string key, bytes; Version version = 0; };
  bool next(sqlite::Statement& s, Row& row);

  std::mutex mutex_;
  sqlite::Connection db_;
  RecordStatements records_;
  sqlite::Statement begin_, pin_, end_;
  std::vector<sqlite::Statement*> active_;     ///< scans under way, innermost last
  int64_t began_ = 0;                          ///< 0: no transaction
  bool expired_ = false;
};

class ReaderPool {
 public:
  explicit ReaderPool(DatabaseFile file) : file_(std::move(file)) { give_back(std::make_unique<Snapshot>(file_)); }
  /// A snapshot with its transaction begun. Opens a connection if none is free; waits for one where that fails (no descriptors left).
  /// Waits while the pool is drained, except for a caller who holds the writer's mutex.
  std::unique_ptr<Snapshot> take(bool holds_writer);
  void give_back(std::unique_ptr<Snapshot> s);
  /// For a moment: lets no new snapshot begin; waits until all have ended, and ends those that are older than `age`.
  void pause();
  void drain(Millis age);
  void resume();

 private:
  static constexpr size_t kKept = 4;
  const DatabaseFile file_;
  std::mutex mutex_;
  std::condition_variable freed_;
  bool draining_ = false;
  std::vector<std::unique_ptr<Snapshot>> free_;
  std::vector<Snapshot*> busy_;
};

}  // namespace fogbank::store
