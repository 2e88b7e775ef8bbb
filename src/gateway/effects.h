// Effects of tasks, once each; and the making of access records. Internal to the gateway.
//
// An effect is the answer of one internal call, stored under (task id, step) in the same commit as the callee's writes. When the task runs
// again after a crash, the stored answer is given and the callee is not called. Effects go when their task ends.
#pragma once
#include <map>
#include <string>

#include "gateway/access.h"
#include "gateway/call.h"

namespace fogbank {

struct Effect {
  std::string operation;         ///< "sqs:SendMessage"; a step may not change its operation between runs
  std::string output;            ///< JSON of the output
  std::string error_code, error_message;
  int64_t error_status = 0;      ///< 0: it succeeded
  Unknown unknown;
  template <class A> void fields(A& a) { a(1, operation); a(2, output); a(3, error_code); a(4, error_message); a(5, error_status); a(unknown); }
};

store::Key effect_prefix(uint64_t task_id);
store::Key effect_key(uint64_t task_id, int step);

AccessRecord make_access_record(Core& core, const Call& call, const Result<void>& result);
/// Of an operation that the call did through another service's library; `use.operation` by its name.
AccessRecord make_use_record(Core& core, const Call& call, const Context::Use& use, const Result<void>& result);
/// Query protocols: the operation from the body's (or query string's) Action and Version.
Result<void> resolve_query(Call& call, Core& core);

}  // namespace fogbank
