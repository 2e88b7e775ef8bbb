// Policies of topics: the default one, what AddPermission and RemovePermission make of a document, and which documents are refused. Source:
// recorded answers; developer guide, "Using identity-based policies with Amazon SNS". Pure functions.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "auth/policy/document.h"
#include "base/error.h"
#include "base/scope.h"

namespace fogbank::sns {

std::string default_policy(const Scope& scope, std::string_view topic);

/// Compiles, and only speaks of what topics allow to others.
Result<policy::PolicyPtr> check_policy(std::string_view json, std::string_view partition);

struct Permission {
  std::string_view label;
  std::vector<std::string_view> accounts, actions;   ///< "Publish"
};
Result<std::string> add_permission(std::string_view policy, const Permission& p, const Scope& scope, std::string_view topic);
/// As it was if there is no such statement.
Result<std::string> remove_permission(std::string_view policy, std::string_view label);

}  // namespace fogbank::sns
