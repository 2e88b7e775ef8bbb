// STS through the chain: trust policies, sessions, what they may do.
#include <doctest/doctest.h>

#include "auth/session_token.h"
#include "base/strings.h"
#include "gateway/testing.h"
#include "gen/iam/operations.h"
#include "gen/sts/operations.h"

using namespace fogbank;
using testing::TestCore;
namespace iop = fogbank::iam::op;
namespace isvc = fogbank::iam::svc;
namespace op = fogbank::sts::op;
namespace svc = fogbank::sts::svc;

namespace {

template <class T> std::string code(const Result<T>& r) { return r ? "ok" : r.error().code; }
template <class T> std::string message(const Result<T>& r) { return r ? "ok" : r.error().message; }

std::string trusting(std::string_view who, std::string_view actions = "\"sts:AssumeRole\"", std::string_view condition = "") {
  return cat(R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":")", who, R"("},"Action":[)", actions, "]", condition, "}]}");
}

struct Sts : TestCore {
  using TestCore::TestCore;
  void role(const char* name, const std::string& trust, int32_t max = 3600) {
    isvc::CreateRoleRequest in{};
    in.RoleName = name;
    in.AssumeRolePolicyDocument = Str(std::string_view(trust));
    in.MaxSessionDuration = max;
    auto r = call<iop::CreateRole>(in);
    REQUIRE_MESSAGE(r, message(r));
  }
  void allow(const char* role, std::string_view actions) {
    isvc::PutRolePolicyRequest in{};
    std::string document = cat(R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":[)", actions, R"(],"Resource":"*"}]})");
    in.RoleName = role;
    in.PolicyName = "p";
    in.PolicyDocument = Str(std::string_view(document));
    auto r = call<iop::PutRolePolicy>(in);
    REQUIRE_MESSAGE(r, message(r));
  }
  svc::AssumeRoleRequest request(const char* role, const char* session = "ses") {
    svc::AssumeRoleRequest in{};
    in.RoleArn = arena().copy(cat("arn:aws:iam::000000000000:role/", role));
    in.RoleSessionName = session;
    return in;
  }
  Result<auth::Principal> assume(const svc::AssumeRoleRequest& in, const auth::Principal& who) {
    auto out = call<op::AssumeRole>(in, who);
    if (!out) return fail(std::move(out.error()));
    const auto& c = *(*out)->Credentials;
    auto opened = core().sessions().open(c.SessionToken, c.AccessKeyId, core().now());
    REQUIRE(opened);
    CHECK((*opened)->secret == c.SecretAccessKey.view());
    return (*opened)->principal;
  }
  auth::Principal dev() { return auth::development_principal("000000000000"); }
  std::string list_users(const auth::Principal& who) { return code(call<iop::ListUsers>(isvc::ListUsersRequest{}, who)); }
};

}  // namespace

TEST_CASE("caller_identity_is_who_signed") {
  Sts t;
  auto out = t.call<op::GetCallerIdentity>(svc::GetCallerIdentityRequest{});
  REQUIRE(out);
  CHECK((*out)->Arn == "arn:aws:iam::000000000000:user/fogbank");
  CHECK((*out)->Account == "000000000000");
  CHECK((*out)->UserId == t.dev().user_id);
}

TEST_CASE("assumed_role_acts_with_the_roles_permissions") {
  for (bool hostile : {true, false}) {
    Sts t(hostile);
    t.role("R", trusting("000000000000"));
    auto in = t.request("R");
    auto answer = t.call<op::AssumeRole>(in);
    REQUIRE_MESSAGE(answer, message(answer));
    CHECK((*answer)->AssumedRoleUser->Arn == "arn:aws:sts::000000000000:assumed-role/R/ses");
    CHECK((*answer)->AssumedRoleUser->AssumedRoleId.view().starts_with("AROA"));
    CHECK((*answer)->AssumedRoleUser->AssumedRoleId.view().ends_with(":ses"));
    CHECK_FALSE((*answer)->PackedPolicySize.has());
    CHECK_FALSE((*answer)->SourceIdentity.has());
    auto session = t.assume(in, t.dev());
    REQUIRE(session);
    CHECK(t.list_users(*session) == "AccessDenied");
    t.allow("R", "\"iam:ListUsers\"");
    CHECK(t.list_users(*session) == "ok");
    auto self = t.call<op::GetCallerIdentity>(svc::GetCallerIdentityRequest{}, *session);
    REQUIRE(self);
    CHECK((*self)->Arn == "arn:aws:sts::000000000000:assumed-role/R/ses");
    // Sessions of a deleted role are dead, also when a namesake comes.
    isvc::DeleteRolePolicyRequest p{};
    p.RoleName = "R";
    p.PolicyName = "p";
    REQUIRE(t.call<iop::DeleteRolePolicy>(p));
    isvc::DeleteRoleRequest d{};
    d.RoleName = "R";
    REQUIRE(t.call<iop::DeleteRole>(d));
    t.role("R", trusting("000000000000"));
    t.allow("R", "\"*\"");
    CHECK(t.list_users(*session) == "AccessDenied");
  }
}

