// Lambda for the tasks of other services: a function is called and the task ends when the function has, with what follows from its outcome
// (the steps of a secret's rotation). Decided at the front door as the given principal, with the function's policy. No thread waits; after a crash
// the task, and so the function, runs again.
#pragma once
#include <functional>
#include <string>

#include "auth/principal.h"
#include "gateway/tasks.h"

namespace fogbank::lambda {

struct TaskCall {
  auth::Principal principal;
  std::string function;      ///< ARN, with version or alias or without
  std::string payload;       ///< JSON
};
/// In the transaction that ends the task. `answer`: what the function returned, or its error, or why it could not be called.
using SettleCall = std::function<Result<void>(store::Txn&, const Result<std::string>& answer)>;

/// Is there such a function, and may the service principal invoke it by the function's policy? For whoever takes a function's name now and
/// calls it later.
bool lets_in(Core& core, store::Reader& reader, const Scope& home, const TaskCall& call);

/// To be called last in a task's handler, which returns its result. `step` as for TaskContext::call.
Result<void> call_function(TaskContext& cx, int step, const TaskCall& call, SettleCall settle);

}  // namespace fogbank::lambda
