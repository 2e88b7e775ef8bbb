// The store on SQLite; the contract is store.h. Everything here is internal to src/store.
//
// Writes go into an OpenBatch in memory (overlay.h) over the writer connection, whose view is therefore always the committed state;
// commit() applies the batch in key order in one SQLite transaction. So a failed write function or a failed commit is forgotten by
// dropping memory, and keys written many times in a batch (counters) reach the disk once.
// Reads of the committing thread (the server's loop) use the writer's connection, whose page cache is warm, for their first steps and
// move to a snapshot of their own before they get long; nothing can be committed in between, so they see one state. Other threads'
// reads use a snapshot from the start: they would only make the loop wait.
// Locks, in this order: snapshot_mutex_ → commit_mutex_ (order of batches and notices) → mutex_ (batch, writer connection, tasks) → the parts' own.
#pragma once
#include "store/archive.h"
#include "store/blob_table.h"
#include "store/directory_lock.h"
#include "store/keeper.h"
#include "store/overlay.h"
#include "store/sqlite_readers.h"
#include "store/task_table.h"

namespace fogbank::store {

/// With test options; open_sqlite(Options) is the public form.
Result<std::unique_ptr<Store>> open_sqlite(const SqliteOptions& options);

class SqliteStore final : public AttachingStore, private OverlayTxn::Home {
 public:
  SqliteStore(const SqliteOptions& options, const std::string& directory, DirectoryLock lock, bool temporary);
  ~SqliteStore() override;

  void read(const std::function<void(Reader&)>& f) override;
  Result<Ticket> write(const std::function<Result<void>(Txn&)>& f) override;
  void commit() override;
  Ticket committed() const override { return committed_.load(); }
  bool failed(Ticket t) const override;
  Ticket applied() const override { return applied_.load(); }
  void on_commit(std::function<void(const Batch&)> f) override { on_commit_.push_back(std::move(f)); }
  void on_applied(std::function<void()> f) override { on_applied_ = std::move(f); }
  void before_commit(std::function<void(Txn&)> f) override { before_commit_ = std::move(f); }
  uint64_t authority_version() const override { return authority_version_.load(); }
  Coherence& coherence() override { return coherence_; }

  std::vector<Task> claim(Millis now, size_t limit, const std::function<bool(std::string_view kind)>& wanted) override;
  void release(uint64_t task_id) override;
  std::optional<Millis> next_due(bool recurring_too) override;
  size_t claimed() const override;

  Result<std::unique_ptr<BlobWriter>> new_blob() override;
  Result<std::unique_ptr<BlobReader>> open_blob(const BlobRef& blob) override;

  uint64_t epoch() const override { return epoch_.load(); }
  Result<void> reset(const ResetScope& what) override;
  Result<void> save_snapshot_with(const std::string& file, const Attachments& attachments) override;
  Result<void> load_snapshot_with(const std::string& file, const TakeAttachments& take) override;
  Stats stats() override;
  bool log_is_long() const { return keeper_ && keeper_->log_frames() >= Keeper::kForceAt; }   ///< see pressure.h

 private:
  friend class ViewReader;
  friend class SqliteBlobWriter;

  uint64_t new_task_id(Millis due) override { return tasks_.new_id(due); }
  void start();
  /// Begins a transaction on the writer connection if none is open: later reads and the next commit share it.
  void wake_writer() { if (!writer_.in_transaction()) begin_.run(); }
  void rest_writer() { if (writer_.in_transaction()) commit_.run(); }
  Result<bool> run_write(const std::function<Result<void>(Txn&)>& f);
  /// Runs `change` in one SQLite transaction; an error undoes it all and is given back.
  template <class F> std::optional<std::string> transaction(F&& change);
  std::exception_ptr commit_in_order();
  void commit_batch(Batch& batch, std::vector<std::string>& keys);
  void apply(const OpenBatch& batch);
  std::exception_ptr run_hook();
  void settled(Ticket ticket, bool ok);
  std::exception_ptr notify(const Batch& batch);
  Result<void> reserve_blobs();
  void erase_records(const ResetScope& what);
  /// One transaction that raises the epoch; `everything`: nothing of before is left, also not in memory.
  Result<void> replace(bool everything, const std::function<void()>& change);
  Result<void> save_pieces(ArchiveWriter& archive, const std::string& database);
  /// The attachments, once all of it is unpacked and checked.
  Result<Attachments> unpack(ArchiveReader& archive, const std::string& database, uint64_t generation);

  const std::shared_ptr<void> temporary_;      ///< removes an ephemeral store's directory, last of all
  const std::string directory_;
  DirectoryLock lock_;
  const DatabaseFile file_;
  Coherence coherence_;

  std::mutex snapshot_mutex_;                  ///< one snapshot is saved or loaded at a time; before the others
  std::mutex commit_mutex_;
  mutable std::recursive_mutex mutex_;
  sqlite::Connection writer_;
  sqlite::Statement begin_, commit_, rollback_, put_, erase_;
  RecordStatements records_;
  TaskTable tasks_;
  BlobFiles blob_files_;
  BlobTable blobs_;
  Counter versions_;
  OpenBatch open_;
  std::atomic<bool> reserve_{false};           ///< commit even an empty batch: ids of blobs are needed
  std::atomic<std::thread::id> committer_{};   ///< who committed last
  Ticket next_ticket_ = 1;                     ///< of the open batch
  ReaderPool readers_;
  std::optional<Keeper> keeper_;

  std::atomic<Ticket> committed_{0}, applied_{0};
  std::atomic<uint64_t> authority_version_{1}, epoch_{1};
  mutable std::mutex failed_mutex_;
  std::map<Ticket, Ticket> failed_;            ///< first → last of runs of failed batches
  std::vector<std::function<void(const Batch&)>> on_commit_;
  std::function<void()> on_applied_;
  std::function<void(Txn&)> before_commit_;
};

template <class F> std::optional<std::string> SqliteStore::transaction(F&& change) {
  try {
    wake_writer();
    change();
    commit_.run();
    return std::nullopt;
  } catch (const std::exception& e) {
    std::string error = e.what();
    if (writer_.in_transaction()) {
      try {
        rollback_.run();
      } catch (const sqlite::Error& also) {
        error += std::string("; rollback: ") + also.what();  // SQLite ended the transaction itself: in_transaction() is asked each time
      }
    }
    return error;
  }
}

}  // namespace fogbank::store
