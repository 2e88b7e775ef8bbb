#include "services/secretsmanager/caches.h"

#include <stdexcept>

#include "base/log.h"
#include "gateway/core.h"

namespace fogbank::secretsmanager {
namespace {

constexpr size_t kCachedSecrets = 20000;

/// A stored policy that does not compile any more (a rule became stricter) denies everything: its Deny statements must not get lost.
policy::PolicyPtr compiled(std::string_view key, const store::Item& item) {
  auto record = decode<ResourcePolicy>(item.bytes);
  if (!record) throw std::runtime_error("a stored resource policy is damaged");
  std::string partition = store::key_head(key).scope.partition.value;
  policy::CompileOptions options{policy::Dialect::secretsmanager, partition};
  if (auto p = policy::compile(record->json, policy::PolicyKind::resource, options)) return *p;
  log(LogLevel::error, "a stored resource policy of a secret does not compile; the secret denies everything");
  constexpr std::string_view kDenyAll = R"({"Statement":[{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}]})";
  auto deny = policy::compile(kDenyAll, policy::PolicyKind::resource, options);
  if (!deny) throw std::logic_error("the policy that denies everything does not compile");
  return *deny;
}

}  // namespace

State::State(Core& core) : secrets(core.store(), kSecrets, kCachedSecrets), policies(core.store(), kPolicies, kCachedSecrets, compiled) {}

}  // namespace fogbank::secretsmanager
