// Resource policies of secrets as PutResourcePolicy and ValidateResourcePolicy take them. Reads IAM's records through its caller's reader.
#pragma once
#include <string_view>

#include "auth/policy/document.h"
#include "base/error.h"
#include "base/scope.h"
#include "gateway/core.h"
#include "store/store.h"

namespace fogbank::secretsmanager {

/// The compiled document; MalformedPolicyDocumentException for its grammar and for principals that do not exist.
Result<policy::PolicyPtr> check_policy(Core& core, store::Reader& reader, const Scope& scope, std::string_view json);

inline constexpr std::string_view kPublicPolicy = "The resource policy allows broad access to the secret.";

}  // namespace fogbank::secretsmanager
