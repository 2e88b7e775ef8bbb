#include "base/stream_cipher.h"

#include <openssl/evp.h>

#include <algorithm>
#include <new>
#include <stdexcept>

namespace fogbank {
namespace {

const EVP_CIPHER* aes_ctr() {  // fetched once
  static const EVP_CIPHER* const cipher = EVP_CIPHER_fetch(nullptr, "AES-256-CTR", nullptr);
  return cipher;
}

unsigned char* bytes_of(char* p) { return reinterpret_cast<unsigned char*>(p); }

}  // namespace

StreamCipher::StreamCipher(std::string_view key) : ctx_(EVP_CIPHER_CTX_new()) {
  if (!ctx_) throw std::bad_alloc();
  auto* ctx = static_cast<EVP_CIPHER_CTX*>(ctx_);
  if (key.size() == kKeyBytes && EVP_EncryptInit_ex2(ctx, aes_ctr(), reinterpret_cast<const unsigned char*>(key.data()), nullptr, nullptr) == 1) return;
  EVP_CIPHER_CTX_free(ctx);
  if (key.size() != kKeyBytes) throw std::invalid_argument("AES-256-CTR: wrong size of key");
  throw std::runtime_error("AES-256-CTR is not available");
}

StreamCipher::~StreamCipher() { EVP_CIPHER_CTX_free(static_cast<EVP_CIPHER_CTX*>(ctx_)); }  // wipes the key

void StreamCipher::seek(int64_t offset) {
  unsigned char counter[16] = {};
  uint64_t block = uint64_t(offset) / 16;
  for (int i = 15; i >= 8; i--, block >>= 8) counter[i] = static_cast<unsigned char>(block);
  auto* ctx = static_cast<EVP_CIPHER_CTX*>(ctx_);
  char skipped[16] = {};
  int n = 0;
  if (EVP_EncryptInit_ex2(ctx, nullptr, nullptr, counter, nullptr) != 1 ||
      (offset % 16 && EVP_EncryptUpdate(ctx, bytes_of(skipped), &n, bytes_of(skipped), int(offset % 16)) != 1))
    throw std::runtime_error("AES-256-CTR failed");
  at_ = offset;
}

void StreamCipher::apply(int64_t offset, const char* in, char* out, size_t bytes) {
  if (offset != at_) seek(offset);
  constexpr size_t kMost = size_t(1) << 30;
  for (size_t done = 0; done < bytes;) {
    int n = 0;
    size_t piece = std::min(bytes - done, kMost);
    if (EVP_EncryptUpdate(static_cast<EVP_CIPHER_CTX*>(ctx_), bytes_of(out + done), &n, reinterpret_cast<const unsigned char*>(in + done), int(piece)) != 1)
      throw std::runtime_error("AES-256-CTR failed");
    done += piece;
  }
  at_ += int64_t(bytes);
}

}  // namespace fogbank
