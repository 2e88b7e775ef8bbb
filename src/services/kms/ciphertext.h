// The ciphertext blobs of symmetric keys, and what is authenticated with them.
//
//   blob: 5 bytes of prefix (as AWS's blobs begin) | 8 account | 16 key id | 4 version of the material | 12 nonce | ciphertext | 16 tag
//
// The head and the encryption context are authenticated (AES-256-GCM's associated data), so neither can be changed. The context counts in
// the order of its keys, whatever the order it was given in. Pure functions; any bytes may be given to `read_blob`.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/scope.h"
#include "services/kms/state.h"

namespace fogbank::kms {

inline constexpr size_t kMaxPlaintext = 4096;

struct BlobHead {
  std::string account;     ///< twelve digits
  std::string key_id;
  uint32_t version = 0;
};
/// Nothing if it is no blob of a symmetric key.
std::optional<BlobHead> read_blob(std::string_view blob);

std::string seal_blob(const BlobHead& head, std::string_view key, std::string_view nonce, const EncryptionContext& context, std::string_view plain);
/// Nothing if the key, the context or a byte of the blob is another.
std::optional<std::string> open_blob(std::string_view blob, std::string_view key, const EncryptionContext& context);

/// 16 bytes of "1234abcd-12ab-34cd-56ef-1234567890ab", or nothing.
std::optional<std::string> packed_id(std::string_view key_id);
std::string unpacked_id(std::string_view bytes);

}  // namespace fogbank::kms
