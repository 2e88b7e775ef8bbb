// ListSecretVersionIds, UpdateSecretVersionStage: https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ListSecretVersionIds.html
#include "base/encoding.h"
#include "gateway/context.h"
#include "gen/secretsmanager/operations.h"
#include "services/secretsmanager/errors.h"
#include "services/secretsmanager/pages.h"
#include "services/secretsmanager/resolve.h"
#include "services/secretsmanager/stages.h"

namespace fogbank::secretsmanager {
namespace {

constexpr std::string_view kDefaultKey = "DefaultEncryptionKey";

/// A token names the number of the last version of a page.
Result<int64_t> read_token(Str token) {
  if (!token) return int64_t(0);
  auto text = unbase64url(token);
  auto number = text && text->starts_with("v:") ? parse_int(std::string_view(*text).substr(2)) : std::nullopt;
  if (!number) return fail(invalid_next_token());
  return *number;
}

void fill(Context& cx, const Version& v, const std::vector<std::string>& labels, svc::SecretVersionsListEntry& out) {
  out.VersionId = cx.str(v.id);
  for (const std::string& label : labels) out.VersionStages.push(cx.arena(), cx.str(label));
  if (v.accessed) out.LastAccessedDate = v.accessed;
  out.CreatedDate = v.created;
  for (const std::string& key : v.kms_keys) out.KmsKeyIds.push(cx.arena(), key.empty() ? Str(kDefaultKey) : cx.str(key));
}

/// What UpdateSecretVersionStage changes, in the secret's record.
Result<void> change_stage(StoredSecret& secret, const svc::UpdateSecretVersionStageRequest& in) {
  std::string label(in.VersionStage);
  auto at = secret.stages.find(label);
  bool attached = at != secret.stages.end();
  std::string holder = attached ? at->second : std::string();
  if (!in.MoveToVersionId) {
    if (label == kCurrent) return fail(invalid_parameter("You can only move staging label AWSCURRENT to a different secret version. It can't be completely removed."));
    if (!attached || holder != in.RemoveFromVersionId) return fail(invalid_parameter(cat("Staging label ", label, " is not attached to version ", in.RemoveFromVersionId, ".")));
    secret.stages.erase(at);
    return {};
  }
  if (attached && holder != in.MoveToVersionId) {
    if (!in.RemoveFromVersionId)
      return fail(invalid_parameter(cat("The parameter RemoveFromVersionId can't be empty. Staging label ", label, " is currently attached to version ", holder,
                                        ", so you must explicitly reference that version in RemoveFromVersionId.")));
    if (holder != in.RemoveFromVersionId)
      return fail(invalid_parameter(cat("The parameter RemoveFromVersionId is not valid. Staging label ", label, " is currently attached to version ", holder,
                                        ", so you must explicitly reference that version in RemoveFromVersionId.")));
  }
  if (!attached && in.RemoveFromVersionId) return fail(invalid_parameter(cat("Staging label ", label, " is not attached to version ", in.RemoveFromVersionId, ".")));
  move_label(secret, label, in.MoveToVersionId);
  if (secret.stages.size() > kLabelsPerSecret) return fail(limit_exceeded(cat("A secret can't have more than ", kLabelsPerSecret, " staging labels.")));
  return {};
}

}  // namespace

Result<void> ListSecretVersionIds(Context& cx, const svc::ListSecretVersionIdsRequest& in, svc::ListSecretVersionIdsResponse& out) {
  auto target = target_of(cx);
  const NamedSecret& named = target->named;
  if (!named.secret) return fail(secret_not_found());
  FB_ASSIGN(after, read_token(in.NextToken));
  std::vector<Version> versions;
  std::optional<StoredSecret> secret;
  cx.read([&](store::Reader& reader) {
    if (auto found = secret_in(reader, named)) secret = std::move(*found);
    versions = versions_of(reader, named.scope, named.name);
  });
  if (!secret) return fail(secret_not_found());
  out.Versions.reserve(cx.arena(), 0);
  size_t limit = size_t(in.MaxResults.value_or(kPageSize));
  int64_t last = 0;
  for (const Version& v : versions) {
    if (v.number <= after) continue;
    auto labels = labels_of(*secret, v.id);
    if (labels.empty() && !in.IncludeDeprecated.value_or(false)) continue;
    if (out.Versions.size() == limit) {
      out.NextToken = cx.str(base64url(cat("v:", last)));
      break;
    }
    fill(cx, v, labels, out.Versions.add(cx.arena()));
    last = v.number;
  }
  out.ARN = cx.str(named.arn);
  out.Name = cx.str(named.name);
  return {};
}

Result<void> UpdateSecretVersionStage(Context& cx, const svc::UpdateSecretVersionStageRequest& in, svc::UpdateSecretVersionStageResponse& out) {
  auto target = target_of(cx);
  const NamedSecret& named = target->named;
  if (!in.MoveToVersionId && !in.RemoveFromVersionId) return fail(invalid_parameter("You must provide MoveToVersionId, RemoveFromVersionId, or both."));
  FB_TRY(change_record(cx, named, [&](store::Txn& tx, StoredSecret& secret) -> Result<void> {
    for (const Str& id : {in.RemoveFromVersionId, in.MoveToVersionId}) {
      if (!id || tx.has(version_key(named.scope, named.name, id))) continue;
      // A rotation's pending version may never have been made; its label can still be taken away.
      if (in.MoveToVersionId || labels_of(secret, id).empty()) return fail(version_not_found(id));
    }
    return change_stage(secret, in);
  }));
  out.ARN = cx.str(named.arn);
  out.Name = cx.str(named.name);
  return {};
}

}  // namespace fogbank::secretsmanager
