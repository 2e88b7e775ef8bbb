#include "services/sqs/move_tasks.h"

#include <algorithm>
#include <map>

#include "base/encoding.h"
#include "base/json_text.h"
#include "gateway/work_task.h"
#include "gen/sqs/operations.h"
#include "services/sqs/errors.h"
#include "services/sqs/fifo.h"
#include "services/sqs/json.h"
#include "services/sqs/messages.h"
#include "services/sqs/redrive.h"
#include "services/sqs/tasks.h"

namespace fogbank::sqs {
namespace {

store::Key moving_key(const Scope& scope, std::string_view queue) { return store::key(scope, kMoving, queue); }

constexpr size_t kMovedPerStep = 100;        ///< up to eight keys each
constexpr size_t kBytesPerStep = 1 << 20;
constexpr size_t kGroupsPerStep = 50;

struct MoveWork {
  std::string queue;
  uint64_t number = 0;
  Unknown unknown;
  template <class A> void fields(A& a) { a(1, queue); a(2, number); a(unknown); }
};

void schedule_step(store::Txn& tx, const Scope& scope, std::string_view queue, uint64_t number, Millis due) {
  tx.schedule(work_task("sqs.move_messages", scope, MoveWork{std::string(queue), number, {}}, due));
}

struct StepInput {
  MoveWork work;
  Scope scope;
  Millis now;
  std::vector<std::string> ids;   ///< for the moved messages
};

/// One step of a task.
class Step {
 public:
  Step(store::Txn& tx, const StepInput& in, const Queue& source, MoveTask& task) : tx_(tx), in_(in), source_(source), task_(task) {
    limit_ = task.rate ? std::min<size_t>(size_t(task.rate), kMovedPerStep) : kMovedPerStep;
  }
  /// True when nothing is left to move.
  bool run() {
    bool done = source_.fifo ? move_groups() : move_standard();
    for (const auto& [name, queue] : targets_) {
      plan_tasks(tx_, in_.scope, name, queue, in_.now);
      tx_.signal(arrival_key(in_.scope, queue.id));
    }
    return done;
  }
  size_t moved() const { return moved_; }

 private:
  bool full() const { return moved_ >= limit_ || bytes_ >= kBytesPerStep || !task_.failure.empty(); }

  /// The queue that a message goes to; null (and the task fails) if there is none.
  Queue* target_of(const Message& m) {
    std::string name = task_.destination;
    if (name.empty()) {
      auto arn = parse_arn(m.source_arn);
      if (!arn) {
        task_.failure = "CouldNotDetermineMessageSource";
        return nullptr;
      }
      name = arn->resource;
    }
    if (auto it = targets_.find(name); it != targets_.end()) return &it->second;
    auto queue = tx_.get_as<Queue>(queue_key(in_.scope, name));
    if (!queue) {
      task_.failure = "AWS.SimpleQueueService.NonExistentQueue";
      return nullptr;
    }
    return &targets_.emplace(name, std::move(*queue)).first->second;
  }

  /// False if the message stays.
  bool move(Message m, uint64_t seq) {
    Queue* to = target_of(m);
    if (!to) return false;
    m = with_content(tx_, in_.scope, source_.id, seq, std::move(m));
    bytes_ += content_bytes(m.content);
    if (m.seal && m.seal->by_kms() && !to->sealed) {
      to->sealed = true;
      tx_.put_record(queue_key(in_.scope, name_of(*to)), *to);
    }
    m.id = in_.ids.at(moved_);
    m.sent = in_.now;
    m.receive_count = m.receives_before = 0;
    m.first_received = m.received = 0;
    m.source_arn.clear();
    deliver(tx_, {in_.scope, name_of(*to), *to, in_.now, to->delay}, std::move(m), moved_++);
    return true;
  }
  std::string_view name_of(const Queue& queue) const {
    for (const auto& [name, q] : targets_) if (&q == &queue) return name;
    throw std::logic_error("a queue that is no target");
  }

