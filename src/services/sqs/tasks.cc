#include "services/sqs/tasks.h"

#include <algorithm>

#include "gateway/work_task.h"
#include "gen/sqs/operations.h"
#include "services/sqs/deduplication.h"
#include "services/sqs/messages.h"

namespace fogbank::sqs {
namespace {

constexpr size_t kErasedPerRun = 250;    ///< up to three keys each; a transaction has room for 1,000
constexpr size_t kKeysPerRun = 900;
constexpr size_t kGroupsPerRun = 200;    ///< up to four keys each
constexpr size_t kVisitedPerRun = 2000;
constexpr Millis kSoonestSweep = 60'000;
constexpr bool kOnlyStorage = true;      ///< recurring: gives storage back, nobody waits for it

store::Task sweep_task(const Scope& scope, const SweepWork& work, Millis due) { return work_task("sqs.sweep_expired", scope, work, due, kOnlyStorage); }

struct Found {
  std::string key;
  uint64_t seq = 0;
  MessageHead head;
};

/// Visits the records under `prefix` from where the walk stands until `visit` answers false; then the walk stands at that record. True if it
/// came to the end.
template <class Work, class Visit> bool walk(store::Txn& tx, const store::Key& prefix, Work& work, const Visit& visit) {
  store::Key from = work.cursor.empty() ? prefix : store::Key::raw(work.cursor, false);
  bool at_end = true;
  tx.scan(from, prefix.after_prefix(), store::Order::ascending, [&](std::string_view key, std::string_view bytes, store::Version) {
    if (visit(key, bytes)) return true;
    work.cursor = key;
    return at_end = false;
  });
  if (at_end) work.cursor.clear();
  return at_end;
}

/// Visits messages until enough are visited or picked; `pick` says which are to be erased.
template <class Work, class Pick> bool walk_messages(store::Txn& tx, const store::Key& prefix, Work& work, std::vector<Found>& out, const Pick& pick) {
  size_t visited = 0;
  return walk(tx, prefix, work, [&](std::string_view key, std::string_view bytes) {
    if (visited++ >= kVisitedPerRun || out.size() >= kErasedPerRun) return false;
    auto parts = store::key_parts(key);
    auto head = decode<MessageHead>(bytes);
    Found found{std::string(key), store::number_part(parts.back()), head.value_or(MessageHead{})};
    if (head && pick(found)) out.push_back(std::move(found));
    return true;
  });
}

void erase_found(store::Txn& tx, const Scope& scope, uint64_t queue_id, const std::vector<Found>& found) {
  for (const Found& f : found) {
    tx.erase(store::Key::raw(f.key, false));
    if (f.head.moved) tx.erase(moved_key(scope, queue_id, f.seq));
    if (f.head.apart) tx.erase(body_key(scope, queue_id, f.seq));
  }
}

store::Key messages_prefix(const Scope& scope, uint64_t queue_id, bool fifo) {
  return fifo ? fifo_messages_key(scope, queue_id) : messages_key(scope, queue_id);
}

/// Puts some groups of a FIFO queue in order: those without messages are dropped.
template <class Work> bool place_groups(store::Txn& tx, const FifoChange& c, Work& work) {
  std::vector<std::string> groups;
  bool done = walk(tx, groups_key(c.scope, c.queue.id), work, [&](std::string_view key, std::string_view) {
    if (groups.size() == kGroupsPerRun) return false;
    groups.push_back(std::move(store::key_parts(key).at(1)));
    return true;
  });
  for (const std::string& group : groups) place_group(tx, c, group, in_flight_of(tx, c, group));
  return done;
}

/// All records of a deleted queue, table by table.
void erase_all_of_queue(store::Txn& tx, const WorkRun<EraseWork>& run) {
  const store::Table* tables[] = {&kMessages, &kBodies, &kMoved, &kFifoMessages, &kGroups, &kReady, &kDedups, &kAttempts};
  EraseWork work = run.work;
  std::vector<store::Key> keys;
  for (; work.phase < int64_t(std::size(tables)); work.phase++) {
    bool done = walk(tx, store::key(run.scope, *tables[work.phase], work.queue_id), work, [&](std::string_view key, std::string_view) {
      if (keys.size() == kKeysPerRun) return false;
      keys.push_back(store::Key::raw(std::string(key), false));
      return true;
    });
    if (!done) break;
  }
  for (const store::Key& key : keys) tx.erase(key);
  if (work.phase < int64_t(std::size(tables))) schedule_erase(tx, run.scope, work, run.now);
}

Result<void> erase_some(store::Txn& tx, const WorkRun<EraseWork>& run) {
  if (run.work.all) {
    erase_all_of_queue(tx, run);
    return {};
  }
  EraseWork work = run.work;
  if (work.phase == 0) {
    std::vector<Found> picked;
    if (walk_messages(tx, messages_prefix(run.scope, work.queue_id, work.fifo), work, picked, [&](const Found& f) { return f.seq <= work.mark; })) work.phase = 1;
    erase_found(tx, run.scope, work.queue_id, picked);
    if (work.phase == 0 || work.fifo) schedule_erase(tx, run.scope, work, run.now);
    return {};
  }
  auto queue = tx.get_as<Queue>(queue_key(run.scope, work.name));
  if (!queue || queue->id != work.queue_id) return {};
  if (!place_groups(tx, {run.scope, *queue, run.now}, work)) schedule_erase(tx, run.scope, work, run.now);
  return {};
}

/// Notes when the queue is to be swept next: with the expiry of its oldest message, or never while it is empty.
void plan_next_sweep(store::Txn& tx, const WorkRun<SweepWork>& run, const SweepWork& work, Queue queue) {
  bool empty = work.oldest == 0;
  if (empty) tx.scan_prefix(messages_prefix(run.scope, work.queue_id, queue.fifo), [&](auto, auto, auto) { return empty = false; });
  if (empty) {
    queue.sweep_task = 0;
    tx.put_record(queue_key(run.scope, work.name), queue);
    return;
  }
  Millis expiry = (work.oldest ? work.oldest : run.now) + queue.retention * 1000;
  schedule_sweep(tx, run.scope, work.name, queue, std::max(expiry, run.now + kSoonestSweep));
}

/// Drops expired messages, then groups that are left without any. True when the walk is over.
bool sweep_queue(store::Txn& tx, const WorkRun<SweepWork>& run, const Queue& queue, SweepWork& work) {
  if (work.phase == 0) {
    std::vector<Found> picked;
    bool done = walk_messages(tx, messages_prefix(run.scope, work.queue_id, queue.fifo), work, picked, [&](const Found& f) {
      if (gone(queue, f.seq, f.head.sent, run.now)) return true;
      if (work.oldest == 0 || f.head.sent < work.oldest) work.oldest = f.head.sent;
      return false;
    });
    erase_found(tx, run.scope, work.queue_id, picked);
    if (!done) return false;
    if (!queue.fifo) return true;
    work.phase = 1;
    return false;
  }
  return place_groups(tx, {run.scope, queue, run.now}, work);
}

Result<void> sweep_some(store::Txn& tx, const WorkRun<SweepWork>& run) {
  auto queue = tx.get_as<Queue>(queue_key(run.scope, run.work.name));
  if (!queue || queue->id != run.work.queue_id || queue->sweep_task != run.task_id) return {};  // deleted, or planned anew
  SweepWork work = run.work;
  if (sweep_queue(tx, run, *queue, work)) {
    plan_next_sweep(tx, run, work, std::move(*queue));
    return {};
  }
  queue->sweep_task = tx.schedule(sweep_task(run.scope, work, run.now));
  tx.put_record(queue_key(run.scope, work.name), *queue);
  return {};
}

uint64_t new_sweep(store::Txn& tx, const Scope& scope, std::string_view name, uint64_t queue_id, Millis due) {
  SweepWork work;
  work.name = name;
  work.queue_id = queue_id;
  return tx.schedule(sweep_task(scope, work, due));
}

uint64_t schedule_dedup(store::Txn& tx, const Scope& scope, std::string_view name, uint64_t queue_id, Millis due) {
  return tx.schedule(work_task("sqs.forget_deduplication", scope, DedupWork{std::string(name), queue_id, {}}, due, kOnlyStorage));
}

Result<void> forget_dedup(store::Txn& tx, const WorkRun<DedupWork>& run) {
  auto queue = tx.get_as<Queue>(queue_key(run.scope, run.work.name));
  if (!queue || queue->id != run.work.queue_id || queue->dedup_task != run.task_id) return {};
  Forgotten f = forget_windows(tx, run.scope, queue->id, run.now, kKeysPerRun);
  queue->dedup_task = f.something_left ? schedule_dedup(tx, run.scope, run.work.name, queue->id, f.more_due ? run.now : run.now + kDedupWindow) : 0;
  tx.put_record(queue_key(run.scope, run.work.name), *queue);
  return {};
}

Result<void> forget(store::Txn& tx, const WorkRun<ForgetWork>& run) {
  store::Key key = deleted_key(run.scope, run.work.name);
  auto deleted = tx.get_as<Deleted>(key);
  if (deleted && deleted->at == run.work.deleted_at) tx.erase(key);  // not if it was made and deleted again meanwhile
  return {};
}

}  // namespace

void schedule_erase(store::Txn& tx, const Scope& scope, const EraseWork& work, Millis due) {
  tx.schedule(work_task("sqs.erase_messages", scope, work, due));
}

void schedule_sweep(store::Txn& tx, const Scope& scope, std::string_view name, const Queue& queue, Millis due) {
  Queue changed = queue;
  changed.sweep_task = new_sweep(tx, scope, name, queue.id, due);
  tx.put_record(queue_key(scope, name), changed);
}

void plan_tasks(store::Txn& tx, const Scope& scope, std::string_view name, const Queue& queue, Millis now) {
  if (queue.sweep_task && (!queue.fifo || queue.dedup_task)) return;
  Queue changed = queue;
  if (!queue.sweep_task) changed.sweep_task = new_sweep(tx, scope, name, queue.id, now + queue.retention * 1000);
  if (queue.fifo && !queue.dedup_task) changed.dedup_task = schedule_dedup(tx, scope, name, queue.id, now + 2 * kDedupWindow);
  tx.put_record(queue_key(scope, name), changed);
}

void schedule_forget(store::Txn& tx, const Scope& scope, const ForgetWork& work, Millis due) {
  tx.schedule(work_task("sqs.forget_deleted_queue", scope, work, due, kOnlyStorage));
}

Result<void> erase_messages(TaskContext& cx) { return finish_work<EraseWork>(cx, erase_some); }
Result<void> sweep_expired(TaskContext& cx) { return finish_work<SweepWork>(cx, sweep_some); }
Result<void> forget_deleted_queue(TaskContext& cx) { return finish_work<ForgetWork>(cx, forget); }
Result<void> forget_deduplication(TaskContext& cx) { return finish_work<DedupWork>(cx, forget_dedup); }

}  // namespace fogbank::sqs
