// Runs decisions.jsonl: one JSON object per line. {"caller": name, …} defines a caller, {"define": name, "kind": …, "document": …} a policy,
// {"comment": …} nothing; any other line is a row:
//   name, caller, action (s3:GetObject), resource (arn:aws:s3:::data/report.csv), owner (the resource's account; absent: the caller's),
//   identity, resource_policy, session (a policy's name or a list), boundary (a name), scps, rcps (a list of levels, each a name or a list),
//   keys (context key in lower case -> value or list), authority ("required", "both"; absent: either suffices), additional (reason of a
//   grant), exempt_from_scps, exempt_from_rcps;
//   expect (allow, deny, implicit), by (the deciding policy type), and where they matter: policy, statement, level.
#include <doctest/doctest.h>
#include <simdjson.h>

#include <cstdlib>
#include <fstream>
#include <map>

#include "auth/policy/denial.h"
#include "auth/policy/evaluate.h"

using namespace fogbank;
using namespace fogbank::policy;
using simdjson::dom::element;

namespace {

std::string text(element e, const char* key, std::string_view otherwise = "") {
  std::string_view s;
  return std::string(e[key].get(s) == simdjson::SUCCESS ? s : otherwise);
}

std::vector<std::string> list(element e) {
  std::vector<std::string> out;
  if (e.is_string()) out.emplace_back(std::string_view(e));
  else for (element item : simdjson::dom::array(e)) out.emplace_back(std::string_view(item));
  return out;
}

PolicyKind kind_named(const std::string& s) {
  static const std::map<std::string, PolicyKind> kinds = {
      {"identity", PolicyKind::identity}, {"boundary", PolicyKind::boundary}, {"session", PolicyKind::session}, {"resource", PolicyKind::resource},
      {"trust", PolicyKind::trust}, {"scp", PolicyKind::scp}, {"rcp", PolicyKind::rcp}};
  return kinds.at(s);
}

std::string word(PolicyType t) {
  static constexpr const char* words[] = {"none", "identity", "resource", "trust", "boundary", "session", "scp", "rcp", "additional"};
  return words[int(t)];
}
std::string word(Outcome o) { return o == Outcome::allow ? "allow" : o == Outcome::explicit_deny ? "deny" : "implicit"; }

class Rows {
 public:
  int count = 0;

  void line(element e) {
    if (auto who = text(e, "caller"); !who.empty() && e["expect"].error()) callers_[who] = caller(e);
    else if (auto name = text(e, "define"); !name.empty()) define(e, name);
    else if (e["comment"].error()) row(e);
  }

 private:
  static Principal caller(element e) {
    std::string kind = text(e, "kind"), arn = text(e, "arn"), id = text(e, "id"), session = text(e, "session"), name = text(e, "name");
    Principal p;
    if (kind == "user") p = Principal::user(arn, id);
    else if (kind == "role_session") p = Principal::role_session(arn, id, session);
    else if (kind == "federated_user") p = Principal::federated_user(arn, id, session);
    else if (kind == "root") p = Principal::root(text(e, "account"));
    else if (kind == "service") p = Principal::service(name);
    else if (kind == "web_identity") p = Principal::web_identity(name);
    else if (kind == "saml") p = Principal::saml(name);
    else REQUIRE(kind == "anonymous");
    if (e["tags"].error() == simdjson::SUCCESS)
      for (auto [key, value] : simdjson::dom::object(e["tags"])) p.tags.emplace_back(std::string(key), std::string(std::string_view(value)));
    return p;
  }

  void define(element e, const std::string& name) {
    auto policy = compile(simdjson::minify(element(e["document"])), kind_named(text(e, "kind")));
    INFO("policy ", name);
    REQUIRE_MESSAGE(policy, (policy ? "" : policy.error().message + " / " + policy.error().detail));
    policies_[name] = *policy;
  }

  std::vector<Attached> attached(element names) {
    std::vector<Attached> out;
    for (const auto& name : list(names)) out.push_back({policies_.at(name), name});
    return out;
  }

  struct Levels {
    std::vector<std::vector<Attached>> policies;
    std::vector<std::string> names;
    std::vector<Level> levels;
  };
  void levels(element e, Levels& to) {
    for (element level : simdjson::dom::array(e)) {
      to.policies.push_back(attached(level));
      to.names.push_back("level-" + std::to_string(to.names.size()));
    }
    for (size_t i = 0; i < to.policies.size(); i++) to.levels.push_back({to.policies[i], to.names[i]});
  }

