#include "services/lambda/mappings.h"

#include <algorithm>

#include "base/strings.h"
#include "gateway/core.h"
#include "gateway/work_task.h"
#include "gen/lambda/operations.h"
#include "services/lambda/triggers.h"

namespace fogbank::lambda {

store::Key mapping_key(const Scope& s, std::string_view uuid) { return store::key(s, kMappings, uuid); }
store::Key mapping_index_key(const Scope& s, std::string_view uuid) { return store::key(s.whole_partition(), kMappingIndex, uuid); }
store::Key poller_key(const Scope& s, std::string_view uuid, int64_t slot) { return store::key(s, kPollers, uuid, uint64_t(slot)); }
store::Key progress_key(const Scope& s, std::string_view uuid) { return store::key(s, kProgress, uuid); }

int64_t slots_of(const Mapping& m) {
  constexpr int64_t kUsual = 5, kMost = 64;   // batches of a queue at once; AWS begins with five
  return m.queue() ? std::min(kMost, m.max_concurrency.value_or(kUsual)) : 1;
}

PollWork idle_work(const Mapping& m, int64_t slot) {
  PollWork work;
  work.uuid = m.uuid;
  work.generation = m.generation;
  work.slot = slot;
  return work;
}

store::Task sleeping_task(const Scope& scope, const Mapping& m, int64_t slot, uint64_t id, Millis due) {
  store::Task task = work_task(m.queue() ? "lambda.poll_queue" : "lambda.poll_stream", scope, idle_work(m, slot), due, true);
  task.id = id;
  return task;
}

store::Task schedule_poller(store::Txn& tx, const Scope& scope, const Mapping& m, const PollWork& work, Millis due, bool sleeping) {
  store::Task task = work_task(m.queue() ? "lambda.poll_queue" : "lambda.poll_stream", scope, work, due, sleeping);
  task.id = tx.schedule(task);
  Poller poller;
  poller.task = task.id;
  poller.sleeping = sleeping;
  tx.put_record(poller_key(scope, m.uuid, work.slot), poller);
  return task;
}

void schedule_settling(store::Txn& tx, const Scope& scope, const Mapping& m, Millis now) {
  SettleMapping work;
  work.uuid = m.uuid;
  work.generation = m.generation;
  tx.schedule(work_task("lambda.settle_mapping", scope, work, now));
}

void cancel_pollers(store::Txn& tx, const Scope& scope, const std::string& uuid) {
  std::vector<std::pair<store::Key, uint64_t>> found;
  tx.scan_prefix(store::key(scope, kPollers, uuid), [&](std::string_view key, std::string_view bytes, store::Version) {
    auto poller = decode<Poller>(bytes);
    found.emplace_back(store::Key::raw(std::string(key), false), poller ? poller->task : 0);
    return true;
  });
  for (const auto& [key, task] : found) {
    tx.cancel(task);
    tx.erase(key);
  }
}

/// Creating, Enabling, Disabling, Updating and Deleting come to their end.
Result<void> settle_mapping(TaskContext& cx) {
  auto work = cx.payload<SettleMapping>();
  auto done = finish_work<SettleMapping>(cx, [](store::Txn& tx, const WorkRun<SettleMapping>& run) -> Result<void> {
    auto m = tx.get_as<Mapping>(mapping_key(run.scope, run.work.uuid));
    if (!m || m->generation != run.work.generation) return {};
    cancel_pollers(tx, run.scope, m->uuid);
    if (m->state == MappingState::deleting) {
      tx.erase(mapping_key(run.scope, m->uuid));
      tx.erase(mapping_index_key(run.scope, m->uuid));
      tx.erase(progress_key(run.scope, m->uuid));
      return {};
    }
    m->state = m->wanted ? MappingState::enabled : MappingState::disabled;
    tx.put_record(mapping_key(run.scope, m->uuid), *m);
    if (!m->wanted) return {};
    for (int64_t slot = 0; slot < slots_of(*m); slot++) schedule_poller(tx, run.scope, *m, idle_work(*m, slot), run.now);
    return {};
  });
  if (done && work) cx.core().state<Triggers>().forget(work->uuid);
  return done;
}

}  // namespace fogbank::lambda
