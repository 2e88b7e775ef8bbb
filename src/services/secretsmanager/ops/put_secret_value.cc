// PutSecretValue: https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutSecretValue.html
#include "gateway/context.h"
#include "gen/secretsmanager/operations.h"
#include "services/secretsmanager/errors.h"
#include "services/secretsmanager/stages.h"
#include "services/secretsmanager/writes.h"

namespace fogbank::secretsmanager {
namespace {

void answer(Context& cx, const NamedSecret& named, std::string_view version_id, const std::vector<std::string>& labels, svc::PutSecretValueResponse& out) {
  out.ARN = cx.str(named.arn);
  out.Name = cx.str(named.name);
  out.VersionId = cx.str(version_id);
  for (const std::string& label : labels) out.VersionStages.push(cx.arena(), cx.str(label));
}

}  // namespace

Result<void> PutSecretValue(Context& cx, const svc::PutSecretValueRequest& in, svc::PutSecretValueResponse& out) {
  auto write = write_of(cx);
  const NamedSecret& named = write->named;
  GivenValue given{in.SecretString, in.SecretBinary};
  if (in.RotationToken) return fail(not_served("PutSecretValue with RotationToken"));
  FB_TRY(check_token(in.ClientRequestToken));
  if (!given.given()) return fail(invalid_request("You must provide either SecretString or SecretBinary."));
  FB_TRY(check_value(given));
  if (!named.secret) return fail(secret_not_found());
  if (named.secret->deletion_at) return fail(marked_for_deletion());
  if (write->refused) return fail(*write->refused);
  FB_ASSIGN(value, encrypted(cx, *write, in.ClientRequestToken, given));
  if (!value) {
    answer(cx, named, in.ClientRequestToken, labels_of(*named.secret, in.ClientRequestToken), out);
    return {};
  }
  std::vector<std::string> labels;
  for (const Str& label : in.VersionStages) labels.emplace_back(label);
  if (labels.empty()) labels.emplace_back(kCurrent);
  std::vector<std::string> now;
  FB_TRY(change_record(cx, named, [&](store::Txn& tx, StoredSecret& secret) -> Result<void> {
    if (tx.has(version_key(named.scope, named.name, in.ClientRequestToken))) return fail(changed_meanwhile());
    FB_TRY(put_version(tx, named.scope, secret, {std::string(in.ClientRequestToken), 0, cx.now(), 0, {value->copies[0].kms_key}, {}}, *value, labels));
    now = labels_of(secret, in.ClientRequestToken);
    return {};
  }));
  answer(cx, named, in.ClientRequestToken, now, out);
  return {};
}

}  // namespace fogbank::secretsmanager
