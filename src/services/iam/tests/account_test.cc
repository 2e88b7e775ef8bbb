// Identity providers, passwords, aliases and service-linked roles, on the hostile store (write functions run again at random) and on SQLite.
#include <doctest/doctest.h>

#include "base/password_hash.h"
#include "base/strings.h"
#include "gateway/testing.h"
#include "gen/iam/operations.h"
#include "services/iam/managed.h"
#include "services/iam/oidc.h"
#include "services/iam/passwords.h"
#include "services/iam/service_linked_roles.h"

using namespace fogbank;
namespace svc = fogbank::iam::svc;
namespace op = fogbank::iam::op;
using testing::TestCore;

namespace {

template <class In> In with(const std::function<void(In&)>& f) {
  In in{};
  f(in);
  return in;
}
template <class T> std::string message(const Result<T>& r) { return r ? "ok" : r.error().message; }
template <class T> std::string code(const Result<T>& r) { return r ? "ok" : r.error().code; }

struct Account : TestCore {
  using TestCore::TestCore;
  void create_user(const char* name) { REQUIRE(call<op::CreateUser>(with<svc::CreateUserRequest>([&](auto& in) { in.UserName = name; }))); }
  Result<const svc::CreateOpenIDConnectProviderResponse*> create_provider(const char* url) {
    return call<op::CreateOpenIDConnectProvider>(with<svc::CreateOpenIDConnectProviderRequest>([&](auto& in) { in.Url = url; }));
  }
  Result<const svc::CreateServiceLinkedRoleResponse*> create_linked(const char* service) {
    return call<op::CreateServiceLinkedRole>(with<svc::CreateServiceLinkedRoleRequest>([&](auto& in) { in.AWSServiceName = service; }));
  }
  Result<const svc::CreateRoleResponse*> create_role(const char* name, std::string_view principal) {
    std::string trust = cat(R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":)", principal, R"(,"Action":"sts:AssumeRole"}]})");
    return call<op::CreateRole>(with<svc::CreateRoleRequest>([&](auto& in) {
      in.RoleName = name;
      in.AssumeRolePolicyDocument = Str(std::string_view(trust));
    }));
  }
  Result<const svc::GetServiceLinkedRoleDeletionStatusResponse*> deletion(const std::string& task) {
    using In = svc::GetServiceLinkedRoleDeletionStatusRequest;
    return call<op::GetServiceLinkedRoleDeletionStatus>(with<In>([&](auto& in) { in.DeletionTaskId = Str(std::string_view(task)); }));
  }
};

}  // namespace

TEST_CASE("providers_are_found_by_issuer_and_by_arn") {
  for (bool hostile : {true, false}) {
    Account t(hostile);
    auto made = t.create_provider("https://token.example.com/a/b");
    REQUIRE_MESSAGE(made, message(made));
    CHECK((*made)->OpenIDConnectProviderArn == "arn:aws:iam::000000000000:oidc-provider/token.example.com/a/b");
    t.store().read([&](store::Reader& reader) {
      auto scope = iam::account_scope("aws", "000000000000");
      CHECK(iam::find_oidc_provider(reader, scope, "https://token.example.com/a/b"));
      CHECK(iam::find_oidc_provider(reader, scope, "token.example.com/a/b"));
      CHECK_FALSE(iam::find_oidc_provider(reader, scope, "https://token.example.com/a/b/"));
      CHECK_FALSE(iam::find_oidc_provider(reader, iam::account_scope("aws", "111111111111"), "https://token.example.com/a/b"));
      CHECK(iam::oidc_provider_by_arn(reader, "arn:aws:iam::000000000000:oidc-provider/token.example.com/a/b"));
      CHECK_FALSE(iam::oidc_provider_by_arn(reader, "arn:aws:iam::000000000000:role/token.example.com/a/b"));
    });
    CHECK(code(t.create_provider("https://token.example.com/a/b")) == "EntityAlreadyExists");
    CHECK(code(t.create_provider("https://token.example.com/a/b/")) == "ok");
  }
}

