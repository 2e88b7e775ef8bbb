// From what a request names (key id, key ARN, alias name, alias ARN, or the ciphertext itself) to a key, and what a decision about that key
// has to know: its policy, tags, grants and condition keys. For KMS's own operations and for services that use a key on behalf of their
// callers (data_keys.h). Everything reads through the reader of the decision; nothing is kept.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/arena.h"
#include "gateway/authorise.h"
#include "services/kms/caches.h"
#include "services/kms/ciphertext.h"
#include "services/kms/state.h"

namespace fogbank::kms {

/// A key that a request named. `key` is null if there is none (the decision is then about the ARN, and NotFoundException comes after it),
/// or none yet: `managed` then names the service whose AWS managed key it will be.
struct NamedKey {
  Scope scope;
  std::string id, arn;
  std::string alias;      ///< "alias/x" if it was named by an alias
  std::string managed;    ///< the key of alias/aws/<managed> that does not exist yet
  KeyPtr key;
};

/// What an authorise function found: the keys of its decisions in the order of the requirements. For the handler.
struct NamedKeys { std::vector<NamedKey> keys; };

enum class Aliases : uint8_t { taken, refused };

/// `home`: account and Region in which an id or alias name without an ARN is looked for. The Region of an ARN must be that of `home`.
Result<NamedKey> resolve_key(Core& core, store::Reader& reader, const Scope& home, std::string_view given, Aliases aliases);
/// The AWS managed key of a service; it may not exist yet.
NamedKey managed_key(Core& core, store::Reader& reader, const Scope& home, std::string_view service);

/// The key that sealed a blob. Its Region is that of `home`; `key` is null if there is no such key here.
NamedKey key_of_blob(Core& core, store::Reader& reader, const Scope& home, const BlobHead& head);

/// One decision about a key.
struct KeyDecision {
  std::string_view action;                     ///< "kms:Decrypt"
  bool across_accounts = true;                 ///< false: only the owner's account may do this at all
  const EncryptionContext* context = nullptr;  ///< of operations that have one
  std::string_view via_service;                ///< "s3": called by this service on behalf of the caller
  std::function<bool(const Grant&)> grant_fits;   ///< a further condition on grants that may cover it; may be empty
};
/// Adds the requirement with the key's facts. The reference is good until the next requirement is added.
Requirement& require_key(AuthoriseContext& cx, const NamedKey& named, const KeyDecision& decision);

EncryptionContext context_of(const Map<Str>& given);

}  // namespace fogbank::kms
