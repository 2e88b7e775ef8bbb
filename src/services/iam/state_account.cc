#include "services/iam/state_account.h"

namespace fogbank::iam {

store::Key alias_key(const Scope& scope) { return store::key(scope.global(), kAliases); }
store::Key alias_owner_key(const Scope& scope, std::string_view alias) { return store::key(scope.whole_partition(), kAliasOwners, alias); }
store::Key password_policy_key(const Scope& scope) { return store::key(scope.global(), kPasswordPolicies); }
store::Key login_profile_key(const Scope& scope, std::string_view user_id) { return store::key(scope.global(), kLoginProfiles, user_id); }

}  // namespace fogbank::iam
