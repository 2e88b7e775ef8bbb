#include "services/logs/state.h"

#include <stdexcept>

#include "base/log.h"
#include "base/strings.h"
#include "gateway/core.h"

namespace fogbank::logs {
namespace {

constexpr size_t kCachedGroups = 20000, kCachedPolicies = 2000;

/// A stored policy that does not compile any more (a rule became stricter) denies everything: its Deny statements must not get lost.
policy::PolicyPtr compile_stored(std::string_view key, std::string_view json) {
  std::string partition = store::key_head(key).scope.partition.value;
  policy::CompileOptions options{policy::Dialect::generic, partition};
  if (auto p = policy::compile(json, policy::PolicyKind::resource, options)) return *p;
  log(LogLevel::error, "a stored resource policy of CloudWatch Logs does not compile; it denies everything");
  constexpr std::string_view kDenyAll = R"({"Statement":[{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}]})";
  auto deny = policy::compile(kDenyAll, policy::PolicyKind::resource, options);
  if (!deny) throw std::logic_error("the policy that denies everything does not compile");
  return *deny;
}

std::shared_ptr<const CompiledPolicies> compiled_account(std::string_view key, const store::Item& item) {
  auto record = decode<AccountPolicies>(item.bytes);
  if (!record) throw std::runtime_error("stored resource policies of CloudWatch Logs are damaged");
  auto out = std::make_shared<CompiledPolicies>();
  for (const AccountPolicy& p : record->all) out->push_back({compile_stored(key, p.json), cat("resource policy ", p.name)});
  return out;
}

policy::PolicyPtr compiled_group(std::string_view key, const store::Item& item) {
  auto record = decode<GroupPolicy>(item.bytes);
  if (!record) throw std::runtime_error("a stored resource policy of a log group is damaged");
  return compile_stored(key, record->json);
}

}  // namespace

const DataKey* Group::data_key(int64_t generation) const {
  for (const DataKey& k : data_keys)
    if (k.generation == generation) return &k;
  return nullptr;
}

const DataKey* Group::current_data_key() const {
  if (kms_key.empty()) return nullptr;
  for (auto k = data_keys.rbegin(); k != data_keys.rend(); ++k)
    if (k->kms_key == kms_key) return &*k;
  return nullptr;
}

store::Key group_key(const Scope& scope, std::string_view name) { return store::key(scope, kGroups, name); }
store::Key stream_key(const Scope& scope, uint64_t group, std::string_view name) { return store::key(scope, kStreams, group, name); }
store::Key streams_of(const Scope& scope, uint64_t group) { return store::key(scope, kStreams, group); }
store::Key batches_of(const Scope& scope, uint64_t group) { return store::key(scope, kBatches, group); }
store::Key batches_of(const Scope& scope, uint64_t group, uint64_t stream) { return store::key(scope, kBatches, group, stream); }
store::Key batch_key(const Scope& scope, uint64_t group, uint64_t stream, Millis first, uint64_t sequence) {
  return store::key(scope, kBatches, group, stream, uint64_t(std::max<Millis>(0, first)), sequence);
}
store::Key count_key(const Scope& scope, uint64_t group) { return store::key(scope, kCounts, group); }
store::Key account_policies_key(const Scope& scope) { return store::key(scope, kAccountPolicies, std::string_view("all")); }
store::Key group_policy_key(const Scope& scope, uint64_t group) { return store::key(scope, kGroupPolicies, group); }
uint64_t next_id(store::Txn& tx, const Scope& scope) { return tx.next(scope, "logs.id"); }

void add_bytes(store::Txn& tx, const Scope& scope, uint64_t group, int64_t bytes) {
  if (!bytes) return;
  Count count = tx.get_as<Count>(count_key(scope, group)).value_or(Count{});
  count.bytes = std::max<int64_t>(0, count.bytes + bytes);
  tx.put_record(count_key(scope, group), count);
}

std::string group_arn(const Scope& scope, std::string_view name) { return make_arn(scope, "logs", cat("log-group:", name)); }
std::string stream_arn(const Scope& scope, std::string_view group, std::string_view stream) {
  return make_arn(scope, "logs", cat("log-group:", group, ":log-stream:", stream));
}

State::State(Core& core)
    : groups(core.store(), kGroups, kCachedGroups),
      account_policies(core.store(), kAccountPolicies, kCachedPolicies, compiled_account),
      group_policies(core.store(), kGroupPolicies, kCachedPolicies, compiled_group) {}

}  // namespace fogbank::logs
