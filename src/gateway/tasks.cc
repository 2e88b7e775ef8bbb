#include "gateway/tasks.h"

#include <condition_variable>
#include <thread>

#include "base/encoding.h"
#include "base/log.h"
#include "base/strings.h"
#include "gateway/chain.h"
#include "gateway/effects.h"
#include "gateway/faults.h"
#include "http/server.h"
#include "run/pool.h"
#include "store/hold_commits.h"
#include "run/processes.h"

namespace fogbank {
namespace {

void erase_effects(store::Txn& tx, uint64_t task_id) {
  std::vector<std::string> keys;
  tx.scan_prefix(effect_prefix(task_id), [&](std::string_view k, std::string_view, store::Version) {
    keys.emplace_back(k);
    return true;
  });
  for (auto& k : keys) tx.erase(store::Key::raw(k, false));
}

Millis backoff(int attempts) { return std::min<Millis>(300000, Millis(1000) << std::min(attempts, 8)); }

}  // namespace

const ServiceInfo* service_of(const OperationInfo& op) {
  for (const auto* s : all_services()) if (!s->operations.empty() && &op >= s->operations.data() && &op < s->operations.data() + s->operations.size()) return s;
  return nullptr;
}

const TaskInfo* find_task_info(std::string_view kind) {
  for (const auto* s : all_services()) for (const auto& t : s->tasks) if (kind == t.kind) return &t;
  return nullptr;
}

// ---------------------------------------------------------------------------------------------------------------- TaskContext

TaskContext::TaskContext(Core& core, store::Task task, uint64_t epoch) : core_(core), task_(std::move(task)), epoch_(epoch ? epoch : core.store().epoch()) {}

Result<const void*> TaskContext::call_raw(int step, const auth::Principal& principal, const Scope& scope, const OperationInfo& op, const void* input) {
  const ServiceInfo* service = service_of(op);
  if (!service) return fail("InternalFailure", cat("operation ", op.wire->name, " belongs to no service"), 500);
  std::string name = cat(service->folder, ":", op.wire->name);
  store::Key key = effect_key(task_.id, step);
  std::optional<Effect> known;
  core_.store().read([&](store::Reader& r) { known = r.get_as<Effect>(key); });
  if (known) {
    if (known->operation != name) return fail("InternalFailure", cat("step ", step, " of ", task_.kind, " was ", known->operation, " and is now ", name), 500);
    if (body_.blob.file) FB_TRY(apply([&](store::Txn& tx) -> Result<void> { tx.drop(body_.blob); return {}; }));   // nobody takes it
    body_ = {};
    auto out = wire::from_json(*op.wire->output, known->output, arena_);
    if (!out) return fail(std::move(out.error()));
    return static_cast<const void*>(*out);
  }
  fault_point("task.before_call");
  store::HoldCommits one_batch;   // the callee's writes and the record of the effect
  Call call;
  call.core = &core_;
  call.epoch = epoch_;
  call.service = service;
  call.op = &op;
  call.protocol = wire::Protocol::json_1_0;
  call.facts.internal = true;
  call.facts.endpoint = core_.settings().public_endpoint;
  call.request_id = new_request_id(core_.random());
  call.started_us = steady_micros();
  call.principal = std::make_shared<auth::Principal>(principal);
  call.caller = call.target = scope;
  if (service->home == ServiceInfo::Home::account) call.target.region = Region();
  call.input = input;
  call.body = std::move(body_);
  body_ = {};
  call.cause = cat("task ", task_.id, " (", task_.kind, ") step ", step);
  Result<void> result = core_.chain().run_internal(call);
  fault_point("task.after_call");
  const void* output = nullptr;
  if (result) {
    output = wire::deep_copy(*op.wire->output, call.output, arena_);
    if (call.wrote) {
      Effect e;
      e.operation = name;
      wire::to_json(*op.wire->output, output, e.output);
      auto stored = core_.store().write([&](store::Txn& tx) -> Result<void> {
        if (core_.store().epoch() != epoch_) return fail(epoch_ended());
        tx.put_record(key, e);
        return {};
      });
      if (!stored) result = fail(std::move(stored.error()));
    }
  }
  core_.chain().finish(call, result);
  fault_point("task.after_effect");
  if (!result) return fail(std::move(result.error()));
  return output;
}

Result<void> TaskContext::set_body(std::string_view bytes) {
  FB_ASSIGN(writer, core_.store().new_blob());
  FB_TRY(writer->append(bytes));
  FB_ASSIGN(blob, writer->finish());
  body_ = {};
  body_.blob = std::move(blob);
  body_.size = int64_t(bytes.size());
  body_.md5 = md5(bytes);
  return {};
}

Result<void> TaskContext::apply(const std::function<Result<void>(store::Txn&)>& f) {
  auto done = core_.store().write([&](store::Txn& tx) -> Result<void> {
    if (core_.store().epoch() != epoch_) return fail(epoch_ended());
    return f(tx);
  });
  if (!done) return fail(std::move(done.error()));
  ticket_ = std::max(ticket_, *done);
  return {};
}

Result<void> TaskContext::end_with(const std::function<Result<void>(store::Txn&)>& f) {
  fault_point("task.before_finish");
  FB_TRY(apply([&](store::Txn& tx) -> Result<void> {
    FB_TRY(f(tx));
    tx.cancel(task_.id);
    erase_effects(tx, task_.id);
    return {};
  }));
  ended_ = true;
  fault_point("task.after_finish");
  return {};
}

Result<void> TaskContext::finish() {
  return end_with([](store::Txn&) -> Result<void> { return {}; });
}

Result<void> TaskContext::again_at(Millis due) { return again_at(due, task_.payload); }

Result<void> TaskContext::again_at(Millis due, std::string payload) {
  store::Task next = task_;
  next.due = due;
  next.payload = std::move(payload);
  FB_TRY(apply([&](store::Txn& tx) -> Result<void> {
    tx.reschedule(next);
    return {};
  }));
  ended_ = true;
  return {};
}

Result<void> TaskContext::hold_until(Millis due, std::string payload) {
  store::Task next = task_;
  next.due = due;
  next.payload = std::move(payload);
  next.held = true;
  FB_TRY(apply([&](store::Txn& tx) -> Result<void> {
    tx.reschedule(next);
    erase_effects(tx, task_.id);
    return {};
  }));
  ended_ = true;
  return {};
}

// ----------------------------------------------------------------------------------------------------------------- TaskWorker

// Claimed tasks run on the pool. A claim ends only when the batch with the task's ending is committed: the store claims from what is
// committed, and an earlier release would let the task run twice. Each claim carries the epoch in which it was made: a reset or a loaded
// snapshot voids it, and what still runs for it may neither write nor give up the claim that a later epoch made of the same task.
struct TaskWorker::Impl {
  explicit Impl(Core& c) : core(c) {}
  Core& core;
  std::mutex mutex;
  std::condition_variable changed;
  bool poked = false, stopping = false, started = false;
  size_t under_way = 0;
  struct Claim { uint64_t id, epoch; };
  std::unordered_map<uint64_t, uint64_t> claims;             // task id → epoch
  std::multimap<store::Ticket, Claim> to_release;
  std::thread thread;

