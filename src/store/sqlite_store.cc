#include "store/sqlite_store.h"

#include <sys/stat.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>

#include "base/strings.h"
#include "store/hold_commits.h"

namespace fogbank::store {
namespace {

constexpr size_t kBatchBytes = 32 << 20;   ///< a larger open batch is committed before the next write
constexpr size_t kFailedRuns = 4096;

DatabaseFile::Sync sync_of(const SqliteOptions& options, bool temporary) {
  if (temporary) return DatabaseFile::Sync::none;
  return options.durability == Durability::power ? DatabaseFile::Sync::commits : DatabaseFile::Sync::checkpoints;
}

void remove_tree(const std::string& directory) {
  std::error_code ignored;
  std::filesystem::remove_all(directory, ignored);
}

/// The writer connection's records, as the base of a transaction. Under the writer's mutex.
class CommittedRecords final : public Reader {
 public:
  explicit CommittedRecords(RecordStatements& records) : records_(records) {}
  std::optional<Item> get(const Key& key) override { return records_.get(key.bytes()); }
  void scan(const Key& from, const Key& to, Order order, const Visit& visit) override {
    sqlite::Statement s = records_.begin_scan(from.bytes(), to.bytes(), order);
    struct End {
      RecordStatements& records;
      sqlite::Statement& s;
      Order order;
      ~End() { records.end_scan(std::move(s), order); }
    } at_end{records_, s, order};
    while (s.step() && visit(s.bytes(0), s.bytes(2), Version(s.integer(1)))) {}
  }

