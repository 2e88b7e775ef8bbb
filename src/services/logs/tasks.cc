#include "services/logs/tasks.h"

#include <optional>

#include "gateway/tasks.h"
#include "gen/logs/operations.h"
#include "services/logs/batches.h"

namespace fogbank::logs {
namespace {

constexpr size_t kErasedPerRun = 100;      ///< batches may be of 64 KiB each, and erasing one reads it
constexpr size_t kStreamsPerRun = 200;
constexpr Millis kExpiryInterval = 3600 * 1000;

template <class Work> store::Task make_task(const char* kind, const Scope& scope, const Work& work, Millis due) {
  store::Task t;
  t.kind = kind;
  t.scope = scope;
  t.payload = encode(work);
  t.due = due;
  t.recurring = true;
  return t;
}

/// What a run works on, copied into its transaction.
template <class Work> struct Run {
  Work work;
  Scope scope;
  uint64_t task_id;
  Millis now;
};

template <class Work> Result<void> finish(TaskContext& cx, Result<void> (*f)(store::Txn&, const Run<Work>&)) {
  auto work = cx.payload<Work>();
  if (!work) return fail("InternalFailure", "the payload of a task is damaged", 500);
  struct Given { Run<Work> run; Result<void> (*f)(store::Txn&, const Run<Work>&); };
  Given given{{std::move(*work), cx.task().scope, cx.task().id, cx.now()}, f};
  return cx.finish(given, [](store::Txn& tx, const Given& g) { return g.f(tx, g.run); });
}

/// Erases the first keys of a range; false if there are more. `bytes`: what they counted.
bool erase_range(store::Txn& tx, const store::Key& prefix, bool batches, int64_t& bytes) {
  std::vector<std::string> keys;
  bool more = false;
  tx.scan_prefix(prefix, [&](std::string_view key, std::string_view record, store::Version) {
    if (keys.size() >= kErasedPerRun) {
      more = true;
      return false;
    }
    keys.emplace_back(key);
    if (batches) bytes += read_head(record).bytes;
    return true;
  });
  for (auto& k : keys) tx.erase(store::Key::raw(std::move(k), false));
  return !more;
}

Result<void> erase_some(store::Txn& tx, const Run<EraseWork>& run) {
  const EraseWork& w = run.work;
  int64_t bytes = 0;
  bool done = erase_range(tx, w.stream ? batches_of(run.scope, w.group, w.stream) : batches_of(run.scope, w.group), true, bytes);
  if (w.stream) {
    if (tx.has(count_key(run.scope, w.group))) add_bytes(tx, run.scope, w.group, -bytes);
  } else if (done) {
    done = erase_range(tx, streams_of(run.scope, w.group), false, bytes);
  }
  if (!done) schedule_erase(tx, run.scope, w, run.now);
  return {};
}

/// Erases a stream's expired batches from `from` on. Answers where to go on: at the next stream, or at what is left of this one; nothing at
/// the end of the group.
std::optional<store::Key> expire_stream(store::Txn& tx, const Run<ExpireWork>& run, Millis oldest, const store::Key& from, size_t& room, int64_t& bytes) {
  store::Key all = batches_of(run.scope, run.work.group_id);
  std::optional<store::Key> next;
  std::optional<uint64_t> stream;
  std::vector<std::string> expired;
  tx.scan(from, all.after_prefix(), store::Order::ascending, [&](std::string_view key, std::string_view record, store::Version) {
    BatchPlace place = batch_place(key);
    if (stream && place.stream != *stream) {
      next = store::Key::raw(std::string(key), false);
      return false;
    }
    stream = place.stream;
    if (place.first >= oldest) {   // nor is what follows in this stream
      next = batches_of(run.scope, run.work.group_id, place.stream).after_prefix();
      return false;
    }
    if (room == 0) {
      next = store::Key::raw(std::string(key), false);
      return false;
    }
    BatchHead head = read_head(record);
    if (head.last >= oldest) return true;
    expired.emplace_back(key);
    bytes += head.bytes;
    room--;
    return true;
  });
  for (auto& k : expired) tx.erase(store::Key::raw(std::move(k), false));
  return next;
}

Result<void> expire_some(store::Txn& tx, const Run<ExpireWork>& run) {
  auto group = tx.get_as<Group>(group_key(run.scope, run.work.group));
  if (!group || group->id != run.work.group_id || group->expiry_task != run.task_id) return {};   // another task does it, or nothing is to be done
  group->expiry_task = 0;
  if (group->retention_days) {
    store::Key all = batches_of(run.scope, group->id);
    std::optional<store::Key> at = run.work.from.empty() ? all : store::Key::raw(run.work.from, false);
    size_t room = kErasedPerRun;
    int64_t bytes = 0;
    for (size_t i = 0; at && room && i < kStreamsPerRun; i++) at = expire_stream(tx, run, group->oldest(run.now), *at, room, bytes);
    add_bytes(tx, run.scope, group->id, -bytes);
    ExpireWork next{group->name, group->id, at ? at->bytes() : std::string(), {}};
    group->expiry_task = tx.schedule(make_task("logs.expire_events", run.scope, next, at ? run.now : run.now + kExpiryInterval));
  }
  tx.put_record(group_key(run.scope, group->name), *group);
  return {};
}

}  // namespace

void schedule_erase(store::Txn& tx, const Scope& scope, const EraseWork& work, Millis due) {
  tx.schedule(make_task("logs.erase_events", scope, work, due));
}

void schedule_expiry(store::Txn& tx, const Scope& scope, Group& group, Millis due) {
  if (group.expiry_task) tx.cancel(group.expiry_task);
  group.expiry_task = tx.schedule(make_task("logs.expire_events", scope, ExpireWork{group.name, group.id, {}, {}}, due));
}

Result<void> erase_events(TaskContext& cx) { return finish<EraseWork>(cx, erase_some); }
Result<void> expire_events(TaskContext& cx) { return finish<ExpireWork>(cx, expire_some); }

}  // namespace fogbank::logs
