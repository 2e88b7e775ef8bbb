#include "services/secretsmanager/caches.h"

#include "gateway/core.h"
#include "gateway/stored_policy.h"

namespace fogbank::secretsmanager {
namespace {

constexpr size_t kCachedSecrets = 20000;

policy::PolicyPtr compiled(std::string_view key, const store::Item& item) { return stored_policy<ResourcePolicy>(policy::Dialect::secretsmanager, key, item); }

}  // namespace

State::State(Core& core)
    : secrets(core.store(), kSecrets, kCachedSecrets), policies(core.store(), kPolicies, kCachedSecrets, compiled), call_function(call_through_lambda()),
      check_function(check_through_lambda()) {}

}  // namespace fogbank::secretsmanager
