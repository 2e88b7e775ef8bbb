// Functions called synchronously from tasks of other services (Secrets Manager's rotation, Step Functions …). Invoke itself cannot wait for an
// answer inside. The permission is decided through the front door, as of a dry run; then the task stays claimed, without a thread, until the
// function has answered.
#pragma once
#include <functional>
#include <string>
#include <string_view>

#include "auth/principal.h"
#include "gateway/tasks.h"
#include "services/lambda/runtime/environments.h"

namespace fogbank::lambda {

/// Starts the function (a name or ARN, with a qualifier or not) as `principal` and returns success: the handler returns too. `apply` then
/// writes what follows in the transaction that ends the task; it sees every outcome but `unavailable` (then the task runs again). An error: nothing was started (no such function, no
/// permission, not Active yet, Failed); it is the handler's to judge. The task's class has to be `process`. After a crash the task runs again
/// and the function is called again. `step`: as in TaskContext::call.
using ApplyAnswer = std::function<Result<void>(store::Txn&, const runtime::Outcome&)>;
Result<void> call_function(TaskContext& cx, int step, const auth::Principal& principal, const Scope& scope, std::string_view function,
                           std::string payload, ApplyAnswer apply);

}  // namespace fogbank::lambda
