// Grants: permissions on one key for one principal, outside the policy language. What covers a call, and grant tokens.
// Functions on the reader of their caller; nothing is kept.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "auth/principal.h"
#include "services/kms/caches.h"
#include "services/kms/state.h"

namespace fogbank::kms {

/// What a grant has to cover.
struct GrantQuestion {
  std::string_view operation;                    ///< "Decrypt"
  const EncryptionContext* context = nullptr;    ///< null: the operation has none, and constraints on it do not count
  std::function<bool(const Grant&)> fits;        ///< a further condition; may be empty
};
/// "grant 0c23…" of the first grant of the key that covers it for the caller, or "".
std::string covering_grant(store::Reader& reader, const Scope& scope, std::string_view key_id, const auth::Principal& caller, const GrantQuestion& q);

/// Is the caller this principal of a grant: a user, the role behind a session, the session itself, an account's root, a service?
bool is_principal(const auth::Principal& caller, std::string_view named, std::string_view unique_id);

/// Has the context everything that the grant's constraints ask for?
bool constraints_hold(const Grant& grant, const EncryptionContext& context);

/// Grant tokens name a grant; they are opaque and cannot be made by others.
struct GrantName { Scope scope; std::string key_id, grant_id; };
std::string make_grant_token(const State& state, const GrantName& name, Random& random);
std::optional<GrantName> read_grant_token(const State& state, std::string_view token);

/// The grant that RetireGrant names; left by the authorise function for the handler.
struct RetiredGrant { std::string id; };

void put_grant(store::Txn& tx, const Scope& scope, std::string_view key_id, const Grant& grant);
void erase_grant(store::Txn& tx, const Scope& scope, std::string_view key_id, const Grant& grant);

}  // namespace fogbank::kms
