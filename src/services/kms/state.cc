#include "services/kms/state.h"

#include "base/strings.h"

namespace fogbank::kms {
namespace {
std::string_view bare(std::string_view alias) { return alias.starts_with("alias/") ? alias.substr(6) : alias; }
}  // namespace

store::Key key_key(const Scope& scope, std::string_view id) { return store::key(scope, kKeys, id); }
store::Key policy_key(const Scope& scope, std::string_view id) { return store::key(scope, kPolicies, id); }
store::Key material_key(const Scope& scope, std::string_view id, uint32_t version) { return store::key(scope, kMaterials, id, uint64_t(version)); }
store::Key alias_key(const Scope& scope, std::string_view alias) { return store::key(scope, kAliases, bare(alias)); }
store::Key grant_key(const Scope& scope, std::string_view key_id, std::string_view grant_id) { return store::key(scope, kGrants, key_id, grant_id); }
store::Key grantee_key(const Scope& scope, std::string_view key_id, std::string_view grantee, std::string_view grant_id) {
  return store::key(scope, kGrantees, key_id, grantee, grant_id);
}

std::string key_arn(const Scope& scope, std::string_view id) { return make_arn(scope, "kms", cat("key/", id)); }
std::string alias_arn(const Scope& scope, std::string_view alias) { return make_arn(scope, "kms", alias); }
std::string root_arn(const Scope& scope) { return cat("arn:", scope.partition, ":iam::", scope.account, ":root"); }

}  // namespace fogbank::kms
