#include <doctest/doctest.h>
#include <re2/re2.h>
#include <simdjson.h>

#include <cstdlib>

#include "auth/policy/denial.h"

using namespace fogbank;
using namespace fogbank::policy;

namespace {

const Principal kUser = Principal::user("arn:aws:iam::111111111111:user/x", "AIDAX");

std::string says(const Principal& who, std::string_view action, std::string_view resource, Outcome outcome, PolicyType type, DenialContext context = {}, bool across = false) {
  Action a(action);
  Request r{&who, &a, resource, "", nullptr, false};
  Decision d;
  d.outcome = outcome;
  d.type = type;
  d.cross_account = across;
  return denial_text(r, d, context);
}

}  // namespace

TEST_CASE("denials_read_as_aws_writes_them") {
  const std::string table = "arn:aws:dynamodb:eu-west-1:111111111111:table/t", who = "User: arn:aws:iam::111111111111:user/x is not authorized to perform: ";
  auto implicit = [&](PolicyType t) { return says(kUser, "dynamodb:GetItem", table, Outcome::implicit_deny, t); };
  auto explicitly = [&](PolicyType t) { return says(kUser, "dynamodb:GetItem", table, Outcome::explicit_deny, t); };
  const std::string start = who + "dynamodb:GetItem on resource: " + table;
  CHECK(implicit(PolicyType::identity) == start + " because no identity-based policy allows the dynamodb:GetItem action");
  CHECK(implicit(PolicyType::resource) == start + " because no resource-based policy allows the dynamodb:GetItem action");
  CHECK(implicit(PolicyType::boundary) == start + " because no permissions boundary allows the dynamodb:GetItem action");
  CHECK(implicit(PolicyType::session) == start + " because no session policy allows the dynamodb:GetItem action");
  CHECK(implicit(PolicyType::scp) == start + " because no service control policy allows the dynamodb:GetItem action");
  CHECK(implicit(PolicyType::rcp) == start + " because no resource control policy allows the dynamodb:GetItem action");
  CHECK(explicitly(PolicyType::identity) == start + " with an explicit deny in an identity-based policy");
  CHECK(explicitly(PolicyType::resource) == start + " with an explicit deny in a resource-based policy");
  CHECK(explicitly(PolicyType::boundary) == start + " with an explicit deny in a permissions boundary");
  CHECK(explicitly(PolicyType::session) == start + " with an explicit deny in a session policy");
  CHECK(explicitly(PolicyType::scp) == start + " with an explicit deny in a service control policy");
  CHECK(explicitly(PolicyType::rcp) == start + " with an explicit deny in a resource control policy");
}

TEST_CASE("services_spell_denials_differently") {
  auto missing = [](std::string_view action, std::string_view resource) { return says(kUser, action, resource, Outcome::implicit_deny, PolicyType::identity); };
  const std::string who = "User: arn:aws:iam::111111111111:user/x is not authorized to perform: ";
  CHECK(missing("s3:GetObject", "arn:aws:s3:::b/k") == who + "s3:GetObject on resource: \"arn:aws:s3:::b/k\" because no identity-based policy allows the s3:GetObject action");
  CHECK(missing("sqs:SendMessage", "arn:aws:sqs:r:1:q") == who + "sqs:sendmessage on resource: arn:aws:sqs:r:1:q because no identity-based policy allows the sqs:sendmessage action");
  CHECK(missing("sns:Publish", "arn:aws:sns:r:1:t") == who + "SNS:Publish on resource: arn:aws:sns:r:1:t because no identity-based policy allows the SNS:Publish action");
  const std::string role = "arn:aws:iam::111111111111:role/r";
  CHECK(says(kUser, "sts:AssumeRole", role, Outcome::implicit_deny, PolicyType::trust) == who + "sts:AssumeRole on resource: " + role);
  CHECK(says(kUser, "sts:AssumeRole", role, Outcome::explicit_deny, PolicyType::trust) == who + "sts:AssumeRole on resource: " + role + " with an explicit deny in the role trust policy");
  CHECK(says(kUser, "kms:Decrypt", "arn:aws:kms:r:2:key/k", Outcome::implicit_deny, PolicyType::resource, {}, true) ==
        who + "kms:Decrypt on resource: arn:aws:kms:r:2:key/k because the resource does not exist in this Region, no resource-based policies allow access, or a "
              "resource-based policy explicitly denies access");
  CHECK(says(kUser, "ec2:DescribeVpcs", "*", Outcome::implicit_deny, PolicyType::identity, {true, false, ""}) ==
        who + "ec2:DescribeVpcs because no identity-based policy allows the ec2:DescribeVpcs action");
  CHECK(says(kUser, "sqs:SendMessage", "arn:aws:sqs:r:2:q", Outcome::implicit_deny, PolicyType::identity, {false, true, ""}) == who + "sqs:sendmessage on resource: arn:aws:sqs:r:2:q");
  CHECK(says(Principal::anonymous(), "execute-api:Invoke", "a", Outcome::implicit_deny, PolicyType::resource) ==
        "User: anonymous is not authorized to perform: execute-api:Invoke on resource: a because no resource-based policy allows the execute-api:Invoke action");
  CHECK(says(Principal::service("sns.amazonaws.com"), "lambda:InvokeFunction", "f", Outcome::implicit_deny, PolicyType::resource).substr(0, 30) == "User: sns.amazonaws.com is not");
  CHECK(says(Principal::role_session("arn:aws:iam::111111111111:role/p/r", "AROAX", "s"), "ec2:RunInstances", "i", Outcome::implicit_deny, PolicyType::session)
            .find("User: arn:aws:sts::111111111111:assumed-role/r/s is not") == 0);
}

TEST_CASE("denials_match_the_patterns_that_tools_know") {
  const char* env = std::getenv("FOGBANK_TEST_DATA");
  std::string path = std::string(env ? env : FOGBANK_SOURCE_DIR "/../shared/data") + "/iam/access_denied_patterns.json";
  simdjson::dom::parser parser;
  simdjson::dom::element all;
  if (parser.load(path).get(all) != simdjson::SUCCESS) {
    MESSAGE("skipped: no test data in ", path);
    return;
  }
  std::vector<std::string> patterns;
  for (std::string_view p : simdjson::dom::array(all["accessDeniedMessages"])) patterns.emplace_back(p);
  auto matches = [&](const std::string& text, std::string_view containing) {
    for (const auto& p : patterns)
      if (p.find(containing) != std::string::npos && RE2::PartialMatch(text, p)) return true;
    return false;
  };
  for (const char* action : {"s3:GetObject", "sqs:SendMessage", "dynamodb:PutItem"})
    for (PolicyType t : {PolicyType::identity, PolicyType::resource, PolicyType::boundary, PolicyType::session, PolicyType::scp, PolicyType::rcp}) {
      std::string resource = "arn:aws:x:r:111111111111:y";
      std::string implicit = says(kUser, action, resource, Outcome::implicit_deny, t), explicitly = says(kUser, action, resource, Outcome::explicit_deny, t);
      CAPTURE(implicit);
      CAPTURE(explicitly);
      // The pattern for a missing allow knows types of one word only; the other texts are met by the general one.
      bool one_word = t == PolicyType::identity || t == PolicyType::resource || t == PolicyType::session;
      CHECK(matches(implicit, one_word ? "missingAllowPolicyType" : "is not authorized to perform"));
      CHECK(matches(explicitly, "with an explicit deny"));
      if (t == PolicyType::identity || t == PolicyType::resource) CHECK(matches(explicitly, "in an? (?P<policyType>"));
    }
}
