// What the account's own settings permit its users, apart from any policy that is attached.
#pragma once
#include "auth/policy/document.h"
#include "services/iam/state.h"

namespace fogbank::iam {

/// If the account's password policy lets users change their passwords: a policy as if on the user itself, which allows that user
/// iam:ChangePassword and iam:GetAccountPasswordPolicy. Else null. Source: IAM User Guide, "Permit IAM users to change their own passwords".
policy::PolicyPtr password_permission(store::Reader& reader, const Scope& scope, const Entity& user);

}  // namespace fogbank::iam
