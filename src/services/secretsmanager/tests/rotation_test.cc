// Rotation over both stores, with a function that does what AWS's templates of rotation functions do.
#include <doctest/doctest.h>

#include "base/strings.h"
#include "gateway/tasks.h"
#include "gateway/testing.h"
#include "gen/secretsmanager/operations.h"
#include "services/secretsmanager/caches.h"
#include "services/secretsmanager/rotation.h"

namespace fogbank::secretsmanager {
namespace {

constexpr std::string_view kFirst = "00000000-0000-4000-8000-000000000001", kSecond = "00000000-0000-4000-8000-000000000002", kThird = "00000000-0000-4000-8000-000000000003";
constexpr const char* kFunction = "arn:aws:lambda:us-east-1:000000000000:function:rotate";

struct Service {
  testing::TestCore t;
  std::string error, calls;        ///< "createSecret:…2 setSecret:…2 "
  std::string fails;               ///< the step at which the function fails
  bool open = true;                ///< it lets Secrets Manager in

  explicit Service(bool hostile) : t(hostile) {
    t.core().clock().freeze();
    t.core().state<State>().call_function = [this](TaskContext& cx, const FunctionCall& call, SettleCall settle) { return function(cx, call, std::move(settle)); };
    t.core().state<State>().check_function = [this](Context&, const FunctionCall& call) -> Result<void> {
      if (!open || call.function_arn != kFunction) return fail("AccessDeniedException", "closed", 403);
      return {};
    };
    svc::CreateSecretRequest in{};
    in.Name = Str("s");
    in.ClientRequestToken = Str(kFirst);
    in.SecretString = Str("first");
    REQUIRE(call<op::CreateSecret>(in));
  }

  Str str(std::string_view s) { return Str(t.arena().copy(s)); }
  auth::Principal admin() { return auth::development_principal(t.scope().account.str()); }
  template <class Op> const typename Op::Output* call(const typename Op::Input& in) {
    auto r = t.call<Op>(in, admin());
    error = r ? "" : cat(r.error().code, ": ", r.error().message);
    return r ? *r : nullptr;
  }

  static std::string member(std::string_view json, std::string_view name) {
    size_t at = json.find(cat('"', name, "\":\"")) + name.size() + 4;
    return std::string(json.substr(at, json.find('"', at) - at));
  }

  Result<void> function(TaskContext& cx, const FunctionCall& call, SettleCall settle) {
    CHECK(call.principal.name == "secretsmanager.amazonaws.com");
    CHECK(call.function_arn == kFunction);
    std::string step = member(call.event, "Step"), arn = member(call.event, "SecretId"), token = member(call.event, "ClientRequestToken");
    append(calls, step, ":", token.substr(token.size() - 1), " ");
    Result<void> outcome = step == fails ? Result<void>(fail("FunctionError", "it failed")) : work(cx, step, arn, token);
    struct End { SettleCall settle; Result<void> outcome; };
    return cx.finish(End{std::move(settle), std::move(outcome)}, [](store::Txn& tx, const End& end) { return end.settle(tx, end.outcome); });
  }

  Result<void> work(TaskContext& cx, const std::string& step, const std::string& arn, const std::string& token) {
    if (step == "createSecret") {
      svc::GetSecretValueRequest get{};
      get.SecretId = cx.str(arn);
      get.VersionId = cx.str(token);
      get.VersionStage = Str(kPending);
      if (auto there = cx.call<op::GetSecretValue>(1, admin(), t.scope(), get)) return {};
      else CHECK(there.error().code == "ResourceNotFoundException");
      svc::PutSecretValueRequest put{};
      put.SecretId = cx.str(arn);
      put.ClientRequestToken = cx.str(token);
      put.SecretString = cx.str(cat("made for ", token));
      put.VersionStages.push(cx.arena(), Str(kPending));
      FB_TRY(cx.call<op::PutSecretValue>(2, admin(), t.scope(), put));
    } else if (step == "finishSecret") {
      svc::DescribeSecretRequest describe{};
      describe.SecretId = cx.str(arn);
      FB_ASSIGN(now, cx.call<op::DescribeSecret>(3, admin(), t.scope(), describe));
      svc::UpdateSecretVersionStageRequest move{};
      move.SecretId = cx.str(arn);
      move.VersionStage = Str(kCurrent);
      move.MoveToVersionId = cx.str(token);
      for (const auto& [id, labels] : now->VersionIdsToStages) for (Str label : labels) if (label == kCurrent) move.RemoveFromVersionId = id;
      if (move.RemoveFromVersionId != token) FB_TRY(cx.call<op::UpdateSecretVersionStage>(4, admin(), t.scope(), move));
    }
    return {};
  }

