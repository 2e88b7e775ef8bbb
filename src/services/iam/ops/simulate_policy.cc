// SimulateCustomPolicy, SimulatePrincipalPolicy.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulateCustomPolicy.html
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html
#include "base/strings.h"
#include "gateway/authorise.h"
#include "gateway/context.h"
#include "gen/iam/operations.h"
#include "services/iam/answers.h"
#include "services/iam/simulation.h"

namespace fogbank::iam {
namespace {

/// Bounds of one answer: resources of a request, and decisions of a page, which then ends early.
constexpr size_t kMostResources = 10'000, kDecisionsPerPage = 20'000;

std::vector<std::string> texts(const List<Str>& list) {
  std::vector<std::string> out;
  for (const Str& s : list) out.emplace_back(s.view());
  return out;
}

/// Who stands for nobody in particular: the account is the caller's of the API.
policy::Principal stub_principal(const Scope& scope) {
  policy::Principal p;
  p.kind = policy::PrincipalKind::user;
  p.partition = scope.partition.str();
  p.account = scope.account.str();
  p.user_id = "STUB_PRINCIPAL_FOR_POLICY_SIMULATOR";
  return p;
}

policy::Principal principal_of(const Scope& scope, const Entity& e) {
  policy::Principal p;
  std::string arn = entity_arn(scope, e);
  switch (e.kind) {
    case EntityKind::user: p = policy::Principal::user(arn, e.id); break;
    case EntityKind::role: p = policy::Principal::role_session(arn, e.id, "PolicySimulator"); break;
    case EntityKind::group: p = stub_principal(scope); break;
  }
  for (const Tag& t : e.tags) p.tags.emplace_back(t.key, t.value);
  return p;
}

/// Whose service control policies count: the entity's own set knows them; a group's are the account's.
auth::Principal asker(const Scope& scope, const Entity& e) {
  auth::Principal p;
  p.partition = scope.partition.str();
  p.account = scope.account.str();
  p.arn = entity_arn(scope, e);
  p.name = e.name;
  p.user_id = e.id;
  switch (e.kind) {
    case EntityKind::user: p.kind = auth::PrincipalKind::user; break;
    case EntityKind::role:
      p.kind = auth::PrincipalKind::role_session;
      p.role_arn = p.arn;
      p.session_name = "PolicySimulator";
      p.user_id = cat(e.id, ":", p.session_name);
      break;
    case EntityKind::group:
      p.kind = auth::PrincipalKind::root;
      p.arn = make_arn(scope.global(), "iam", "root");
      break;
  }
  return p;
}

/// The caller that the request names: an IAM user, whether it exists or not.
Result<policy::Principal> named_caller(std::string_view arn) {
  auto name = parse_source_arn(arn);
  if (!name || name->kind != EntityKind::user) return fail(invalid_input("Invalid caller - Caller must be an IAM user in this context."));
  return policy::Principal::user(arn, arn);
}

Result<void> read_owner(SimulationSetup& setup, Str owner) {
  if (!owner) return {};
  auto arn = parse_arn(owner.view());
  if (!arn || arn->service != "iam" || !is_account_id(arn->account)) return fail(invalid_input("Invalid Resource Owner."));
  setup.owner = arn->account;
  return {};
}

/// What both operations take: everything but whose policies they are. `setup.principal` stands; a named caller replaces it.
template <class In> Result<void> read_request(SimulationSetup& setup, const In& in, const Scope& scope, const std::vector<std::string>& actions,
                                              const std::vector<std::string>& resources) {
  FB_TRY(check_simulated_actions(actions, resources));
  if (resources.size() > kMostResources) return fail(invalid_input(cat("At most ", kMostResources, " resources can be simulated at once.")));
  FB_TRY(check_simulated_resources(resources));
  FB_TRY(check_resource_handling(in.ResourceHandlingOption.view(), actions, resources));
  for (const auto& entry : in.ContextEntries)
    FB_TRY(add_context_entry(setup, entry.ContextKeyName.view(), entry.ContextKeyType.view(), texts(entry.ContextKeyValues)));
  size_t number = 0;
  for (const Str& document : in.PolicyInputList) {
    FB_ASSIGN(p, simulated_policy(cat("PolicyInputList.", ++number), document.view(), policy::PolicyKind::identity, scope.partition.str()));
    setup.identity.push_back(std::move(p));
  }
  if (in.PermissionsBoundaryPolicyInputList.size() > 1) return fail(invalid_input("Only one permissions boundary policy can be simulated."));
  for (const Str& document : in.PermissionsBoundaryPolicyInputList) {
    FB_ASSIGN(p, simulated_policy("PermissionsBoundaryPolicyInputList.1", document.view(), policy::PolicyKind::boundary, scope.partition.str()));
    setup.boundary = std::move(p);
  }
  if (in.CallerArn && in.CallerArn.view() != setup.principal.arn) {
    FB_ASSIGN(caller, named_caller(in.CallerArn.view()));
    setup.principal = std::move(caller);
  }
  FB_TRY(read_owner(setup, in.ResourceOwner));
  if (!in.ResourcePolicy) return {};
  if (setup.principal.arn.empty()) return fail(invalid_input("Invalid caller - Caller cannot be null or empty."));
  if (setup.principal.kind != policy::PrincipalKind::user) return fail(invalid_input("Invalid caller - Caller must be an IAM user in this context."));
  for (const std::string& r : resources)
    if (r == "*") return fail(invalid_input("Invalid Entity Arn: * does not clearly define entity type and name."));
  FB_ASSIGN(p, simulated_policy("ResourcePolicy", in.ResourcePolicy.view(), policy::PolicyKind::resource, scope.partition.str()));
  setup.resource = std::move(p);
  return {};
}

void fill_position(const policy::Position& p, svc::Position& out) {
  out.Line = p.line;
  out.Column = p.column;
}

void fill_matched(Context& cx, const SimulatedDecision& d, List<svc::Statement>& out) {
  out.reserve(cx.arena(), uint32_t(d.matched.size()));
  for (const SimulatedStatement& m : d.matched) {
    svc::Statement& to = out.add(cx.arena());
    to.SourcePolicyId = cx.str(m.policy->id);
    to.SourcePolicyType = cx.str(source_type(m.type));
    if (size_t(m.statement) >= m.policy->places.size()) continue;
    fill_position(m.policy->places[size_t(m.statement)].start, cx.make(to.StartPosition));
    fill_position(m.policy->places[size_t(m.statement)].end, cx.make(to.EndPosition));
  }
}

/// What the answer for an action and the one for a resource share.
template <class Out> void fill_decision(Context& cx, const SimulatedDecision& d, Out& out) {
  fill_matched(cx, d, out.MatchedStatements);
  out.MissingContextValues.reserve(cx.arena(), uint32_t(d.missing.size()));
  for (const std::string& key : d.missing) out.MissingContextValues.push(cx.arena(), cx.str(key));
  if (d.boundary_allows) cx.make(out.PermissionsBoundaryDecisionDetail).AllowedByPermissionsBoundary = *d.boundary_allows;
  for (const auto& [type, outcome] : d.details) out.EvalDecisionDetails.add(cx.arena(), cx.str(type)) = cx.str(outcome_word(outcome));
}

/// The partition of the first resource: patterns in answers are of it.
std::string_view partition_of_first(const std::vector<std::string>& resources) {
  auto arn = parse_arn(resources.at(0));
  return arn ? arn->partition : std::string_view("aws");
}

void simulate_action(Context& cx, const Simulation& simulation, const std::string& action, const std::vector<std::string>& resources,
                     svc::EvaluationResult& out) {
  std::vector<SimulatedDecision> each;
  for (const std::string& r : resources) each.push_back(simulation.decide(action, r));
  SimulatedDecision all = Simulation::together(each);
  out.EvalActionName = cx.str(action);
  out.EvalResourceName = cx.str(resources.size() == 1 ? resources[0] : resource_pattern(action, partition_of_first(resources)));
  out.EvalDecision = cx.str(outcome_word(all.outcome));
  fill_decision(cx, all, out);
  if (all.organizations_allow) cx.make(out.OrganizationsDecisionDetail).AllowedByOrganizations = *all.organizations_allow;
  if (resources.size() == 1 && resources[0] == "*") return;
  out.EvalDecisionDetails.reserve(cx.arena(), 0);
  for (const SimulatedDecision& d : each) {
    svc::ResourceSpecificResult& to = out.ResourceSpecificResults.add(cx.arena());
    to.EvalResourceName = cx.str(d.resource);
    to.EvalResourceDecision = cx.str(outcome_word(d.outcome));
    fill_decision(cx, d, to);
  }
}

/// A page counts actions. The marker is the number of those before it, of whatever the next request asks.
template <class In> Result<void> answer(Context& cx, const In& in, SimulationSetup setup, const std::vector<std::string>& actions,
                                        const std::vector<std::string>& resources, svc::SimulatePolicyResponse& out) {
  size_t at = 0;
  if (in.Marker) {
    FB_ASSIGN(m, parse_marker(in.Marker));
    auto number = parse_int(m.first);
    if (!number || *number < 0) return fail(validation_error("Invalid Marker."));
    at = std::min(size_t(*number), actions.size());
  }
  size_t end = std::min({actions.size(), at + page_size(in.MaxItems), at + kDecisionsPerPage / resources.size()});
  Simulation simulation(std::move(setup));
  out.EvaluationResults.reserve(cx.arena(), uint32_t(end - at));
  for (size_t i = at; i < end; i++) simulate_action(cx, simulation, actions[i], resources, out.EvaluationResults.add(cx.arena()));
  end_page(cx, out, end < actions.size(), end < actions.size() ? make_marker(cat(end)) : std::string());
  return {};
}

std::vector<std::string> resources_or_all(const List<Str>& list) {
  auto out = texts(list);
  if (out.empty()) out.emplace_back("*");
  return out;
}

}  // namespace

Result<void> SimulateCustomPolicy(Context& cx, const svc::SimulateCustomPolicyRequest& in, svc::SimulatePolicyResponse& out) {
  SimulationSetup setup;
  setup.principal = stub_principal(cx.scope());
  auto actions = texts(in.ActionNames), resources = resources_or_all(in.ResourceArns);
  FB_TRY(read_request(setup, in, cx.scope(), actions, resources));
  return answer(cx, in, std::move(setup), actions, resources, out);
}

Result<void> SimulatePrincipalPolicy(Context& cx, const svc::SimulatePrincipalPolicyRequest& in, svc::SimulatePolicyResponse& out) {
  SimulationSetup setup;
  auto actions = texts(in.ActionNames), resources = resources_or_all(in.ResourceArns);
  Result<void> result;
  cx.read([&](store::Reader& reader) {
    auto e = source_entity(reader, cx.scope(), in.PolicySourceArn.view());
    if (!e) { result = fail(std::move(e.error())); return; }
    PolicyHolder holder = policy_holder(cx.state<Caches>(), reader, cx.scope(), std::move(*e));
    for (const PolicySource& s : holder.sources) setup.identity.push_back(simulated_policy(s));
    if (holder.boundary) {
      setup.boundary = simulated_policy(*holder.boundary);
    } else if (!holder.entity.boundary.empty()) {   // its policy is gone: it allows nothing
      setup.boundary = SimulatedPolicy{holder.entity.boundary, allow_nothing(), {}, {}};
    }
    setup.principal = principal_of(cx.scope(), holder.entity);
    auto set = cx.core().identity().policies_of(asker(cx.scope(), holder.entity), reader);
    setup.scps = set->scps;
    setup.exempt_from_scps = set->exempt_from_scps;
  });
  FB_TRY(result);
  FB_TRY(read_request(setup, in, cx.scope(), actions, resources));
  return answer(cx, in, std::move(setup), actions, resources, out);
}

// The user, group or role whose policies are looked at. One of another account is refused here: nobody could be allowed it, and the service
// says why. What is no such ARN is refused by the operation.
Result<void> by_policy_source(AuthoriseContext& cx, const wire::View& in) {
  std::string_view arn = in.text("PolicySourceArn");
  auto name = parse_source_arn(arn);
  if (name && name->account != cx.target().account.str()) return fail(other_accounts_source(cx.target().account.str(), name->account));
  cx.require(cx.action(), arn);
  return {};
}

}  // namespace fogbank::iam
