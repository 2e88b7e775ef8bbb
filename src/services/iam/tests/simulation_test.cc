// The simulator beyond what clients can set up: organisations, and agreement of its parts.
#include <doctest/doctest.h>

#include "base/strings.h"
#include "services/iam/action_reference.h"
#include "services/iam/simulation.h"

using namespace fogbank;
using namespace fogbank::iam;

namespace {

constexpr const char* kAllow = R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]})";

SimulatedPolicy policy_of(std::string id, std::string_view document, policy::PolicyKind kind = policy::PolicyKind::identity) {
  auto p = simulated_policy(std::move(id), document, kind, "aws");
  REQUIRE(p);
  return std::move(*p);
}

std::string one(std::string_view effect, std::string_view action, std::string_view more = "") {
  return cat(R"({"Version":"2012-10-17","Statement":[{"Effect":")", effect, R"(","Action":")", action, R"(","Resource":"*")", more, "}]}");
}

SimulationSetup setup_with(std::string_view document) {
  SimulationSetup setup;
  setup.principal = policy::Principal::user("arn:aws:iam::111111111111:user/u", "AIDAU");
  setup.identity.push_back(policy_of("p", document));
  return setup;
}

auth::PolicySet::Level level(std::string name, std::string_view document) {
  return {std::move(name), {{policy_of("scp", document, policy::PolicyKind::scp).policy, "scp"}}};
}

std::string told(const SimulatedDecision& d) {
  std::string out(outcome_word(d.outcome));
  for (const auto& m : d.matched) append(out, " ", m.policy->id, "#", m.statement);
  for (const auto& k : d.missing) append(out, " ?", k);
  if (d.boundary_allows) out += *d.boundary_allows ? " boundary+" : " boundary-";
  if (d.organizations_allow) out += *d.organizations_allow ? " org+" : " org-";
  for (const auto& [type, outcome] : d.details) append(out, " ", type, "=", outcome_word(outcome));
  return out;
}

const std::string kObject = "arn:aws:s3:::b/k";

}  // namespace

TEST_CASE("organisations_must_allow_at_every_level_and_hide_the_rest") {
  auto setup = setup_with(one("Allow", "s3:*", R"(,"Condition":{"Null":{"a:key":"true"}})"));
  setup.scps = {level("root", one("Allow", "*")), level("ou", one("Allow", "s3:Get*"))};
  Simulation s(setup);
  CHECK(told(s.decide("s3:GetObject", kObject)) == "allowed p#0 org+");
  CHECK(told(s.decide("s3:PutObject", kObject)) == "implicitDeny org-");
  setup.scps = {level("root", one("Allow", "*")), level("ou", one("Deny", "s3:Get*"))};
  CHECK(told(Simulation(setup).decide("s3:GetObject", kObject)) == "explicitDeny org-");
  CHECK(told(Simulation(setup).decide("iam:GetUser", kObject)) == "implicitDeny org-");   // decided on other resources, and not allowed by the OU
  setup.exempt_from_scps = true;
  CHECK(told(Simulation(setup).decide("s3:GetObject", kObject)) == "allowed p#0 org+");
}

TEST_CASE("missing_keys_are_those_of_all_documents_that_were_not_given") {
  auto setup = setup_with(one("Allow", "s3:GetObject", R"(,"Condition":{"StringEquals":{"aws:username":"${a:one}","a:two":"x"}})"));
  setup.boundary = policy_of("b", one("Allow", "*", R"(,"Condition":{"Bool":{"a:Three":"true","a:two":"true"}})"), policy::PolicyKind::boundary);
  REQUIRE(add_context_entry(setup, "A:Two", "string", {"x"}));
  CHECK(told(Simulation(setup).decide("s3:GetObject", "*")) == "implicitDeny ?aws:username ?a:one ?a:Three boundary-");
}

TEST_CASE("without_a_resource_policy_another_accounts_resource_is_the_callers_question_only") {
  auto setup = setup_with(one("Allow", "sqs:*", R"(,"Condition":{"StringEquals":{"aws:ResourceAccount":"222222222222"}})"));
  CHECK(told(Simulation(setup).decide("sqs:SendMessage", "arn:aws:sqs:us-east-1:222222222222:q")) == "allowed p#0");
  CHECK(told(Simulation(setup).decide("sqs:SendMessage", "arn:aws:sqs:us-east-1:111111111111:q")) == "implicitDeny ?aws:ResourceAccount");
}

TEST_CASE("accounts_that_differ_are_told_apart_by_policy_type") {
  auto setup = setup_with(kAllow);
  setup.owner = "222222222222";
  setup.resource = policy_of("ResourcePolicy", R"({"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"}]})",
                             policy::PolicyKind::resource);
  setup.boundary = policy_of("b", one("Allow", "s3:Put*"), policy::PolicyKind::boundary);
  CHECK(told(Simulation(setup).decide("s3:GetObject", kObject)) ==
        "explicitDeny ResourcePolicy#0 boundary- IAM Policy=allowed Permissions Boundary Policy=implicitDeny Resource Policy=explicitDeny");
}

TEST_CASE("several_resources_give_the_strictest_outcome_and_denies_alone_explain_a_denial") {
  Simulation s(setup_with(R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"},{"Effect":"Deny","Action":"s3:*","Resource":"arn:aws:s3:::b/k"}]})"));
  auto other = s.decide("s3:GetObject", "arn:aws:s3:::b/other"), denied = s.decide("s3:GetObject", kObject);
  CHECK(told(other) == "allowed p#0");
  CHECK(told(Simulation::together({other, denied, other})) == "explicitDeny p#1");
  CHECK(told(Simulation::together({other, s.decide("s3:GetObject", "arn:aws:sqs:us-east-1:1:q")})) == "implicitDeny p#0");
}

TEST_CASE("the_reference_knows_what_actions_are_decided_on") {
  CHECK(decided_on("s3:GetObject", "arn:aws:s3:::bucket"));          // buckets and objects stand for each other
  CHECK(decided_on("S3:listbucket", "arn:aws:s3:::bucket/key"));
  CHECK_FALSE(decided_on("s3:GetObject", "arn:aws:sqs:us-east-1:1:q"));
  CHECK_FALSE(decided_on("s3:ListAllMyBuckets", "arn:aws:s3:::bucket"));
  CHECK(decided_on("s3:ListAllMyBuckets", "*"));
  CHECK(decided_on("iam:PassRole", "arn:aws:iam::1:role/path/name"));
  CHECK_FALSE(decided_on("iam:PassRole", "arn:aws:iam::1:user/name"));
  CHECK(decided_on("madeup:Action", "arn:aws:s3:::bucket"));
  CHECK_FALSE(known_action("s3:MadeUp"));
  REQUIRE(find_service("sqs"));
  CHECK(find_service("sqs")->name == "Amazon SQS");
  CHECK(find_service("cloudformation")->name == "AWS CloudFormation");
  CHECK_FALSE(find_service("SQS"));
}
