#include "services/sqs/caches.h"

#include "gateway/core.h"
#include "gateway/stored_policy.h"

namespace fogbank::sqs {
namespace {

constexpr size_t kCachedQueues = 20000;

policy::PolicyPtr compiled(std::string_view key, const store::Item& item) { return stored_policy<QueuePolicy>(policy::Dialect::sqs, key, item); }

}  // namespace

State::State(Core& core) : queues(core.store(), kQueues, kCachedQueues), policies(core.store(), kPolicies, kCachedQueues, compiled) {}

}  // namespace fogbank::sqs