TEST_CASE("who_is_not_trusted_is_denied_like_who_asks_for_a_missing_role") {
  Sts t;
  t.role("R", trusting("111111111111"));
  auto denied = t.assume(t.request("R"), t.dev());
  CHECK(code(denied) == "AccessDenied");
  CHECK(message(denied) == "User: arn:aws:iam::000000000000:user/fogbank is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::000000000000:role/R");
  CHECK(message(t.assume(t.request("Missing"), t.dev())) ==
        "User: arn:aws:iam::000000000000:user/fogbank is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::000000000000:role/Missing");
  CHECK(code(t.assume(t.request("r"), t.dev())) == "AccessDenied");  // ARNs have case
  auto other = t.assume(t.request("R"), auth::development_principal("111111111111"));
  CHECK_MESSAGE(other, message(other));
  CHECK(other->account == "000000000000");
  auth::Principal root;
  root.kind = auth::PrincipalKind::root;
  root.account = "111111111111";
  root.arn = "arn:aws:iam::111111111111:root";
  CHECK(message(t.assume(t.request("R"), root)) == "Roles may not be assumed by root accounts.");
  auto broken = t.request("R");
  broken.RoleArn = "arn:a:::something/test-role";
  CHECK(message(t.assume(broken, t.dev())) == "arn:a:::something/test-role is invalid");
}

TEST_CASE("service_principals_assume_roles_that_trust_them") {
  Sts t;
  t.role("R", R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]})");
  CHECK(t.assume(t.request("R"), auth::service_principal("lambda", "", "000000000000")));
  CHECK(code(t.assume(t.request("R"), auth::service_principal("events", "", "000000000000"))) == "AccessDenied");
}

TEST_CASE("external_id_and_session_name_are_condition_keys") {
  Sts t;
  t.role("R", trusting("000000000000", "\"sts:AssumeRole\"", R"(,"Condition":{"StringEquals":{"sts:ExternalId":"secret","sts:RoleSessionName":"ses"}})"));
  auto in = t.request("R");
  CHECK(code(t.assume(in, t.dev())) == "AccessDenied");
  in.ExternalId = "secret";
  CHECK(code(t.assume(in, t.dev())) == "ok");
  in.RoleSessionName = "other";
  CHECK(code(t.assume(in, t.dev())) == "AccessDenied");
}

TEST_CASE("session_policies_are_a_ceiling") {
  Sts t;
  t.role("R", trusting("000000000000"));
  t.allow("R", "\"iam:*\"");
  auto in = t.request("R");
  in.Policy = R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]})";
  auto limited = t.assume(in, t.dev());
  REQUIRE(limited);
  CHECK(t.list_users(*limited) == "AccessDenied");
  auto answer = t.call<op::AssumeRole>(in);
  CHECK((*answer)->PackedPolicySize.value_or(0) > 0);
  auto by_arn = t.request("R");
  by_arn.PolicyArns.add(t.arena()).arn = "arn:aws:iam::aws:policy/IAMReadOnlyAccess";
  auto reader = t.assume(by_arn, t.dev());
  REQUIRE(reader);
  CHECK(t.list_users(*reader) == "ok");
  CHECK(t.list_users(*t.assume(t.request("R"), t.dev())) == "ok");
  in.Policy = "{";
  CHECK(code(t.assume(in, t.dev())) == "MalformedPolicyDocument");
  by_arn.PolicyArns[0].arn = "arn:aws:iam::aws:policy/Nothing";
  CHECK(code(t.assume(by_arn, t.dev())) == "MalformedPolicyDocument");
}

