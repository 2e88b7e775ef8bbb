// Values under KMS keys: each copy of a value is encrypted by a data key of its own, for its secret and version. As with KMS's library for
// other services every use has two halves: `require_…` in the authorise function, the rest in the handler, outside of cx.read and cx.write.
// Errors are worded as Secrets Manager words them: EncryptionFailure, DecryptionFailure, "Access to KMS is not allowed".
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/secret.h"
#include "gateway/authorise.h"
#include "gateway/context.h"
#include "services/secretsmanager/state.h"

namespace fogbank::secretsmanager {

/// What a copy is to be encrypted for. `kms_key` as in StoredSecret.
struct Sealing {
  Scope scope;
  std::string arn, version_id, kms_key;
};
/// An error if the key's name leads nowhere; to be told by the handler, after the decisions.
Result<void> require_seal(AuthoriseContext& cx, const Sealing& to);
Result<Copy> seal(Context& cx, const Sealing& to, std::string_view plain);

/// May the caller encrypt and decrypt under a key that it names? Asked when a secret gets a key.
Result<void> require_key_access(AuthoriseContext& cx, const Sealing& to);
Result<void> check_key_access(Context& cx, const Sealing& to);

/// A stored value to be decrypted: any copy whose key the caller may use will do, the newest first.
struct Opening {
  Scope scope;
  std::string arn, version_id;
  std::shared_ptr<const Value> value;
  std::vector<size_t> copies;   ///< those that were required
  int first_entry = 0;
};
/// Decisions about copies are entries from kFirstEntry on, so that one denial does not end the call; `slot` tells apart the values of one call.
inline constexpr int kFirstEntry = 20;
Opening require_open(AuthoriseContext& cx, const Scope& scope, std::string_view arn, std::string_view version_id, std::shared_ptr<const Value> value, size_t slot = 0);
Result<Secret> open(Context& cx, const Opening& from);

}  // namespace fogbank::secretsmanager
