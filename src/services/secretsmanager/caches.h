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
  /// Through Lambda, but for tests.
  CallFunction call_function;
  CheckFunction check_function;
};

}  // namespace fogbank::secretsmanager
