// CreateSecret: https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html
#include "gateway/context.h"
#include "gen/secretsmanager/operations.h"
#include "services/secretsmanager/errors.h"
#include "services/secretsmanager/stages.h"
#include "services/secretsmanager/tags.h"
#include "services/secretsmanager/writes.h"

namespace fogbank::secretsmanager {
namespace {

Result<void> check_served(const Scope& scope, const svc::CreateSecretRequest& in) {
  for (const auto& replica : in.AddReplicaRegions) if (replica.Region == scope.region.str()) return fail(invalid_parameter("Invalid replica region."));
  if (in.AddReplicaRegions) return fail(not_served("CreateSecret with AddReplicaRegions"));
  if (!in.Type.empty()) return fail(not_served("CreateSecret with Type (a managed external secret)"));
  return {};
}

void answer(Context& cx, const Write& write, std::string_view version_id, svc::CreateSecretResponse& out) {
  out.ARN = cx.str(write.arn);
  out.Name = cx.str(write.named.name);
  if (!version_id.empty()) out.VersionId = cx.str(version_id);
}

}  // namespace

Result<void> CreateSecret(Context& cx, const svc::CreateSecretRequest& in, svc::CreateSecretResponse& out) {
  auto write = write_of(cx);
  const NamedSecret& named = write->named;
  GivenValue given{in.SecretString, in.SecretBinary};
  FB_TRY(check_served(named.scope, in));
  FB_TRY(check_token(in.ClientRequestToken));
  FB_TRY(check_value(given));
  FB_ASSIGN(tags, with_tags({}, in.Tags));
  if (named.secret && named.secret->deletion_at)
    return fail(invalid_request("You can't create this secret because a secret with this name is already scheduled for deletion."));
  if (named.secret && !write->existing) return fail(secret_exists(named.name));
  if (write->refused) return fail(*write->refused);
  if (write->new_key) FB_TRY(check_key_access(cx, *write->new_key));
  std::optional<Value> value;
  if (given.given()) {
    FB_ASSIGN(made, encrypted(cx, *write, in.ClientRequestToken, given));
    if (!made) {   // the same request again
      answer(cx, *write, in.ClientRequestToken, out);
      return {};
    }
    value = std::move(made);
  }
  FB_TRY(cx.write([&](store::Txn& tx) -> Result<void> {
    if (tx.has(secret_key(named.scope, named.name))) return fail(secret_exists(named.name));
    StoredSecret secret;
    secret.name = named.name;
    secret.suffix = write->suffix;
    secret.description = in.Description;
    secret.kms_key = in.KmsKeyId;
    secret.created = secret.changed = cx.now();
    secret.tags = tags;
    secret.tagged = !tags.empty();
    if (!value) {
      tx.put_record(secret_key(named.scope, named.name), secret);
      return {};
    }
    return put_version(tx, named.scope, secret, {std::string(in.ClientRequestToken), 0, cx.now(), 0, {secret.kms_key}, {}}, *value, {std::string(kCurrent)});
  }));
  answer(cx, *write, value ? in.ClientRequestToken : Str(), out);
  return {};
}

}  // namespace fogbank::secretsmanager