  void row(element e) {
    count++;
    std::string name = text(e, "name"), resource = text(e, "resource", "arn:aws:s3:::data/report.csv"), owner = text(e, "owner");
    CAPTURE(name);
    Action action(text(e, "action", "s3:GetObject"));
    ListKeys keys;
    std::vector<Attached> identity, resource_policy, session, boundary;
    Levels scps, rcps;
    for (auto [key, value] : simdjson::dom::object(e)) {
      if (key == "identity") identity = attached(value);
      if (key == "resource_policy") resource_policy = attached(value);
      if (key == "session") session = attached(value);
      if (key == "boundary") boundary = attached(value);
      if (key == "scps") levels(value, scps);
      if (key == "rcps") levels(value, rcps);
      if (key == "keys") for (auto [k, v] : simdjson::dom::object(value)) keys.set(k, list(v));
    }
    std::string authority = text(e, "authority"), additional = text(e, "additional");
    Input in;
    in.request = {&callers_.at(text(e, "caller")), &action, resource, owner, &keys, false};
    in.identity = identity;
    in.resource = resource_policy;
    in.session = session;
    if (!boundary.empty()) in.boundary = &boundary[0];
    in.scps = scps.levels;
    in.rcps = rcps.levels;
    in.exempt_from_scps = e["exempt_from_scps"].error() == simdjson::SUCCESS;
    in.exempt_from_rcps = e["exempt_from_rcps"].error() == simdjson::SUCCESS;
    in.authority.required = authority == "required";
    in.authority.union_with_identity = authority != "both";
    in.additional_allow.reason = additional;
    check(e, in);
  }

  void check(element e, const Input& in) {
    Decision d = evaluate(in);
    CHECK(word(d.outcome) == text(e, "expect"));
    CHECK(word(d.type) == text(e, "by"));
    if (auto policy = text(e, "policy"); !policy.empty()) CHECK(d.match.policy == policy);
    if (auto level = text(e, "level"); !level.empty()) CHECK(d.level == level);
    int64_t statement;
    if (e["statement"].get(statement) == simdjson::SUCCESS) CHECK(d.match.statement == statement);
    if (d.outcome == Outcome::explicit_deny) CHECK(d.match.effect == Effect::deny);

    std::vector<Match> all;
    Decision again = evaluate(in, &all);
    CHECK(again.outcome == d.outcome);
    CHECK(again.type == d.type);
    CHECK(again.match.policy == d.match.policy);
    if (d.match.statement >= 0) {
      auto same = [&](const Match& m) { return m.policy == again.match.policy && m.statement == again.match.statement && m.type == again.match.type; };
      CHECK(std::count_if(all.begin(), all.end(), same) == 1);
    }
    if (d.allowed()) return;
    bool bare = in.request.principal->kind == PrincipalKind::anonymous && in.request.action->lower_service() == "s3";
    if (bare) CHECK(denial_text(in.request, d) == "Access Denied");
    else CHECK(denial_text(in.request, d).find(" is not authorized to perform: ") != std::string::npos);
  }

  std::map<std::string, Principal> callers_;
  std::map<std::string, PolicyPtr> policies_;
};

}  // namespace

TEST_CASE("decisions_are_those_that_aws_documents") {
  std::ifstream file(FOGBANK_SOURCE_DIR "/src/auth/policy/decisions.jsonl");
  REQUIRE(file.good());
  Rows rows;
  simdjson::dom::parser parser;
  std::string line;
  while (std::getline(file, line)) {
    element e;
    REQUIRE(parser.parse(line).get(e) == simdjson::SUCCESS);
    rows.line(e);
  }
  CHECK(rows.count >= 200);
}

TEST_CASE("an_explanation_lists_every_matching_statement_in_order") {
  auto make = [](const char* json, PolicyKind kind) { return *compile(json, kind); };
  std::vector<Attached> identity = {
      {make(R"({"Version":"2012-10-17","Statement":[{"Sid":"A","Effect":"Allow","Action":"s3:Get*","Resource":"*"},
             {"Sid":"B","Effect":"Allow","Action":"ec2:*","Resource":"*"},{"Sid":"C","Effect":"Deny","Action":"*","Resource":"*"}]})", PolicyKind::identity), "first"},
      {make(R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}})", PolicyKind::identity), "second"}};
  std::vector<Attached> resource = {
      {make(R"({"Statement":{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"*"}})", PolicyKind::resource), "bucket"}};
  Principal user = Principal::user("arn:aws:iam::111111111111:user/x", "AIDAX");
  Action action("s3:GetObject");
  Input in;
  in.request = {&user, &action, "arn:aws:s3:::b/k", "", nullptr, false};
  in.identity = identity;
  in.resource = resource;
  std::vector<Match> all;
  Decision d = evaluate(in, &all);
  CHECK(d.outcome == Outcome::explicit_deny);
  CHECK(d.match.sid == "C");
  REQUIRE(all.size() == 4);
  CHECK(all[0].policy == "bucket");
  CHECK(all[1].sid == "A");
  CHECK(all[2].sid == "C");
  CHECK(all[3].policy == "second");
}
