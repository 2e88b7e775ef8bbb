#include "store/hostile_store.h"

#include "base/strings.h"
#include "store/key_layout.h"

namespace fogbank::store {
namespace {

int64_t now_ms() { return steady_micros() / 1000; }

}  // namespace

/// One state of the cells, by ticket.
class CellReader final : public Reader {
 public:
  CellReader(HostileStore& store, Ticket at, uint64_t phase) : store_(store), at_(at), phase_(phase) {}

  std::optional<Item> get(const Key& key) override {
    std::lock_guard lock(store_.mutex_);
    auto found = store_.cells_.find(key.bytes());
    const Item* item = found == store_.cells_.end() ? nullptr : store_.visible(found->second, at_);
    return item ? std::optional<Item>(*item) : std::nullopt;
  }

  void scan(const Key& from, const Key& to, Order order, const Visit& visit) override {
    std::string from_bytes = from.bytes(), to_bytes = to.bytes(), key;
    Item item;
    while (true) {
      {
        std::lock_guard lock(store_.mutex_);
        if (!step(from_bytes, to_bytes, order, key, item)) return;
      }
      if (!visit(key, item.bytes, item.version)) return;
    }
  }

  std::optional<uint64_t> cache_phase(const Key&) override { return phase_; }

 private:
  /// The next visible record of the range, which it leaves behind.
  bool step(std::string& from, std::string& to, Order order, std::string& key, Item& item) {
    HostileStore::Cells& cells = store_.cells_;
    while (from < to) {
      HostileStore::Cells::iterator at;
      if (order == Order::ascending) {
        at = cells.lower_bound(from);
        if (at == cells.end() || at->first >= to) return false;
        from = at->first + '\0';
      } else {
        at = cells.lower_bound(to);
        if (at == cells.begin() || (--at)->first < from) return false;
        to = at->first;
      }
      if (const Item* found = store_.visible(at->second, at_)) {
        key = at->first;
        item = *found;
        return true;
      }
    }
    return false;
  }

