// Lambda's state beside its records: decoded records for hot paths, compiled policies, unpacked packages, and what invokes functions.
// `core.state<lambda::State>()`. Thread-safe as its parts are; nothing of it survives a restart.
#pragma once
#include <memory>

#include "auth/policy/document.h"
#include "services/lambda/code.h"
#include "services/lambda/state.h"
#include "store/cache.h"

namespace fogbank { class Core; }

namespace fogbank::lambda {

class Invoker;   // invoker.h

class State {
 public:
  explicit State(Core& core);
  ~State();

  store::Cache<Function> functions;
  store::Cache<Version> versions;
  store::Cache<Alias> aliases;
  store::Cache<policy::CompiledPolicy> policies, layer_policies;
  store::Cache<EventInvokeConfig> invoke_configs;
  store::Cache<FunctionUrl> urls;
  store::Cache<UrlOwner> url_owners;
  store::Cache<Usage> usage;
  CodeStore code;
  Invoker& invoker() { return *invoker_; }

 private:
  std::unique_ptr<Invoker> invoker_;
};

}  // namespace fogbank::lambda
