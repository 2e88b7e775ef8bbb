#include "services/secretsmanager/policies.h"

#include "gateway/principals.h"

namespace fogbank::secretsmanager {

Result<policy::PolicyPtr> check_policy(Core& core, store::Reader& reader, const Scope& scope, std::string_view json) {
  FB_ASSIGN(compiled, policy::compile(json, policy::PolicyKind::resource, {policy::Dialect::secretsmanager, scope.partition.str()}));
  for (const policy::PrincipalName& p : policy::principals_of(*compiled))
    if (p.type == policy::PrincipalName::Type::aws && !principal_exists(core, reader, scope.partition.str(), p.value))
      return fail("MalformedPolicyDocumentException", "This resource policy contains an unsupported principal.");
  return compiled;
}

}  // namespace fogbank::secretsmanager
