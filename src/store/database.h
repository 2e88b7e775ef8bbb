// The database file: its settings, schema and format version, and the numbers that must never be given twice.
//
// Used by one thread at a time except `open`. The schema is described in docs/store.md; a later format is added as a further
// migration, so that every later binary opens every earlier store, and a newer format is refused with a clear text.
#pragma once
#include <string>

#include "store/sqlite.h"
#include "store/store.h"

namespace fogbank::store {

inline constexpr int64_t kFormat = 1;

struct SqliteOptions : Options {
  std::string vfs;           ///< name of a registered SQLite VFS; tests only
  Millis grave_time = 5000;  ///< how long the file of a dropped blob stays, for readers that have just resolved it
};

/// How connections to one database file are made.
struct DatabaseFile {
  std::string path;
  std::string vfs;
  enum class Sync { none, checkpoints, commits } sync = Sync::checkpoints;
  sqlite::Connection open_writer() const;  ///< creates the schema, migrates; throws sqlite::Error or FormatError
  sqlite::Connection open_reader() const;
};

struct FormatError : std::runtime_error { using std::runtime_error::runtime_error; };

/// Migrates an opened database to kFormat; throws FormatError if it is foreign, newer or not as this format says.
void check_format(sqlite::Connection& db);

/// A number that never repeats, also after a crash: a limit ahead of it is stored with a commit, once in a while.
class Counter {
 public:
  void load(sqlite::Connection& db, std::string_view name, uint64_t step);
  uint64_t next() { return ++value_; }
  uint64_t value() const { return value_; }
  /// Inside the transaction that commits numbers given so far.
  void store();
  void committed() { durable_ = limit_; }
  void rolled_back() { limit_ = durable_; }

 private:
  std::string name_;
  sqlite::Statement update_;
  uint64_t value_ = 0, limit_ = 0, durable_ = 0, step_ = 1;
};

int64_t meta(sqlite::Connection& db, std::string_view name);
void set_meta(sqlite::Connection& db, std::string_view name, int64_t value);

}  // namespace fogbank::store
