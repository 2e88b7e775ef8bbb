// Store::read on SQLite: short reads on the writer's warm connection, long ones on a snapshot of their own; and the counts.
#include "store/pressure.h"
#include "store/sqlite_store.h"

#include <sys/stat.h>

namespace fogbank::store {

class ViewReader final : public Reader {
 public:
  explicit ViewReader(SqliteStore& store) : store_(store) {}
  ~ViewReader() override {
    if (snapshot_) store_.readers_.give_back(std::move(snapshot_));
    if (locked_) store_.mutex_.unlock();
  }

  std::optional<Item> get(const Key& key) override {
    step();
    return locked_ ? store_.records_.get(key.bytes()) : snapshot_->get(key.bytes());
  }

  void scan(const Key& from, const Key& to, Order order, const Visit& visit) override {
    if (!(from < to)) return;
    step();
    if (locked_) scan_here(from, to, order, visit);
    else snapshot_->scan(from, to, order, visit);
  }

  std::optional<uint64_t> cache_phase(const Key&) override {
    step(0);
    return phase_;
  }

 private:
  static constexpr int kStepsHere = 256;

  void step(int cost = 1) {
    if (!locked_ && !snapshot_) {
      phase_ = store_.coherence_.phase();
      if (store_.committer_.load(std::memory_order_relaxed) == std::this_thread::get_id() && store_.mutex_.try_lock()) {
        locked_ = true;
        phase_ = store_.coherence_.phase();
        store_.wake_writer();
      } else {
        snapshot_ = store_.readers_.take(false);
      }
    }
    if (locked_ && (steps_ += cost) > kStepsHere && scans_here_ == 0) leave();
  }

  /// Goes on in a snapshot: the same state, since nobody can commit before the mutex is released.
  void leave() {
    snapshot_ = store_.readers_.take(true);
    locked_ = false;
    store_.mutex_.unlock();
  }

  void scan_here(const Key& from, const Key& to, Order order, const Visit& visit) {
    std::string last;
    bool more = true;
    {
      sqlite::Statement s = store_.records_.begin_scan(from.bytes(), to.bytes(), order);
      struct End {
        RecordStatements& records;
        sqlite::Statement& s;
        Order order;
        ~End() { records.end_scan(std::move(s), order); }
      } at_end{store_.records_, s, order};
      scans_here_++;
      struct Count { int& n; ~Count() { n--; } } count{scans_here_};
      while ((more = s.step()) && (more = visit(s.bytes(0), s.bytes(2), Version(s.integer(1))))) {
        if (++steps_ < kStepsHere || scans_here_ > 1) continue;  // a scan around this one is on the same connection
        last = s.bytes(0);
        break;
      }
      if (!more) return;
    }
    leave();
    if (order == Order::ascending) snapshot_->scan(Key::raw(last + '\0', false), to, order, visit);
    else snapshot_->scan(from, Key::raw(last, false), order, visit);
  }

  SqliteStore& store_;
  std::unique_ptr<Snapshot> snapshot_;
  bool locked_ = false;
  int steps_ = 0, scans_here_ = 0;
  uint64_t phase_ = 0;
};

void SqliteStore::read(const std::function<void(Reader&)>& f) {
  Inside inside(Inside::read);
  ViewReader reader(*this);
  f(reader);
}

Store::Stats SqliteStore::stats() {
  Stats stats;
  std::unique_ptr<Snapshot> snapshot = readers_.take(false);
  {
    sqlite::Connection& db = snapshot->connection();
    stats.records = uint64_t(db.integer("SELECT count(*) FROM record"));
    stats.tasks = uint64_t(db.integer("SELECT count(*) FROM task"));
    stats.blobs = uint64_t(db.integer("SELECT count(*) FROM blob"));
    stats.blob_bytes = uint64_t(db.integer("SELECT sum(size) FROM blob"));
  }
  readers_.give_back(std::move(snapshot));
  struct stat st;
  if (::stat((file_.path + "-wal").c_str(), &st) == 0) stats.wal_bytes = uint64_t(st.st_size);
  if (::stat(file_.path.c_str(), &st) == 0) stats.database_bytes = uint64_t(st.st_size);
  return stats;
}

bool log_is_long(Store& store) {
  auto* sqlite = dynamic_cast<SqliteStore*>(&store);
  return sqlite && sqlite->log_is_long();
}

}  // namespace fogbank::store
