// What Secrets Manager keeps in memory, made once per server: `core.state<secretsmanager::State>()`. Decoded secrets and compiled policies;
// no values. Nothing of it has to survive. Thread-safe.
#pragma once
#include "auth/policy/document.h"
#include "services/secretsmanager/function_call.h"
#include "services/secretsmanager/state.h"
#include "store/cache.h"

namespace fogbank { class Core; }

namespace fogbank::secretsmanager {

struct State {
  explicit State(Core& core);
  store::Cache<StoredSecret> secrets;
  store::Cache<policy::CompiledPolicy> policies;
  /// Empty as long as no Lambda functions can be called: then none can be named. Set before the server runs, or by a test.
  CallFunction call_function;
};

}  // namespace fogbank::secretsmanager
