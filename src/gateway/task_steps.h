// Long work as a chain of small tasks: each run is one bounded transaction that ends the task and schedules the next with what is left. For
// services that erase, expire or fill many records.
#pragma once
#include <string>

#include "gateway/tasks.h"

namespace fogbank {

/// What a run works on, copied into its transaction. Work is the payload's record.
template <class Work> struct TaskRun {
  Work work;
  Scope scope;
  uint64_t task_id;
  Millis now;
};

template <class Work> store::Task make_step(const char* kind, const Scope& scope, const Work& work, Millis due, bool recurring) {
  store::Task t;
  t.kind = kind;
  t.scope = scope;
  t.payload = encode(work);
  t.due = due;
  t.recurring = recurring;
  return t;
}

/// Runs `f` in the transaction that ends the task.
template <class Work> Result<void> finish_step(TaskContext& cx, Result<void> (*f)(store::Txn&, const TaskRun<Work>&)) {
  auto work = cx.payload<Work>();
  if (!work) return fail("InternalFailure", "the payload of a task is damaged", 500);
  struct Given { TaskRun<Work> run; Result<void> (*f)(store::Txn&, const TaskRun<Work>&); };
  Given given{{std::move(*work), cx.task().scope, cx.task().id, cx.now()}, f};
  return cx.finish(given, [](store::Txn& tx, const Given& g) { return g.f(tx, g.run); });
}

}  // namespace fogbank
