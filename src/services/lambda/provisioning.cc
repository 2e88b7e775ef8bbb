#include "services/lambda/provisioning.h"

#include <algorithm>
#include <vector>

#include "base/log.h"
#include "base/strings.h"
#include "gateway/core.h"
#include "gateway/tasks.h"
#include "gen/lambda/operations.h"
#include "services/lambda/caches.h"
#include "services/lambda/functions.h"
#include "services/lambda/invoker.h"
#include "services/lambda/names.h"

namespace fogbank::lambda {

namespace {

/// The version that a qualifier stands for: itself, or where the alias leads.
std::string version_behind(store::Reader& reader, const Scope& scope, std::string_view name, std::string_view qualifier) {
  if (is_number(qualifier)) return std::string(qualifier);
  auto alias = reader.get_as<Alias>(alias_key(scope, name, qualifier));
  return alias && alias->version ? std::to_string(alias->version) : std::string();
}

/// The function's record says by version what is provisioned: an invocation looks there and nowhere else.
void note_versions(store::Txn& tx, const Scope& scope, std::string_view name) {
  auto function = tx.get_as<Function>(function_key(scope, name));
  if (!function) return;
  function->provisioned.clear();
  tx.scan_prefix(store::key(scope, kProvisioned, name), [&](std::string_view key, std::string_view bytes, store::Version) {
    auto p = decode<ProvisionedConcurrency>(bytes);
    std::string version = version_behind(tx, scope, name, store::key_parts(key)[1]);
    if (p && !version.empty()) function->provisioned[version] += p->requested;
    return true;
  });
  tx.put_record(function_key(scope, name), *function);
}

}  // namespace

void keep_provisioned(store::Txn& tx, const Scope& scope, std::string_view name, std::string_view qualifier, const ProvisionedConcurrency& p) {
  tx.put_record(provisioned_key(scope, name, qualifier), p);
  tx.put_record(provisioned_index_key(scope, name, qualifier), ProvisionedPlace{scope.account.str(), scope.region.str(), std::string(name), std::string(qualifier), {}});
  note_versions(tx, scope, name);
}

void forget_provisioned(store::Txn& tx, const Scope& scope, std::string_view name, std::string_view qualifier, Millis now) {
  store::Key key = provisioned_key(scope, name, qualifier);
  auto p = tx.get_as<ProvisionedConcurrency>(key);
  if (!p) return;
  std::string version = version_behind(tx, scope, name, qualifier);
  tx.erase(key);
  tx.erase(provisioned_index_key(scope, name, qualifier));
  auto function = tx.get_as<Function>(function_key(scope, name));
  if (function && !function->reserved) change_usage(tx, scope, [&](Usage& u) { u.provisioned -= p->requested; });
  note_versions(tx, scope, name);
  if (!version.empty()) schedule_provision(tx, scope, name, version, 0, now);
}

void move_provisioned(store::Txn& tx, const Scope& scope, std::string_view name, const Alias& alias, int64_t version_before, uint64_t nonce, Millis now) {
  auto p = tx.get_as<ProvisionedConcurrency>(provisioned_key(scope, name, alias.name));
  if (!p || alias.version == version_before) return;
  p->status = "IN_PROGRESS";
  p->reason.clear();
  p->allocated = p->available = 0;
  p->modified = now;
  p->nonce = nonce;
  keep_provisioned(tx, scope, name, alias.name, *p);
  schedule_provision(tx, scope, name, std::to_string(version_before), 0, now);
  schedule_provision(tx, scope, name, alias.name, nonce, now);
}

void restore_provisioned(Core& core) {
  std::vector<std::pair<Scope, ProvisionedPlace>> all;
  core.store().read([&](store::Reader& reader) {
    for (const char* partition : {"aws", "aws-cn", "aws-us-gov"}) {
      Scope whole{Partition(partition), AccountId(), Region()};
      reader.scan_prefix(store::key(whole, kProvisionedIndex), [&](std::string_view, std::string_view bytes, store::Version) {
        if (auto place = decode<ProvisionedPlace>(bytes)) all.push_back({{whole.partition, AccountId(place->account), Region(place->region)}, *place});
        return true;
      });
    }
  });
  for (size_t at = 0; at < all.size(); at += 200) {   // a transaction is bounded
    auto done = core.store().write([&](store::Txn& tx) -> Result<void> {
      for (size_t i = at; i < std::min(all.size(), at + 200); i++) {
        const auto& [scope, place] = all[i];
        auto p = tx.get_as<ProvisionedConcurrency>(provisioned_key(scope, place.function, place.qualifier));
        if (p) schedule_provision(tx, scope, place.function, place.qualifier, p->nonce, core.now());
      }
      return {};
    });
    if (!done) log(LogLevel::error, cat("provisioned concurrency could not be restored: ", done.error().message));
  }
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
  if (!what->nonce) {   // of this version, unless something else provides for it meanwhile
    if (target->function->provisioned.contains(target->version->shown_number())) return cx.finish();
    environments.provision(spec, 0, [](int, std::optional<ApiError>) {});
    return cx.finish();
  }
  if (!wanted || wanted->nonce != what->nonce) return cx.finish();
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
