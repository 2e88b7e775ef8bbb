#include "store/overlay.h"

#include <stdexcept>

#include "store/wide.h"

namespace fogbank::store {

constexpr Table kSequences{"store", "sequence"};

std::vector<std::string> OpenBatch::take_keys() {
  std::vector<std::string> keys = std::move(signals);
  keys.reserve(keys.size() + records.size());
  while (!records.empty()) keys.push_back(std::move(records.extract(records.begin()).key()));
  return keys;
}

std::optional<Millis> OpenBatch::earliest_task() const {
  std::optional<Millis> earliest;
  for (const TaskChange& c : tasks) {
    if (c.kind != TaskChange::cancel && (!earliest || c.task.due < *earliest)) earliest = c.task.due;
  }
  return earliest;
}

OverlayTxn::OverlayTxn(OpenBatch& batch, Reader& committed, Home& home, Version version)
    : batch_(batch), committed_(committed), home_(home), version_(version), signals_(batch.signals.size()),
      tasks_(batch.tasks.size()), blobs_(batch.blobs.size()), bytes_(batch.bytes) {}

std::optional<Item> OverlayTxn::get(const Key& key) {
  auto found = batch_.records.find(key.bytes());
  if (found == batch_.records.end()) return committed_.get(key);
  if (found->second.erased) return std::nullopt;
  return Item{found->second.bytes, found->second.version};
}

std::optional<uint64_t> OverlayTxn::cache_phase(const Key& key) {
  if (batch_.records.find(key.bytes()) != batch_.records.end()) return std::nullopt;
  return home_.coherence().phase();
}

// Merges the committed records with the batch's. `visit` may change the batch: iterators of a map stay valid, undo comes later.
void OverlayTxn::scan(const Key& from, const Key& to, Order order, const Visit& visit) {
  Records& records = batch_.records;
  const bool up = order == Order::ascending;
  if (!(from < to)) return;
  std::string last;  // of the batch's keys passed; positions are looked up anew since `visit` may add keys
  bool any = false, stopped = false;
  auto following = [&]() -> const std::pair<const std::string, Change>* {
    if (up) {
      auto at = any ? records.upper_bound(last) : records.lower_bound(from.bytes());
      return at == records.end() || at->first >= to.bytes() ? nullptr : &*at;
    }
    auto at = records.lower_bound(any ? last : to.bytes());
    if (at == records.begin()) return nullptr;
    --at;
    return at->first < from.bytes() ? nullptr : &*at;
  };
  auto emit = [&](const std::pair<const std::string, Change>& entry) {
    last = entry.first;
    any = true;
    if (entry.second.erased) return true;
    const std::string bytes = entry.second.bytes;  // `visit` may put the same key
    return visit(last, bytes, entry.second.version);
  };
  committed_.scan(from, to, order, [&](std::string_view key, std::string_view bytes, Version version) {
    while (const auto* entry = following()) {
      int side = entry->first.compare(key);
      if (up ? side > 0 : side < 0) break;
      if (!emit(*entry)) { stopped = true; return false; }
      if (side == 0) return true;
    }
    if (!visit(key, bytes, version)) stopped = true;
    // What `visit` put behind the cursor is not visited.
    if (!any || (up ? last < key : last > key)) { last = key; any = true; }
    return !stopped;
  });
  while (!stopped) {
    const auto* entry = following();
    if (!entry || !emit(*entry)) return;
  }
}

void OverlayTxn::count(size_t keys, size_t bytes) {
  if (changes_ + keys > max_changes_) throw std::length_error(max_changes_ == kMaxKeys ? "a transaction touches more than 1,000 keys" : "a wide transaction touches more than 16,000 keys");
  if (own_bytes_ + bytes > max_bytes_) throw std::length_error(max_bytes_ == kMaxBytes ? "a transaction writes more than 4 MB" : "a wide transaction writes more than 64 MB");
  changes_ += keys;
  own_bytes_ += bytes;
  batch_.bytes += bytes;
}

void OverlayTxn::widen() {
  max_changes_ = kWideKeys;
  max_bytes_ = kWideBytes;
}

void widen(Txn& tx) {
  auto* overlay = dynamic_cast<OverlayTxn*>(&tx);
  if (!overlay) throw std::logic_error("this transaction cannot be widened");
  overlay->widen();
}

Change& OverlayTxn::touch(const Key& key, size_t bytes) {
  auto at = batch_.records.lower_bound(key.bytes());
  const bool known = at != batch_.records.end() && at->first == key.bytes();
  const bool ours = known && at->second.version == version_;
  count(ours ? 0 : 1, key.bytes().size() + bytes);
  if (key.authority()) authority_changed_ = true;
  if (!known) {
    at = batch_.records.try_emplace(at, key.bytes());
    before_.push_back({at, std::nullopt});
  } else if (!ours) {
    before_.push_back({at, std::move(at->second)});
  }
  at->second.version = version_;
  return at->second;
}

void OverlayTxn::put(const Key& key, std::string_view bytes) {
  std::string copy(bytes);  // `bytes` may be a view into the change that is replaced
  Change& c = touch(key, copy.size());
  c.bytes = std::move(copy);
  c.erased = false;
}

void OverlayTxn::erase(const Key& key) {
  Change& c = touch(key, 0);
  c.bytes.clear();
  c.erased = true;
}

uint64_t OverlayTxn::next(const Scope& scope, std::string_view name) {
  Key k = key(scope, kSequences, name);
  uint64_t last = 0;
  if (auto item = get(k)) last = number_part(item->bytes);
  std::string bytes;
  for (int shift = 56; shift >= 0; shift -= 8) bytes += char((last + 1) >> shift);
  put(k, bytes);
  return last + 1;
}

uint64_t OverlayTxn::schedule(Task task) {
  count(1, task.payload.size() + task.lane.size() + task.authority.size());
  task.id = home_.new_task_id(task.due);
  batch_.tasks.push_back({TaskChange::schedule, std::move(task)});
  return batch_.tasks.back().task.id;
}

void OverlayTxn::cancel(uint64_t task_id) {
  count(1, 0);
  Task task;
  task.id = task_id;
  batch_.tasks.push_back({TaskChange::cancel, std::move(task)});
}

void OverlayTxn::reschedule(const Task& task) {
  count(1, task.payload.size() + task.lane.size() + task.authority.size());
  batch_.tasks.push_back({TaskChange::reschedule, task});
}

void OverlayTxn::keep(const BlobRef& blob, const Key& owner) {
  if (blob.file == 0) return;
  count(1, 0);
  batch_.blobs.push_back({BlobChange::keep, blob.file, blob.size, owner.bytes()});
}

void OverlayTxn::drop(const BlobRef& blob) {
  if (blob.file == 0) return;
  count(1, 0);
  batch_.blobs.push_back({BlobChange::drop, blob.file, blob.size, {}});
}

void OverlayTxn::signal(const Key& key) {
  count(1, key.bytes().size());
  batch_.signals.push_back(key.bytes());
}

void OverlayTxn::undo() {
  for (auto b = before_.rbegin(); b != before_.rend(); ++b) {
    if (b->was) b->at->second = std::move(*b->was);
    else batch_.records.erase(b->at);
  }
  before_.clear();
  batch_.signals.resize(signals_);
  batch_.tasks.erase(batch_.tasks.begin() + ptrdiff_t(tasks_), batch_.tasks.end());
  batch_.blobs.erase(batch_.blobs.begin() + ptrdiff_t(blobs_), batch_.blobs.end());
  batch_.bytes = bytes_;
  changes_ = 0;
  authority_changed_ = false;
}

thread_local Inside::What Inside::current_ = Inside::nothing;

void Inside::refuse_write() {
  if (current_ == read || current_ == write) throw std::logic_error("Store::write inside Store::read, write or before_commit");
}

void Inside::refuse_commit() {
  if (current_ != nothing) throw std::logic_error("Store::commit inside a store's function");
}

}  // namespace fogbank::store
