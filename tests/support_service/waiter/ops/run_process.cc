// The task behind Run: takes the role's credentials through STS, as a service does for a function, and runs this very program in a sandbox, where it
// calls back through the sandbox's own listener (child.cc).
#include <filesystem>

#include "auth/principal.h"
#include "base/strings.h"
#include "gateway/process_task.h"
#include "gen/sts/operations.h"
#include "gen/waiter/operations.h"
#include "waiter/state.h"

namespace fogbank::waiter {
namespace {

constexpr const char* kProgram = "/opt/waiter";

Result<void> failed(store::Txn& tx, const Scope& scope, std::string_view id, std::string why) {
  auto run = tx.get_as<RunRecord>(run_key(scope, id));
  if (!run) return {};
  run->state = RunState::failed;
  run->failure = std::move(why);
  tx.put_record(run_key(scope, id), *run);
  return {};
}

Result<void> apply(store::Txn& tx, const Scope& scope, std::string_view id, const run::ProcessResult& r) {
  if (r.error) return failed(tx, scope, id, r.error->message);
  if (r.out_of_memory) return failed(tx, scope, id, "the process used too much memory");
  if (r.too_many_processes) return failed(tx, scope, id, "there were too many processes");
  if (r.timed_out) return failed(tx, scope, id, "the process took too long");
  if (r.signal) return failed(tx, scope, id, cat("the process ended by signal ", r.signal));
  auto run = tx.get_as<RunRecord>(run_key(scope, id));
  if (!run) return {};
  run->state = RunState::ended;
  run->exit_code = r.exit_code;
  run->output = r.output + r.errors;
  tx.put_record(run_key(scope, id), *run);
  return {};
}

run::SandboxSpec spec_of(const RunRecord& run, const Scope& scope, const sts::svc::Credentials& c) {
  run::SandboxSpec s;
  s.argv = {kProgram, "waiter-child"};
  s.argv.insert(s.argv.end(), run.steps.begin(), run.steps.end());
  s.environment = {cat("AWS_ACCESS_KEY_ID=", c.AccessKeyId), cat("AWS_SECRET_ACCESS_KEY=", c.SecretAccessKey), cat("AWS_SESSION_TOKEN=", c.SessionToken),
                   cat("AWS_REGION=", scope.region.str()), "AWS_ENDPOINT_URL=http://127.0.0.1:4566"};
  s.binds = {{std::filesystem::read_symlink("/proc/self/exe").string(), kProgram, false}};
  s.memory_bytes = 256 << 20;
  s.tmp_bytes = 1 << 20;
  s.tasks = 200;
  s.listener = true;
  s.time_limit_ms = run.timeout_ms;
  s.grace_ms = 200;
  return s;
}

}  // namespace

Result<void> run_process(TaskContext& cx) {
  const Scope scope = cx.task().scope;
  auto payload = cx.payload<TaskPayload>();
  if (!payload) return fail("InternalFailure", "damaged task", 500);
  const std::string id = payload->name;
  std::optional<RunRecord> run;
  cx.read([&](store::Reader& r) { run = r.get_as<RunRecord>(run_key(scope, id)); });
  if (!run || run->state != RunState::running) return cx.finish();

  sts::svc::AssumeRoleRequest in{};
  in.RoleArn = cx.str(run->role_arn);
  in.RoleSessionName = cx.str(id);
  auto role = cx.call<sts::op::AssumeRole>(1, auth::service_principal("lambda", make_arn(scope, "waiter", cat("run/", id)), scope.account), scope, in);
  if (!role) {
    struct Failure { Scope scope; std::string id, why; };
    return cx.finish(Failure{scope, id, cat("the role cannot be assumed: ", role.error().message)},
                     [](store::Txn& tx, const Failure& f) { return failed(tx, f.scope, f.id, f.why); });
  }
  return run_in_sandbox(cx, spec_of(*run, scope, *(*role)->Credentials),
                        [scope, id](store::Txn& tx, const run::ProcessResult& r) { return apply(tx, scope, id, r); });
}

}  // namespace fogbank::waiter
