// Web identities through the chain: tokens signed here, keys that the server already knows, decisions by the trust policy.
#include "services/sts/web_identity.h"

#include "auth/jwt_test_support.h"
#include "auth/session_token.h"
#include "gateway/issuer_keys.h"
#include "gateway/outbound.h"
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

constexpr std::string_view kIssuer = "https://issuer.example/tenant";
constexpr std::string_view kProvider = "arn:aws:iam::000000000000:oidc-provider/issuer.example/tenant";

struct Web : TestCore {
  auth::testing::Signer signer = auth::testing::Signer::ec("k", "ES256");
  Issuer issuer{std::string(kIssuer), {std::string(40, 'a')}};

  Web() {
    isvc::CreateOpenIDConnectProviderRequest in{};
    in.Url = Str(kIssuer);
    in.ClientIDList.push(arena(), "app");
    in.ThumbprintList.push(arena(), arena().copy(issuer.thumbprints[0]));
    REQUIRE(call<iop::CreateOpenIDConnectProvider>(in));
    core().state<IssuerKeys>().remember(issuer, std::make_shared<const auth::KeySet>(*auth::KeySet::read(cat(R"({"keys":[)", signer.jwk(), "]}"))));
  }
  void role(std::string_view name, std::string_view condition = "", std::string_view actions = R"("sts:AssumeRoleWithWebIdentity")") {
    isvc::CreateRoleRequest in{};
    std::string trust = cat(R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Federated":")", kProvider, R"("},"Action":[)", actions, "]", condition, "}]}");
    in.RoleName = Str(name);
    in.AssumeRolePolicyDocument = Str(std::string_view(trust));
    auto r = call<iop::CreateRole>(in);
    REQUIRE_MESSAGE(r, message(r));
  }
  int64_t now() { return core().now() / 1000; }
  std::string token(std::string_view more = "", int64_t exp = 0) {
    return signer.token(cat(R"({"iss":")", kIssuer, R"(","aud":"app","sub":"alice","iat":)", now(), R"(,"exp":)", exp ? exp : now() + 600, more, "}"));
  }
  Result<auth::Principal> assume(std::string_view role, const std::string& token) {
    svc::AssumeRoleWithWebIdentityRequest in{};
    in.RoleArn = arena().copy(cat("arn:aws:iam::000000000000:role/", role));
    in.RoleSessionName = "ses";
    in.WebIdentityToken = Str(std::string_view(token));
    auto out = call<op::AssumeRoleWithWebIdentity>(in, auth::Principal());
    if (!out) return fail(std::move(out.error()));
    const auto& c = *(*out)->Credentials;
    auto opened = core().sessions().open(c.SessionToken, c.AccessKeyId, core().now());
    REQUIRE(opened);
    return (*opened)->principal;
  }
};

}  // namespace

TEST_CASE("trust_policy_decides_about_the_bearer_of_a_token") {
  Web t;
  t.role("R", R"(,"Condition":{"StringEquals":{"issuer.example/tenant:sub":"alice","issuer.example/tenant:aud":"app","sts:RoleSessionName":"ses"}})");
  t.role("Bob", R"(,"Condition":{"StringEquals":{"issuer.example/tenant:sub":"bob"}})");
  t.role("Plain", "", R"("sts:AssumeRole")");
  auto session = t.assume("R", t.token());
  REQUIRE_MESSAGE(session, message(session));
  CHECK(session->kind == auth::PrincipalKind::role_session);
  CHECK(session->federated_provider == kProvider);
  CHECK(session->federation_keys.at("issuer.example/tenant:sub").values == std::vector<std::string>{"alice"});
  for (const char* other : {"Bob", "Plain", "Missing"}) {
    auto denied = t.assume(other, t.token());
    CHECK(code(denied) == "AccessDenied");
    CHECK(message(denied) == "Not authorized to perform sts:AssumeRoleWithWebIdentity");
  }
}