TEST_CASE("issuer_urls") {
  auto of = [](std::string_view url) {
    auto r = iam::parse_issuer_url(url);
    return r ? *r : r.error().message;
  };
  CHECK(of("https://a.b") == "a.b");
  CHECK(of("HTTPS://a.b/c") == "a.b/c");
  CHECK(of("https://localhost:8443/c") == "localhost:8443/c");  // a departure from AWS
  for (auto url : {"", "a.b", "https:", "https://", "https:///x"}) CHECK(of(url) == "Invalid Open ID Connect Provider URL");
  CHECK(of("http://a.b") == "Invalid Open ID Connect Provider URL. The URL must begin with https://.");
  for (auto url : {"https://a.b:0", "https://a.b:65536", "https://a.b:x", "https://a.b:", "https://u@a.b", "https://u:1@a.b", "https://a..b", "https://-a.b", "https://a.b?x", "https://a.b#x", "https://a.b/ c", "https://a.b/\xc3\xa4"})
    CHECK(of(url) == "Invalid Open ID Connect Provider URL.");
}

TEST_CASE("password_hashes_are_salted_and_state_their_cost") {
  SeededRandom random(1);
  std::string one = hash_password("secret", random), two = hash_password("secret", random);
  CHECK(one != two);
  CHECK(one.starts_with("scrypt$13$8$1$"));
  CHECK(one.find("secret") == std::string::npos);
  CHECK(verify_password("secret", one));
  CHECK_FALSE(verify_password("Secret", one));
  for (const std::string& bad : {std::string(), std::string("scrypt$13$8$1$x"), replace_all(one, "$13$", "$60$"), replace_all(one, "$8$", "$0$"),
                                 replace_all(one, "scrypt", "plain")})
    CHECK_FALSE(verify_password("secret", bad));
}

TEST_CASE("passwords_are_held_against_the_policy") {
  auto of = [](std::string_view password, std::optional<iam::PasswordPolicy> policy = {}, std::string_view account = {}) {
    return message(iam::check_password(password, policy, account));
  };
  CHECK(of("Passw0rd") == "ok");
  CHECK(of("passw0rd!") == "ok");
  CHECK(of("Pass!1") == "Password should have a minimum length of 8");
  CHECK(of("\xc3\xa4\xc3\xa4Pass1") == "Password should have a minimum length of 8");  // characters count, not bytes
  CHECK(of("aaaaaaaa") == "Password should meet 2 more of the following requirements: Password should have at least one uppercase letter, "
                          "Password should have at least one number, Password should have at least one symbol");
  CHECK(of("My-alias1", {}, "my-alias1") == "Password does not conform to the account password policy.");
  iam::PasswordPolicy lax;
  CHECK(of("aaaaaa", lax) == "ok");
  CHECK(of("aaaaa", lax) == "Password should have a minimum length of 6");
  iam::PasswordPolicy strict;
  strict.minimum_length = 4;
  strict.symbols = strict.numbers = strict.uppercase = strict.lowercase = true;
  CHECK(of("aA1!", strict) == "ok");
  CHECK(of("aA1\xc3\xa4", strict) == "Password should have at least one symbol");
}

TEST_CASE("login_profiles_keep_no_password") {
  for (bool hostile : {true, false}) {
    Account t(hostile);
    t.create_user("Al");
    auto in = with<svc::CreateLoginProfileRequest>([](auto& r) { r.UserName = "Al"; r.Password = "Passw0rd!"; });
    auto made = t.call<op::CreateLoginProfile>(in);
    REQUIRE_MESSAGE(made, message(made));
    CHECK_FALSE((*made)->LoginProfile->PasswordResetRequired.value_or(true));
    size_t seen = 0;
    store::Key all = store::key(iam::account_scope("aws", "000000000000"), iam::kLoginProfiles);
    t.store().read([&](store::Reader& reader) {
      reader.scan_prefix(all, [&](std::string_view, std::string_view bytes, store::Version) {
        CHECK(bytes.find("Passw0rd!") == std::string_view::npos);
        seen++;
        return true;
      });
    });
    CHECK(seen == 1);
    CHECK(code(t.call<op::CreateLoginProfile>(in)) == "EntityAlreadyExists");
  }
}

