// The statements that AddPermission and RemovePermission keep in a queue's policy. They change the document's text and keep the rest of it
// as it was written. Source: recorded answers (test of the permission lifecycle). Pure functions.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/scope.h"

namespace fogbank::sqs {

struct Permission {
  std::string_view label;
  std::vector<std::string_view> accounts, actions;   ///< "SendMessage", or "*"
};

Result<void> check_permission(const Permission& p);

/// The policy with a statement for the permission. `policy` may be empty.
Result<std::string> add_permission(std::string_view policy, const Permission& p, const Scope& scope, std::string_view queue);
/// The policy without the statement; empty if none is left.
Result<std::string> remove_permission(std::string_view policy, std::string_view label);

}  // namespace fogbank::sqs