TEST_CASE("expiry_is_of_the_virtual_clock") {
  Web t;
  t.role("R");
  std::string token = t.token();
  CHECK(code(t.assume("R", token)) == "ok");
  t.core().clock().advance_to(t.core().now() + 601'000);
  CHECK(code(t.assume("R", token)) == "ExpiredTokenException");
  CHECK(code(t.assume("R", t.token())) == "ok");
  CHECK(code(t.assume("R", t.token(cat(R"(,"nbf":)", t.now() + 301)))) == "InvalidIdentityToken");
  CHECK(code(t.assume("R", t.token(cat(R"(,"nbf":)", t.now() + 299)))) == "ok");
}

TEST_CASE("keys_that_are_not_known_are_waited_for") {
  Web t;
  t.role("R");
  t.signer = auth::testing::Signer::ec("other", "ES256");
  // The set was just fetched: a stranger's key id does not make it be fetched again.
  CHECK(message(t.assume("R", t.token())).starts_with("Couldn't retrieve verification key"));
  isvc::UpdateOpenIDConnectProviderThumbprintRequest in{};
  in.OpenIDConnectProviderArn = Str(kProvider);
  in.ThumbprintList.push(t.arena(), t.arena().copy(std::string(40, 'b')));
  REQUIRE(t.call<iop::UpdateOpenIDConnectProviderThumbprint>(in));   // what was fetched under other trust is not used
  t.core().outbound().stop();                                        // no network in this test
  svc::AssumeRoleWithWebIdentityRequest ask{};
  std::string token = t.token();
  ask.RoleArn = "arn:aws:iam::000000000000:role/R";
  ask.RoleSessionName = "ses";
  ask.WebIdentityToken = Str(std::string_view(token));
  CHECK(t.call<op::AssumeRoleWithWebIdentity>(ask, auth::Principal()));
  CHECK(t.parked());
  CHECK(code(t.assume("R", token)) == "IDPCommunicationError");      // what came of it
}

TEST_CASE("claims_become_tags_and_source_identity") {
  Web t;
  t.role("Untagged");
  t.role("R", R"(,"Condition":{"StringEquals":{"aws:RequestTag/team":"red"}})", R"("sts:AssumeRoleWithWebIdentity","sts:TagSession","sts:SetSourceIdentity")");
  std::string tags = R"(,"https://aws.amazon.com/tags":{"principal_tags":{"team":["red"],"shift":["night"]},"transitive_tag_keys":["team"]})";
  auto session = t.assume("R", t.token(tags + R"(,"https://aws.amazon.com/source_identity":"alice")"));
  REQUIRE_MESSAGE(session, message(session));
  CHECK(session->session_tags == std::map<std::string, std::string>{{"shift", "night"}, {"team", "red"}});
  CHECK(session->transitive_tags == std::vector<std::string>{"team"});
  CHECK(session->source_identity == "alice");
  CHECK(message(t.assume("Untagged", t.token(tags))) == "Not authorized to perform sts:TagSession");
  CHECK(message(t.assume("Untagged", t.token(R"(,"https://aws.amazon.com/source_identity":"alice")"))) == "Not authorized to perform sts:SetSourceIdentity");
  for (std::string_view bad : {R"(,"https://aws.amazon.com/tags":{"principal_tags":{"team":["red","blue"]}})", R"(,"https://aws.amazon.com/tags":{"principal_tags":{"team<":["red"]}})",
                               R"(,"https://aws.amazon.com/source_identity":"a b")"})
    CHECK(code(t.assume("R", t.token(bad))) == "InvalidIdentityToken");
}

TEST_CASE("a_token_is_for_its_authorised_party_if_it_names_one") {
  auto keys = auth::testing::Signer::ec("k", "ES256");
  auto of = [&](std::string_view claims) { return *auth::read_jwt(keys.token(claims)); };
  CHECK(sts::check_audience(of(R"({"aud":["x","app"]})"), {"app"}).value() == "app");
  CHECK(code(sts::check_audience(of(R"({"aud":"x"})"), {"app"})) == "InvalidIdentityToken");
  CHECK(sts::check_audience(of(R"({"aud":"x","azp":"app"})"), {"app"}).value() == "app");
  CHECK(message(sts::check_audience(of(R"({"aud":"app","azp":"x"})"), {"app"})) == "Incorrect token audience");
}
