#include "services/lambda/caches.h"

#include <stdexcept>

#include "base/log.h"
#include "gateway/core.h"
#include "services/lambda/invoker.h"
#include "services/lambda/policies.h"

namespace fogbank::lambda {
namespace {

constexpr size_t kCached = 20000;

/// A stored policy that does not compile any more (a rule became stricter) denies everything.
policy::PolicyPtr compiled(std::string_view key, const store::Item& item) {
  auto record = decode<ResourcePolicy>(item.bytes);
  if (!record) throw std::runtime_error("a stored function policy is damaged");
  std::string partition = store::key_head(key).scope.partition.value;
  policy::CompileOptions options{policy::Dialect::generic, partition};
  if (auto p = policy::compile(policy_json(*record), policy::PolicyKind::resource, options)) return *p;
  log(LogLevel::error, "a stored function policy does not compile; it denies everything until it is replaced");
  constexpr std::string_view kDenyAll = R"({"Statement":[{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}]})";
  auto deny = policy::compile(kDenyAll, policy::PolicyKind::resource, options);
  if (!deny) throw std::logic_error("the policy that denies everything does not compile");
  return *deny;
}

}  // namespace

State::State(Core& core)
    : functions(core.store(), kFunctions, kCached), versions(core.store(), kVersions, kCached), aliases(core.store(), kAliases, kCached),
      policies(core.store(), kPolicies, kCached, compiled), layer_policies(core.store(), kLayerPolicies, kCached, compiled),
      invoke_configs(core.store(), kInvokeConfigs, kCached), urls(core.store(), kUrls, kCached), url_owners(core.store(), kUrlIds, kCached),
      usage(core.store(), kUsage, 1000), code(core), invoker_(std::make_unique<Invoker>(core, *this)) {}

State::~State() = default;

}  // namespace fogbank::lambda
