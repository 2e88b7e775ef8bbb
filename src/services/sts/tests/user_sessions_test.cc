// GetFederationToken and GetSessionToken through the chain: who may call, what such sessions may do, when they end.
#include <doctest/doctest.h>

#include "auth/session_token.h"
#include "base/strings.h"
#include "gateway/testing.h"
#include "gen/iam/operations.h"
#include "gen/sqs/operations.h"
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

struct Users : TestCore {
  std::string key;

  auth::Principal user(const char* name, std::string_view actions) {
    isvc::CreateUserRequest u{};
    u.UserName = name;
    REQUIRE(call<iop::CreateUser>(u));
    isvc::PutUserPolicyRequest p{};
    std::string document = cat(R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":[)", actions, R"(],"Resource":"*"}]})");
    p.UserName = name;
    p.PolicyName = "p";
    p.PolicyDocument = Str(std::string_view(document));
    REQUIRE(call<iop::PutUserPolicy>(p));
    isvc::CreateAccessKeyRequest k{};
    k.UserName = name;
    auto made = call<iop::CreateAccessKey>(k);
    REQUIRE(made);
    key = (*made)->AccessKey->AccessKeyId.view();
    return *core().identity().find_key(key)->principal;
  }
  void remove(const char* name) {
    isvc::DeleteAccessKeyRequest k{};
    k.UserName = name;
    k.AccessKeyId = Str(std::string_view(key));
    REQUIRE(call<iop::DeleteAccessKey>(k));
    isvc::DeleteUserPolicyRequest p{};
    p.UserName = name;
    p.PolicyName = "p";
    REQUIRE(call<iop::DeleteUserPolicy>(p));
    isvc::DeleteUserRequest d{};
    d.UserName = name;
    REQUIRE(call<iop::DeleteUser>(d));
  }
  auth::Principal open(const svc::Credentials& c) {
    auto opened = core().sessions().open(c.SessionToken, c.AccessKeyId, core().now());
    REQUIRE(opened);
    return (*opened)->principal;
  }
  Result<auth::Principal> federate(const auth::Principal& who, const char* policy, int32_t seconds = 0) {
    svc::GetFederationTokenRequest in{};
    in.Name = "fed";
    if (policy) in.Policy = policy;
    if (seconds) in.DurationSeconds = seconds;
    auto out = call<op::GetFederationToken>(in, who);
    if (!out) return fail(std::move(out.error()));
    return open(*(*out)->Credentials);
  }
  Result<auth::Principal> session(const auth::Principal& who, int32_t seconds = 0) {
    svc::GetSessionTokenRequest in{};
    if (seconds) in.DurationSeconds = seconds;
    auto out = call<op::GetSessionToken>(in, who);
    if (!out) return fail(std::move(out.error()));
    return open(*(*out)->Credentials);
  }
  std::string list_queues(const auth::Principal& who) { return code(call<sqs::op::ListQueues>(sqs::svc::ListQueuesRequest{}, who)); }
};

constexpr const char* kQueues = R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sqs:*","Resource":"*"}]})";
constexpr const char* kBuckets = R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]})";

auth::Principal root() {
  auth::Principal p;
  p.kind = auth::PrincipalKind::root;
  p.account = p.user_id = "000000000000";
  p.arn = "arn:aws:iam::000000000000:root";
  return p;
}

}  // namespace

TEST_CASE("federated_users_have_what_their_user_and_their_session_allow") {
  Users t;
  auto bob = t.user("bob", R"("sqs:*","sts:GetFederationToken")");
  CHECK(t.list_queues(*t.federate(bob, kQueues)) == "ok");
  CHECK(t.list_queues(*t.federate(bob, kBuckets)) == "AccessDeniedException");
  CHECK(t.list_queues(*t.federate(bob, nullptr)) == "AccessDeniedException");
  auto carol = t.user("carol", R"("s3:*","sts:GetFederationToken")");
  CHECK(t.list_queues(*t.federate(carol, kQueues)) == "AccessDeniedException");
  auto dave = t.user("dave", R"("sqs:*")");
  CHECK(code(t.federate(dave, kQueues)) == "AccessDenied");
  // The development administrator and root federate too.
  CHECK(t.list_queues(*t.federate(auth::development_principal("000000000000"), kQueues)) == "ok");
  CHECK(t.list_queues(*t.federate(root(), kQueues)) == "ok");
  CHECK(t.list_queues(*t.federate(root(), kBuckets)) == "AccessDeniedException");
}

TEST_CASE("a_federated_user_ends_with_its_user_and_does_not_pass_to_a_namesake") {
  Users t;
  auto bob = t.user("bob", R"("sqs:*","sts:*")");
  auto fed = *t.federate(bob, kQueues);
  auto own = *t.session(bob);
  CHECK(t.list_queues(own) == "ok");
  isvc::UpdateUserRequest rename{};
  rename.UserName = "bob";
  rename.NewUserName = "robert";
  REQUIRE(t.call<iop::UpdateUser>(rename));
  CHECK(t.list_queues(fed) == "ok");
  t.remove("robert");
  CHECK(t.list_queues(fed) == "AccessDeniedException");
  CHECK(t.list_queues(own) == "AccessDeniedException");
  t.user("bob", R"("*")");
  CHECK(t.list_queues(fed) == "AccessDeniedException");
  CHECK(t.list_queues(own) == "AccessDeniedException");
}

TEST_CASE("sessions_give_out_no_sessions") {
  Users t;
  auto bob = t.user("bob", R"("*")");
  auto fed = *t.federate(bob, kQueues), own = *t.session(bob);
  for (const auto& who : {fed, own}) {
    CHECK(message(t.session(who)) == "Cannot call GetSessionToken with session credentials");
    CHECK(message(t.federate(who, kQueues)) == "Cannot call GetFederationToken with session credentials");
    svc::GetAccessKeyInfoRequest in{};
    in.AccessKeyId = Str(std::string_view(t.key));
    CHECK(code(t.call<op::GetAccessKeyInfo>(in, who)) == "AccessDenied");
    CHECK(code(t.call<op::GetCallerIdentity>(svc::GetCallerIdentityRequest{}, who)) == "ok");
  }
}

TEST_CASE("session_tokens_need_no_permission_and_last_as_asked") {
  Users t;
  auto bob = t.user("bob", R"("sqs:ListQueues")");
  auto own = t.session(bob);
  REQUIRE_MESSAGE(own, message(own));
  CHECK(own->arn == bob.arn);
  CHECK(own->user_id == bob.user_id);
  CHECK(own->expires_at - own->issued_at == 43200'000);
  Millis before = t.core().now(), ends = t.session(bob, 900)->expires_at;
  CHECK(ends >= before + 900'000);
  CHECK(ends <= t.core().now() + 900'000);
  auto of_root = t.session(root(), 43200);
  REQUIRE(of_root);
  CHECK(of_root->expires_at - of_root->issued_at == 3600'000);
  CHECK(t.list_queues(*of_root) == "ok");
  svc::GetSessionTokenRequest mfa{};
  mfa.SerialNumber = "arn:aws:iam::000000000000:mfa/bob";
  mfa.TokenCode = "123456";
  CHECK(message(t.call<op::GetSessionToken>(mfa, bob)).starts_with("MultiFactorAuthentication failed"));
}
