#include "base/hash.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <stdexcept>

namespace fogbank {
namespace {

const EVP_MD* algorithm(Hash h) {
  switch (h) {
    case Hash::sha1: return EVP_sha1();
    case Hash::sha224: return EVP_sha224();
    case Hash::sha256: return EVP_sha256();
    case Hash::sha384: return EVP_sha384();
    case Hash::sha512: return EVP_sha512();
  }
  throw std::logic_error("no such hash");
}

}  // namespace

size_t hash_size(Hash h) {
  switch (h) {
    case Hash::sha1: return 20;
    case Hash::sha224: return 28;
    case Hash::sha256: return 32;
    case Hash::sha384: return 48;
    case Hash::sha512: return 64;
  }
  return 0;
}

std::string digest(Hash h, std::string_view bytes) {
  unsigned char out[EVP_MAX_MD_SIZE];
  unsigned int n = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), out, &n, algorithm(h), nullptr) != 1) throw std::runtime_error("a digest failed");
  return {reinterpret_cast<char*>(out), n};
}

std::string hmac(Hash h, std::string_view key, std::string_view bytes) {
  unsigned char out[EVP_MAX_MD_SIZE];
  unsigned int n = 0;
  if (!HMAC(algorithm(h), key.data(), int(key.size()), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), out, &n))
    throw std::runtime_error("an HMAC failed");
  return {reinterpret_cast<char*>(out), n};
}

}  // namespace fogbank
