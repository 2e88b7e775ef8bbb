#include "auth/public_keys.h"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <memory>

#include "base/encoding.h"
#include "base/free_with.h"
#include "base/strings.h"

namespace fogbank::auth {
namespace {

using BigNumber = std::unique_ptr<BIGNUM, FreeWith<BN_free>>;
using Builder = std::unique_ptr<OSSL_PARAM_BLD, FreeWith<OSSL_PARAM_BLD_free>>;
using Params = std::unique_ptr<OSSL_PARAM, FreeWith<OSSL_PARAM_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, FreeWith<EVP_PKEY_CTX_free>>;
using PublicKey = std::unique_ptr<EVP_PKEY, FreeWith<EVP_PKEY_free>>;
using Memory = std::unique_ptr<BIO, FreeWith<BIO_free>>;
using Certificate = std::unique_ptr<X509, FreeWith<X509_free>>;

constexpr std::string_view kSshRsa = "ssh-rsa";
constexpr size_t kMaxBits = 16384;

Memory reader_of(std::string_view text) { return text.size() > kMaxPublicKeyText ? nullptr : Memory(BIO_new_mem_buf(text.data(), int(text.size()))); }
int no_password(char*, int, int, void*) { return 0; }  // nobody is asked for one

std::string number_text(EVP_PKEY* key, const char* name) {
  BIGNUM* found = nullptr;
  if (EVP_PKEY_get_bn_param(key, name, &found) != 1) return {};
  BigNumber number(found);
  std::string out(size_t(BN_num_bytes(number.get())), '\0');
  BN_bn2bin(number.get(), reinterpret_cast<unsigned char*>(out.data()));
  return out;
}

/// One length-prefixed part of an SSH key; nothing if the text ends before.
std::optional<std::string_view> take(std::string_view& in) {
  if (in.size() < 4) return std::nullopt;
  size_t length = 0;
  for (int i = 0; i < 4; i++) length = length << 8 | static_cast<unsigned char>(in[size_t(i)]);
  if (length > in.size() - 4) return std::nullopt;
  std::string_view part = in.substr(4, length);
  in.remove_prefix(4 + length);
  return part;
}

void put(std::string& out, std::string_view part) {
  for (int shift = 24; shift >= 0; shift -= 8) out += char(part.size() >> shift);
  out += part;
}

/// A positive number in SSH's form: a leading zero keeps the sign bit clear.
void put_number(std::string& out, std::string_view number) {
  bool negative = !number.empty() && static_cast<unsigned char>(number[0]) & 0x80;
  put(out, negative ? cat('\0', number) : std::string(number));
}

std::string blob_of(const RsaPublicKey& key) {
  std::string out;
  put(out, kSshRsa);
  put_number(out, key.exponent);
  put_number(out, key.modulus);
  return out;
}

std::string without_zeros(std::string_view number) {
  size_t first = number.find_first_not_of('\0');
  return first == std::string_view::npos ? std::string() : std::string(number.substr(first));
}

bool sound(const RsaPublicKey& key) {
  auto odd = [](const std::string& number) { return !number.empty() && static_cast<unsigned char>(number.back()) & 1; };
  return odd(key.modulus) && odd(key.exponent) && key.bits() <= kMaxBits && key.exponent.size() <= 8 && key.exponent != "\1";
}

PublicKey openssl_key(const RsaPublicKey& key) {
  auto number = [](const std::string& bytes) { return BigNumber(BN_bin2bn(reinterpret_cast<const unsigned char*>(bytes.data()), int(bytes.size()), nullptr)); };
  BigNumber modulus = number(key.modulus), exponent = number(key.exponent);
  Builder builder(OSSL_PARAM_BLD_new());
  if (!modulus || !exponent || !builder || OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, modulus.get()) != 1 ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, exponent.get()) != 1) return nullptr;
  Params params(OSSL_PARAM_BLD_to_param(builder.get()));
  KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr));
  EVP_PKEY* out = nullptr;
  if (!params || !context || EVP_PKEY_fromdata_init(context.get()) != 1 || EVP_PKEY_fromdata(context.get(), &out, EVP_PKEY_PUBLIC_KEY, params.get()) != 1) return nullptr;
  return PublicKey(out);
}

}  // namespace

size_t RsaPublicKey::bits() const {
  size_t out = modulus.size() * 8;
  for (unsigned char first = modulus.empty() ? 0x80 : static_cast<unsigned char>(modulus[0]); !(first & 0x80); first = static_cast<unsigned char>(first << 1)) out--;
  return out;
}

std::optional<RsaPublicKey> read_ssh_rsa(std::string_view text) {
  if (text.size() > kMaxPublicKeyText || !text.starts_with(kSshRsa) || text.size() == kSshRsa.size() || text[kSshRsa.size()] != ' ') return std::nullopt;
  text.remove_prefix(kSshRsa.size() + 1);
  auto bytes = unbase64(text.substr(0, text.find_first_of(" \t\r\n")));
  if (!bytes) return std::nullopt;
  std::string_view rest = *bytes;
  auto type = take(rest), exponent = take(rest), modulus = take(rest);
  if (!type || *type != kSshRsa || !exponent || !modulus || !rest.empty()) return std::nullopt;
  RsaPublicKey out{without_zeros(*modulus), without_zeros(*exponent)};
  if (!sound(out)) return std::nullopt;
  return out;
}

std::optional<RsaPublicKey> read_pem_rsa(std::string_view text) {
  Memory in = reader_of(text);
  PublicKey key(in ? PEM_read_bio_PUBKEY(in.get(), nullptr, no_password, nullptr) : nullptr);
  ERR_clear_error();
  if (!key || EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_RSA) return std::nullopt;
  RsaPublicKey out{number_text(key.get(), OSSL_PKEY_PARAM_RSA_N), number_text(key.get(), OSSL_PKEY_PARAM_RSA_E)};
  if (!sound(out)) return std::nullopt;
  return out;
}

std::string write_ssh_rsa(const RsaPublicKey& key) { return cat(kSshRsa, ' ', base64(blob_of(key))); }

std::string write_pem_rsa(const RsaPublicKey& key) {
  PublicKey made = openssl_key(key);
  Memory out(BIO_new(BIO_s_mem()));
  if (!made || !out || PEM_write_bio_PUBKEY(out.get(), made.get()) != 1) {
    ERR_clear_error();
    return {};
  }
  char* data = nullptr;
  long size = BIO_get_mem_data(out.get(), &data);
  return std::string(data, size_t(size));
}

std::string ssh_fingerprint(const RsaPublicKey& key) {
  std::string out;
  for (unsigned char c : md5(blob_of(key))) append(out, out.empty() ? "" : ":", hex(std::string_view(reinterpret_cast<const char*>(&c), 1)));
  return out;
}

std::optional<std::string> certificate_digest(std::string_view pem) {
  Memory in = reader_of(pem);
  Certificate certificate(in ? PEM_read_bio_X509(in.get(), nullptr, no_password, nullptr) : nullptr);
  ERR_clear_error();
  if (!certificate) return std::nullopt;
  unsigned char* der = nullptr;
  int length = i2d_X509(certificate.get(), &der);
  if (length <= 0) return std::nullopt;
  std::string out = sha256_hex(std::string_view(reinterpret_cast<char*>(der), size_t(length)));
  OPENSSL_free(der);
  return out;
}

}  // namespace fogbank::auth
