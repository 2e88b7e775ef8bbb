// Tasks of Parameter Store: parameters that expire. Source: user guide, "Assigning parameter policies".
#include "gateway/tasks.h"

#include "gen/ssm/operations.h"
#include "services/ssm/state.h"

namespace fogbank::ssm {
namespace {

struct Run {
  Scope scope;
  std::string place;
  uint64_t task_id;
};

}  // namespace

Result<void> expire_parameter(TaskContext& cx) {
  auto work = cx.payload<Expiry>();
  if (!work) return fail("InternalFailure", "the payload of a task is damaged", 500);
  return cx.finish(Run{cx.task().scope, work->place, cx.task().id}, [](store::Txn& tx, const Run& run) -> Result<void> {
    auto p = find_parameter(tx, run.scope, run.place);
    if (p && p->expiry_task == run.task_id) erase_parameter(tx, run.scope, *p);   // else deleted or given another date meanwhile
    return {};
  });
}

}  // namespace fogbank::ssm