  HostileStore& store_;
  const Ticket at_;
  const uint64_t phase_;
};

HostileStore::HostileStore(const Hostility& hostility) : hostility_(hostility), random_(hostility.seed) {
  deliverer_ = std::thread([this] { deliver(); });
}

HostileStore::~HostileStore() {
  {
    std::lock_guard lock(delayed_mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  deliverer_.join();
}

const Item* HostileStore::visible(const std::vector<Cell>& cells, Ticket at) const {
  for (auto cell = cells.rbegin(); cell != cells.rend(); ++cell) {
    if (cell->ticket <= at) return cell->item ? &*cell->item : nullptr;
  }
  return nullptr;
}

/// Adds a version and forgets those that no snapshot can see any more.
void HostileStore::set(const std::string& key, Ticket ticket, std::optional<Item> item) {
  const Ticket oldest = snapshots_.empty() ? ticket : *snapshots_.begin();
  auto at = cells_.try_emplace(key).first;
  std::vector<Cell>& cells = at->second;
  cells.push_back({ticket, std::move(item)});
  size_t first = cells.size() - 1;
  while (first > 0 && cells[first].ticket > oldest) first--;
  cells.erase(cells.begin(), cells.begin() + ptrdiff_t(first));
  if (cells.size() == 1 && !cells[0].item && snapshots_.empty()) cells_.erase(at);
}

void HostileStore::read(const std::function<void(Reader&)>& f) {
  Inside inside(Inside::read);
  Ticket at;
  uint64_t phase;
  {
    std::lock_guard lock(mutex_);
    at = committed_;
    phase = coherence_.phase();
    snapshots_.insert(at);
  }
  struct End {
    HostileStore& store;
    Ticket at;
    ~End() {
      std::lock_guard lock(store.mutex_);
      store.snapshots_.erase(store.snapshots_.find(at));
    }
  } at_end{*this, at};
  CellReader reader(*this, at, phase);
  f(reader);
}

Result<Ticket> HostileStore::write(const std::function<Result<void>(Txn&)>& f) {
  Inside::refuse_write();
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

Result<bool> HostileStore::run_write(const std::function<Result<void>(Txn&)>& f) {
  CellReader committed(*this, committed_, 0);
  while (true) {
    OverlayTxn txn(open_, committed, *this, last_version_ += 1 + random_.below(3));
    Result<void> done;
    try {
      done = f(txn);
    } catch (...) {
      txn.undo();
      throw;
    }
    if (maybe(hostility_.abort)) {
      txn.undo();
      continue;
    }
    if (!done) {
      txn.undo();
      return fail(std::move(done.error()));
    }
    if (txn.authority_changed()) authority_version_++;
    return txn.changed();
  }
}

void HostileStore::commit() {
  Inside::refuse_commit();
  std::lock_guard order(commit_mutex_);
  if (std::exception_ptr thrown = commit_in_order()) std::rethrow_exception(thrown);
}

std::exception_ptr HostileStore::commit_in_order() {
  std::exception_ptr thrown;
  std::vector<std::string> keys;
  std::optional<Millis> earliest;
  Ticket ticket;
  {
    std::lock_guard lock(mutex_);
    if (open_.empty()) return nullptr;
    try {
      Inside inside(Inside::write);
      if (before_commit_) run_write([&](Txn& txn) { before_commit_(txn); return Result<void>(); });
    } catch (...) {
      thrown = std::current_exception();
    }
    ticket = next_ticket_++;
    earliest = open_.earliest_task();
    coherence_.begin();
    apply(open_, ticket);
    keys = open_.take_keys();
    open_ = OpenBatch();
    coherence_.end(keys);
    committed_ = ticket;
  }
  std::exception_ptr also = notify_some_late(ticket, std::move(keys), earliest);
  return thrown ? thrown : also;
}

void HostileStore::apply(OpenBatch& batch, Ticket ticket) {
  for (auto& [key, change] : batch.records) {
    set(key, ticket, change.erased ? std::nullopt : std::optional<Item>(Item{change.bytes, change.version}));
  }
  for (TaskChange& change : batch.tasks) {
    if (change.kind == TaskChange::cancel) tasks_.erase(change.task.id);
    else if (change.kind == TaskChange::schedule || tasks_.contains(change.task.id)) tasks_[change.task.id] = change.task;
  }
  for (BlobChange& change : batch.blobs) {
    std::erase_if(graves_, [&](const auto& grave) { return grave.second == change.id; });
    if (change.kind == BlobChange::keep) {
      kept_[change.id] = {change.owner};
    } else {
      kept_.erase(change.id);
      graves_.emplace_back(now_ms() + 5000, change.id);
    }
  }
  for (; !graves_.empty() && graves_.front().first < now_ms(); graves_.pop_front()) blobs_.erase(graves_.front().second);
}

std::exception_ptr HostileStore::notify(const Batch& batch) {
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

/// The ticket is told at once, some of its keys up to 20 ms later.
std::exception_ptr HostileStore::notify_some_late(Ticket ticket, std::vector<std::string> keys, std::optional<Millis> earliest_task) {
  std::vector<std::string> now, later;
  int64_t delay;
  {
    std::lock_guard lock(mutex_);
    for (std::string& k : keys) (maybe(hostility_.delay_watch) ? later : now).push_back(std::move(k));
    delay = 1 + int64_t(random_.below(20));
  }
  if (!later.empty()) {
    std::lock_guard lock(delayed_mutex_);
    delayed_.push_back({now_ms() + delay, ticket, std::move(later)});
    wake_.notify_one();
  }
  return notify({ticket, true, now, earliest_task});
}

void HostileStore::deliver() {
  std::unique_lock lock(delayed_mutex_);
  while (!stopping_) {
    if (delayed_.empty()) {
      wake_.wait(lock);
      continue;
    }
    const int64_t wait = delayed_.front().at_ms - now_ms();
    if (wait > 0) {
      wake_.wait_for(lock, std::chrono::milliseconds(wait));
      continue;
    }
    Delayed d = std::move(delayed_.front());
    delayed_.pop_front();
    lock.unlock();
    {
      std::lock_guard order(commit_mutex_);
      if (std::exception_ptr thrown = notify({d.ticket, true, d.keys, std::nullopt})) std::rethrow_exception(thrown);
    }
    lock.lock();
  }
}

std::unique_ptr<Store> open_hostile(const Hostility& hostility) { return std::make_unique<HostileStore>(hostility); }

}  // namespace fogbank::store
