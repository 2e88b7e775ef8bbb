// How a rotation calls its Lambda function: a seam, so that rotation neither knows Lambda nor waits for it.
#pragma once
#include <functional>
#include <string>

#include "auth/principal.h"
#include "base/error.h"
#include "store/store.h"

namespace fogbank { class Context; class TaskContext; }

namespace fogbank::secretsmanager {

struct FunctionCall {
  auth::Principal principal;     ///< secretsmanager.amazonaws.com for the secret
  std::string function_arn;
  std::string event;             ///< JSON
};
/// In the transaction that ends the task: what follows from the function's success, or from its error or the refusal to call it.
using SettleCall = std::function<Result<void>(store::Txn&, const Result<void>& outcome)>;
/// Decides and calls. The task ends when the function has: at once, or later (TaskContext::leave_running).
using CallFunction = std::function<Result<void>(TaskContext&, const FunctionCall&, SettleCall)>;

/// Is there such a function, and does it let the principal in? Outside of read() and write().
using CheckFunction = std::function<Result<void>(Context&, const FunctionCall&)>;

CallFunction call_through_lambda();
CheckFunction check_through_lambda();

}  // namespace fogbank::secretsmanager
