// Credentials of users besides access keys and passwords: service-specific user names and passwords, SSH keys, signing certificates.
// Nothing here signs in with them; they are what IAM keeps about them. Records of the account's global scope, which survive a crash once
// committed; functions work on the Reader or Txn of their caller.
//   usercred (user id, kind, credential id) -> UserCredential
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "gateway/context.h"
#include "services/iam/state.h"

namespace fogbank::iam {

inline constexpr store::Table kUserCredentials{"iam", "usercred"};

enum class CredentialKind : uint8_t { service, ssh_key, certificate };

struct UserCredential {
  std::string id;
  CredentialKind kind = CredentialKind::service;
  bool inactive = false;
  Millis created = 0;
  std::string service, service_user;       ///< of service-specific ones
  std::string secret_digest;               ///< their password, SHA-256: it is 256 random bits and shown once
  std::string body;                        ///< SSH key or certificate as uploaded
  std::string fingerprint;                 ///< of the SSH key; of the certificate, SHA-256 (hex)
  Unknown unknown;
  template <class A> void fields(A& a) {
    a(1, id); a(2, kind); a(3, inactive); a(4, created); a(5, service); a(6, service_user); a(7, secret_digest); a(8, body); a(9, fingerprint); a(unknown);
  }
};

store::Key user_credential_key(const Scope& scope, std::string_view user_id, CredentialKind kind, std::string_view id);

/// Oldest first.
std::vector<UserCredential> credentials_of(store::Reader& reader, const Scope& scope, std::string_view user_id, CredentialKind kind);

/// A credential and the user whose it is; what the operations on one credential have in common. NoSuchEntity if either is missing.
struct OwnedCredential { Entity user; UserCredential credential; };
Result<OwnedCredential> find_credential(store::Reader& reader, const Scope& scope, std::string_view user, CredentialKind kind, std::string_view id);
void put_credential(store::Txn& tx, const Scope& scope, const OwnedCredential& owned);
Result<void> set_credential_status(Context& cx, std::string_view user, CredentialKind kind, std::string_view id, std::string_view status);
Result<void> delete_credential(Context& cx, std::string_view user, CredentialKind kind, std::string_view id);

/// What the lists give out; oldest first.
struct OwnedCredentials { Entity user; std::vector<UserCredential> all; };
Result<OwnedCredentials> list_credentials(Context& cx, std::string_view user, CredentialKind kind);

/// Why a user cannot be deleted because of them.
Result<void> check_no_credentials(store::Reader& reader, const Scope& scope, std::string_view user_id);

/// "Active" or "Inactive"; "Expired" is for IAM to say and is refused.
Result<bool> wants_inactive(std::string_view status);
inline std::string_view status_text(const UserCredential& c) { return c.inactive ? "Inactive" : "Active"; }

}  // namespace fogbank::iam
