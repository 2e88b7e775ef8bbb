// UpdateSecret: https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_UpdateSecret.html
#include "gateway/context.h"
#include "gen/secretsmanager/operations.h"
#include "services/secretsmanager/errors.h"
#include "services/secretsmanager/stages.h"
#include "services/secretsmanager/writes.h"

namespace fogbank::secretsmanager {
namespace {

struct Moved { std::string version_id; Copy copy; };

/// Copies of the labelled versions under the secret's new key. A version whose old key the caller may not use stays as it is.
Result<std::vector<Moved>> moved_copies(Context& cx, const Write& write) {
  std::vector<Moved> out;
  for (const Write::Moved& m : write.moved) {
    auto plain = open(cx, m.from);
    if (!plain) continue;
    FB_ASSIGN(copy, seal(cx, m.to, plain->view()));
    out.push_back({m.to.version_id, std::move(copy)});
  }
  return out;
}

Result<void> put_copy(store::Txn& tx, const NamedSecret& named, const Moved& moved) {
  auto value = tx.get_as<Value>(value_key(named.scope, named.name, moved.version_id));
  auto version = tx.get_as<Version>(version_key(named.scope, named.name, moved.version_id));
  if (!value || !version) return {};   // forgotten meanwhile
  value->copies.push_back(moved.copy);
  if (value->copies.size() > kCopies) value->copies.erase(value->copies.begin());
  version->kms_keys.clear();
  for (const Copy& c : value->copies) version->kms_keys.push_back(c.kms_key);
  tx.put_record(value_key(named.scope, named.name, moved.version_id), *value);
  tx.put_record(version_key(named.scope, named.name, moved.version_id), *version);
  return {};
}

}  // namespace

Result<void> UpdateSecret(Context& cx, const svc::UpdateSecretRequest& in, svc::UpdateSecretResponse& out) {
  auto write = write_of(cx);
  const NamedSecret& named = write->named;
  GivenValue given{in.SecretString, in.SecretBinary};
  if (!in.Type.empty()) return fail(not_served("UpdateSecret with Type (a managed external secret)"));
  if (given.given()) FB_TRY(check_token(in.ClientRequestToken));
  FB_TRY(check_value(given));
  if (!named.secret) return fail(secret_not_found());
  if (named.secret->deletion_at) return fail(marked_for_deletion());
  if (write->refused) return fail(*write->refused);
  if (write->new_key) FB_TRY(check_key_access(cx, *write->new_key));
  std::optional<Value> value;
  if (given.given()) {
    FB_ASSIGN(made, encrypted(cx, *write, in.ClientRequestToken, given));
    value = std::move(made);
  }
  FB_ASSIGN(moved, moved_copies(cx, *write));
  FB_TRY(change_record(cx, named, [&](store::Txn& tx, StoredSecret& secret) -> Result<void> {
    if (in.Description) secret.description = in.Description;
    if (in.KmsKeyId) secret.kms_key = in.KmsKeyId;
    for (const Moved& m : moved) FB_TRY(put_copy(tx, named, m));
    if (!value) return {};
    if (tx.has(version_key(named.scope, named.name, in.ClientRequestToken))) return fail(changed_meanwhile());
    return put_version(tx, named.scope, secret, {std::string(in.ClientRequestToken), 0, cx.now(), 0, {secret.kms_key}, {}}, *value, {std::string(kCurrent)});
  }));
  out.ARN = cx.str(named.arn);
  out.Name = cx.str(named.name);
  if (given.given()) out.VersionId = cx.str(in.ClientRequestToken);
  return {};
}

}  // namespace fogbank::secretsmanager
