// What a password must be: the account's own policy, or AWS's default one where it has none. Pure functions.
// Source: IAM User Guide, "Set an account password policy for IAM users".
#pragma once
#include <optional>
#include <string_view>

#include "base/error.h"
#include "services/iam/state_account.h"

namespace fogbank::iam {

/// Refuses a password with PasswordPolicyViolation. Without a policy of the account: eight characters, of three of four kinds, and not the
/// account's name (alias).
Result<void> check_password(std::string_view password, const std::optional<PasswordPolicy>& policy, std::string_view account_name);
/// The refusal of a password that the user had before.
ApiError password_reused();

}  // namespace fogbank::iam
