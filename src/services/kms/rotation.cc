#include "services/kms/rotation.h"

#include "gateway/core.h"
#include "gateway/tasks.h"
#include "gen/kms/operations.h"
#include "services/kms/aliases.h"
#include "services/kms/caches.h"
#include "services/kms/grants.h"

namespace fogbank::kms {
namespace {

constexpr size_t kErasedPerRun = 300;   ///< of grants, two rows each; a transaction has room for 1,000

uint64_t schedule(store::Txn& tx, const Scope& scope, const char* kind, std::string_view id, Millis due, bool recurring) {
  store::Task t;
  t.kind = kind;
  t.scope = scope;
  t.due = due;
  t.recurring = recurring;
  t.payload = encode(KeyWork{std::string(id), {}});
  return tx.schedule(std::move(t));
}

/// What a run works on, copied into its transaction.
struct Run {
  Scope scope;
  std::string id;
  uint64_t task_id;
  Millis due, now;
  uint32_t version;
  Material material;
};

Result<Run> run_of(TaskContext& cx) {
  auto work = cx.payload<KeyWork>();
  if (!work) return fail("InternalFailure", "the payload of a task is damaged", 500);
  return Run{cx.task().scope, work->id, cx.task().id, cx.task().due, cx.now(), 0, {}};
}

Result<void> rotate(store::Txn& tx, const Run& run) {
  auto key = tx.get_as<Key>(key_key(run.scope, run.id));
  if (!key || key->rotation.task != run.task_id || !key->rotation.enabled || key->state == KeyState::pending_deletion) return {};
  key->rotation.task = 0;
  if (key->state == KeyState::disabled) {   // what is due is done when the key is enabled again
    tx.put_record(key_key(run.scope, run.id), *key);
    return {};
  }
  if (key->version + 1 != run.version) {    // rotated on demand meanwhile: once more, with material for the next version
    schedule_rotation(tx, run.scope, *key, run.due);
    tx.put_record(key_key(run.scope, run.id), *key);
    return {};
  }
  schedule_rotation(tx, run.scope, *key, run.due + key->rotation.period_days * kDay);
  put_rotated(tx, run.scope, *key, run.material, RotationType::automatic, run.due);
  return {};
}

/// Erases grants while there are many, then the key with all that is left of it.
Result<void> erase_key(store::Txn& tx, const Run& run) {
  auto key = tx.get_as<Key>(key_key(run.scope, run.id));
  if (!key || key->state != KeyState::pending_deletion || key->deletion_task != run.task_id) return {};
  std::vector<Grant> grants;
  tx.scan_prefix(store::key(run.scope, kGrants, run.id), [&](std::string_view, std::string_view bytes, store::Version) {
    if (auto grant = decode<Grant>(bytes)) grants.push_back(std::move(*grant));
    return grants.size() < kErasedPerRun;
  });
  for (const Grant& g : grants) erase_grant(tx, run.scope, run.id, g);
  if (grants.size() == kErasedPerRun) {
    key->grants -= int64_t(grants.size());
    schedule_deletion(tx, run.scope, *key, key->deletion_at);
    tx.put_record(key_key(run.scope, run.id), *key);
    return {};
  }
  for (const std::string& alias : key->aliases) tx.erase(alias_key(run.scope, alias));
  for (uint32_t v = 1; v <= key->version; v++) tx.erase(material_key(run.scope, run.id, v));
  tx.erase(policy_key(run.scope, run.id));
  tx.erase(key_key(run.scope, run.id));
  return {};
}

}  // namespace

void cancel_rotation(store::Txn& tx, Key& key) {
  if (key.rotation.task) tx.cancel(key.rotation.task);
  key.rotation.task = 0;
}

void schedule_rotation(store::Txn& tx, const Scope& scope, Key& key, Millis at) {
  cancel_rotation(tx, key);
  key.rotation.next = at;
  key.rotation.task = schedule(tx, scope, "kms.rotate_key", key.id, at, true);
}

void put_rotated(store::Txn& tx, const Scope& scope, Key& key, Material material, RotationType type, Millis at) {
  material.rotation = type;
  material.made = at;
  key.version++;
  key.material_id = material.id;
  tx.put_record(material_key(scope, key.id, key.version), material);
  tx.put_record(key_key(scope, key.id), key);
}

void schedule_deletion(store::Txn& tx, const Scope& scope, Key& key, Millis at) {
  key.deletion_at = at;
  key.deletion_task = schedule(tx, scope, "kms.delete_key", key.id, at, false);
}

Result<void> rotate_key(TaskContext& cx) {
  FB_ASSIGN(run, run_of(cx));
  State& state = cx.core().state<State>();
  KeyPtr key = state.keys.get(key_key(run.scope, run.id));
  if (!key) return cx.finish();
  run.version = key->version + 1;
  run.material = state.make_material(spec_of(key->spec), run.scope, run.id, run.version, cx.core().random(), run.due);
  return cx.finish(run, [](store::Txn& tx, const Run& r) { return rotate(tx, r); });
}

Result<void> delete_key(TaskContext& cx) {
  FB_ASSIGN(run, run_of(cx));
  return cx.finish(run, [](store::Txn& tx, const Run& r) { return erase_key(tx, r); });
}

}  // namespace fogbank::kms
