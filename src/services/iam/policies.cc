#include "services/iam/policies.h"

#include "auth/policy/document.h"
#include "base/strings.h"

namespace fogbank::iam {

Result<void> check_managed_document(const Scope& scope, std::string_view document) {
  if (int64_t(policy::quota_size(document)) > kManagedPolicySize) return fail(limit_exceeded(cat("Cannot exceed quota for PolicySize: ", kManagedPolicySize)));
  FB_TRY(policy::compile(document, policy::PolicyKind::identity, {policy::Dialect::iam, scope.partition.str()}));
  return {};
}

void put_version(store::Txn& tx, const Scope& scope, const Policy& p, int64_t number, std::string_view document, Millis created) {
  PolicyVersion v;
  v.document = document;
  v.created = created;
  tx.put_record(version_key(scope, p.name, number), v);
}

const ManagedPolicy* aws_policy(std::string_view arn) {
  auto parsed = parse_arn(arn);
  return parsed && parsed->account == "aws" ? find_managed(arn) : nullptr;
}

Result<Policy> changeable_policy(Context& cx, store::Reader& reader, std::string_view arn) {
  FB_ASSIGN(name, parse_policy_arn(arn));
  if (name.aws_managed())
    return fail("AccessDenied", cat("User: ", cx.principal().arn, " is not authorized to perform this action on the AWS managed policy ", arn), 403);
  auto p = find_policy(reader, cx.scope(), name);
  if (!p) return fail(no_such_policy(arn));
  return std::move(*p);
}

ApiError no_such_version(std::string_view arn, std::string_view version) {
  return no_such_entity(cat("Policy ", arn, " version ", version, " does not exist or is not attachable."));
}

}  // namespace fogbank::iam
