// What DynamoDB keeps in memory, made once per server: `cx.state<dynamodb::State>()`. Nothing of it has to survive. Thread-safe.
#pragma once
#include "auth/policy/document.h"
#include "services/dynamodb/state.h"
#include "services/dynamodb/throttle.h"
#include "store/cache.h"

namespace fogbank { class Core; }

namespace fogbank::dynamodb {

struct State {
  explicit State(Core& core);
  store::Cache<Table> tables;
  store::Cache<policy::CompiledPolicy> policies;   ///< by the key of the policy
  Throttle throttle;
};

}  // namespace fogbank::dynamodb