TEST_CASE("every_service_linked_role_has_its_policy") {
  CHECK_FALSE(iam::find_service_linked_role("batch"));
  CHECK_FALSE(iam::find_service_linked_role("nosuch.amazonaws.com"));
  for (const auto& role : iam::service_linked_roles()) {
    CAPTURE(role.service);
    CHECK(iam::find_service_linked_role(cat(role.service, ".amazonaws.com")) == &role);
    CHECK(iam::find_managed(role.policy_arn("aws")) != nullptr);
    CHECK(role.role_name({}).size() <= 64);
  }
}

TEST_CASE("service_linked_role_goes_when_its_task_has_run") {
  for (bool hostile : {true, false}) {
    Account t(hostile);
    REQUIRE(t.create_linked("batch.amazonaws.com"));
    CHECK(message(t.create_linked("batch.amazonaws.com")) ==
          "Service role name AWSServiceRoleForBatch has been taken in this account, please try a different suffix.");
    auto in = with<svc::DeleteServiceLinkedRoleRequest>([](auto& r) { r.RoleName = "AWSServiceRoleForBatch"; });
    auto first = t.call<op::DeleteServiceLinkedRole>(in);
    REQUIRE_MESSAGE(first, message(first));
    std::string task((*first)->DeletionTaskId);
    CHECK(task.starts_with("task/aws-service-role/batch.amazonaws.com/AWSServiceRoleForBatch/"));
    auto again = t.call<op::DeleteServiceLinkedRole>(in);
    REQUIRE(again);
    CHECK((*again)->DeletionTaskId == task);  // one deletion at a time
    CHECK((*t.deletion(task))->Status == "IN_PROGRESS");
    t.drain();
    CHECK((*t.deletion(task))->Status == "SUCCEEDED");
    CHECK(code(t.call<op::GetRole>(with<svc::GetRoleRequest>([](auto& r) { r.RoleName = "AWSServiceRoleForBatch"; }))) == "NoSuchEntity");
    CHECK(t.create_linked("batch.amazonaws.com"));
  }
}

TEST_CASE("a_deletion_spares_a_later_role_of_the_name") {
  Account t;
  REQUIRE(t.create_linked("batch.amazonaws.com"));
  auto in = with<svc::DeleteServiceLinkedRoleRequest>([](auto& r) { r.RoleName = "AWSServiceRoleForBatch"; });
  REQUIRE(t.call<op::DeleteServiceLinkedRole>(in));
  t.drain();
  REQUIRE(t.create_linked("batch.amazonaws.com"));
  t.drain();
  CHECK(t.call<op::GetRole>(with<svc::GetRoleRequest>([](auto& r) { r.RoleName = "AWSServiceRoleForBatch"; })));
}

TEST_CASE("services_and_identity_providers_in_trust_policies") {
  Account t;
  for (auto principal : {R"({"Service":["lambda.amazonaws.com","ops.apigateway.amazonaws.com"]})", R"({"Federated":"accounts.google.com"})",
                         R"({"Federated":"arn:aws:iam::111111111111:oidc-provider/not.made.yet/x"})", R"({"Federated":"arn:aws:iam::111111111111:saml-provider/corp"})",
                         R"({"Federated":"cognito-identity.amazonaws.com"})"}) {
    CAPTURE(principal);
    CHECK(message(t.create_role("r", principal)) == "ok");
    REQUIRE(t.call<op::DeleteRole>(with<svc::DeleteRoleRequest>([](auto& in) { in.RoleName = "r"; })));
  }
  CHECK(message(t.create_role("r", R"({"Service":"lambda"})")) == R"(Invalid principal in policy: "SERVICE":"lambda")");
  CHECK(message(t.create_role("r", R"({"Service":"example.com"})")) == R"(Invalid principal in policy: "SERVICE":"example.com")");
  CHECK(message(t.create_role("r", R"({"Federated":"example.com"})")) == R"(Invalid principal in policy: "FEDERATED":"example.com")");
  CHECK(message(t.create_role("r", R"({"Federated":"arn:aws:iam::111111111111:role/x"})")) ==
        R"(Invalid principal in policy: "FEDERATED":"arn:aws:iam::111111111111:role/x")");
}
