#include "services/lambda/mappings.h"

#include <algorithm>
#include <limits>

#include "base/strings.h"
#include "gateway/core.h"
#include "gateway/work_task.h"
#include "gen/lambda/operations.h"
#include "services/lambda/caches.h"
#include "services/lambda/roles.h"
#include "services/lambda/stream_reading.h"
#include "services/lambda/triggers.h"

namespace fogbank::lambda {

store::Key mapping_key(const Scope& s, std::string_view uuid) { return store::key(s, kMappings, uuid); }
store::Key mapping_index_key(const Scope& s, std::string_view uuid) { return store::key(s.whole_partition(), kMappingIndex, uuid); }
store::Key poller_key(const Scope& s, std::string_view uuid, int64_t slot) { return store::key(s, kPollers, uuid, uint64_t(slot)); }
store::Key progress_key(const Scope& s, std::string_view uuid, int64_t slot) { return store::key(s, kProgress, uuid, uint64_t(slot)); }
store::Key all_progress(const Scope& s, std::string_view uuid) { return store::key(s, kProgress, uuid); }

int64_t slots_of(const Mapping& m) {
  constexpr int64_t kUsual = 5, kMost = 64;   // batches of a queue at once; AWS begins with five
  return m.queue() ? std::min(kMost, m.max_concurrency.value_or(kUsual)) : m.parallelization;
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

void begin_at(store::Txn& tx, const Scope& scope, const Mapping& m, const std::string& position) {
  for (int64_t slot = 0; slot < slots_of(m); slot++) {
    store::Key key = progress_key(scope, m.uuid, slot);
    if (tx.has(key)) continue;
    Progress begun;
    begun.started = true;
    begun.next = position;
    tx.put_record(key, begun);
  }
}

namespace {

std::vector<std::pair<store::Key, Progress>> progress_of(store::Reader& reader, const Scope& scope, const Mapping& m) {
  std::vector<std::pair<store::Key, Progress>> all;
  reader.scan_prefix(all_progress(scope, m.uuid), [&](std::string_view key, std::string_view bytes, store::Version) {
    all.emplace_back(store::Key::raw(std::string(key), false), decode<Progress>(bytes).value_or(Progress{}));
    return true;
  });
  return all;
}

/// With another number of slots each item has another one: all go on from the place of the slowest, so that nothing is left out.
void share_anew(store::Txn& tx, const Scope& scope, const Mapping& m) {
  auto all = progress_of(tx, scope, m);
  if (all.empty() || int64_t(all.size()) == slots_of(m)) return;
  int64_t slowest = std::numeric_limits<int64_t>::max();
  for (const auto& [key, p] : all) {
    slowest = std::min(slowest, parse_int(p.next).value_or(0));
    tx.erase(key);
  }
  begin_at(tx, scope, m, std::to_string(slowest));
}

struct Settling { WorkRun<SettleMapping> run; std::string position; Triggers* triggers; };

Result<void> settle(store::Txn& tx, const Settling& s) {
  const auto& run = s.run;
  auto m = tx.get_as<Mapping>(mapping_key(run.scope, run.work.uuid));
  if (!m || m->generation != run.work.generation || m->settled()) return {};
  cancel_pollers(tx, run.scope, m->uuid);
  if (s.triggers->settling_waits(m->uuid)) return {};   // for the batches under way
  if (m->state == MappingState::deleting) {
    tx.erase(mapping_key(run.scope, m->uuid));
    tx.erase(mapping_index_key(run.scope, m->uuid));
    for (const auto& [key, p] : progress_of(tx, run.scope, *m)) tx.erase(key);
    return {};
  }
  m->state = m->wanted ? MappingState::enabled : MappingState::disabled;
  tx.put_record(mapping_key(run.scope, m->uuid), *m);
  if (!m->wanted) return {};
  share_anew(tx, run.scope, *m);
  if (!s.position.empty()) begin_at(tx, run.scope, *m, s.position);
  for (int64_t slot = 0; slot < slots_of(*m); slot++) schedule_poller(tx, run.scope, *m, idle_work(*m, slot), run.now);
  return {};
}

/// Where a stream that has not been read yet begins: found before the mapping says that it is Enabled, so that what is written afterwards is
/// read. Nothing if that cannot be told now; the poller then asks again and notes why.
std::string position_for(TaskContext& cx, const SettleMapping& work) {
  std::optional<Mapping> m;
  bool begun = false;
  Result<auth::Principal> role = fail("InternalFailure", "", 500);
  Result<dynamodbstreams::StreamSource> source = fail("InternalFailure", "", 500);
  const Scope& scope = cx.task().scope;
  cx.read([&](store::Reader& reader) {
    m = reader.get_as<Mapping>(mapping_key(scope, work.uuid));
    if (!m || m->queue() || !m->wanted || m->state == MappingState::deleting) return;
    begun = !progress_of(reader, scope, *m).empty();
    auto target = find_target(cx.core().state<State>(), reader, {scope, m->function, m->qualifier, false});
    if (target) role = role_principal(cx.core(), reader, target->version->role, m->function);
    source = dynamodbstreams::stream_source(reader, m->source_arn);
  });
  if (begun || !role || !source) return {};
  auto position = first_position(cx, *role, *m, *source);
  return position ? *position : std::string();
}

}  // namespace

/// Creating, Enabling, Disabling, Updating and Deleting come to their end.
Result<void> settle_mapping(TaskContext& cx) {
  auto work = cx.payload<SettleMapping>();
  if (!work) return fail("InternalFailure", "the payload of a task is damaged", 500);
  Settling given{{*work, cx.task().scope, cx.task().id, cx.now()}, position_for(cx, *work), &cx.core().state<Triggers>()};
  auto done = cx.finish(given, [](store::Txn& tx, const Settling& s) { return settle(tx, s); });
  if (done) cx.core().state<Triggers>().forget(work->uuid, work->generation);
  return done;
}

}  // namespace fogbank::lambda
