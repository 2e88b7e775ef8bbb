// Last use as the core keeps it and as IAM tells it, on both stores.
#include <doctest/doctest.h>

#include "auth/policy/document.h"
#include "base/strings.h"
#include "gateway/last_use.h"
#include "gateway/testing.h"
#include "gen/iam/operations.h"
#include "gen/sqs/operations.h"
#include "services/iam/last_access.h"

using namespace fogbank;
namespace svc = fogbank::iam::svc;
namespace op = fogbank::iam::op;
using testing::TestCore;

namespace {

constexpr Millis kMinute = 60'000, kDay = 24 * 60 * kMinute;

struct Uses : TestCore {
  using TestCore::TestCore;
  auth::Principal user;
  std::string key;

  void make_user(const char* name) {
    svc::CreateUserRequest u{};
    u.UserName = name;
    REQUIRE(call<op::CreateUser>(u));
    svc::CreateAccessKeyRequest k{};
    k.UserName = name;
    auto made = call<op::CreateAccessKey>(k);
    REQUIRE(made);
    key = std::string((*made)->AccessKey->AccessKeyId);
    user = *core().identity().find_key(key)->principal;
  }
  void list_queues() { sqs::svc::ListQueuesRequest in{}; (void)call<sqs::op::ListQueues>(in, user); }
  void get_user() { svc::GetUserRequest in{}; (void)call<op::GetUser>(in, user); }

  std::string uses() {
    std::vector<std::string> all;
    store().read([&](store::Reader& reader) {
      core().last_uses().each(reader, scope(), user.user_id, [&](const LastUse& u) { all.push_back(cat(u.service, ":", u.action, "@", u.time / kMinute)); });
    });
    std::sort(all.begin(), all.end());
    std::string out;
    for (const auto& one : all) append(out, out.empty() ? "" : " ", one);
    return out;
  }
  std::string key_use() {
    svc::GetAccessKeyLastUsedRequest in{};
    in.AccessKeyId = Str(std::string_view(key));
    auto got = call<op::GetAccessKeyLastUsed>(in);
    REQUIRE(got);
    const auto& used = *(*got)->AccessKeyLastUsed;
    return cat(used.ServiceName.view(), "@", used.LastUsedDate.has() ? cat(used.LastUsedDate.value / kMinute) : "never");
  }
  void at(Millis t) { core().clock().freeze(); core().clock().advance_to(t); }
};

}  // namespace

TEST_CASE("a_use_is_the_first_of_its_quarter_of_an_hour") {
  for (bool hostile : {true, false}) {
    Uses t(hostile);
    constexpr Millis kStart = 4'000'000 * 15 * kMinute;
    const Millis m = kStart / kMinute;
    t.at(kStart);
    t.make_user("u");
    CHECK(t.key_use() == "N/A@never");
    t.list_queues();
    t.at(kStart + 14 * kMinute);
    t.list_queues();
    CHECK(t.uses() == cat("sqs:ListQueues@", m));
    CHECK(t.key_use() == cat("sqs@", m));
    t.get_user();                                        // another service renews the key's
    CHECK(t.key_use() == cat("iam@", m + 14));
    t.at(kStart + 15 * kMinute);
    t.list_queues();
    CHECK(t.uses() == cat("iam:GetUser@", m + 14, " sqs:ListQueues@", m + 15));
  }
}

TEST_CASE("uses_go_with_the_user_and_deleted_users_leave_none") {
  Uses t;
  t.make_user("u");
  t.list_queues();
  CHECK(t.uses() != "");
  svc::DeleteAccessKeyRequest k{};
  k.UserName = "u";
  k.AccessKeyId = Str(std::string_view(t.key));
  REQUIRE(t.call<op::DeleteAccessKey>(k));
  svc::DeleteUserRequest d{};
  d.UserName = "u";
  REQUIRE(t.call<op::DeleteUser>(d));
  CHECK(t.uses() == "");
  t.list_queues();   // refused: it is gone
  CHECK(t.uses() == "");
}

TEST_CASE("the_development_user_and_root_leave_no_uses") {
  Uses t;
  t.make_user("u");
  sqs::svc::ListQueuesRequest in{};
  REQUIRE(t.call<sqs::op::ListQueues>(in));
  CHECK_FALSE(t.core().last_uses().pending());
}

