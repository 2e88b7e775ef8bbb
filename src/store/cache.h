// Cache<T>: decoded records of one table, so that hot paths (queues, buckets, users, policies) skip SQLite.
//
//   Cache<Queue> queues(store, kQueues, 10000);
//   std::shared_ptr<const Queue> q = queues.get(key(scope, kQueues, name));      // outside of read and write
//   … queues.get(txn, key) …                                                     // inside: sees what is applied, as txn does
//
// Coherent: once a commit was acknowledged, no lookup returns an older value. Absence is cached too (a null pointer). Bounded: two
// generations of half the capacity each; what was not used for a whole generation goes. Thread-safe; destroy it before its store.
// Nothing of it survives a restart. With a `make` function T may be something computed from the record (a compiled policy).
#pragma once
#include <functional>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <unordered_map>

#include "store/coherence.h"
#include "store/store.h"

namespace fogbank::store {

template <class T> class Cache final : private Coherence::Listener {
 public:
  using Value = std::shared_ptr<const T>;
  using Make = std::function<Value(std::string_view key, const Item& item)>;

  Cache(Store& store, const Table& table, size_t capacity, Make make = decoded)
      : store_(store), half_(capacity / 2 + 1), make_(std::move(make)) { store_.coherence().attach(table, *this); }
  ~Cache() override { store_.coherence().detach(*this); }
  Cache(const Cache&) = delete;

  /// The committed record, or null. Costs no read transaction if it is cached. Not inside write: use the other form there.
  Value get(const Key& key) {
    Value value;
    if (lookup(key.bytes(), value)) return value;
    store_.read([&](Reader& reader) { value = get(reader, key); });
    return value;
  }

  /// As the reader sees it; inside read() it may be newer than the snapshot, never older.
  Value get(Reader& reader, const Key& key) {
    std::optional<uint64_t> phase = reader.cache_phase(key);
    Value value;
    if (phase && lookup(key.bytes(), value)) return value;
    if (std::optional<Item> item = reader.get(key)) value = make_(key.bytes(), *item);
    if (phase && *phase % 2 == 0) keep(key.bytes(), value, *phase);
    return value;
  }

  size_t size() {
    std::lock_guard lock(mutex_);
    return young_.size() + old_.size();
  }

 private:
  using Map = std::unordered_map<std::string, Value>;

  static Value decoded(std::string_view, const Item& item) {
    std::optional<T> record = decode<T>(item.bytes);
    if (!record) throw std::runtime_error("a stored record is damaged");
    return std::make_shared<const T>(std::move(*record));
  }

  bool lookup(const std::string& key, Value& out) {
    std::lock_guard lock(mutex_);
    if (auto found = young_.find(key); found != young_.end()) {
      out = found->second;
      return true;
    }
    auto found = old_.find(key);
    if (found == old_.end()) return false;
    out = found->second;
    young_.insert(old_.extract(found));
    turn_over();
    return true;
  }

  void keep(const std::string& key, const Value& value, uint64_t phase) {
    std::lock_guard lock(mutex_);
    // A commit that began meanwhile has changed the phase; one that begins from here on calls changed() after us.
    if (store_.coherence().phase() != phase) return;
    old_.erase(key);
    young_[key] = value;
    turn_over();
  }

  void turn_over() {
    if (young_.size() < half_) return;
    old_ = std::move(young_);
    young_.clear();
  }

  void changed(const std::string& key) override {
    std::lock_guard lock(mutex_);
    young_.erase(key);
    old_.erase(key);
  }
  void all_changed() override {
    std::lock_guard lock(mutex_);
    young_.clear();
    old_.clear();
  }

  Store& store_;
  const size_t half_;
  const Make make_;
  std::mutex mutex_;
  Map young_, old_;
};

}  // namespace fogbank::store
