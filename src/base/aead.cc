#include "base/aead.h"

#include <openssl/evp.h>

#include <stdexcept>

namespace fogbank::aead {
namespace {

/// A context per thread: making one costs more than a small sealing. Its key is wiped when the context is reset after each use.
EVP_CIPHER_CTX* context() {
  struct Holder {
    EVP_CIPHER_CTX* ctx = EVP_CIPHER_CTX_new();
    ~Holder() { EVP_CIPHER_CTX_free(ctx); }
  };
  thread_local Holder holder;
  if (!holder.ctx) throw std::bad_alloc();
  return holder.ctx;
}

struct ResetLater {
  EVP_CIPHER_CTX* ctx;
  ~ResetLater() { EVP_CIPHER_CTX_reset(ctx); }
};

const EVP_CIPHER* aes_gcm() {  // fetched once
  static const EVP_CIPHER* const cipher = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
  return cipher;
}

const unsigned char* in(std::string_view s) { return reinterpret_cast<const unsigned char*>(s.data()); }

}  // namespace

void seal(std::string& out, std::string_view key, std::string_view nonce, std::string_view associated, std::string_view plain) {
  if (key.size() != kKeyBytes || nonce.size() != kNonceBytes) throw std::invalid_argument("AES-256-GCM: wrong size of key or nonce");
  ResetLater c{context()};
  size_t at = out.size() + kNonceBytes;
  out += nonce;
  out.resize(at + plain.size() + kTagBytes);
  auto* to = reinterpret_cast<unsigned char*>(out.data()) + at;
  int n = 0;
  bool ok = EVP_EncryptInit_ex2(c.ctx, aes_gcm(), in(key), in(nonce), nullptr) == 1 &&
            EVP_EncryptUpdate(c.ctx, nullptr, &n, in(associated), int(associated.size())) == 1 &&
            EVP_EncryptUpdate(c.ctx, to, &n, in(plain), int(plain.size())) == 1 &&
            EVP_EncryptFinal_ex(c.ctx, to + plain.size(), &n) == 1 &&
            EVP_CIPHER_CTX_ctrl(c.ctx, EVP_CTRL_GCM_GET_TAG, int(kTagBytes), to + plain.size()) == 1;
  if (!ok) throw std::runtime_error("AES-256-GCM failed");
}

std::optional<std::string> open(std::string_view key, std::string_view sealed, std::string_view associated) {
  if (key.size() != kKeyBytes) throw std::invalid_argument("AES-256-GCM: wrong size of key");
  if (sealed.size() < kOverhead) return std::nullopt;
  std::string_view text = sealed.substr(kNonceBytes, sealed.size() - kOverhead);
  std::string tag(sealed.substr(sealed.size() - kTagBytes)), plain(text.size(), 0);
  auto* to = reinterpret_cast<unsigned char*>(plain.data());
  ResetLater c{context()};
  int n = 0;
  bool ok = EVP_DecryptInit_ex2(c.ctx, aes_gcm(), in(key), in(sealed), nullptr) == 1 &&
            EVP_DecryptUpdate(c.ctx, nullptr, &n, in(associated), int(associated.size())) == 1 &&
            EVP_DecryptUpdate(c.ctx, to, &n, in(text), int(text.size())) == 1 &&
            EVP_CIPHER_CTX_ctrl(c.ctx, EVP_CTRL_GCM_SET_TAG, int(kTagBytes), tag.data()) == 1 &&
            EVP_DecryptFinal_ex(c.ctx, to + plain.size(), &n) == 1;
  if (ok) return plain;
  wipe(plain);
  return std::nullopt;
}

}  // namespace fogbank::aead
