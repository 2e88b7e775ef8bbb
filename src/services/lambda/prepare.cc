// A function on its way to Active: its package and layers are unpacked, and the environments asked whether it can run here.
#include "base/strings.h"
#include "gateway/core.h"
#include "gateway/tasks.h"
#include "gen/lambda/operations.h"
#include "services/lambda/caches.h"
#include "services/lambda/functions.h"
#include "services/lambda/invoker.h"

namespace fogbank::lambda {
namespace {

struct Prepared {
  Scope scope;
  PrepareFunction what;
  std::string problem, problem_code;       ///< empty: it can run
  std::string revision;
};

Result<void> record_prepared(store::Txn& tx, const Prepared& p) {
  store::Key key = version_key(p.scope, p.what.name, p.what.number);
  auto v = tx.get_as<Version>(key);
  if (!v || v->function_id != p.what.function_id || v->change != p.what.change) return {};   // deleted or changed since
  bool good = p.problem.empty();
  if (v->state == FunctionState::pending || good) {
    v->state = good ? FunctionState::active : FunctionState::failed;
    v->state_reason = p.problem;
    v->state_reason_code = p.problem_code;
  }
  v->update = good ? UpdateStatus::successful : UpdateStatus::failed;
  v->update_reason = p.problem;
  v->update_reason_code = p.problem_code;
  v->revision = p.revision;
  tx.put_record(key, *v);
  return {};
}

}  // namespace

Result<void> prepare_function(TaskContext& cx) {
  auto what = cx.payload<PrepareFunction>();
  if (!what) return fail("InternalFailure", "damaged payload", 500);
  Prepared p{cx.task().scope, *what, {}, {}, cx.core().random().uuid()};
  State& state = cx.core().state<State>();
  std::optional<Version> v;
  std::optional<Function> function;
  cx.read([&](store::Reader& reader) {
    v = reader.get_as<Version>(version_key(p.scope, what->name, what->number));
    function = reader.get_as<Function>(function_key(p.scope, what->name));
  });
  if (!v || !function || v->change != what->change) return cx.finish();
  std::string account = p.scope.account.str();
  Result<void> unpacked = state.code.prepare(p.scope, account, v->code);
  for (const UsedLayer& l : v->layers) if (unpacked) unpacked = state.code.prepare(p.scope, l.account, l.code);
  if (!unpacked && unpacked.error().status >= 500) return fail(std::move(unpacked.error()));   // a full disk: tried again
  if (!unpacked) p.problem = unpacked.error().message, p.problem_code = "InvalidZipFileException";
  auto& environments = cx.core().state<runtime::Environments>();
  if (unpacked) {
    if (auto report = environments.check(*state.invoker().spec(p.scope, *function, *v)); !report) p.problem = report.error().message, p.problem_code = "InvalidRuntime";
  }
  FB_TRY(cx.finish(p, [](store::Txn& tx, const Prepared& done) { return record_prepared(tx, done); }));
  if (!what->creates) environments.drop(function_arn(p.scope, what->name), cat(function_arn(p.scope, what->name), ":$LATEST#", function->id, '.', v->change - 1));
  return {};
}

}  // namespace fogbank::lambda