  bool move_standard() {
    struct Found { Place place; Message message; };
    std::vector<Found> found;
    bool done = true;
    store::Key from = messages_from(in_.scope, source_.id, earliest_alive(source_, in_.now)), to = messages_from(in_.scope, source_.id, in_.now + 1);
    tx_.scan(from, to, store::Order::ascending, [&](std::string_view key, std::string_view bytes, store::Version) {
      Place place = place_of(key);
      auto m = decode<Message>(bytes);
      if (!m || place.seq > task_.mark || gone(source_, place.seq, m->sent, in_.now)) return true;
      if (found.size() == limit_) return done = false;
      found.push_back({place, std::move(*m)});
      return true;
    });
    for (Found& f : found) {
      if (full()) return false;
      bool moved = f.message.moved, apart = f.message.apart;
      if (!move(std::move(f.message), f.place.seq)) return false;
      erase_message(tx_, in_.scope, source_.id, f.place, moved, apart);
    }
    return done;
  }

  /// Moves the front of a group; false if the step is full before the end of it.
  bool move_group(const std::string& group) {
    struct Found { uint64_t seq; Message message; };
    std::vector<Found> found;
    bool done = true;
    store::Key from = fifo_message_key(in_.scope, source_.id, group, source_.purge_mark + 1);
    tx_.scan(from, fifo_group_messages_key(in_.scope, source_.id, group).after_prefix(), store::Order::ascending,
             [&](std::string_view key, std::string_view bytes, store::Version) {
               uint64_t seq = fifo_place_of(key).seq;
               auto m = decode<Message>(bytes);
               if (!m || seq > task_.mark || visible_at(source_, m->sent, m->visible_at) > in_.now) return false;
               if (gone(source_, seq, m->sent, in_.now)) return true;
               if (moved_ + found.size() >= limit_) return done = false;
               found.push_back({seq, std::move(*m)});
               return true;
             });
    for (Found& f : found) {
      if (full()) {
        done = false;
        break;
      }
      bool apart = f.message.apart;
      if (!move(std::move(f.message), f.seq)) {
        done = false;
        break;
      }
      erase_fifo_message(tx_, in_.scope, source_.id, group, f.seq, apart);
    }
    if (!found.empty()) place_group(tx_, {in_.scope, source_, in_.now}, group, 0);
    return done;
  }

  bool move_groups() {
    std::vector<std::string> groups;
    bool last = true;
    tx_.scan(group_key(in_.scope, source_.id, task_.group), groups_key(in_.scope, source_.id).after_prefix(), store::Order::ascending,
             [&](std::string_view key, std::string_view, store::Version) {
               if (groups.size() == kGroupsPerStep) return last = false;
               groups.push_back(std::move(store::key_parts(key).at(1)));
               return true;
             });
    for (const std::string& group : groups) {
      task_.group = group;
      if (full() || !move_group(group)) return false;
    }
    if (!last) task_.group += '\0';
    return last;
  }

