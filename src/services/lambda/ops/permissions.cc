// AddPermission, RemovePermission and GetPolicy: https://docs.aws.amazon.com/lambda/latest/api/API_AddPermission.html
#include <algorithm>

#include "base/strings.h"
#include "gen/lambda/operations.h"
#include "gateway/core.h"
#include "services/lambda/errors.h"
#include "services/lambda/functions.h"
#include "services/lambda/policies.h"

namespace fogbank::lambda {
namespace {

constexpr size_t kMaxPolicy = 20480;

/// The policy of the function, or of one version or alias of it; each has its own.
Result<void> find_policy_owner(store::Reader& reader, const FunctionRef& ref) {
  if (ref.qualifier.empty() || is_number(ref.qualifier) || ref.qualifier.find('$') != std::string::npos) {
    bool found = reader.has(function_key(ref.scope, ref.name));
    if (found && !ref.qualifier.empty()) found = is_number(ref.qualifier) && reader.has(version_key(ref.scope, ref.name, parse_int(ref.qualifier).value_or(-1)));
    if (!found) return fail(function_not_found(ref.arn()));
    return {};
  }
  if (!reader.has(function_key(ref.scope, ref.name))) return fail(function_not_found(ref.arn()));
  if (!reader.has(alias_key(ref.scope, ref.name, ref.qualifier))) return fail(not_found(cat("Cannot find alias arn: ", ref.arn())));
  return {};
}

Result<void> check_principal(Context& cx, store::Txn& tx, std::string_view principal) {
  if (!names_entity(principal)) return {};
  if (cx.core().identity().find_entity(principal, cx.scope().partition.str(), tx)) return {};
  return fail(invalid_parameter("The provided principal was invalid. Please check the principal and try again."));
}

}  // namespace

Result<void> AddPermission(Context& cx, const svc::AddPermissionRequest& in, svc::AddPermissionResponse& out) {
  FB_ASSIGN(ref, request_function(cx, in.FunctionName, in.Qualifier));
  if (ref.qualifier == kLatest) return fail(invalid_parameter("We currently do not support adding policies for $LATEST."));
  Grant grant;
  grant.sid = in.StatementId;
  grant.action = in.Action;
  grant.principal = in.Principal;
  std::string resource = ref.arn();
  grant.resource = resource;
  grant.source_arn = in.SourceArn.view();
  grant.source_account = in.SourceAccount.view();
  grant.organization = in.PrincipalOrgID.view();
  grant.event_source_token = in.EventSourceToken.view();
  grant.url_auth_type = in.FunctionUrlAuthType.view();
  grant.via_url = in.InvokedViaFunctionUrl.value_or(false);
  if (!grant.url_auth_type.empty() && grant.action != "lambda:InvokeFunctionUrl" && grant.action != "lambda:*" && grant.action != "*")
    return fail(invalid_parameter("FunctionUrlAuthType is only supported for lambda:InvokeFunctionUrl action"));
  FB_ASSIGN(json, statement_json(grant, ref.scope.partition.str()));
  FB_TRY(cx.write([&](store::Txn& tx) -> Result<void> {
    FB_TRY(find_policy_owner(tx, ref));
    FB_TRY(check_principal(cx, tx, in.Principal));
    store::Key key = policy_key(ref.scope, ref.name, ref.qualifier);
    ResourcePolicy policy = tx.get_as<ResourcePolicy>(key).value_or(ResourcePolicy{});
    if (in.RevisionId && in.RevisionId.view() != policy.revision) return fail(wrong_revision("GetPolicy"));
    for (const auto& s : policy.statements) {
      if (s.sid == in.StatementId.view())
        return fail(conflict(cat("The statement id (", s.sid, ") provided already exists. Please provide a new statement id, or remove the existing statement.")));
    }
    policy.statements.push_back({std::string(in.StatementId), json, {}});
    policy.revision = cx.random().uuid();
    if (policy_json(policy).size() > kMaxPolicy) return fail(ApiError("PolicyLengthExceededException", cat("The final policy size (", policy_json(policy).size(), ") is bigger than the limit (", kMaxPolicy, ").")).with("Type", "User"));
    tx.put_record(key, policy);
    return {};
  }));
  out.Statement = cx.str(json);
  return {};
}

Result<void> RemovePermission(Context& cx, const svc::RemovePermissionRequest& in, svc::RemovePermissionOutput&) {
  FB_ASSIGN(ref, request_function(cx, in.FunctionName, in.Qualifier));
  return cx.write([&](store::Txn& tx) -> Result<void> {
    store::Key key = policy_key(ref.scope, ref.name, ref.qualifier);
    if (!tx.has(function_key(ref.scope, ref.name))) return fail(not_found(cat("No policy found for: ", ref.bare_arn())));
    FB_TRY(find_policy_owner(tx, ref));
    auto policy = tx.get_as<ResourcePolicy>(key);
    if (!policy) return fail(not_found("No policy is associated with the given resource."));
    if (in.RevisionId && in.RevisionId.view() != policy->revision) return fail(wrong_revision("GetPolicy"));
    auto it = std::find_if(policy->statements.begin(), policy->statements.end(), [&](const auto& s) { return s.sid == in.StatementId.view(); });
    if (it == policy->statements.end()) return fail(not_found(cat("Statement ", in.StatementId.view(), " is not found in resource policy.")));
    policy->statements.erase(it);
    policy->revision = cx.random().uuid();
    if (policy->statements.empty()) tx.erase(key);
    else tx.put_record(key, *policy);
    return {};
  });
}

Result<void> GetPolicy(Context& cx, const svc::GetPolicyRequest& in, svc::GetPolicyResponse& out) {
  FB_ASSIGN(ref, request_function(cx, in.FunctionName, in.Qualifier));
  std::optional<ResourcePolicy> policy;
  bool exists = false;
  cx.read([&](store::Reader& reader) {
    exists = reader.has(function_key(ref.scope, ref.name));
    policy = reader.get_as<ResourcePolicy>(policy_key(ref.scope, ref.name, ref.qualifier));
  });
  if (!exists) return fail(function_not_found(ref.arn()));
  if (!policy) return fail(resource_missing());
  out.Policy = cx.str(policy_json(*policy));
  out.RevisionId = cx.str(policy->revision);
  return {};
}

}  // namespace fogbank::lambda
