// RotateSecret, CancelRotateSecret: https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotating-secrets.html
// Rotation is the work of a Lambda function, also where RotateImmediately is false: the function then runs its test step. As long as there is
// none to call, no secret has a rotation.
#include "gateway/context.h"
#include "gen/secretsmanager/operations.h"
#include "services/secretsmanager/errors.h"
#include "services/secretsmanager/resolve.h"
#include "services/secretsmanager/rotation_rules.h"

namespace fogbank::secretsmanager {
namespace {

ApiError no_function() { return invalid_request("No Lambda rotation function ARN is associated with this secret."); }

Result<void> check_live(const NamedSecret& named) {
  if (!named.secret) return fail(secret_not_found());
  if (named.secret->deletion_at) return fail(marked_for_deletion());
  return {};
}

}  // namespace

Result<void> RotateSecret(Context& cx, const svc::RotateSecretRequest& in, svc::RotateSecretResponse&) {
  auto target = target_of(cx);
  if (in.ClientRequestToken.empty()) return fail(invalid_parameter("You must provide a ClientRequestToken value. We recommend a UUID-type value."));
  if (in.ExternalSecretRotationMetadata || in.ExternalSecretRotationRoleArn) return fail(not_served("Rotation of managed external secrets"));
  FB_TRY(check_live(target->named));
  if (in.RotationRules) FB_TRY(check_rotation_rules(*in.RotationRules));
  if (in.RotationLambdaARN.empty()) return fail(no_function());
  return fail(not_served("RotateSecret with a Lambda function"));
}

Result<void> CancelRotateSecret(Context& cx, const svc::CancelRotateSecretRequest&, svc::CancelRotateSecretResponse&) {
  auto target = target_of(cx);
  FB_TRY(check_live(target->named));
  return fail(no_function());
}

}  // namespace fogbank::secretsmanager
