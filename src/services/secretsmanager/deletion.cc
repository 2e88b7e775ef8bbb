#include "services/secretsmanager/deletion.h"

#include "gateway/tasks.h"
#include "gen/secretsmanager/operations.h"

namespace fogbank::secretsmanager {
namespace {

/// What a run works on, copied into its transaction.
struct Run {
  Scope scope;
  NamedWork work;
  uint64_t task_id;
};

Result<void> erase_if_due(store::Txn& tx, const Run& run) {
  auto secret = tx.get_as<StoredSecret>(secret_key(run.scope, run.work.name));
  if (!secret || secret->suffix != run.work.suffix || secret->deletion_task != run.task_id) return {};   // restored, or another secret of that name
  erase_secret(tx, run.scope, *secret);
  return {};
}

}  // namespace

void schedule_deletion(store::Txn& tx, const Scope& scope, StoredSecret& secret, Millis at) {
  store::Task t;
  t.kind = "secretsmanager.delete_secret";
  t.scope = scope;
  t.due = at;
  t.payload = encode(NamedWork{secret.name, secret.suffix, {}});
  secret.deletion_at = at;
  secret.deletion_task = tx.schedule(std::move(t));
}

void cancel_deletion(store::Txn& tx, StoredSecret& secret) {
  if (secret.deletion_task) tx.cancel(secret.deletion_task);
  secret.deletion_at = 0;
  secret.deletion_task = 0;
}

void erase_secret(store::Txn& tx, const Scope& scope, const StoredSecret& secret) {
  for (uint64_t task : {secret.deletion_task, secret.rotation.timer, secret.rotation.work}) if (task) tx.cancel(task);
  for (const Version& v : versions_of(tx, scope, secret.name)) {
    tx.erase(version_key(scope, secret.name, v.id));
    tx.erase(value_key(scope, secret.name, v.id));
  }
  if (tx.has(policy_key(scope, secret.name))) tx.erase(policy_key(scope, secret.name));
  tx.erase(secret_key(scope, secret.name));
}

Result<void> delete_secret(TaskContext& cx) {
  auto work = cx.payload<NamedWork>();
  if (!work) return fail("InternalFailure", "the payload of a task is damaged", 500);
  return cx.finish(Run{cx.task().scope, std::move(*work), cx.task().id}, [](store::Txn& tx, const Run& r) { return erase_if_due(tx, r); });
}

}  // namespace fogbank::secretsmanager
