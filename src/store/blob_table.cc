#include "store/blob_table.h"

#include "store/key_layout.h"

namespace fogbank::store {
namespace {

constexpr uint64_t kWholeGeneration = 0;  // as a grave's id: everything of other generations

int64_t now_ms() { return steady_micros() / 1000; }

}  // namespace

BlobTable::BlobTable(sqlite::Connection& db, BlobFiles& files, Millis grave_time)
    : db_(db), files_(files), grave_time_(grave_time), keep_(db.prepare("INSERT OR IGNORE INTO blob(id, size, owner) VALUES(?, ?, ?)")),
      drop_(db.prepare("DELETE FROM blob WHERE id = ?")), dig_(db.prepare("INSERT OR IGNORE INTO blob_grave(id) VALUES(?)")),
      fill_(db.prepare("DELETE FROM blob_grave WHERE id = ?")), put_range_(db.prepare("INSERT INTO blob_range(first) VALUES(?)")),
      end_range_(db.prepare("DELETE FROM blob_range WHERE first = ?")) {}

void BlobTable::load() {
  generation_ = uint64_t(meta(db_, "blob_generation"));
  ranges_.load(db_, "last_blob_range", 0);
  std::lock_guard lock(mutex_);
  free_.clear();
  open_ranges_.clear();
  settled_ranges_.clear();
  buried_.clear();
  wanted_ = true;
}

/// Removes the files of pending ids and of graves, then forgets both.
void BlobTable::sweep() {
  sqlite::Statement ranges = db_.prepare("SELECT first FROM blob_range");
  sqlite::Statement known = db_.prepare("SELECT 1 FROM blob WHERE id = ?");
  while (ranges.step()) {
    const uint64_t first = uint64_t(ranges.integer(0));
    for (uint64_t id = first; id < first + kRange; id++) {
      if (!known.bind(1, int64_t(id)).step()) files_.remove(generation_, id);
      known.reset();
    }
  }
  sqlite::Statement graves = db_.prepare("SELECT id FROM blob_grave");
  while (graves.step()) files_.remove(generation_, uint64_t(graves.integer(0)));
  ranges.reset();
  graves.reset();
  db_.exec("DELETE FROM blob_range; DELETE FROM blob_grave;");
}

void BlobTable::reserve() {
  reserving_ = ranges_.next() * kRange;
  put_range_.bind(1, int64_t(*reserving_)).run();
}

void BlobTable::dig(uint64_t id) {
  dig_.bind(1, int64_t(id)).run();
  digging_.push_back(id);
}

void BlobTable::apply(const BlobChange& change) {
  if (change.kind == BlobChange::keep) {
    keep_.bind(1, int64_t(change.id)).bind(2, change.size).bind(3, change.owner.empty() ? std::string_view() : service_prefix(change.owner));
    keep_.run();
    if (std::erase(digging_, change.id)) fill_.bind(1, int64_t(change.id)).run();  // dropped and kept again in this batch
    return;
  }
  drop_.bind(1, int64_t(change.id)).run();
  dig(change.id);
}

void BlobTable::before_commit() {
  {
    std::lock_guard lock(mutex_);
    ending_ = settled_ranges_;
    filling_ = buried_;
  }
  for (uint64_t first : ending_) end_range_.bind(1, int64_t(first)).run();
  for (uint64_t id : filling_) fill_.bind(1, int64_t(id)).run();
  if (wanted_ && !reserving_) reserve();
  ranges_.store();
}

void BlobTable::committed(const std::vector<BlobChange>& changes) {
  ranges_.committed();
  const int64_t now = now_ms();
  std::lock_guard lock(mutex_);
  settled_ranges_.erase(settled_ranges_.begin(), settled_ranges_.begin() + ptrdiff_t(ending_.size()));
  buried_.erase(buried_.begin(), buried_.begin() + ptrdiff_t(filling_.size()));
  if (reserving_) {
    auto& open = open_ranges_[*reserving_];
    for (uint64_t id = *reserving_; id < *reserving_ + kRange; id++) {
      free_.push_back(id);
      open.insert(id);
    }
    wanted_ = false;
  }
  for (const BlobChange& c : changes) settle(c.id);
  for (uint64_t id : digging_) graves_.push_back({generation_, id, now + grave_time_});
  ending_.clear();
  filling_.clear();
  digging_.clear();
  reserving_.reset();
}

void BlobTable::rolled_back() {
  ranges_.rolled_back();
  ending_.clear();
  filling_.clear();
  digging_.clear();
  reserving_.reset();
}

void BlobTable::settle(uint64_t id) {
  auto range = open_ranges_.find(id / kRange * kRange);
  if (range == open_ranges_.end()) return;
  range->second.erase(id);
  if (!range->second.empty()) return;
  settled_ranges_.push_back(range->first);
  open_ranges_.erase(range);
}

std::optional<uint64_t> BlobTable::take_id() {
  std::lock_guard lock(mutex_);
  if (free_.size() < kRange / 4) wanted_ = true;  // the next commit brings more
  if (free_.empty()) return std::nullopt;
  uint64_t id = free_.front();
  free_.pop_front();
  return id;
}

void BlobTable::give_up(uint64_t id) {
  std::lock_guard lock(mutex_);
  settle(id);
}

std::optional<int64_t> BlobTable::bury() {
  const int64_t now = now_ms();
  while (true) {
    Grave grave;
    {
      std::lock_guard lock(mutex_);
      if (graves_.empty()) return std::nullopt;
      if (graves_.front().at_ms > now) return graves_.front().at_ms;
      if (held_ > 0) return now + 100;
      grave = graves_.front();
      graves_.pop_front();
    }
    if (grave.id == kWholeGeneration) {
      files_.remove_other_generations(generation_);
      continue;
    }
    files_.remove(grave.generation, grave.id);
    std::lock_guard lock(mutex_);
    if (grave.generation == generation_) buried_.push_back(grave.id);
  }
}

void BlobTable::replaced() {
  load();
  std::lock_guard lock(mutex_);
  graves_.push_back({generation_, kWholeGeneration, now_ms() + grave_time_});
}

void BlobTable::erase(const Store::ResetScope& what) {
  std::vector<uint64_t> gone;
  sqlite::Statement all = db_.prepare("SELECT id, owner FROM blob");
  while (all.step()) {
    const std::string_view owner = all.bytes(1);
    if (owner.empty()) continue;
    const KeyHead head = key_head(std::string(owner) + std::string(1, '\0'));  // a service's prefix and an empty table
    if (!what.account.empty() && head.scope.account.value != what.account) continue;
    if (!what.service.empty() && head.service != what.service) continue;
    gone.push_back(uint64_t(all.integer(0)));
  }
  all.reset();
  for (uint64_t id : gone) {
    drop_.bind(1, int64_t(id)).run();
    dig(id);
  }
}

void BlobTable::next_generation() {
  db_.exec("DELETE FROM blob_range; DELETE FROM blob_grave;");
  set_meta(db_, "blob_generation", int64_t(generation_ + 1));
}

}  // namespace fogbank::store
