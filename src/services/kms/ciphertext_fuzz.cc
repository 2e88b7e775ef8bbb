// Ciphertext blobs come from whoever calls: reading one never crashes, and what opens is, byte for byte, what was sealed.
#include "base/aead.h"
#include "services/kms/ciphertext.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace fogbank;
  using namespace fogbank::kms;
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const std::string key(aead::kKeyBytes, 'k');
  const EncryptionContext context{{"a", "b"}, {"c", ""}};
  auto head = read_blob(bytes);
  if (head) {
    auto packed = packed_id(head->key_id);
    if (head->account.size() != 12 || !packed || unpacked_id(*packed) != head->key_id) __builtin_trap();
  }
  if (auto plain = open_blob(bytes, key, context)) {
    if (!head) __builtin_trap();
    std::string_view nonce = bytes.substr(bytes.size() - plain->size() - aead::kOverhead, aead::kNonceBytes);
    if (seal_blob(*head, key, nonce, context, *plain) != bytes) __builtin_trap();
  }
  if (open_blob(bytes, key, {{"a", "b"}})) __builtin_trap();   // another context
  if (auto packed = packed_id(bytes); packed && unpacked_id(*packed) != bytes) __builtin_trap();
  return 0;
}
