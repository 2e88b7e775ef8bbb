// The policy simulator: what decisions would say about actions and resources, on the evaluator that makes them (auth/policy/evaluate.h),
// and which statements made the difference. What the API asks for comes in as a Setup; services/iam/ops/simulate_policy.cc reads it from
// the requests and writes the answers. No I/O, no records; nothing is kept.
// Source: IAM API Reference, SimulateCustomPolicy and EvaluationResult; recorded answers for order, texts and positions.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/credentials.h"
#include "auth/policy/evaluate.h"
#include "auth/policy/inspect.h"
#include "services/iam/policy_sources.h"

namespace fogbank::iam {

/// The documents of a simulation, compiled, with their statements' places.
struct SimulatedPolicy {
  std::string id;
  policy::PolicyPtr policy;
  std::vector<policy::StatementPlace> places;
  std::vector<std::string> keys;     ///< that it mentions
};

struct SimulationSetup {
  std::string account;                              ///< of the caller of the API
  policy::Principal principal;                      ///< who would call
  std::vector<SimulatedPolicy> identity;
  std::optional<SimulatedPolicy> boundary, resource;
  std::string owner;                                ///< account of resources whose ARN names none; empty: the principal's
  std::vector<auth::PolicySet::Level> scps;         ///< empty: in no organisation, or not asked for
  bool exempt_from_scps = false;
  policy::ListKeys keys;                            ///< by name in lower case
  std::vector<std::string> given;                   ///< names of the keys that the request gave, in lower case
};

struct SimulatedStatement {
  const SimulatedPolicy* policy;
  policy::PolicyType type;
  int statement;
  bool denies;
  friend bool operator==(const SimulatedStatement&, const SimulatedStatement&) = default;
};

/// What comes out for one action on one resource, or for all resources of an action together.
struct SimulatedDecision {
  std::string resource;
  policy::Outcome outcome = policy::Outcome::implicit_deny;
  std::vector<SimulatedStatement> matched;          ///< that made the outcome; an implicit deny has none
  std::vector<std::string> missing;                 ///< keys that the documents mention and the request did not give; of implicit denies
  std::optional<bool> boundary_allows, organizations_allow;
  std::map<std::string, policy::Outcome> details;   ///< by type of policy; only across accounts
};

class Simulation {
 public:
  explicit Simulation(SimulationSetup setup);
  SimulatedDecision decide(const std::string& action, const std::string& resource) const;
  /// All resources of an action: the most restrictive outcome, everything that contributed.
  static SimulatedDecision together(const std::vector<SimulatedDecision>& each);

 private:
  bool organizations_allow(const policy::Request& request) const;
  void decide_fitting(const policy::Input& in, bool across, SimulatedDecision& out) const;
  const SimulatedPolicy* policy_of(const policy::Match& m) const;

  SimulationSetup setup_;
  std::vector<policy::Attached> identity_;          ///< named by their index
  std::optional<policy::Attached> boundary_, resource_;
  std::vector<std::string> missing_;
};

/// The checks of the inputs, with the simulator's texts.
Result<void> check_simulated_resources(const std::vector<std::string>& resources);
Result<void> check_simulated_actions(const std::vector<std::string>& actions, const std::vector<std::string>& resources);
Result<void> check_resource_handling(std::string_view option, const std::vector<std::string>& actions, const std::vector<std::string>& resources);
/// Adds a context entry to the setup; `type` is empty if it was not given.
Result<void> add_context_entry(SimulationSetup& setup, std::string_view name, std::string_view type, const std::vector<std::string>& values);
/// Compiles a document of the request.
Result<SimulatedPolicy> simulated_policy(std::string id, std::string_view document, policy::PolicyKind kind, std::string_view partition);
/// A policy that exists.
SimulatedPolicy simulated_policy(const PolicySource& source);

/// "allowed", "explicitDeny", "implicitDeny".
std::string_view outcome_word(policy::Outcome outcome);
/// "IAM Policy", "Resource Policy", "Permissions Boundary Policy".
std::string_view source_type(policy::PolicyType type);
/// What answers name as the resource of an action that was simulated on several: AWS's pattern of the service's ARNs, "*" where it is not known.
std::string resource_pattern(std::string_view action, std::string_view partition);

}  // namespace fogbank::iam