TEST_CASE("reports_look_back_400_days") {
  Uses t;
  constexpr Millis kStart = 40'000 * kDay;
  t.at(kStart);
  t.make_user("u");
  svc::PutUserPolicyRequest p{};
  p.UserName = "u";
  p.PolicyName = "p";
  p.PolicyDocument = R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sqs:*","Resource":"*"}]})";
  REQUIRE(t.call<op::PutUserPolicy>(p));
  t.list_queues();
  CHECK(t.uses() == cat("sqs:ListQueues@", kStart / kMinute));
  auto entities_after = [&](Millis days) {
    t.at(kStart + days * kDay);
    svc::GenerateServiceLastAccessedDetailsRequest in{};
    std::string arn = t.user.arn;
    in.Arn = Str(std::string_view(arn));
    auto job = t.call<op::GenerateServiceLastAccessedDetails>(in);
    REQUIRE(job);
    std::string id((*job)->JobId);
    svc::GetServiceLastAccessedDetailsRequest get{};
    get.JobId = Str(std::string_view(id));
    auto pending = t.call<op::GetServiceLastAccessedDetails>(get);
    REQUIRE(pending);
    CHECK((*pending)->JobStatus == "IN_PROGRESS");
    CHECK_FALSE((*pending)->JobCompletionDate.has());
    t.drain();
    CHECK(t.uses() == cat("sqs:ListQueues@", kStart / kMinute));
    auto done = t.call<op::GetServiceLastAccessedDetails>(get);
    REQUIRE(done);
    CHECK((*done)->JobStatus == "COMPLETED");
    REQUIRE((*done)->ServicesLastAccessed.size() == 1);
    return (*done)->ServicesLastAccessed[0].TotalAuthenticatedEntities.value;
  };
  CHECK(entities_after(399) == 1);
  CHECK(entities_after(401) == 0);
}

TEST_CASE("only_the_newest_reports_are_kept") {
  Uses t;
  t.make_user("u");
  std::vector<std::string> jobs;
  for (size_t i = 0; i < iam::kReportsPerAccount + 3; i++) {
    t.at(40'000 * kDay + Millis(i));
    svc::GenerateServiceLastAccessedDetailsRequest in{};
    in.Arn = Str(std::string_view(t.user.arn));
    auto job = t.call<op::GenerateServiceLastAccessedDetails>(in);
    REQUIRE(job);
    jobs.emplace_back((*job)->JobId);
    t.drain();
  }
  auto code = [&](const std::string& id) {
    svc::GetServiceLastAccessedDetailsRequest get{};
    get.JobId = Str(std::string_view(id));
    auto got = t.call<op::GetServiceLastAccessedDetails>(get);
    return got ? std::string("ok") : got.error().code;
  };
  CHECK(code(jobs[2]) == "NoSuchEntity");
  CHECK(code(jobs[3]) == "ok");
  CHECK(code(jobs.back()) == "ok");
}

TEST_CASE("documents_grant_services_unless_they_deny_them_whole") {
  auto grants = [](std::string_view statements, const char* prefix) {
    auto p = policy::parse(cat(R"({"Version":"2012-10-17","Statement":[)", statements, "]}"), policy::PolicyKind::identity);
    REQUIRE(p);
    return iam::grants_service(**p, prefix);
  };
  const char* allow = R"({"Effect":"Allow","Action":"s3:GetObject","Resource":"*"})";
  CHECK(grants(allow, "s3"));
  CHECK_FALSE(grants(allow, "sqs"));
  CHECK_FALSE(grants(cat(allow, R"(,{"Effect":"Deny","Action":"s3:*","Resource":"*"})"), "s3"));
  CHECK(grants(cat(allow, R"(,{"Effect":"Deny","Action":"s3:GetObject","Resource":"*"})"), "s3"));
  CHECK(grants(cat(allow, R"(,{"Effect":"Deny","Action":"s3:*","Resource":"*","Condition":{"Null":{"aws:userid":"true"}}})"), "s3"));
  CHECK(grants(R"({"Effect":"Allow","NotAction":"iam:*","Resource":"*"})", "s3"));
  CHECK_FALSE(grants(R"({"Effect":"Allow","NotAction":"iam:*","Resource":"*"})", "iam"));
  CHECK_FALSE(grants(R"({"Effect":"Allow","Action":"*","Resource":"arn:aws:sqs:*:*:q"})", "s3"));
}
