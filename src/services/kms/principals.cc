#include "services/kms/principals.h"

#include "auth/policy/evaluate.h"
#include "gateway/principals.h"
#include "services/kms/errors.h"

namespace fogbank::kms {
namespace {

ApiError invalid_principals() { return {"MalformedPolicyDocumentException", "Policy contains a statement with one or more invalid principals."}; }

}  // namespace

bool principal_exists(Core& core, store::Reader& reader, const Scope& scope, std::string_view named, std::string* unique_id) {
  return fogbank::principal_exists(core, reader, scope.partition.str(), named, unique_id);
}

Result<void> check_policy(Core& core, store::Reader& reader, const auth::Principal& caller, const Scope& scope, std::string_view arn, std::string_view json, bool bypass) {
  if (json.size() > kPolicyBytes) return fail(limit_exceeded(cat("The policy document is larger than ", kPolicyBytes, " bytes.")));
  FB_ASSIGN(compiled, policy::compile(json, policy::PolicyKind::resource, {policy::Dialect::kms, scope.partition.str()}));
  for (const policy::PrincipalName& p : policy::principals_of(*compiled))
    if (p.type == policy::PrincipalName::Type::aws && !principal_exists(core, reader, scope, p.value)) return fail(invalid_principals());
  if (bypass) return {};
  auto policies = core.identity().policies_of(caller, reader);
  policy::Action action("kms:PutKeyPolicy");
  policy::ListKeys keys;
  if (!caller.account.empty()) keys.set("kms:calleraccount", caller.account);
  policy::Request request;
  request.principal = &policies->who;
  request.action = &action;
  request.resource = arn;
  request.resource_account = scope.account.str();
  request.keys = &keys;
  policy::Attached attached{compiled, {}};
  policy::Verdict verdict = policy::apply({&attached, 1}, policy::PolicyType::resource, request);
  if (!verdict.allow || verdict.deny) return fail("MalformedPolicyDocumentException", "The new key policy will not allow you to update the key policy in the future.");
  return {};
}

}  // namespace fogbank::kms
