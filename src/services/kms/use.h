// A key put to use: is it there, enabled and for this, and its opened material. For the handlers of KMS and for data_keys.h. To be called
// in a handler, outside of read and write. Any thread.
#pragma once
#include <string_view>

#include "gateway/context.h"
#include "services/kms/caches.h"
#include "services/kms/resolve.h"

namespace fogbank::kms {

/// NotFoundException, DisabledException, KMSInvalidStateException in this order.
Result<void> check_enabled(const NamedKey& named);
/// The same, then InvalidKeyUsageException if the key is for something else. `operation` as the text names it: "Encrypt".
Result<void> check_use(const NamedKey& named, std::string_view operation, std::string_view usage);

struct KeyInUse {
  KeyPtr key;
  MaterialPtr material;   ///< of the key's newest version
};
/// The key with its newest material. An AWS managed key that does not exist yet is made, so that this may write.
Result<KeyInUse> open_current(Context& cx, const NamedKey& named);
Result<MaterialPtr> open_version(Context& cx, const NamedKey& named, uint32_t version);

/// Encrypts under the key's newest version.
std::string encrypt_blob(Context& cx, const NamedKey& named, const KeyInUse& use, const EncryptionContext& context, std::string_view plain);
/// Decrypts a blob that `named` has sealed (key_of_blob).
Result<Secret> decrypt_blob(Context& cx, const NamedKey& named, std::string_view blob, const EncryptionContext& context, std::string* material_id = nullptr);

}  // namespace fogbank::kms
