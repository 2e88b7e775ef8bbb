// AWS managed keys: those that AWS makes for a service in an account, behind alias/aws/<service>, when it is first used. Each lets everybody
// in its account use it through its service, and nobody use it directly. Constant data and pure functions, and one function that makes the
// key's records in a transaction.
#pragma once
#include <span>
#include <string>
#include <string_view>

#include "base/error.h"
#include "services/kms/caches.h"
#include "services/kms/state.h"

namespace fogbank::kms {

/// Services whose alias every account has from the beginning, without a key until it is first used.
std::span<const std::string_view> predefined_aliases();
bool has_managed_key(std::string_view service);
/// The value of kms:ViaService: "s3.eu-central-1.amazonaws.com".
std::string via_service(std::string_view service, std::string_view region);

std::string default_policy(const Scope& scope);
std::string managed_policy(const Scope& scope, std::string_view service);
policy::PolicyPtr compiled_managed_policy(const Scope& scope, std::string_view service);

/// Makes the key, unless it exists. `material` was made for version 1 of the key `id`.
void put_managed_key(store::Txn& tx, const Scope& scope, std::string_view id, std::string_view service, const Material& material, Millis now);

}  // namespace fogbank::kms
