#include "services/dynamodb/caches.h"

#include "gateway/core.h"
#include "gateway/stored_policy.h"

namespace fogbank::dynamodb {
namespace {

constexpr size_t kCachedTables = 10000;

policy::PolicyPtr compiled(std::string_view key, const store::Item& item) { return stored_policy<TablePolicy>(policy::Dialect::generic, key, item); }

}  // namespace

State::State(Core& core) : tables(core.store(), kTables, kCachedTables), policies(core.store(), kPolicies, kCachedTables, compiled) {}

}  // namespace fogbank::dynamodb