 private:
  RecordStatements& records_;
};

}  // namespace

SqliteStore::SqliteStore(const SqliteOptions& options, const std::string& directory, DirectoryLock lock, bool temporary)
    : temporary_(temporary ? std::shared_ptr<void>(nullptr, [directory](void*) { remove_tree(directory); }) : nullptr),
      directory_(directory), lock_(std::move(lock)),
      file_{directory + "/store.db", options.vfs, sync_of(options, temporary)}, writer_(file_.open_writer()),
      begin_(writer_.prepare("BEGIN")), commit_(writer_.prepare("COMMIT")), rollback_(writer_.prepare("ROLLBACK")),
      put_(writer_.prepare("INSERT INTO record(key, version, bytes) VALUES(?, ?, ?) "
                           "ON CONFLICT(key) DO UPDATE SET version = excluded.version, bytes = excluded.bytes")),
      erase_(writer_.prepare("DELETE FROM record WHERE key = ?")), records_(writer_), tasks_(writer_),
      blob_files_(directory, file_.sync == DatabaseFile::Sync::commits), blobs_(writer_, blob_files_, options.grave_time), readers_(file_) {
  start();
  keeper_.emplace(file_, mutex_, [this] { rest_writer(); }, readers_, blobs_);
  writer_.on_wal([this](int frames) { keeper_->log_grew(frames); });
}

void SqliteStore::start() {
  versions_.load(writer_, "last_version", 100'000);
  epoch_ = uint64_t(std::max<int64_t>(1, meta(writer_, "epoch")));
  blobs_.load();
  auto error = transaction([&] {
    blobs_.sweep();
    blobs_.before_commit();
  });
  if (error) throw std::runtime_error(*error);
  blobs_.committed({});
  blob_files_.remove_other_generations(blobs_.generation());
  remove_tree(directory_ + "/loading");
  remove_tree(directory_ + "/snapshot.db");
}

SqliteStore::~SqliteStore() {
  {
    std::scoped_lock lock(commit_mutex_, mutex_);
    if (!open_.empty()) transaction([&] { apply(open_); });  // a failure was never acknowledged to anybody
    rest_writer();
  }
  keeper_.reset();
}

Result<Ticket> SqliteStore::write(const std::function<Result<void>(Txn&)>& f) {
  Inside::refuse_write();
  bool too_large;
  {
    std::lock_guard lock(mutex_);
    too_large = open_.bytes > kBatchBytes;
  }
  if (too_large && Inside::none() && !HoldCommits::active()) commit();
  Ticket ticket = 0;
  bool first = false;
  {
    std::lock_guard lock(mutex_);
    Inside inside(Inside::write);
    const bool was_empty = open_.empty();
    FB_ASSIGN(changed, run_write(f));
    if (changed || !was_empty) ticket = next_ticket_;
    first = changed && was_empty;
    applied_ = open_.empty() ? next_ticket_ - 1 : next_ticket_;
  }
  if (first && on_applied_) on_applied_();
  return ticket;
}

/// True if it changed something. Nothing stays of a function that failed or threw.
Result<bool> SqliteStore::run_write(const std::function<Result<void>(Txn&)>& f) {
  CommittedRecords committed(records_);
  OverlayTxn txn(open_, committed, *this, versions_.next());
  Result<void> done;
  try {
    wake_writer();
    done = f(txn);
  } catch (const sqlite::Error& e) {
    done = fail(unavailable(e.what()));
  } catch (...) {
    txn.undo();
    throw;
  }
  if (!done) {
    txn.undo();
    return fail(std::move(done.error()));
  }
  if (txn.authority_changed()) authority_version_++;
  return txn.changed();
}

void SqliteStore::apply(const OpenBatch& batch) {
  for (const auto& [key, change] : batch.records) {
    if (change.erased) erase_.bind(1, key).run();
    else put_.bind(1, key).bind(2, int64_t(change.version)).bind(3, change.bytes).run();
  }
  for (const TaskChange& change : batch.tasks) tasks_.apply(change);
  for (const BlobChange& change : batch.blobs) blobs_.apply(change);
  versions_.store();
  tasks_.before_commit();
  blobs_.before_commit();
}

std::exception_ptr SqliteStore::run_hook() {
  if (!before_commit_) return nullptr;
  try {
    Inside inside(Inside::write);
    auto done = run_write([&](Txn& txn) { before_commit_(txn); return Result<void>(); });
    if (!done) throw std::runtime_error(cat("before_commit: ", done.error().detail));
    return nullptr;
  } catch (...) {
    return std::current_exception();
  }
}

void SqliteStore::commit() {
  Inside::refuse_commit();
  std::lock_guard order(commit_mutex_);
  if (std::exception_ptr thrown = commit_in_order()) std::rethrow_exception(thrown);
}

/// Under commit_mutex_. Gives back what a hook or a subscriber threw: the batch is settled all the same.
std::exception_ptr SqliteStore::commit_in_order() {
  if (applied_ <= committed_ && !reserve_) return nullptr;
  keeper_->let_pass();
  std::exception_ptr thrown;
  std::vector<std::string> keys;
  Batch batch{0, true, keys, std::nullopt};
  {
    std::lock_guard lock(mutex_);
    if (open_.empty() && !reserve_) return nullptr;
    committer_ = std::this_thread::get_id();
    thrown = run_hook();
    commit_batch(batch, keys);
  }
  std::exception_ptr also = notify(batch);
  return thrown ? thrown : also;
}

void SqliteStore::commit_batch(Batch& batch, std::vector<std::string>& keys) {
  if (keeper_->take_restart()) rest_writer();
  batch.ticket = next_ticket_++;
  batch.earliest_task = open_.earliest_task();
  coherence_.begin();
  std::optional<std::string> error = transaction([&] { apply(open_); });
  batch.ok = !error;
  if (batch.ok) {
    versions_.committed();
    tasks_.committed();
    blobs_.committed(open_.blobs);
    if (!open_.blobs.empty()) keeper_->look_at_graves();
  } else {
    batch.error = std::move(*error);
    versions_.rolled_back();
    tasks_.rolled_back();
    blobs_.rolled_back();
    authority_version_++;  // what an undone write changed is as it was
  }
  keys = open_.take_keys();
  open_ = OpenBatch();
  reserve_ = false;
  coherence_.end(keys);
  settled(batch.ticket, batch.ok);
}

void SqliteStore::settled(Ticket ticket, bool ok) {
  if (!ok) {
    std::lock_guard lock(failed_mutex_);
    if (!failed_.empty() && failed_.rbegin()->second + 1 == ticket) failed_.rbegin()->second = ticket;
    else failed_[ticket] = ticket;
    if (failed_.size() > kFailedRuns) failed_.erase(failed_.begin());
  }
  committed_ = ticket;
}

bool SqliteStore::failed(Ticket t) const {
  std::lock_guard lock(failed_mutex_);
  auto run = failed_.upper_bound(t);
  return run != failed_.begin() && t <= std::prev(run)->second;
}

/// Every subscriber is told, whatever another one throws.
std::exception_ptr SqliteStore::notify(const Batch& batch) {
  Inside inside(Inside::hook);
  std::exception_ptr thrown;
  for (const auto& f : on_commit_) {
    try {
      f(batch);
    } catch (...) {
      if (!thrown) thrown = std::current_exception();
    }
  }
  return thrown;
}

std::vector<Task> SqliteStore::claim(Millis now, size_t limit, const std::function<bool(std::string_view kind)>& wanted) {
  std::lock_guard lock(mutex_);
  wake_writer();
  return tasks_.claim(now, limit, wanted);
}

void SqliteStore::release(uint64_t task_id) {
  std::lock_guard lock(mutex_);
  wake_writer();
  tasks_.release(task_id);
}

std::optional<Millis> SqliteStore::next_due(bool recurring_too) {
  std::lock_guard lock(mutex_);
  wake_writer();
  return tasks_.next_due(recurring_too);
}

size_t SqliteStore::claimed() const {
  std::lock_guard lock(mutex_);
  return tasks_.claimed();
}

Result<std::unique_ptr<Store>> open_sqlite(const SqliteOptions& options) {
  std::string directory = options.directory;
  const bool temporary = directory.empty();
  if (temporary) {
    const char* base = std::getenv("TMPDIR");
    directory = cat(base && *base ? base : "/tmp", "/fogbank-XXXXXX");
    if (!::mkdtemp(directory.data())) return fail("StoreUnavailable", cat("cannot create ", directory, ": ", std::strerror(errno)), 500);
  } else {
    std::error_code error;
    std::filesystem::create_directories(directory, error);
    if (error) return fail("StoreUnavailable", cat("cannot create ", directory, ": ", error.message()), 500);
  }
  FB_ASSIGN(lock, DirectoryLock::acquire(directory));
  try {
    return std::make_unique<SqliteStore>(options, directory, std::move(lock), temporary);
  } catch (const std::exception& e) {
    return fail("StoreUnavailable", cat("cannot open the store in ", directory, ": ", e.what()), 500);
  }
}

Result<std::unique_ptr<Store>> open_sqlite(const Options& options) {
  SqliteOptions all;
  static_cast<Options&>(all) = options;
  return open_sqlite(all);
}

}  // namespace fogbank::store
