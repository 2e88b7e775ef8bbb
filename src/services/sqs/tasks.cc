#include "services/sqs/tasks.h"

#include <algorithm>

#include "gateway/tasks.h"
#include "gen/sqs/operations.h"
#include "services/sqs/messages.h"

namespace fogbank::sqs {
namespace {

constexpr size_t kErasedPerRun = 250;    ///< up to three keys each; a transaction has room for 1,000
constexpr size_t kVisitedPerRun = 2000;
constexpr Millis kSoonestSweep = 60'000;

store::Task make_task(const char* kind, const Scope& scope, std::string payload, Millis due) {
  store::Task t;
  t.kind = kind;
  t.scope = scope;
  t.payload = std::move(payload);
  t.due = due;
  return t;
}

/// What a run works on, copied into its transaction.
template <class Work> struct Run {
  Work work;
  Scope scope;
  uint64_t task_id;
  Millis now;
};

struct Erasable {
  Place place;
  MessageHead head;
};

/// Visits messages from where the walk stands until enough are visited or picked; `pick` says which are to be erased. Moves the walk on;
/// true if it came to the queue's end.
template <class Work, class Pick> bool walk(store::Txn& tx, const Scope& scope, Work& work, std::vector<Erasable>& out, const Pick& pick) {
  size_t visited = 0;
  bool at_end = true;
  store::Key from = message_key(scope, work.queue_id, {work.visible_at, work.seq});
  tx.scan(from, messages_key(scope, work.queue_id).after_prefix(), store::Order::ascending, [&](std::string_view key, std::string_view bytes, store::Version) {
    Place place = place_of(key);
    if (visited++ >= kVisitedPerRun || out.size() >= kErasedPerRun) {
      work.visible_at = place.visible_at;
      work.seq = place.seq;
      at_end = false;
      return false;
    }
    auto head = decode<MessageHead>(bytes);
    if (head && pick(place, *head)) out.push_back({place, *head});
    return true;
  });
  return at_end;
}

void erase_picked(store::Txn& tx, const Scope& scope, uint64_t queue_id, const std::vector<Erasable>& picked) {
  for (const Erasable& e : picked) erase_message(tx, scope, queue_id, e.place, e.head.moved, e.head.apart);
}

Result<void> erase_some(store::Txn& tx, const Run<EraseWork>& run) {
  EraseWork work = run.work;
  std::vector<Erasable> picked;
  bool done = walk(tx, run.scope, work, picked, [&](Place place, const MessageHead&) { return work.all || place.seq <= work.mark; });
  erase_picked(tx, run.scope, work.queue_id, picked);
  if (!done) schedule_erase(tx, run.scope, work, run.now);
  return {};
}

/// Notes when the queue is to be swept next: with the expiry of its oldest message, or never while it is empty.
void plan_next_sweep(store::Txn& tx, const Run<SweepWork>& run, const SweepWork& work, Queue queue) {
  bool empty = work.oldest == 0;
  if (empty) tx.scan_prefix(messages_key(run.scope, work.queue_id), [&](auto, auto, auto) { return empty = false; });
  if (empty) {
    queue.sweep_task = 0;
    tx.put_record(queue_key(run.scope, work.name), queue);
    return;
  }
  Millis expiry = (work.oldest ? work.oldest : run.now) + queue.retention * 1000;
  schedule_sweep(tx, run.scope, work.name, queue, std::max(expiry, run.now + kSoonestSweep));
}

Result<void> sweep_some(store::Txn& tx, const Run<SweepWork>& run) {
  auto queue = tx.get_as<Queue>(queue_key(run.scope, run.work.name));
  if (!queue || queue->id != run.work.queue_id || queue->sweep_task != run.task_id) return {};  // deleted, or planned anew
  SweepWork work = run.work;
  std::vector<Erasable> picked;
  bool done = walk(tx, run.scope, work, picked, [&](Place place, const MessageHead& head) {
    if (gone(*queue, place.seq, head.sent, run.now)) return true;
    if (work.oldest == 0 || head.sent < work.oldest) work.oldest = head.sent;
    return false;
  });
  erase_picked(tx, run.scope, work.queue_id, picked);
  if (done) {
    plan_next_sweep(tx, run, work, std::move(*queue));
    return {};
  }
  store::Task next = make_task("sqs.sweep_expired", run.scope, encode(work), run.now);
  next.recurring = true;
  queue->sweep_task = tx.schedule(std::move(next));
  tx.put_record(queue_key(run.scope, work.name), *queue);
  return {};
}

Result<void> forget(store::Txn& tx, const Run<ForgetWork>& run) {
  store::Key key = deleted_key(run.scope, run.work.name);
  auto deleted = tx.get_as<Deleted>(key);
  if (deleted && deleted->at == run.work.deleted_at) tx.erase(key);  // not if it was made and deleted again meanwhile
  return {};
}

template <class Work> Result<void> finish(TaskContext& cx, Result<void> (*f)(store::Txn&, const Run<Work>&)) {
  auto work = cx.payload<Work>();
  if (!work) return fail("InternalFailure", "the payload of a task is damaged", 500);
  struct State { Run<Work> run; Result<void> (*f)(store::Txn&, const Run<Work>&); };
  State state{{std::move(*work), cx.task().scope, cx.task().id, cx.now()}, f};
  return cx.finish(state, [](store::Txn& tx, const State& s) { return s.f(tx, s.run); });
}

}  // namespace

void schedule_erase(store::Txn& tx, const Scope& scope, const EraseWork& work, Millis due) {
  tx.schedule(make_task("sqs.erase_messages", scope, encode(work), due));
}

void schedule_sweep(store::Txn& tx, const Scope& scope, std::string_view name, const Queue& queue, Millis due) {
  SweepWork work;
  work.name = name;
  work.queue_id = queue.id;
  store::Task t = make_task("sqs.sweep_expired", scope, encode(work), due);
  t.recurring = true;  // only gives storage back: nobody waits for it
  Queue changed = queue;
  changed.sweep_task = tx.schedule(std::move(t));
  tx.put_record(queue_key(scope, name), changed);
}

void schedule_forget(store::Txn& tx, const Scope& scope, const ForgetWork& work, Millis due) {
  store::Task t = make_task("sqs.forget_deleted_queue", scope, encode(work), due);
  t.recurring = true;
  tx.schedule(std::move(t));
}

Result<void> erase_messages(TaskContext& cx) { return finish<EraseWork>(cx, erase_some); }
Result<void> sweep_expired(TaskContext& cx) { return finish<SweepWork>(cx, sweep_some); }
Result<void> forget_deleted_queue(TaskContext& cx) { return finish<ForgetWork>(cx, forget); }

}  // namespace fogbank::sqs
