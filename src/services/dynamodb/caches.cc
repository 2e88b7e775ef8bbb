#include "services/dynamodb/caches.h"

#include <stdexcept>

#include "base/log.h"
#include "gateway/core.h"

namespace fogbank::dynamodb {
namespace {

constexpr size_t kCachedTables = 10000;

/// A stored policy that does not compile any more (a rule became stricter) denies everything: its Deny statements must not get lost.
policy::PolicyPtr compiled(std::string_view key, const store::Item& item) {
  auto record = decode<TablePolicy>(item.bytes);
  if (!record) throw std::runtime_error("a stored table policy is damaged");
  policy::CompileOptions options{policy::Dialect::generic, store::key_head(key).scope.partition.value};
  if (auto p = policy::compile(record->json, policy::PolicyKind::resource, options)) return *p;
  log(LogLevel::error, "a stored table policy does not compile; the table denies everything until it is replaced");
  auto deny = policy::compile(R"({"Statement":[{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}]})", policy::PolicyKind::resource, options);
  if (!deny) throw std::logic_error("the policy that denies everything does not compile");
  return *deny;
}

}  // namespace

State::State(Core& core) : tables(core.store(), kTables, kCachedTables), policies(core.store(), kPolicies, kCachedTables, compiled) {}

}  // namespace fogbank::dynamodb
