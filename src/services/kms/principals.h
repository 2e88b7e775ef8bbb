// The principals that key policies and grants name: KMS refuses those that do not exist. Reads IAM's records through its caller's reader.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "auth/principal.h"
#include "base/error.h"
#include "base/scope.h"
#include "gateway/core.h"
#include "services/kms/state.h"

namespace fogbank::kms {

/// Is this a user, role, session, account, or service that can call? `unique_id` is set for users and roles.
bool principal_exists(Core& core, store::Reader& reader, const Scope& scope, std::string_view named, std::string* unique_id = nullptr);

/// A key policy as CreateKey and PutKeyPolicy take it: size, grammar, principals; and unless `bypass`, that the caller can still change it
/// afterwards.
Result<void> check_policy(Core& core, store::Reader& reader, const auth::Principal& caller, const Scope& scope, std::string_view arn, std::string_view json, bool bypass);

}  // namespace fogbank::kms