  store::Txn& tx_;
  const StepInput& in_;
  const Queue& source_;
  MoveTask& task_;
  std::map<std::string, Queue> targets_;
  size_t limit_, moved_ = 0, bytes_ = 0;
};

Result<void> step(store::Txn& tx, const StepInput& in) {
  store::Key key = move_key(in.scope, in.work.queue, in.work.number);
  auto task = tx.get_as<MoveTask>(key);
  auto source = tx.get_as<Queue>(queue_key(in.scope, in.work.queue));
  if (!task || !task->active() || !source || source->id != task->queue_id) return {};
  auto end_as = [&](MoveStatus status) {
    task->status = status;
    tx.put_record(key, *task);
    tx.erase(moving_key(in.scope, in.work.queue));
    return Result<void>();
  };
  if (task->status == MoveStatus::cancelling) return end_as(MoveStatus::cancelled);
  if (in.now >= task->started + kMaxMoveTime) {
    task->failure = "The message move task exceeded its maximum run time of 36 hours.";
    return end_as(MoveStatus::failed);
  }
  Step work(tx, in, *source, *task);
  bool done = work.run();
  task->moved += int64_t(work.moved());
  if (!task->failure.empty()) return end_as(MoveStatus::failed);
  if (done) return end_as(MoveStatus::completed);
  schedule_step(tx, in.scope, in.work.queue, in.work.number, task->rate ? in.now + Millis(work.moved()) * 1000 / task->rate : in.now);
  tx.put_record(key, *task);
  return {};
}

}  // namespace

std::string_view status_name(MoveStatus status) {
  constexpr std::string_view kNames[] = {"RUNNING", "COMPLETED", "CANCELLING", "CANCELLED", "FAILED"};
  return kNames[size_t(status)];
}

store::Key move_key(const Scope& scope, std::string_view queue, uint64_t number) { return store::key(scope, kMoves, queue, number); }

std::vector<ListedMove> list_moves(store::Reader& reader, const Scope& scope, std::string_view queue) {
  std::vector<ListedMove> out;
  store::Key prefix = store::key(scope, kMoves, queue);
  reader.scan(prefix, prefix.after_prefix(), store::Order::descending, [&](std::string_view key, std::string_view bytes, store::Version) {
    if (auto task = decode<MoveTask>(bytes)) out.push_back({store::number_part(store::key_parts(key).at(1)), std::move(*task)});
    return true;
  });
  return out;
}

Result<void> start_move(store::Txn& tx, const Scope& scope, std::string_view queue, MoveTask task) {
  std::vector<ListedMove> before = list_moves(tx, scope, queue);
  for (const ListedMove& m : before) {
    if (m.task.active()) return fail(invalid_parameter("There is already a task running. Only one active task is allowed for a source queue arn at a given time."));
  }
  size_t moving = 0;
  tx.scan_prefix(store::key(scope, kMoving), [&](auto, auto, auto) { return ++moving < kMaxMoving; });
  if (moving >= kMaxMoving) return fail(over_limit(cat("The limit of ", kMaxMoving, " active message move tasks of an account is reached.")));
  tx.put(moving_key(scope, queue), {});
  for (size_t i = kListedMoves - 1; i < before.size(); i++) tx.erase(move_key(scope, queue, before[i].number));
  task.mark = mark_before(tx.version());
  const uint64_t number = tx.version();
  tx.put_record(move_key(scope, queue, number), task);
  schedule_step(tx, scope, queue, number, task.started);
  return {};
}

void forget_moves(store::Txn& tx, const Scope& scope, std::string_view queue) {
  for (const ListedMove& m : list_moves(tx, scope, queue)) tx.erase(move_key(scope, queue, m.number));
  tx.erase(moving_key(scope, queue));
}

std::string write_move_handle(const MoveHandle& handle) {
  JsonText json;
  json.open().member("taskId", handle.task_id).member("sourceArn", handle.source_arn).close();
  return base64(json.str());
}

std::optional<MoveHandle> read_move_handle(std::string_view text) {
  auto json = unbase64(text);
  if (!json) return std::nullopt;
  Arena arena;
  const wire::Document* d = parse_json(*json, arena);
  if (!d || d->type != wire::Document::Type::object) return std::nullopt;
  const wire::Document *id = d->object.find("taskId"), *arn = d->object.find("sourceArn");
  if (!id || !arn || id->type != wire::Document::Type::text || arn->type != wire::Document::Type::text) return std::nullopt;
  return MoveHandle{std::string(id->text), std::string(arn->text)};
}

Result<void> move_messages(TaskContext& cx) {
  auto work = cx.payload<MoveWork>();
  if (!work) return fail("InternalFailure", "the payload of a task is damaged", 500);
  StepInput in{std::move(*work), cx.task().scope, cx.now(), {}};
  for (size_t i = 0; i < kMovedPerStep; i++) in.ids.push_back(cx.core().random().uuid());
  return cx.finish(in, [](store::Txn& tx, const StepInput& i) { return step(tx, i); });
}

}  // namespace fogbank::sqs
