#include "services/kms/principals.h"

#include "auth/policy/evaluate.h"
#include "services/iam/entities.h"
#include "services/kms/errors.h"

namespace fogbank::kms {
namespace {

bool entity_exists(Core& core, store::Reader& reader, const ArnView& arn, std::string_view named, std::string* unique_id) {
  Scope theirs{Partition(arn.partition), AccountId(arn.account), Region()};
  auto name = iam::parse_entity_resource(arn.resource);
  if (!name) return false;
  auto entity = iam::find_entity(reader, theirs, name->kind, name->name);
  if (entity && iam::entity_arn(theirs, *entity) == named) {
    if (unique_id) *unique_id = entity->id;
    return true;
  }
  return core.settings().development_credentials && named == auth::development_principal(arn.account).arn;
}

ApiError invalid_principals() { return {"MalformedPolicyDocumentException", "Policy contains a statement with one or more invalid principals."}; }

}  // namespace

bool principal_exists(Core& core, store::Reader& reader, const Scope& scope, std::string_view named, std::string* unique_id) {
  if (named == "*" || is_account_id(named)) return true;
  auto arn = parse_arn(named);
  if (!arn) {
    if (named.ends_with(".amazonaws.com") || named.ends_with(".amazonaws.com.cn")) return true;
    return iam::find_by_id(reader, scope, named).has_value();
  }
  if (!is_account_id(arn->account) || arn->partition != scope.partition.str()) return false;
  if (arn->service == "iam") return arn->resource == "root" || entity_exists(core, reader, *arn, named, unique_id);
  if (arn->service != "sts") return false;
  auto parts = split(arn->resource, '/');
  if (parts[0] == "federated-user" && parts.size() == 2) return true;
  if (parts[0] != "assumed-role" || parts.size() != 3) return false;
  return iam::find_entity(reader, {Partition(arn->partition), AccountId(arn->account), Region()}, iam::EntityKind::role, parts[1]).has_value();
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