TEST_CASE("tagging_a_session_needs_its_permission_and_the_tags_count") {
  Sts t;
  t.role("Plain", trusting("000000000000"));
  auto in = t.request("Plain");
  auto& tag = in.Tags.add(t.arena());
  tag.Key = "team";
  tag.Value = "red";
  auto denied = t.assume(in, t.dev());
  CHECK(message(denied).find("sts:TagSession") != std::string::npos);
  t.role("R", trusting("000000000000", "\"sts:AssumeRole\",\"sts:TagSession\""));
  in.RoleArn = "arn:aws:iam::000000000000:role/R";
  in.TransitiveTagKeys.push(t.arena(), "team");
  auto session = t.assume(in, t.dev());
  REQUIRE_MESSAGE(session, message(session));
  auto set = t.core().identity().policies_of(*session);
  REQUIRE(set->who.tags.size() == 1);
  CHECK(set->who.tags[0] == std::pair<std::string, std::string>("team", "red"));
  // The next session of the chain inherits the tag, if its role lets it.
  t.allow("R", "\"sts:*\"");
  CHECK(code(t.assume(t.request("Plain"), *session)) == "AccessDenied");
  auto next = t.assume(t.request("R", "two"), *session);
  REQUIRE_MESSAGE(next, message(next));
  CHECK(next->session_tags.at("team") == "red");
}

TEST_CASE("chained_sessions_last_an_hour_at_most") {
  Sts t;
  t.role("R", trusting("000000000000"), 7200);
  t.allow("R", "\"sts:*\"");
  auto in = t.request("R");
  in.DurationSeconds = 7200;
  auto first = t.assume(in, t.dev());
  REQUIRE(first);
  CHECK(first->expires_at - first->issued_at == 7200'000);
  CHECK(message(t.assume(in, *first)) == "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.");
  in.DurationSeconds = 7201;
  CHECK(message(t.assume(in, t.dev())) == "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.");
  in.DurationSeconds = {};
  auto chained = t.assume(in, *first);
  REQUIRE(chained);
  CHECK(chained->expires_at - chained->issued_at == 3600'000);
}

TEST_CASE("source_identity_needs_its_permission_and_stays") {
  Sts t;
  t.role("Plain", trusting("000000000000"));
  t.role("R", trusting("000000000000", "\"sts:AssumeRole\",\"sts:SetSourceIdentity\""));
  t.allow("R", "\"sts:*\"");
  auto in = t.request("Plain");
  in.SourceIdentity = "alice";
  CHECK(code(t.assume(in, t.dev())) == "AccessDenied");
  in.RoleArn = "arn:aws:iam::000000000000:role/R";
  auto session = t.assume(in, t.dev());
  REQUIRE(session);
  CHECK(session->source_identity == "alice");
  auto again = t.assume(t.request("R"), *session);
  REQUIRE_MESSAGE(again, message(again));
  CHECK(again->source_identity == "alice");
  in.SourceIdentity = "mallory";
  CHECK(code(t.assume(in, *session)) == "AccessDenied");
}

TEST_CASE("trust_in_a_deleted_user_does_not_pass_to_a_namesake") {
  Sts t;
  auto create = [&] {
    isvc::CreateUserRequest u{};
    u.UserName = "Bob";
    REQUIRE(t.call<iop::CreateUser>(u));
    isvc::CreateAccessKeyRequest k{};
    k.UserName = "Bob";
    auto key = t.call<iop::CreateAccessKey>(k);
    REQUIRE(key);
    return std::string((*key)->AccessKey->AccessKeyId);
  };
  std::string key = create();
  t.role("R", trusting("arn:aws:iam::000000000000:user/Bob"));
  auto bob = *t.core().identity().find_key(key)->principal;
  CHECK(t.assume(t.request("R"), bob));
  isvc::DeleteAccessKeyRequest k{};
  k.UserName = "Bob";
  k.AccessKeyId = Str(std::string_view(key));
  REQUIRE(t.call<iop::DeleteAccessKey>(k));
  isvc::DeleteUserRequest d{};
  d.UserName = "Bob";
  REQUIRE(t.call<iop::DeleteUser>(d));
  CHECK(code(t.assume(t.request("R"), bob)) == "AccessDenied");
  key = create();
  CHECK(code(t.assume(t.request("R"), *t.core().identity().find_key(key)->principal)) == "AccessDenied");
}
