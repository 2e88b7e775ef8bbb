// Tasks whose payload is a record, and whose every run is one transaction that ends it (and may schedule the next one): the usual form of
// background work that goes in bounded steps. Stateless; a run that a crash interrupts is done again, for its transaction was not applied.
#pragma once
#include <string>
#include <utility>

#include "base/record.h"
#include "gateway/tasks.h"

namespace fogbank {

/// A task of `kind` with `work` as its payload.
template <class Work> store::Task work_task(const char* kind, const Scope& scope, const Work& work, Millis due, bool recurring = false) {
  store::Task t;
  t.kind = kind;
  t.scope = scope;
  t.payload = encode(work);
  t.due = due;
  t.recurring = recurring;
  return t;
}

/// What a run works on, copied into its transaction.
template <class Work> struct WorkRun {
  Work work;
  Scope scope;
  uint64_t task_id;
  Millis now;
};

/// Runs a handler's whole work as the transaction that ends its task.
template <class Work> Result<void> finish_work(TaskContext& cx, Result<void> (*f)(store::Txn&, const WorkRun<Work>&)) {
  auto work = cx.payload<Work>();
  if (!work) return fail("InternalFailure", "the payload of a task is damaged", 500);
  struct Given { WorkRun<Work> run; Result<void> (*f)(store::Txn&, const WorkRun<Work>&); };
  Given given{{std::move(*work), cx.task().scope, cx.task().id, cx.now()}, f};
  return cx.finish(given, [](store::Txn& tx, const Given& g) { return g.f(tx, g.run); });
}

}  // namespace fogbank
