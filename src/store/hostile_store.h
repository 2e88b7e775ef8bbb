// The hostile store: the contract of store.h in memory, made to break whoever relies on more than the contract.
//
// Write functions are run, thrown away and run again at random; watches hear of keys later than of tickets; versions and task ids have
// gaps. Readers see the state of their beginning by keeping several versions of a record (cells) while a snapshot needs them.
// For tests of the services. Internal to src/store; open_hostile is the public form. Nothing survives its destruction.
#pragma once
#include <condition_variable>
#include <set>

#include "base/random.h"
#include "store/archive.h"
#include "store/overlay.h"

namespace fogbank::store {

class HostileStore final : public AttachingStore, private OverlayTxn::Home {
 public:
  explicit HostileStore(const Hostility& hostility);
  ~HostileStore() override;

  void read(const std::function<void(Reader&)>& f) override;
  Result<Ticket> write(const std::function<Result<void>(Txn&)>& f) override;
  void commit() override;
  Ticket committed() const override { return committed_; }
  bool failed(Ticket) const override { return false; }
  Ticket applied() const override { return applied_; }
  void on_commit(std::function<void(const Batch&)> f) override { on_commit_.push_back(std::move(f)); }
  void on_applied(std::function<void()> f) override { on_applied_ = std::move(f); }
  void before_commit(std::function<void(Txn&)> f) override { before_commit_ = std::move(f); }
  uint64_t authority_version() const override { return authority_version_; }
  Coherence& coherence() override { return coherence_; }

  std::vector<Task> claim(Millis now, size_t limit, const std::function<bool(std::string_view kind)>& wanted) override;
  void release(uint64_t task_id) override;
  std::optional<Millis> next_due(bool recurring_too) override;
  size_t claimed() const override;

  Result<std::unique_ptr<BlobWriter>> new_blob() override;
  Result<std::unique_ptr<BlobReader>> open_blob(const BlobRef& blob) override;

  uint64_t epoch() const override { return epoch_; }
  Result<void> reset(const ResetScope& what) override;
  Result<void> save_snapshot_with(const std::string& file, const Attachments& attachments) override;
  Result<void> load_snapshot_with(const std::string& file, const TakeAttachments& take) override;
  Stats stats() override;

 private:
  friend class CellReader;
  friend class HostileBlobWriter;
  struct Cell { Ticket ticket; std::optional<Item> item; };
  struct Kept { std::string owner; };
  struct Delayed { int64_t at_ms; Ticket ticket; std::vector<std::string> keys; };
  using Cells = std::map<std::string, std::vector<Cell>, std::less<>>;

  uint64_t new_task_id(Millis) override { return last_task_ += 1 + random_.below(3); }
  bool maybe(double probability) { return double(random_.below(1'000'000)) < probability * 1e6; }
  const Item* visible(const std::vector<Cell>& cells, Ticket at) const;
  void set(const std::string& key, Ticket ticket, std::optional<Item> item);
  Result<bool> run_write(const std::function<Result<void>(Txn&)>& f);
  std::exception_ptr commit_in_order();
  void apply(OpenBatch& batch, Ticket ticket);
  std::exception_ptr notify(const Batch& batch);
  std::exception_ptr notify_some_late(Ticket ticket, std::vector<std::string> keys, std::optional<Millis> earliest_task);
  void deliver();
  std::vector<const Task*> claimable() const;
  Result<void> replace(const std::function<Result<void>(Ticket)>& change);
  std::string dump() const;

  const Hostility hostility_;
  Coherence coherence_;
  std::mutex commit_mutex_;
  mutable std::recursive_mutex mutex_;
  SeededRandom random_;
  Cells cells_;
  std::multiset<Ticket> snapshots_;
  std::map<uint64_t, Task> tasks_;
  std::set<uint64_t> leases_;
  std::string last_account_;
  std::map<uint64_t, std::shared_ptr<const std::string>> blobs_;
  std::map<uint64_t, Kept> kept_;
  std::deque<std::pair<int64_t, uint64_t>> graves_;
  OpenBatch open_;
  Ticket next_ticket_ = 1;
  Version last_version_ = 0;
  uint64_t last_task_ = 0, last_blob_ = 0;
  std::atomic<Ticket> committed_{0}, applied_{0};
  std::atomic<uint64_t> authority_version_{1}, epoch_{1};
  std::vector<std::function<void(const Batch&)>> on_commit_;
  std::function<void()> on_applied_;
  std::function<void(Txn&)> before_commit_;

  std::mutex delayed_mutex_;
  std::condition_variable wake_;
  std::deque<Delayed> delayed_;
  bool stopping_ = false;
  std::thread deliverer_;
};

}  // namespace fogbank::store
