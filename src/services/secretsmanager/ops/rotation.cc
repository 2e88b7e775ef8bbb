// RotateSecret, CancelRotateSecret: https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotating-secrets.html
#include "base/strings.h"
#include "gateway/context.h"
#include "gen/secretsmanager/operations.h"
#include "services/secretsmanager/errors.h"
#include "services/secretsmanager/resolve.h"
#include "services/secretsmanager/rotation.h"
#include "services/secretsmanager/rotation_rules.h"
#include "services/secretsmanager/stages.h"

namespace fogbank::secretsmanager {
namespace {

ApiError no_function() { return invalid_request("No Lambda rotation function ARN is associated with this secret."); }

Result<void> check_live(const NamedSecret& named) {
  if (!named.secret) return fail(secret_not_found());
  if (named.secret->deletion_at) return fail(marked_for_deletion());
  return {};
}

/// Told before anything changes; a function that goes or closes later makes its rotations fail.
Result<void> check_function(Context& cx, const NamedSecret& named, Str given) {
  auto parts = parse_arn(given);
  if (given && (!parts || parts->service != "lambda" || !parts->resource.starts_with("function:")))
    return fail(invalid_parameter(cat("The RotationLambdaARN ", given, " isn't the ARN of a Lambda function.")));
  std::string arn(given ? given.view() : std::string_view(named.secret->rotation.function));
  FunctionCall call{auth::service_principal("secretsmanager", named.arn, named.scope.account.str()), arn, {}};
  if (cx.state<State>().check_function(cx, call)) return {};
  return fail("AccessDeniedException", "Secrets Manager cannot invoke the specified Lambda function. Ensure that the function policy grants access to the principal secretsmanager.amazonaws.com.");
}

/// What the request names of the settings; the rest stays.
void apply(const svc::RotateSecretRequest& in, RotationSettings& r) {
  r.enabled = true;
  if (in.RotationLambdaARN) r.function = in.RotationLambdaARN;
  if (!in.RotationRules) return;
  const svc::RotationRulesType& rules = *in.RotationRules;
  r.days = rules.AutomaticallyAfterDays.value_or(0);
  r.schedule = rules.ScheduleExpression.value_or("");
  r.duration = rules.Duration.value_or("");
}

/// A copy of the current value under the token, for testSecret.
Result<std::optional<Value>> test_value(Context& cx) {
  auto test = cx.found<RotationTest>();
  if (!test || !test->from) return std::optional<Value>();
  if (test->refused) return fail(*test->refused);
  FB_ASSIGN(plain, open(cx, *test->from));
  FB_ASSIGN(copy, seal(cx, *test->to, plain.view()));
  Value value;
  value.binary = test->from->value->binary;
  value.copies.push_back(std::move(copy));
  return std::optional<Value>(std::move(value));
}

}  // namespace

Result<void> RotateSecret(Context& cx, const svc::RotateSecretRequest& in, svc::RotateSecretResponse& out) {
  auto target = target_of(cx);
  const NamedSecret& named = target->named;
  if (in.ClientRequestToken.empty()) return fail(invalid_parameter("You must provide a ClientRequestToken value. We recommend a UUID-type value."));
  if (in.ExternalSecretRotationMetadata || in.ExternalSecretRotationRoleArn) return fail(not_served("Rotation of managed external secrets"));
  FB_TRY(check_live(named));
  if (in.RotationRules) FB_TRY(check_rotation_rules(*in.RotationRules));
  if (in.RotationLambdaARN.empty() && named.secret->rotation.function.empty()) return fail(no_function());
  FB_TRY(check_function(cx, named, in.RotationLambdaARN));
  bool test = !in.RotateImmediately.value_or(true);
  std::optional<Value> copy;
  if (test) {
    FB_ASSIGN(made, test_value(cx));
    copy = std::move(made);
  }
  FB_TRY(change_record(cx, named, [&](store::Txn& tx, StoredSecret& secret) -> Result<void> {
    std::string token(in.ClientRequestToken);
    if (rotation_pending(secret) || secret.rotation.work) {
      if (labels_of(secret, token).empty()) return fail(invalid_request("A previous rotation isn't complete. That rotation will be reattempted."));
      return {};   // the same request again
    }
    if (tx.has(version_key(named.scope, named.name, token))) return fail(token_in_use(token, named.arn));
    apply(in, secret.rotation);
    set_rotation_timer(tx, named.scope, secret, cx.now());
    if (copy) FB_TRY(put_version(tx, named.scope, secret, {token, 0, cx.now(), 0, {copy->copies[0].kms_key}, {}}, *copy, {std::string(kPending)}));
    begin_rotation(tx, named.scope, secret, token, cx.now(), test);
    return {};
  }));
  out.ARN = cx.str(named.arn);
  out.Name = cx.str(named.name);
  out.VersionId = in.ClientRequestToken;
  return {};
}

Result<void> CancelRotateSecret(Context& cx, const svc::CancelRotateSecretRequest&, svc::CancelRotateSecretResponse& out) {
  auto target = target_of(cx);
  const NamedSecret& named = target->named;
  FB_TRY(check_live(named));
  std::string pending;
  FB_TRY(change_record(cx, named, [&](store::Txn& tx, StoredSecret& secret) -> Result<void> {
    if (secret.rotation.function.empty()) return fail(no_function());
    pending = rotation_pending(secret) ? secret.stages[std::string(kPending)] : "";
    cancel_rotation(tx, secret);
    return {};
  }));
  out.ARN = cx.str(named.arn);
  out.Name = cx.str(named.name);
  if (!pending.empty()) out.VersionId = cx.str(pending);
  return {};
}

}  // namespace fogbank::secretsmanager
