// What a function's sandbox consists of: from FunctionSpec and the chosen interpreter to folders, variables and programs.
#pragma once
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "run/sandbox.h"
#include "services/lambda/runtime/environments.h"
#include "services/lambda/runtime/interpreters.h"

namespace fogbank::lambda::runtime {

constexpr uint16_t kEndpointPort = 4566, kRuntimeApiPort = 9001;

/// What is the same for all environments of one spec. Made once per spec, on a pool thread.
struct Plan {
  Choice choice;
  std::string opt;                           ///< on the host; empty: no layers
  std::vector<std::string> extensions;       ///< names of executables below /opt/extensions, in order
  std::vector<std::string> runtime;          ///< the runtime's command line; empty: `no_entry` says why
  std::string no_entry;                      ///< Runtime.InvalidEntrypoint
  std::string runtime_version;               ///< as INIT_START says it
  std::vector<run::Bind> binds;
};

Result<std::shared_ptr<const Plan>> make_plan(const FunctionSpec& spec, Interpreters& interpreters, const std::string& root);

/// Variables of one environment. `extension`: of an external extension instead of the runtime.
struct EnvironmentFacts { const RoleCredentials& credentials; std::string_view log_stream, initialization_type; };
std::vector<std::string> environment_variables(const FunctionSpec& spec, const Plan& plan, const EnvironmentFacts& facts, bool extension);

/// The sandbox without its descriptors.
run::SandboxSpec sandbox_spec(const FunctionSpec& spec, const Plan& plan);

}  // namespace fogbank::lambda::runtime
