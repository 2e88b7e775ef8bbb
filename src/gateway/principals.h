// The principals that policies and grants of resources name. Services refuse those that do not exist (KMS, Secrets Manager, SNS …); IAM knows
// which do. Pure reading through the caller's reader; any thread.
#pragma once
#include <string>
#include <string_view>

#include "gateway/core.h"
#include "store/store.h"

namespace fogbank {

/// Is this a user, role, session, account, or service that can call? `unique_id` is set for users and roles.
bool principal_exists(Core& core, store::Reader& reader, std::string_view partition, std::string_view named, std::string* unique_id = nullptr);

}  // namespace fogbank