  static constexpr size_t kUnderWay = 64;

  void run(store::Task task, uint64_t epoch);
  void settle(const store::Task& task, uint64_t epoch, const std::string& error);
  void release(Claim claim);
  void release_at(store::Ticket ticket, Claim claim);
  void on_commit(const store::Store::Batch& batch);
  size_t claim_and(const std::function<void(store::Task, uint64_t epoch)>& f, size_t limit);
  void loop();
};

void TaskWorker::Impl::release(Claim claim) {
  {
    std::lock_guard<std::mutex> lock(mutex);
    auto it = claims.find(claim.id);
    if (it == claims.end() || it->second != claim.epoch) return;
    claims.erase(it);
  }
  core.store().release(claim.id);
}

void TaskWorker::Impl::release_at(store::Ticket ticket, Claim claim) {
  {
    std::lock_guard<std::mutex> lock(mutex);
    if (core.store().committed() < ticket && !core.store().failed(ticket)) {
      to_release.emplace(ticket, claim);
      return;
    }
  }
  release(claim);
}

void TaskWorker::Impl::on_commit(const store::Store::Batch& batch) {
  std::vector<Claim> ended;
  {
    std::lock_guard<std::mutex> lock(mutex);
    auto end = to_release.upper_bound(batch.ticket);
    for (auto it = to_release.begin(); it != end; ++it) ended.push_back(it->second);
    to_release.erase(to_release.begin(), end);
  }
  for (Claim c : ended) release(c);
  if (!batch.earliest_task && ended.empty()) return;
  {
    std::lock_guard<std::mutex> lock(mutex);
    poked = true;   // only now: a look before the release would have passed over a task that is due again at once
  }
  changed.notify_one();
}

// The outcome of a run that did not end its task: try again later, or give it up.
void TaskWorker::Impl::settle(const store::Task& task, uint64_t epoch, const std::string& error) {
  const TaskInfo* info = find_task_info(task.kind);
  store::Task next = task;
  next.attempts++;
  bool give_up = !info || next.attempts >= info->attempts;
  if (give_up && info && info->on_failure == OnFailure::hold) {  // the lane waits for somebody to look
    give_up = false;
    next.held = true;
    next.due = core.now() + 300000;
  } else {
    next.due = core.now() + backoff(next.attempts);
  }
  log(give_up ? LogLevel::error : LogLevel::warning, cat("task ", task.id, " ", task.kind, give_up ? " given up: " : " failed: ", error));
  auto done = core.store().write([&](store::Txn& tx) -> Result<void> {
    if (core.store().epoch() != epoch) return fail(epoch_ended());
    if (give_up) {
      GivenUp g{next, error, core.now(), task.id, {}};
      tx.put_record(store::key(Scope{}.whole_partition(), kGivenUpTasks, task.id), g);
      tx.cancel(task.id);
      erase_effects(tx, task.id);
    } else {
      tx.reschedule(next);
    }
    return {};
  });
  if (!done) log(LogLevel::error, cat("task ", task.id, ": its failure could not be recorded: ", done.error().message));
  release_at(done ? *done : 0, {task.id, epoch});
}

void TaskWorker::Impl::run(store::Task task, uint64_t epoch) {
  if (core.store().epoch() != epoch) return release({task.id, epoch});
  fault_point("task.claimed");
  const TaskInfo* info = find_task_info(task.kind);
  std::string error;
  TaskContext cx(core, task, epoch);
  if (!info) {
    error = cat("no handler for tasks of kind ", task.kind);
  } else {
    try {
      Result<void> r = info->run(cx);
      if (r && !cx.ended() && !cx.left_running()) r = cx.finish();
      if (!r) error = cat(r.error().code, ": ", r.error().message);
    } catch (const std::exception& e) {
      error = e.what();
    }
  }
  if (core.store().epoch() != epoch) {
    release({task.id, epoch});
  } else if (!error.empty() && !cx.ended()) {
    settle(task, epoch, error);
  } else if (!cx.left_running()) {
    release_at(cx.ticket(), {task.id, epoch});
  }
}

size_t TaskWorker::Impl::claim_and(const std::function<void(store::Task, uint64_t)>& f, size_t limit) {
  uint64_t epoch = core.store().epoch();   // before: a claim that a reset overtakes is taken for an old one, and given back
  auto tasks = core.store().claim(core.now(), limit, [room = core.processes().has_room()](std::string_view kind) {
    const TaskInfo* info = room ? nullptr : find_task_info(kind);
    return !info || info->klass != TaskClass::process;
  });
  for (auto& t : tasks) {
    {
      std::lock_guard<std::mutex> lock(mutex);
      claims[t.id] = epoch;
    }
    f(std::move(t), epoch);
  }
  return tasks.size();
}

void TaskWorker::Impl::loop() {
  std::unique_lock<std::mutex> lock(mutex);
  while (!stopping) {
    poked = false;
    size_t room = kUnderWay > under_way ? kUnderWay - under_way : 0;
    lock.unlock();
    if (room) {
      claim_and([&](store::Task t, uint64_t epoch) {
        {
          std::lock_guard<std::mutex> l(mutex);
          under_way++;
        }
        auto job = [this, t, epoch] {
          run(t, epoch);
          std::lock_guard<std::mutex> l(mutex);
          under_way--;
          poked = true;
          changed.notify_all();
        };
        if (!core.pool().try_post(job)) {
          {
            std::lock_guard<std::mutex> l(mutex);
            under_way--;
          }
          release({t.id, epoch});
        }
      }, room);
    }
    std::optional<Millis> due = core.store().next_due(true);
    lock.lock();
    if (poked || stopping) continue;
    int64_t wait = 3600000;
    if (due && room) {
      Millis until = *due - core.now();
      // Frozen: nothing becomes due by itself; clock commands poke.
      if (until <= 0) wait = 5;
      else if (!core.clock().state().frozen) wait = std::min<int64_t>(wait, until);
    }
    changed.wait_for(lock, std::chrono::milliseconds(wait), [this] { return poked || stopping; });
  }
}

TaskWorker::TaskWorker(Core& core) : impl_(std::make_unique<Impl>(core)) {
  core.store().on_commit([this](const store::Store::Batch& b) { impl_->on_commit(b); });
}

TaskWorker::~TaskWorker() { stop(); }

void TaskWorker::start() {
  std::lock_guard<std::mutex> lock(impl_->mutex);
  if (impl_->started) return;
  impl_->started = true;
  impl_->thread = std::thread([this] { impl_->loop(); });
}

void TaskWorker::stop() {
  {
    std::lock_guard<std::mutex> lock(impl_->mutex);
    impl_->stopping = true;
  }
  impl_->changed.notify_all();
  if (impl_->thread.joinable()) impl_->thread.join();
  std::unique_lock<std::mutex> lock(impl_->mutex);
  impl_->changed.wait_for(lock, std::chrono::seconds(10), [this] { return impl_->under_way == 0; });
}

void TaskWorker::poke() {
  {
    std::lock_guard<std::mutex> lock(impl_->mutex);
    impl_->poked = true;
  }
  impl_->changed.notify_all();
}

void TaskWorker::complete(const store::Task& task, uint64_t epoch, const std::function<Result<void>(store::Txn&)>& f) {
  auto done = impl_->core.store().write([&](store::Txn& tx) -> Result<void> {
    if (impl_->core.store().epoch() != epoch) return fail(epoch_ended());
    FB_TRY(f(tx));
    tx.cancel(task.id);
    erase_effects(tx, task.id);
    return {};
  });
  if (done) impl_->release_at(*done, {task.id, epoch});
  else if (impl_->core.store().epoch() != epoch) abandon(task, epoch);
  else impl_->settle(task, epoch, cat(done.error().code, ": ", done.error().message));
}

void TaskWorker::abandon(const store::Task& task, uint64_t epoch) {
  impl_->release({task.id, epoch});
  poke();
}

size_t TaskWorker::running() const {
  std::lock_guard<std::mutex> lock(impl_->mutex);
  return impl_->under_way;
}

size_t TaskWorker::drain() {
  size_t runs = 0;
  for (;;) {
    impl_->core.store().commit();
    size_t n = impl_->claim_and([&](store::Task t, uint64_t epoch) { impl_->run(std::move(t), epoch); }, 16);
    runs += n;
    if (!n) return runs;
  }
}

}  // namespace fogbank
