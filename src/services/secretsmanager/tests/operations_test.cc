// The operations over both stores, and a secret's value read by another service on behalf of its caller.
#include <doctest/doctest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/strings.h"
#include "gateway/access.h"
#include "gateway/chain.h"
#include "gateway/testing.h"
#include "gen/iam/operations.h"
#include "gen/secretsmanager/operations.h"
#include "gen/sqs/operations.h"
#include "services/secretsmanager/secret_values.h"
#include "services/secretsmanager/stages.h"
#include "services/secretsmanager/state.h"

namespace fogbank::secretsmanager {
namespace {

constexpr std::string_view kFirst = "00000000-0000-4000-8000-000000000001", kSecond = "00000000-0000-4000-8000-000000000002";

struct Script {
  std::function<Result<void>(AuthoriseContext&)> authorise;
  std::function<Result<void>(Context&)> run;
};
Script* script = nullptr;

struct Service {
  testing::TestCore t;
  std::string error;
  Script other;

  explicit Service(bool hostile) : t(hostile) {
    t.core().clock().freeze();
    script = &other;
  }
  ~Service() { script = nullptr; }

  Str str(std::string_view s) { return Str(t.arena().copy(s)); }
  auth::Principal admin() { return auth::development_principal(t.scope().account.str()); }
  template <class Op> const typename Op::Output* call(const typename Op::Input& in) { return call<Op>(in, admin()); }
  template <class Op> const typename Op::Output* call(const typename Op::Input& in, const auth::Principal& who) {
    auto r = t.call<Op>(in, who);
    error = r ? "" : cat(r.error().code, ": ", r.error().message);
    return r ? *r : nullptr;
  }
  std::string create(std::string_view name, std::string_view text, std::string_view token = kFirst) {
    svc::CreateSecretRequest in{};
    in.Name = str(name);
    in.ClientRequestToken = str(token);
    if (!text.empty()) in.SecretString = str(text);
    auto* out = call<op::CreateSecret>(in);
    return out ? std::string(out->ARN) : error;
  }
  std::string put(std::string_view id, std::string_view text, std::string_view token) {
    svc::PutSecretValueRequest in{};
    in.SecretId = str(id);
    in.SecretString = str(text);
    in.ClientRequestToken = str(token);
    return call<op::PutSecretValue>(in) ? "" : error;
  }
  std::string get(std::string_view id, std::string_view stage = {}) {
    svc::GetSecretValueRequest in{};
    in.SecretId = str(id);
    if (!stage.empty()) in.VersionStage = str(stage);
    auto* out = call<op::GetSecretValue>(in);
    return out ? std::string(out->SecretString) : error;
  }
  bool remove(std::string_view id, bool force) {
    svc::DeleteSecretRequest in{};
    in.SecretId = str(id);
    if (force) in.ForceDeleteWithoutRecovery = true;
    return call<op::DeleteSecret>(in);
  }
  size_t records() {
    size_t n = 0;
    t.store().read([&](store::Reader& r) {
      n = 0;
      for (const store::Table& table : {kSecrets, kPolicies, kVersions, kValues}) r.scan_prefix(store::key(t.scope(), table), [&](auto, auto, auto) { n++; return true; });
    });
    return n;
  }
  auth::Principal user(std::string_view name, std::string_view policy) {
    iam::svc::CreateUserRequest in{};
    in.UserName = str(name);
    auto out = t.call<iam::op::CreateUser>(in);
    REQUIRE(out);
    auth::Principal p;
    p.kind = auth::PrincipalKind::user;
    p.account = t.scope().account.str();
    p.name = name;
    p.arn = std::string((*out)->User->Arn);
    p.user_id = std::string((*out)->User->UserId);
    iam::svc::PutUserPolicyRequest put{};
    put.UserName = str(name);
    put.PolicyName = Str("p");
    put.PolicyDocument = str(policy);
    REQUIRE(t.call<iam::op::PutUserPolicy>(put));
    return p;
  }