  std::string rotate(std::string_view token, std::function<void(svc::RotateSecretRequest&)> more = [](auto&) {}) {
    svc::RotateSecretRequest in{};
    in.SecretId = Str("s");
    in.ClientRequestToken = Str(token);
    more(in);
    auto* out = call<op::RotateSecret>(in);
    return out ? std::string(out->VersionId) : error;
  }
  std::string rotate_by(std::string_view token, int days) {
    return rotate(token, [&](svc::RotateSecretRequest& in) {
      in.RotationLambdaARN = Str(kFunction);
      auto& rules = *(in.RotationRules = t.arena().make<svc::RotationRulesType>()).ptr;
      rules.AutomaticallyAfterDays = days;
    });
  }
  /// "AWSCURRENT:1 AWSPENDING:2 ": the last digits of the versions that the labels lead to.
  std::string stages() {
    std::string out;
    for (const auto& [label, id] : secret().stages) append(out, label, ":", id.substr(id.size() - 1), " ");
    return out;
  }
  StoredSecret secret() {
    StoredSecret out;
    t.core().store().read([&](store::Reader& r) { out = *r.get_as<StoredSecret>(secret_key(t.scope(), "s")); });
    return out;
  }
  std::string value() {
    svc::GetSecretValueRequest in{};
    in.SecretId = Str("s");
    auto* out = call<op::GetSecretValue>(in);
    return out ? std::string(out->SecretString) : error;
  }
  void advance(Millis by) {
    t.core().clock().advance_to(t.core().now() + by);
    t.drain();
  }
};

constexpr const char* kAll2 = "createSecret:2 setSecret:2 testSecret:2 finishSecret:2 ";

}  // namespace

TEST_CASE("a_rotation_calls_its_function_four_times_and_the_pending_version_becomes_the_current_one") {
  for (bool hostile : {true, false}) {
    Service s(hostile);
    Millis begun = s.t.core().now();
    REQUIRE(s.rotate_by(kSecond, 30) == kSecond);
    CHECK(s.stages() == "AWSCURRENT:1 AWSPENDING:2 ");
    s.t.drain();
    CHECK(s.calls == kAll2);
    CHECK(s.stages() == "AWSCURRENT:2 AWSPREVIOUS:1 ");
    CHECK(s.value() == cat("made for ", kSecond));
    svc::DescribeSecretRequest in{};
    in.SecretId = Str("s");
    auto* now = s.call<op::DescribeSecret>(in);
    REQUIRE(now);
    CHECK(*now->RotationEnabled);
    CHECK(now->RotationLambdaARN == kFunction);
    CHECK(*now->RotationRules->AutomaticallyAfterDays == 30);
    CHECK(*now->LastRotatedDate == begun);
    CHECK(*now->NextRotationDate == begun / kDay * kDay + 31 * kDay - 1000);
    CHECK(s.rotate(kSecond).starts_with("ResourceExistsException"));
  }
}

TEST_CASE("a_secret_is_rotated_in_each_window_by_the_clock") {
  Service s(true);
  REQUIRE(s.rotate_by(kSecond, 10) == kSecond);
  s.t.drain();
  s.calls.clear();
  s.advance(9 * kDay - 1);
  CHECK(s.calls.empty());
  Millis last = s.secret().rotation.last;
  for (int i = 0; i < 3; i++) {
    s.advance(10 * kDay);
    CHECK(s.calls.starts_with("createSecret:"));
    CHECK(s.calls.size() > 50);
    s.calls.clear();
    CHECK(s.secret().rotation.last > last);
    last = s.secret().rotation.last;
    CHECK_FALSE(rotation_pending(s.secret()));
  }
  CHECK(s.secret().versions == 5);
}

TEST_CASE("a_failed_step_begins_the_rotation_anew_and_it_rests_after_five_attempts") {
  for (bool hostile : {true, false}) {
    Service s(hostile);
    s.fails = "testSecret";
    REQUIRE(s.rotate_by(kSecond, 10) == kSecond);
    s.t.drain();
    CHECK(s.calls == "createSecret:2 setSecret:2 testSecret:2 ");
    CHECK(s.rotate(kThird) == "InvalidRequestException: A previous rotation isn't complete. That rotation will be reattempted.");
    CHECK(s.rotate(kSecond) == kSecond);   // the same request again
    for (int pause : {1, 2, 4, 8}) {
      s.calls.clear();
      s.advance(pause * 60'000 - 1);
      CHECK(s.calls.empty());
      s.advance(1);
      CHECK(s.calls == "createSecret:2 setSecret:2 testSecret:2 ");
    }
    s.calls.clear();
    s.advance(kDay);
    CHECK(s.calls.empty());
    CHECK(s.stages() == "AWSCURRENT:1 AWSPENDING:2 ");
    CHECK(s.value() == "first");
    CHECK(s.secret().rotation.last == 0);
    s.fails.clear();
    s.advance(10 * kDay);   // the next window, with the same version
    CHECK(s.calls == kAll2);
    CHECK(s.stages() == "AWSCURRENT:2 AWSPREVIOUS:1 ");
  }
}

TEST_CASE("without_RotateImmediately_the_function_tests_a_copy_that_goes_away") {
  for (std::string fails : {"", "testSecret"}) {
    Service s(true);
    s.fails = fails;
    auto later = [&](svc::RotateSecretRequest& in) {
      in.RotationLambdaARN = Str(kFunction);
      in.RotateImmediately = false;
      (in.RotationRules = s.t.arena().make<svc::RotationRulesType>()).ptr->ScheduleExpression = Str("rate(4 days)");
    };
    REQUIRE(s.rotate(kSecond, later) == kSecond);
    CHECK(s.stages() == "AWSCURRENT:1 AWSPENDING:2 ");
    svc::GetSecretValueRequest in{};
    in.SecretId = Str("s");
    in.VersionStage = Str(kPending);
    auto* pending = s.call<op::GetSecretValue>(in);
    REQUIRE(pending);
    CHECK(pending->SecretString == "first");
    s.t.drain();
    CHECK(s.calls == "testSecret:2 ");
    CHECK(s.stages() == "AWSCURRENT:1 ");
    CHECK(s.secret().versions == 1);
    CHECK(s.secret().rotation.last == 0);
    CHECK(s.secret().rotation.next > 0);
  }
}

TEST_CASE("a_cancelled_rotation_stays_as_it_is_and_can_be_taken_up_again") {
  Service s(true);
  s.fails = "setSecret";
  REQUIRE(s.rotate_by(kSecond, 1) == kSecond);
  s.t.drain();
  svc::CancelRotateSecretRequest in{};
  in.SecretId = Str("s");
  auto* cancelled = s.call<op::CancelRotateSecret>(in);
  REQUIRE(cancelled);
  CHECK(cancelled->VersionId == kSecond);
  s.fails.clear();
  s.calls.clear();
  s.advance(5 * kDay);
  CHECK(s.calls.empty());
  CHECK_FALSE(s.secret().rotation.enabled);
  svc::UpdateSecretVersionStageRequest off{};
  off.SecretId = Str("s");
  off.VersionStage = Str(kPending);
  off.RemoveFromVersionId = Str(kSecond);
  REQUIRE_MESSAGE(s.call<op::UpdateSecretVersionStage>(off), s.error);
  CHECK(s.rotate(kThird) == kThird);   // with the function and the rules of before
  s.t.drain();
  CHECK(s.stages() == "AWSCURRENT:3 AWSPREVIOUS:1 ");
}

TEST_CASE("the_label_of_a_pending_version_that_was_never_made_can_be_taken_away") {
  Service s(true);
  s.fails = "createSecret";
  REQUIRE(s.rotate_by(kSecond, 1) == kSecond);
  s.t.drain();
  svc::CancelRotateSecretRequest in{};
  in.SecretId = Str("s");
  REQUIRE(s.call<op::CancelRotateSecret>(in));
  svc::UpdateSecretVersionStageRequest move{};
  move.SecretId = Str("s");
  move.VersionStage = Str(kCurrent);
  move.MoveToVersionId = Str(kSecond);
  move.RemoveFromVersionId = Str(kFirst);
  CHECK_FALSE(s.call<op::UpdateSecretVersionStage>(move));
  CHECK(s.error.starts_with("ResourceNotFoundException"));
  svc::UpdateSecretVersionStageRequest off{};
  off.SecretId = Str("s");
  off.VersionStage = Str(kPending);
  off.RemoveFromVersionId = Str(kSecond);
  CHECK_MESSAGE(s.call<op::UpdateSecretVersionStage>(off), s.error);
  CHECK(s.stages() == "AWSCURRENT:1 ");
}

TEST_CASE("a_deleted_secret_is_not_rotated") {
  for (bool force : {true, false}) {
    Service s(true);
    REQUIRE(s.rotate_by(kSecond, 1) == kSecond);
    s.t.drain();
    s.calls.clear();
    svc::DeleteSecretRequest in{};
    in.SecretId = Str("s");
    if (force) in.ForceDeleteWithoutRecovery = true;
    REQUIRE(s.call<op::DeleteSecret>(in));
    s.advance(5 * kDay);
    CHECK(s.calls.empty());
    if (force) continue;
    svc::RestoreSecretRequest back{};
    back.SecretId = Str("s");
    REQUIRE(s.call<op::RestoreSecret>(back));
    s.advance(2 * kDay);
    CHECK(s.calls.size() > 50);
  }
}

TEST_CASE("nothing_can_be_rotated_without_a_function") {
  Service s(false);
  CHECK(s.rotate(kSecond) == "InvalidRequestException: No Lambda rotation function ARN is associated with this secret.");
  CHECK(s.rotate(kSecond, [](svc::RotateSecretRequest& in) { in.RotationLambdaARN = Str("arn:aws:sqs:us-east-1:000000000000:queue"); }).starts_with("InvalidParameterException"));
  s.open = false;
  CHECK(s.rotate_by(kSecond, 1) == "AccessDeniedException: Secrets Manager cannot invoke the specified Lambda function. Ensure that the function policy grants access to the principal "
                                   "secretsmanager.amazonaws.com.");
  CHECK(s.stages() == "AWSCURRENT:1 ");
}

}  // namespace fogbank::secretsmanager
