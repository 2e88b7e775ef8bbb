// Run: starts a process and answers with what it printed. A parking operation: between the first run of this handler and its last there is a
// record, a task and later a process, but no thread.
#include "base/strings.h"
#include "gateway/context.h"
#include "gateway/faults.h"
#include "gen/waiter/operations.h"
#include "waiter/state.h"

namespace fogbank::waiter {
namespace {

constexpr int64_t kDefaultSeconds = 60;

RunRecord new_run(const Context& cx, const svc::RunRequest& in) {
  RunRecord r;
  r.id = cx.request_id();
  r.role_arn = in.RoleArn;
  for (const Str& s : in.Steps) r.steps.emplace_back(s);
  r.timeout_ms = in.TimeoutSeconds.value_or(int32_t(kDefaultSeconds)) * 1000;
  return r;
}

// The handler may run again before its own write is committed and visible to read(): then the record is there already.
Result<void> begin(Context& cx, const store::Key& key, const RunRecord& run) {
  return cx.write([&](store::Txn& tx) -> Result<void> {
    if (tx.has(key)) return {};
    tx.put_record(key, run);
    store::Task t;
    t.due = cx.now();
    t.kind = "waiter.run_process";
    t.scope = cx.scope();
    t.payload = encode(TaskPayload{run.id, {}});
    tx.schedule(t);
    return {};
  });
}

}  // namespace

Result<Outcome> Run(Context& cx, const svc::RunRequest& in, svc::RunResponse& out) {
  int64_t seconds = in.TimeoutSeconds.value_or(int32_t(kDefaultSeconds));
  if (seconds < 1 || seconds > 900) return fail("ValidationException", "TimeoutSeconds must be between 1 and 900");
  if (!cx.can_park()) return fail("ValidationException", "Run cannot be called from inside");
  const store::Key key = run_key(cx.scope(), cx.request_id());
  std::optional<RunRecord> run;
  cx.read([&](store::Reader& r) { run = r.get_as<RunRecord>(key); });
  auto deadline = cx.parked_deadline_us();
  if (!run && !deadline) {
    FB_TRY(begin(cx, key, new_run(cx, in)));
    fault_point("waiter.run_begun");
  }
  if (!run || run->state == RunState::running) {
    if (deadline && steady_micros() >= *deadline) return fail("RunFailedException", "the run did not end in time", 502);
    return Outcome::park(key, deadline.value_or(steady_micros() + (seconds + 30) * 1000000));
  }
  if (run->state == RunState::failed) return fail("RunFailedException", run->failure, 502);
  out.RunId = cx.str(run->id);
  out.Output = cx.str(run->output);
  out.ExitCode = int32_t(run->exit_code);
  return Outcome::done();
}

}  // namespace fogbank::waiter
