// Tasks at work: claimed from the store when due, run on the pool, ended or retried by a write.
//
// A handler makes its effects through call(), each with a step number of its own. The chain stores the answer of (task id, step) in the
// same commit as the callee's writes, so after a crash the repeated call gets the stored answer and nothing happens twice. The handler
// ends with finish() or retry(); if it returns success without either, the task is finished; an error counts as a failed attempt.
// The functions given to finish() and write() must not capture (they convert to plain function pointers), so that nothing but the
// transaction and the copied state can be used inside.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>

#include "auth/principal.h"
#include "base/arena.h"
#include "base/error.h"
#include "gateway/context.h"
#include "gateway/core.h"
#include "gateway/operation.h"
#include "store/store.h"

namespace fogbank {

class TaskContext {
 public:
  /// `epoch`: of the store when the task was claimed; nothing is written in a later one. 0: of now.
  TaskContext(Core& core, store::Task task, uint64_t epoch = 0);

  const store::Task& task() const { return task_; }
  template <class T> std::optional<T> payload() const { return decode<T>(task_.payload); }
  Core& core() { return core_; }
  uint64_t epoch() const { return epoch_; }
  Arena& arena() { return arena_; }
  Millis now() const { return core_.now(); }
  Str str(std::string_view s) { return Str(arena_.copy(s)); }
  void read(const std::function<void(store::Reader&)>& f) { core_.store().read(f); }

  /// Calls an operation as `principal`: the whole chain from authorisation on, in this thread. Op is a tag of gen/<service>/operations.h.
  /// The answer lives as long as the TaskContext. `step` must name this effect uniquely within the task, run after run.
  /// An operation of the form body_in takes the bytes given by set_body(), once.
  Result<void> set_body(std::string_view bytes);
  template <class Op>
  Result<const typename Op::Output*> call(int step, const auth::Principal& principal, const Scope& scope, const typename Op::Input& input) {
    FB_ASSIGN(out, call_raw(step, principal, scope, Op::info(), &input));
    return static_cast<const typename Op::Output*>(out);
  }

  /// Ends the task; `f(txn, state)` joins the same transaction.
  template <class State, class F> Result<void> finish(const State& state, F f) {
    static_assert(std::is_convertible_v<F, Result<void> (*)(store::Txn&, const State&)>, "finish() takes a function that captures nothing");
    return end_with([&](store::Txn& tx) { return static_cast<Result<void> (*)(store::Txn&, const State&)>(f)(tx, state); });
  }
  Result<void> finish();
  /// A change in between, not an ending.
  template <class State, class F> Result<void> write(const State& state, F f) {
    static_assert(std::is_convertible_v<F, Result<void> (*)(store::Txn&, const State&)>, "write() takes a function that captures nothing");
    return apply([&](store::Txn& tx) { return static_cast<Result<void> (*)(store::Txn&, const State&)>(f)(tx, state); });
  }
  /// Runs the task again at `due` (not a failure).
  Result<void> again_at(Millis due);
  /// The same with another payload: how far a long piece of work has come.
  Result<void> again_at(Millis due, std::string payload);
  /// The same, and the later tasks of its lane wait for it. Effects made so far are forgotten: they are made again.
  Result<void> hold_until(Millis due, std::string payload);
  bool ended() const { return ended_; }

  /// The task goes on in a process: it stays claimed until TaskWorker::complete() or abandon() is called; see process_task.h.
  void leave_running() { left_running_ = true; }
  bool left_running() const { return left_running_; }
  store::Ticket ticket() const { return ticket_; }   ///< of the newest change that this run made

 private:
  Result<const void*> call_raw(int step, const auth::Principal& principal, const Scope& scope, const OperationInfo& op, const void* input);
  Result<void> end_with(const std::function<Result<void>(store::Txn&)>& f);
  Result<void> apply(const std::function<Result<void>(store::Txn&)>& f);

  Core& core_;
  store::Task task_;
  uint64_t epoch_;
  Arena arena_;
  ReceivedBody body_;
  bool ended_ = false, left_running_ = false;
  store::Ticket ticket_ = 0;
};

/// Claims due tasks and runs them. One per server.
class TaskWorker {
 public:
  explicit TaskWorker(Core& core);
  ~TaskWorker();
  void start();                       ///< begins to claim; before that nothing runs
  void stop();                        ///< waits for the handlers under way
  void poke();                        ///< something may be due: any thread
  /// Ends a task that was left running: applies `f` and finishes it (or counts a failure if `f` fails). `epoch`: of its claim; if the store
  /// was reset since, nothing happens.
  void complete(const store::Task& task, uint64_t epoch, const std::function<Result<void>(store::Txn&)>& f);
  /// Gives the claim up; the task runs again.
  void abandon(const store::Task& task, uint64_t epoch);
  size_t running() const;
  /// Runs all that is due now, in this thread, until nothing is (tests, `clock advance`). Returns the number of runs.
  size_t drain();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// A task that was given up, for `fogbank doctor`.
inline constexpr store::Table kGivenUpTasks{"core", "given_up"};
struct GivenUp {
  store::Task task;
  std::string error;
  Millis at = 0;
  uint64_t id = 0;
  Unknown unknown;
  template <class A> void fields(A& a) { a(1, task); a(2, error); a(3, at); a(4, id); a(unknown); }
};

const TaskInfo* find_task_info(std::string_view kind);

}  // namespace fogbank
