#include "services/secretsmanager/rotation.h"

#include <algorithm>

#include "base/json_text.h"
#include "base/log.h"
#include "gateway/core.h"
#include "gateway/tasks.h"
#include "gen/secretsmanager/operations.h"
#include "services/secretsmanager/caches.h"
#include "services/secretsmanager/deletion.h"
#include "services/secretsmanager/rotation_rules.h"

namespace fogbank::secretsmanager {
namespace {

constexpr std::string_view kSteps[] = {"createSecret", "setSecret", "testSecret", "finishSecret"};
constexpr int64_t kTestStep = 2, kStepCount = 4, kAttempts = 5;
constexpr Millis kFirstPause = 60'000;

uint64_t schedule(store::Txn& tx, const Scope& scope, const char* kind, std::string payload, Millis due, bool recurring) {
  store::Task t;
  t.kind = kind;
  t.scope = scope;
  t.due = due;
  t.recurring = recurring;
  t.payload = std::move(payload);
  return tx.schedule(std::move(t));
}

void schedule_step(store::Txn& tx, const Scope& scope, StoredSecret& secret, const RotationWork& work, Millis due) {
  secret.rotation.work = schedule(tx, scope, "secretsmanager.run_rotation", encode(work), due, false);
}

void drop_version(store::Txn& tx, const Scope& scope, StoredSecret& secret, std::string_view id) {
  std::erase_if(secret.stages, [&](const auto& stage) { return stage.second == id; });
  if (!tx.has(version_key(scope, secret.name, id))) return;
  tx.erase(version_key(scope, secret.name, id));
  tx.erase(value_key(scope, secret.name, id));
  secret.versions--;
}

/// The last step has succeeded.
void complete_rotation(store::Txn& tx, const Scope& scope, StoredSecret& secret, const RotationWork& work, Millis now) {
  secret.rotation.work = 0;
  if (work.test) return drop_version(tx, scope, secret, work.token);
  auto pending = secret.stages.find(std::string(kPending));
  auto current = secret.stages.find(std::string(kCurrent));
  if (pending != secret.stages.end() && current != secret.stages.end() && pending->second == current->second) secret.stages.erase(pending);
  secret.rotation.last = secret.changed = now;
  if (secret.rotation.enabled) set_rotation_timer(tx, scope, secret, now);
}

void step_failed(store::Txn& tx, const Scope& scope, StoredSecret& secret, const RotationWork& work, Millis now, std::string_view why) {
  log(LogLevel::warning, cat("rotation of secret ", secret.name, ": ", kSteps[work.step], " failed: ", why));
  secret.rotation.work = 0;
  if (work.test) return drop_version(tx, scope, secret, work.token);
  RotationWork again = work;
  again.step = 0;
  again.failures++;
  if (again.failures < kAttempts) schedule_step(tx, scope, secret, again, now + (kFirstPause << work.failures));
}

/// The outcome of a step, in the transaction that ends its task.
Result<void> settle(store::Txn& tx, const Scope& scope, const RotationWork& work, uint64_t task_id, Millis now, const Result<void>& outcome) {
  auto secret = tx.get_as<StoredSecret>(secret_key(scope, work.name));
  if (!secret || secret->suffix != work.suffix || secret->rotation.work != task_id) return {};   // deleted or cancelled meanwhile
  if (!outcome) {
    step_failed(tx, scope, *secret, work, now, outcome.error().message);
  } else if (work.test || work.step + 1 == kStepCount) {
    complete_rotation(tx, scope, *secret, work, now);
  } else {
    RotationWork next = work;
    next.step++;
    schedule_step(tx, scope, *secret, next, now);
  }
  tx.put_record(secret_key(scope, work.name), *secret);
  return {};
}

/// What a run of the timer works on, copied into its transaction.
struct Timer {
  Scope scope;
  NamedWork secret;
  uint64_t task_id;
  std::string token;
  Millis due, now;
};

Result<void> begin_planned(store::Txn& tx, const Timer& run) {
  auto secret = tx.get_as<StoredSecret>(secret_key(run.scope, run.secret.name));
  if (!secret || secret->suffix != run.secret.suffix || secret->rotation.timer != run.task_id) return {};
  secret->rotation.timer = 0;
  set_rotation_timer(tx, run.scope, *secret, run.due);
  bool rests = secret->deletion_at || secret->rotation.work;   // marked for deletion, or still at the last one
  if (!rests) {
    // A rotation that was given up is tried again with its version.
    std::string token = rotation_pending(*secret) ? secret->stages[std::string(kPending)] : run.token;
    begin_rotation(tx, run.scope, *secret, token, run.now, false);
  }
  tx.put_record(secret_key(run.scope, run.secret.name), *secret);
  return {};
}

std::string event_of(std::string_view step, std::string_view arn, std::string_view token) {
  JsonText j;
  j.open().member("Step", step).member("SecretId", arn).member("ClientRequestToken", token).close();
  return j.str();
}

}  // namespace

bool rotation_pending(const StoredSecret& secret) {
  auto pending = secret.stages.find(std::string(kPending));
  if (pending == secret.stages.end()) return false;
  auto current = secret.stages.find(std::string(kCurrent));
  return current == secret.stages.end() || current->second != pending->second;
}

void set_rotation_timer(store::Txn& tx, const Scope& scope, StoredSecret& secret, Millis after) {
  RotationSettings& r = secret.rotation;
  if (r.timer) tx.cancel(r.timer);
  r.timer = 0;
  Window window = next_window(r, after);
  r.next = window.end;
  if (window.start) r.timer = schedule(tx, scope, "secretsmanager.rotate_on_schedule", encode(NamedWork{secret.name, secret.suffix, {}}), window.start, true);
}

void begin_rotation(store::Txn& tx, const Scope& scope, StoredSecret& secret, std::string_view token, Millis now, bool test) {
  secret.stages[std::string(kPending)] = token;
  schedule_step(tx, scope, secret, {secret.name, secret.suffix, std::string(token), test ? kTestStep : 0, 0, test, {}}, now);
}

void cancel_rotation(store::Txn& tx, StoredSecret& secret) {
  for (uint64_t task : {secret.rotation.timer, secret.rotation.work}) if (task) tx.cancel(task);
  secret.rotation.timer = secret.rotation.work = 0;
  secret.rotation.next = 0;
  secret.rotation.enabled = false;
}

Result<void> rotate_on_schedule(TaskContext& cx) {
  auto secret = cx.payload<NamedWork>();
  if (!secret) return fail("InternalFailure", "the payload of a task is damaged", 500);
  return cx.finish(Timer{cx.task().scope, std::move(*secret), cx.task().id, cx.core().random().uuid(), cx.task().due, cx.now()},
                   [](store::Txn& tx, const Timer& run) { return begin_planned(tx, run); });
}

Result<void> run_rotation(TaskContext& cx) {
  auto work = cx.payload<RotationWork>();
  if (!work || work->step < 0 || work->step >= kStepCount) return fail("InternalFailure", "the payload of a task is damaged", 500);
  const Scope scope = cx.task().scope;
  std::optional<StoredSecret> secret;
  cx.read([&](store::Reader& reader) { secret = reader.get_as<StoredSecret>(secret_key(scope, work->name)); });
  if (!secret || secret->suffix != work->suffix || secret->rotation.work != cx.task().id) return cx.finish();
  std::string arn = secret_arn(scope, *secret);
  FunctionCall call{auth::service_principal("secretsmanager", arn, scope.account.str()), secret->rotation.function, event_of(kSteps[work->step], arn, work->token)};
  Core& core = cx.core();
  return core.state<State>().call_function(cx, call, [scope, work = *work, id = cx.task().id, &core](store::Txn& tx, const Result<void>& outcome) {
    return settle(tx, scope, work, id, core.now(), outcome);
  });
}

}  // namespace fogbank::secretsmanager
