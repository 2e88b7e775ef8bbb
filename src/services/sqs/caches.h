// What SQS keeps in memory, made once per server: `cx.state<sqs::State>()`. Nothing of it has to survive. Thread-safe.
#pragma once
#include "services/sqs/in_flight.h"
#include "services/sqs/sealing.h"
#include "services/sqs/state.h"
#include "store/cache.h"

namespace fogbank { class Core; }

namespace fogbank::sqs {

struct State {
  explicit State(Core& core);
  store::Cache<Queue> queues;
  store::Cache<policy::CompiledPolicy> policies;   ///< by the key of the queue's policy
  InFlightLimit in_flight;
  OpenKeys open_keys;
};

}  // namespace fogbank::sqs
