#include "services/secretsmanager/function_call.h"

#include "services/lambda/task_calls.h"

namespace fogbank::secretsmanager {

CallFunction call_through_lambda() {
  return [](TaskContext& cx, const FunctionCall& call, SettleCall settle) {
    return lambda::call_function(cx, 1, {call.principal, call.function_arn, call.event},
                                 [settle = std::move(settle)](store::Txn& tx, const Result<std::string>& answer) {
                                   return settle(tx, answer ? Result<void>{} : Result<void>(fail(answer.error())));
                                 });
  };
}

CheckFunction check_through_lambda() {
  return [](Core& core, store::Reader& reader, const Scope& home, const FunctionCall& call) {
    return lambda::lets_in(core, reader, home, {call.principal, call.function_arn, {}});
  };
}

}  // namespace fogbank::secretsmanager
