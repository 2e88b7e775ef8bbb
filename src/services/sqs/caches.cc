#include "services/sqs/caches.h"

#include <stdexcept>

#include "base/log.h"
#include "gateway/core.h"

namespace fogbank::sqs {
namespace {

constexpr size_t kCachedQueues = 20000;

/// A stored policy that does not compile any more (a rule became stricter) denies everything: its Deny statements must not get lost.
policy::PolicyPtr compiled(std::string_view key, const store::Item& item) {
  auto record = decode<QueuePolicy>(item.bytes);
  if (!record) throw std::runtime_error("a stored queue policy is damaged");
  std::string partition = store::key_head(key).scope.partition.value;
  policy::CompileOptions options{policy::Dialect::sqs, partition};
  if (auto p = policy::compile(record->json, policy::PolicyKind::resource, options)) return *p;
  log(LogLevel::error, "a stored queue policy does not compile; the queue denies everything until it is replaced");
  constexpr std::string_view kDenyAll = R"({"Statement":[{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}]})";
  auto deny = policy::compile(kDenyAll, policy::PolicyKind::resource, options);
  if (!deny) throw std::logic_error("the policy that denies everything does not compile");
  return *deny;
}

}  // namespace

State::State(Core& core) : queues(core.store(), kQueues, kCachedQueues), policies(core.store(), kPolicies, kCachedQueues, compiled) {}

}  // namespace fogbank::sqs
