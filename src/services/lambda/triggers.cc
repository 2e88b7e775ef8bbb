#include "services/lambda/triggers.h"

#include <algorithm>

#include "base/log.h"
#include "base/strings.h"
#include "gateway/core.h"
#include "services/lambda/mappings.h"

namespace fogbank::lambda {

void Triggers::start() {
  epoch_ = core_.store().epoch();
  core_.store().on_commit([this](const store::Store::Batch& batch) { on_commit(batch); });
  wake_all();
}

/// Makes the sleeping pollers of all mappings look: their sleep was in the memory of another process, or of a state that is no more.
void Triggers::wake_all() {
  struct Sleeper { Scope scope; std::string uuid; uint64_t slot; };
  std::vector<Sleeper> all, unsettled;
  core_.store().read([&](store::Reader& reader) {
    for (const char* partition : {"aws", "aws-cn", "aws-us-gov"}) {
      Scope whole{Partition(partition), AccountId(), Region()};
      reader.scan_prefix(store::key(whole, kMappingIndex), [&](std::string_view key, std::string_view bytes, store::Version) {
        auto place = decode<MappingPlace>(bytes);
        if (!place) return true;
        Scope scope{whole.partition, AccountId(place->account), Region(place->region)};
        std::string uuid = store::key_parts(key)[0];
        auto m = reader.get_as<Mapping>(mapping_key(scope, uuid));
        if (m && !m->settled()) unsettled.push_back({scope, uuid, 0});
        if (m && m->state == MappingState::enabled) for (int64_t slot = 0; slot < slots_of(*m); slot++) all.push_back({scope, uuid, uint64_t(slot)});
        return true;
      });
    }
  });
  for (size_t at = 0; at < all.size(); at += 200) {   // a transaction is bounded
    auto done = core_.store().write([&](store::Txn& tx) -> Result<void> {
      for (size_t i = at; i < std::min(all.size(), at + 200); i++) {
        const Sleeper& s = all[i];
        auto m = tx.get_as<Mapping>(mapping_key(s.scope, s.uuid));
        auto poller = tx.get_as<Poller>(poller_key(s.scope, s.uuid, int64_t(s.slot)));
        if (!m || !poller || !poller->sleeping) continue;
        tx.reschedule(sleeping_task(s.scope, *m, int64_t(s.slot), poller->task, core_.now()));
      }
      return {};
    });
    if (!done) log(LogLevel::error, cat("event source mappings could not be woken: ", done.error().message));
  }
  for (const Sleeper& s : unsettled) settle_now(s.scope, s.uuid);   // what they waited for ended with the other process
}

void Triggers::settle_now(const Scope& scope, const std::string& uuid) {
  auto done = core_.store().write([&](store::Txn& tx) -> Result<void> {
    auto m = tx.get_as<Mapping>(mapping_key(scope, uuid));
    if (m && !m->settled()) schedule_settling(tx, scope, *m, core_.now());
    return {};
  });
  if (!done) log(LogLevel::error, cat("an event source mapping could not be settled: ", done.error().message));
}

void Triggers::run_begins(const std::string& uuid, int64_t slot) {
  std::lock_guard lock(mutex_);
  runs_[uuid].slots.insert(slot);
}

void Triggers::run_ends(const Scope& scope, const std::string& uuid, int64_t slot) {
  {
    std::lock_guard lock(mutex_);
    auto it = runs_.find(uuid);
    if (it == runs_.end()) return;
    it->second.slots.erase(slot);
    if (!it->second.slots.empty()) return;
    bool settle = it->second.settling_waits;
    runs_.erase(it);
    if (!settle) return;
  }
  settle_now(scope, uuid);
}

bool Triggers::settling_waits(const std::string& uuid) {
  std::lock_guard lock(mutex_);
  auto it = runs_.find(uuid);
  if (it == runs_.end()) return false;
  it->second.settling_waits = true;
  return true;
}

uint64_t Triggers::look(const std::string& key, uint64_t task_id) {
  std::lock_guard lock(mutex_);
  Watched& w = watched_[key];
  std::erase_if(w.sleeping, [&](const store::Task& t) { return t.id == task_id; });
  return w.signals;
}

void Triggers::sleep(const std::string& key, uint64_t seen, const store::Task& task, bool collects) {
  {
    std::lock_guard lock(mutex_);
    Watched& w = watched_[key];
    if (w.signals == seen) {
      w.sleeping.insert(collects ? w.sleeping.begin() : w.sleeping.end(), task);
      return;
    }
  }
  make_due({{key, task}});
}

void Triggers::forget(std::string_view uuid, uint64_t generation) {
  std::lock_guard lock(mutex_);
  for (auto& [key, w] : watched_) {
    std::erase_if(w.sleeping, [&](const store::Task& t) {
      auto work = decode<PollWork>(t.payload);
      return !work || (work->uuid == uuid && work->generation < generation);
    });
  }
}

void Triggers::wake_another(const std::string& key) {
  std::vector<Sleeper> woken;
  {
    std::lock_guard lock(mutex_);
    Watched& w = watched_[key];
    if (w.sleeping.empty()) return;
    woken.push_back({key, std::move(w.sleeping.front())});
    w.sleeping.erase(w.sleeping.begin());
  }
  make_due(std::move(woken));
}

void Triggers::on_commit(const store::Store::Batch& batch) {
  std::vector<Sleeper> woken;
  bool new_epoch = false;
  {
    std::lock_guard lock(mutex_);
    uint64_t epoch = core_.store().epoch();
    if (epoch != epoch_) {
      epoch_ = epoch;
      watched_.clear();
      runs_.clear();
      new_epoch = true;
    }
    if (!watched_.empty() && batch.ok) {
      for (const std::string& key : batch.keys) {
        auto it = watched_.upper_bound(key);
        if (it == watched_.begin()) continue;
        --it;
        if (!std::string_view(key).starts_with(it->first)) continue;
        it->second.signals++;
        auto& sleeping = it->second.sleeping;
        if (sleeping.empty()) continue;
        // A message is one poller's; a record is read by every mapping and slot that follows the stream.
        auto end = sleeping.front().kind == "lambda.poll_queue" ? sleeping.begin() + 1 : sleeping.end();
        for (auto s = sleeping.begin(); s != end; ++s) woken.push_back({it->first, std::move(*s)});
        sleeping.erase(sleeping.begin(), end);
      }
    }
  }
  if (new_epoch) wake_all();
  if (!woken.empty()) make_due(std::move(woken));
}

void Triggers::make_due(std::vector<Sleeper> sleepers) {
  std::vector<std::string> missed;   // keys of those that were ended meanwhile: another one takes their place
  auto done = core_.store().write([&](store::Txn& tx) -> Result<void> {
    missed.clear();
    for (Sleeper& s : sleepers) {
      auto work = decode<PollWork>(s.task.payload);
      auto poller = work ? tx.get_as<Poller>(poller_key(s.task.scope, work->uuid, work->slot)) : std::nullopt;
      if (!poller || poller->task != s.task.id) {
        missed.push_back(s.key);
        continue;
      }
      s.task.due = core_.now();
      tx.reschedule(s.task);
    }
    return {};
  });
  if (!done) log(LogLevel::error, cat("a poller could not be woken: ", done.error().message));
  for (const std::string& key : missed) wake_another(key);
}

}  // namespace fogbank::lambda
