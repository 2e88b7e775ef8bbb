#include "services/lambda/provisioning.h"

#include "gateway/core.h"
#include "gateway/tasks.h"
#include "gen/lambda/operations.h"
#include "services/lambda/caches.h"
#include "services/lambda/functions.h"
#include "services/lambda/invoker.h"

namespace fogbank::lambda {

bool forget_provisioned(store::Txn& tx, const Scope& scope, std::string_view name, std::string_view qualifier) {
  store::Key key = provisioned_key(scope, name, qualifier);
  auto p = tx.get_as<ProvisionedConcurrency>(key);
  if (!p) return false;
  tx.erase(key);
  auto function = tx.get_as<Function>(function_key(scope, name));
  if (function && !function->reserved) change_usage(tx, scope, [&](Usage& u) { u.provisioned -= p->requested; });
  return true;
}

int64_t provisioned_of(store::Reader& reader, const Scope& scope, std::string_view function) {
  int64_t sum = 0;
  reader.scan_prefix(store::key(scope, kProvisioned, function), [&](std::string_view, std::string_view bytes, store::Version) {
    if (auto p = decode<ProvisionedConcurrency>(bytes)) sum += p->requested;
    return true;
  });
  return sum;
}

void schedule_provision(store::Txn& tx, const Scope& scope, std::string_view function, std::string_view qualifier, uint64_t nonce, Millis now) {
  store::Task task;
  task.kind = "lambda.provision";
  task.scope = scope;
  task.due = now;
  Provision payload;
  payload.function = function;
  payload.qualifier = qualifier;
  payload.nonce = nonce;
  task.payload = encode(payload);
  tx.schedule(std::move(task));
}

Result<void> provision(TaskContext& cx) {
  auto what = cx.payload<Provision>();
  if (!what) return fail("InternalFailure", "damaged payload", 500);
  Core& core = cx.core();
  const Scope scope = cx.task().scope;
  State& state = core.state<State>();
  std::optional<ProvisionedConcurrency> wanted;
  Result<Target> target = Target{};
  cx.read([&](store::Reader& reader) {
    wanted = reader.get_as<ProvisionedConcurrency>(provisioned_key(scope, what->function, what->qualifier));
    target = find_target(state, reader, {scope, what->function, what->qualifier, false});
  });
  if (!target) return cx.finish();
  auto spec = state.invoker().spec(scope, *target->function, *target->version);
  auto& environments = core.state<runtime::Environments>();
  if (!wanted) {
    environments.provision(spec, 0, [](int, std::optional<ApiError>) {});
    return cx.finish();
  }
  if (wanted->nonce != what->nonce) return cx.finish();
  cx.leave_running();
  environments.provision(spec, int(wanted->requested), [&core, scope, what = *what, task = cx.task(), epoch = cx.epoch()](int ready, std::optional<ApiError> error) {
    core.tasks().complete(task, epoch, [&](store::Txn& tx) -> Result<void> {
      store::Key key = provisioned_key(scope, what.function, what.qualifier);
      auto p = tx.get_as<ProvisionedConcurrency>(key);
      if (!p || p->nonce != what.nonce) return {};
      p->allocated = p->available = ready;
      p->status = ready >= p->requested ? "READY" : "FAILED";
      p->reason = p->status == "READY" ? "" : error && error->code == "FunctionError" ? "FUNCTION_ERROR_INIT_FAILURE" : error ? error->message : "FUNCTION_ERROR_INIT_FAILURE";
      tx.put_record(key, *p);
      return {};
    });
  });
  return {};
}

}  // namespace fogbank::lambda
