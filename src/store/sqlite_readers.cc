#include "store/sqlite_readers.h"

#include "base/clock.h"

namespace fogbank::store {

RecordStatements::RecordStatements(sqlite::Connection& db)
    : db_(db), get_(db.prepare("SELECT version, bytes FROM record WHERE key = ?")) {}

std::optional<Item> RecordStatements::get(const std::string& key) {
  sqlite::Using s(get_);
  if (!s->bind(1, key).step()) return std::nullopt;
  return Item{std::string(s->bytes(1)), Version(s->integer(0))};
}

sqlite::Statement RecordStatements::begin_scan(const std::string& from, const std::string& to, Order order) {
  auto& free = scans_[order == Order::descending];
  sqlite::Statement s;
  if (free.empty()) {
    s = db_.prepare(order == Order::ascending ? "SELECT key, version, bytes FROM record WHERE key >= ? AND key < ? ORDER BY key"
                                              : "SELECT key, version, bytes FROM record WHERE key >= ? AND key < ? ORDER BY key DESC");
  } else {
    s = std::move(free.back());
    free.pop_back();
  }
  s.bind(1, from).bind(2, to);
  return s;
}

void RecordStatements::end_scan(sqlite::Statement&& s, Order order) {
  s.reset();
  scans_[order == Order::descending].push_back(std::move(s));
}

Snapshot::Snapshot(const DatabaseFile& file)
    : db_(file.open_reader()), records_(db_), begin_(db_.prepare("BEGIN")), pin_(db_.prepare("SELECT 1 FROM meta LIMIT 1")),
      end_(db_.prepare("COMMIT")) {}

void Snapshot::begin() {
  std::lock_guard lock(mutex_);
  begin_.run();
  pin_.run();  // only a read fixes the snapshot
  began_ = steady_micros();
  expired_ = false;
}

void Snapshot::end() {
  std::lock_guard lock(mutex_);
  if (db_.in_transaction()) end_.run();
  began_ = 0;
}

bool Snapshot::expire(int64_t began_before) {
  std::lock_guard lock(mutex_);
  if (began_ == 0 || expired_ || began_ >= began_before) return false;
  for (sqlite::Statement* s : active_) s->reset();
  if (db_.in_transaction()) end_.run();
  expired_ = true;
  return true;
}

std::optional<Item> Snapshot::get(const std::string& key) {
  std::lock_guard lock(mutex_);
  if (expired_) throw SnapshotExpired();
  return records_.get(key);
}

bool Snapshot::next(sqlite::Statement& s, Row& row) {
  std::lock_guard lock(mutex_);
  if (expired_) throw SnapshotExpired();
  if (!s.step()) return false;
  row.key.assign(s.bytes(0));
  row.version = Version(s.integer(1));
  row.bytes.assign(s.bytes(2));
  return true;
}

void Snapshot::scan(const Key& from, const Key& to, Order order, const Reader::Visit& visit) {
  sqlite::Statement s;
  {
    std::lock_guard lock(mutex_);
    if (expired_) throw SnapshotExpired();
    s = records_.begin_scan(from.bytes(), to.bytes(), order);
    active_.push_back(&s);
  }
  struct End {
    Snapshot& snapshot;
    sqlite::Statement& s;
    Order order;
    ~End() {
      std::lock_guard lock(snapshot.mutex_);
      snapshot.active_.pop_back();
      snapshot.records_.end_scan(std::move(s), order);
    }
  } at_end{*this, s, order};
  Row row;
  while (next(s, row) && visit(row.key, row.bytes, row.version)) {}
}

std::unique_ptr<Snapshot> ReaderPool::take(bool holds_writer) {
  std::unique_lock lock(mutex_);
  if (!holds_writer) freed_.wait(lock, [&] { return !draining_; });
  while (true) {
    std::unique_ptr<Snapshot> s;
    if (!free_.empty()) {
      s = std::move(free_.back());
      free_.pop_back();
    } else {
      try {
        s = std::make_unique<Snapshot>(file_);
      } catch (const sqlite::Error&) {
        // Perhaps no descriptor is left: wait for a connection that is in use, but not for ever (it may be our own caller's).
        if (busy_.empty() || freed_.wait_for(lock, std::chrono::seconds(5)) == std::cv_status::timeout) throw;
        continue;
      }
    }
    try {
      s->begin();
    } catch (...) {
      free_.push_back(std::move(s));
      throw;
    }
    busy_.push_back(s.get());
    return s;
  }
}

void ReaderPool::give_back(std::unique_ptr<Snapshot> s) {
  s->end();
  std::lock_guard lock(mutex_);
  std::erase(busy_, s.get());
  if (free_.size() < kKept) free_.push_back(std::move(s));
  freed_.notify_all();
}

void ReaderPool::pause() {
  std::lock_guard lock(mutex_);
  draining_ = true;
}

void ReaderPool::drain(Millis age) {
  std::unique_lock lock(mutex_);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(age);
  if (freed_.wait_until(lock, deadline, [&] { return busy_.empty(); })) return;
  for (Snapshot* s : busy_) s->expire(steady_micros() - age * 1000);
}

void ReaderPool::resume() {
  {
    std::lock_guard lock(mutex_);
    draining_ = false;
  }
  freed_.notify_all();
}

}  // namespace fogbank::store