  /// Runs the scripted operation of another service as `who`; what it returned is in `error`.
  bool elsewhere(const auth::Principal& who) {
    OperationInfo op = sqs::op::ListQueues::info();
    op.rules = {};
    op.keys = {};
    op.authorise = [](AuthoriseContext& cx, const wire::View&) { return script->authorise(cx); };
    op.plain = [](Context& cx, const void*, void*) { return script->run(cx); };
    sqs::svc::ListQueuesRequest in{};
    Call c;
    for (const auto* s : all_services()) if (std::string_view(s->folder) == "sqs") c.service = s;
    c.op = &op;
    c.protocol = c.service->wire->protocols[0];
    c.core = &t.core();
    c.request_id = "00000000-0000-0000-0000-000000000001";
    c.principal = std::make_shared<auth::Principal>(who);
    c.caller = c.target = t.scope();
    c.input = &in;
    auto outcome = t.core().chain().run_validated(c);
    error = outcome ? "" : cat(outcome.error().code, ": ", outcome.error().message);
    t.store().commit();
    return bool(outcome);
  }
};

}  // namespace

TEST_CASE("a_value_is_read_as_it_was_put_and_repeated_requests_change_nothing") {
  for (bool hostile : {true, false}) {
    Service s(hostile);
    std::string arn = s.create("a", "one");
    CHECK(arn.starts_with("arn:aws:secretsmanager:"));
    CHECK(s.create("a", "one") == arn);
    CHECK(s.create("a", "two") == cat("ResourceExistsException: You can't use ClientRequestToken ", kFirst, " because that value is already in use for a version of secret ", arn, "."));
    CHECK(s.create("a", "one", kSecond) == "ResourceExistsException: The operation failed because the secret a already exists.");
    CHECK(s.get("a") == "one");
    CHECK(s.put("a", "two", kSecond) == "");
    CHECK(s.put(arn, "two", kSecond) == "");
    CHECK(s.put("a", "three", kSecond) != "");
    CHECK(s.get("a") == "two");
    CHECK(s.get("a", "AWSPREVIOUS") == "one");
    CHECK(s.records() == 5);   // the secret, two versions, two values
  }
}

TEST_CASE("a_deleted_secret_goes_with_everything_when_its_window_has_passed") {
  for (bool hostile : {true, false}) {
    Service s(hostile);
    std::string arn = s.create("a", "one");
    s.put("a", "two", kSecond);
    REQUIRE(s.remove("a", false));
    s.t.core().clock().advance_to(s.t.core().now() + 29 * kDay);
    s.t.drain();
    CHECK(s.records() == 5);
    CHECK(s.get("a") == "InvalidRequestException: You can't perform this operation on the secret because it was marked for deletion.");
    s.t.core().clock().advance_to(s.t.core().now() + kDay);
    s.t.drain();
    CHECK(s.records() == 0);
    std::string again = s.create("a", "new");
    CHECK(again != arn);
    CHECK(s.get(arn) == "ResourceNotFoundException: Secrets Manager can't find the specified secret.");
    REQUIRE(s.remove("a", true));
    CHECK(s.records() == 0);
  }
}

TEST_CASE("another_service_reads_a_value_with_the_callers_permissions") {
  for (bool hostile : {true, false}) {
    Service s(hostile);
    s.create("a", "text");
    CHECK(s.get("a") == "text");   // the day's first read notes the access; the calls below only read
    std::string seen;
    SecretRead read{"a", {}, {}, "ssm"};
    s.other.authorise = [&](AuthoriseContext& cx) { return require_read(cx, read); };
    s.other.run = [&](Context& cx) -> Result<void> {
      FB_ASSIGN(value, read_secret(cx, read));
      seen = value.value.view();
      return {};
    };
    CHECK(s.elsewhere(s.admin()));
    CHECK(seen == "text");
    auto through = s.user("through", R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"secretsmanager:GetSecretValue","Resource":"*",
      "Condition":{"StringEquals":{"aws:CalledViaLast":"ssm.amazonaws.com"}}}})");
    seen.clear();
    CHECK_MESSAGE(s.elsewhere(through), s.error);   // the AWS managed key serves everybody in the account who comes through Secrets Manager
    CHECK(seen == "text");
    svc::GetSecretValueRequest in{};
    in.SecretId = Str("a");
    CHECK_FALSE(s.call<op::GetSecretValue>(in, through));
    CHECK(s.error.find("not authorized to perform: secretsmanager:GetSecretValue on resource: arn:aws:secretsmanager:") != std::string::npos);
    read.id = "none";
    CHECK_FALSE(s.elsewhere(s.admin()));
    CHECK(s.error == "ResourceNotFoundException: Secrets Manager can't find the specified secret.");
    read.id = "a";
    s.other.authorise = [](AuthoriseContext& cx) -> Result<void> { cx.require("sqs:ListQueues", "*"); return {}; };
    CHECK_FALSE(s.elsewhere(s.admin()));   // not required, not read
    CHECK(s.error.starts_with("ServiceUnavailable"));
    s.create("b", "x");
    size_t left = 0;
    s.t.core().access().scan([&](const AccessRecord& r) {
      if (r.service == "secretsmanager" && r.cause.starts_with("request/")) left++;
      return true;
    });
    CHECK(left == 3);   // two that succeeded, one for a secret that is not there
  }
}

TEST_CASE("records_are_read_back_as_written") {
  StoredSecret written;
  written.name = "n";
  written.suffix = "AbCdEf";
  written.tags = {{"k", ""}};
  written.stages = {{"AWSCURRENT", "v"}};
  written.deletion_at = 7;
  written.tagged = true;
  auto read = decode<StoredSecret>(encode(written));
  REQUIRE(read);
  CHECK(encode(*read) == encode(written));
  Version version{"v", 3, 4, 5, {"", "alias/x"}, {}};
  auto back = decode<Version>(encode(version));
  REQUIRE(back);
  CHECK(back->kms_keys == version.kms_keys);
  Value value;
  value.copies.resize(2);
  value.copies[1].kms_key = "k";
  auto again = decode<Value>(encode(value));
  REQUIRE(again);
  CHECK(again->copies.size() == 2);
}

}  // namespace fogbank::secretsmanager
