// AddLayerVersionPermission, RemoveLayerVersionPermission and GetLayerVersionPolicy:
// https://docs.aws.amazon.com/lambda/latest/api/API_AddLayerVersionPermission.html
#include <algorithm>

#include "base/strings.h"
#include "gen/lambda/operations.h"
#include "services/lambda/errors.h"
#include "services/lambda/functions.h"
#include "services/lambda/policies.h"

namespace fogbank::lambda {
namespace {

Result<void> check_version(store::Reader& reader, const LayerRef& ref) {
  if (reader.has(layer_version_key(ref.scope, ref.name, ref.version))) return {};
  return fail(not_found(cat("Layer version ", layer_arn(ref.scope, ref.name), ':', ref.version, " does not exist.")));
}

LayerRef version_ref(Context& cx, Str name, Opt<int64_t> number) {
  LayerRef ref = layer_ref(name, cx.caller());
  ref.version = number.value_or(0);
  return ref;
}

}  // namespace

Result<void> AddLayerVersionPermission(Context& cx, const svc::AddLayerVersionPermissionRequest& in, svc::AddLayerVersionPermissionResponse& out) {
  LayerRef ref = version_ref(cx, in.LayerName, in.VersionNumber);
  std::string json = layer_statement_json(in.StatementId, in.Action, in.Principal, in.OrganizationId.view(), ref.arn(), ref.scope.partition.str());
  std::string revision = cx.random().uuid();
  FB_TRY(cx.write([&](store::Txn& tx) -> Result<void> {
    FB_TRY(check_version(tx, ref));
    store::Key key = layer_policy_key(ref.scope, ref.name, ref.version);
    ResourcePolicy policy = tx.get_as<ResourcePolicy>(key).value_or(ResourcePolicy{});
    for (const auto& s : policy.statements) {
      if (s.sid == in.StatementId.view())
        return fail(conflict(cat("The statement id (", s.sid, ") provided already exists. Please provide a new statement id, or remove the existing statement.")));
    }
    if (in.RevisionId && in.RevisionId.view() != policy.revision) return fail(wrong_revision("GetLayerPolicy"));
    policy.statements.push_back({std::string(in.StatementId), json, {}});
    policy.revision = revision;
    tx.put_record(key, policy);
    return {};
  }));
  out.Statement = cx.str(json);
  out.RevisionId = cx.str(revision);
  return {};
}

Result<void> RemoveLayerVersionPermission(Context& cx, const svc::RemoveLayerVersionPermissionRequest& in, svc::RemoveLayerVersionPermissionOutput&) {
  LayerRef ref = version_ref(cx, in.LayerName, in.VersionNumber);
  return cx.write([&](store::Txn& tx) -> Result<void> {
    FB_TRY(check_version(tx, ref));
    store::Key key = layer_policy_key(ref.scope, ref.name, ref.version);
    auto policy = tx.get_as<ResourcePolicy>(key);
    if (!policy) return fail(not_found("No policy is associated with the given resource."));
    if (in.RevisionId && in.RevisionId.view() != policy->revision) return fail(wrong_revision("GetLayerPolicy"));
    auto it = std::find_if(policy->statements.begin(), policy->statements.end(), [&](const auto& s) { return s.sid == in.StatementId.view(); });
    if (it == policy->statements.end()) return fail(not_found(cat("Statement ", in.StatementId.view(), " is not found in resource policy.")));
    policy->statements.erase(it);
    policy->revision = cx.random().uuid();
    if (policy->statements.empty()) tx.erase(key);
    else tx.put_record(key, *policy);
    return {};
  });
}

Result<void> GetLayerVersionPolicy(Context& cx, const svc::GetLayerVersionPolicyRequest& in, svc::GetLayerVersionPolicyResponse& out) {
  LayerRef ref = version_ref(cx, in.LayerName, in.VersionNumber);
  std::optional<ResourcePolicy> policy;
  Result<void> found;
  cx.read([&](store::Reader& reader) {
    found = check_version(reader, ref);
    policy = reader.get_as<ResourcePolicy>(layer_policy_key(ref.scope, ref.name, ref.version));
  });
  FB_TRY(found);
  if (!policy) return fail(not_found("No policy is associated with the given resource."));
  out.Policy = cx.str(policy_json(*policy));
  out.RevisionId = cx.str(policy->revision);
  return {};
}

}  // namespace fogbank::lambda
