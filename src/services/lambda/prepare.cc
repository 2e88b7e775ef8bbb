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

struct Subject { Function function; Version version; };
/// What is to be prepared; nothing if there is nothing to do any more.
std::optional<Subject> find_subject(store::Reader& reader, const Scope& scope, const PrepareFunction& what) {
  auto v = reader.get_as<Version>(version_key(scope, what.name, what.number));
  auto function = reader.get_as<Function>(function_key(scope, what.name));
  if (!v || !function || v->function_id != what.function_id || v->change != what.change) return std::nullopt;
  if (v->state != FunctionState::pending && v->update != UpdateStatus::in_progress) return std::nullopt;
  return Subject{std::move(*function), std::move(*v)};
}

/// Does the work. An error: the disk, which may be better later.
Result<Prepared> prepare(Core& core, const Scope& scope, const PrepareFunction& what, const Subject& subject) {
  State& state = core.state<State>();
  const Version* v = &subject.version;
  const Function* function = &subject.function;
  Prepared p{scope, what, {}, {}, core.random().uuid()};
  std::string account = scope.account.str();
  Result<void> unpacked = state.code.prepare(scope, account, v->code);
  for (const UsedLayer& l : v->layers) if (unpacked) unpacked = state.code.prepare(scope, l.account, l.code);
  if (!unpacked && unpacked.error().status >= 500) return fail(std::move(unpacked.error()));
  if (!unpacked) p.problem = unpacked.error().message, p.problem_code = "InvalidZipFileException";
  auto& environments = core.state<runtime::Environments>();
  if (unpacked) {
    if (auto report = environments.check(*state.invoker().spec(scope, *function, *v)); !report) p.problem = report.error().message, p.problem_code = "InvalidRuntime";
  }
  return p;
}

/// Environments of the code or configuration before are not wanted any more.
void drop_older(Core& core, const Prepared& p) {
  if (p.what.creates) return;
  std::string arn = function_arn(p.scope, p.what.name);
  core.state<runtime::Environments>().drop(arn, cat(arn, ":$LATEST#", p.what.function_id, '.', p.what.change - 1));
}

}  // namespace

Result<void> prepare_function(TaskContext& cx) {
  auto what = cx.payload<PrepareFunction>();
  if (!what) return fail("InternalFailure", "damaged payload", 500);
  std::optional<Subject> subject;
  cx.read([&](store::Reader& reader) { subject = find_subject(reader, cx.task().scope, *what); });
  if (!subject) return cx.finish();
  FB_ASSIGN(prepared, prepare(cx.core(), cx.task().scope, *what, *subject));
  FB_TRY(cx.finish(prepared, [](store::Txn& tx, const Prepared& done) { return record_prepared(tx, done); }));
  drop_older(cx.core(), prepared);
  return {};
}

void prepare_at_once(Context& cx, const Scope& scope, std::string_view name, const Version& v, bool creates) {
  PrepareFunction what = prepare_payload(name, v, creates);
  std::optional<Subject> subject;
  // Through a transaction: what this call has just written is not committed yet.
  auto found = cx.write([&](store::Txn& tx) -> Result<void> {
    subject = find_subject(tx, scope, what);
    return {};
  });
  if (!found || !subject) return;
  auto prepared = prepare(cx.core(), scope, what, *subject);
  if (!prepared) return;
  auto done = cx.write([&](store::Txn& tx) { return record_prepared(tx, *prepared); });
  if (done) drop_older(cx.core(), *prepared);
}

}  // namespace fogbank::lambda
