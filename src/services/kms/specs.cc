#include "services/kms/specs.h"

#include <stdexcept>

#include "base/strings.h"
#include "services/kms/errors.h"

namespace fogbank::kms {
namespace {

using asymmetric::Scheme;
using Pair = asymmetric::Spec;

constexpr Spec kSpecs[] = {
    {"SYMMETRIC_DEFAULT", Family::symmetric, {}, {}, 32},
    {"HMAC_224", Family::hmac, {}, Hash::sha224, 28},
    {"HMAC_256", Family::hmac, {}, Hash::sha256, 32},
    {"HMAC_384", Family::hmac, {}, Hash::sha384, 48},
    {"HMAC_512", Family::hmac, {}, Hash::sha512, 64},
    {"RSA_2048", Family::rsa, Pair::rsa_2048, {}, 0},
    {"RSA_3072", Family::rsa, Pair::rsa_3072, {}, 0},
    {"RSA_4096", Family::rsa, Pair::rsa_4096, {}, 0},
    {"ECC_NIST_P256", Family::ecc, Pair::p256, {}, 0},
    {"ECC_NIST_P384", Family::ecc, Pair::p384, {}, 0},
    {"ECC_NIST_P521", Family::ecc, Pair::p521, {}, 0},
    {"ECC_SECG_P256K1", Family::ecc, Pair::secp256k1, {}, 0},
    {"ECC_NIST_EDWARDS25519", Family::ecc, Pair::ed25519, {}, 0},
};

constexpr Algorithm kSymmetric[] = {{"SYMMETRIC_DEFAULT"}};
constexpr Algorithm kOaep[] = {{"RSAES_OAEP_SHA_1", {}, Hash::sha1}, {"RSAES_OAEP_SHA_256", {}, Hash::sha256}};
constexpr Algorithm kRsaSigning[] = {
    {"RSASSA_PKCS1_V1_5_SHA_256", Scheme::pkcs1, Hash::sha256}, {"RSASSA_PKCS1_V1_5_SHA_384", Scheme::pkcs1, Hash::sha384},
    {"RSASSA_PKCS1_V1_5_SHA_512", Scheme::pkcs1, Hash::sha512}, {"RSASSA_PSS_SHA_256", Scheme::pss, Hash::sha256},
    {"RSASSA_PSS_SHA_384", Scheme::pss, Hash::sha384},          {"RSASSA_PSS_SHA_512", Scheme::pss, Hash::sha512}};
constexpr Algorithm kEcdsa256[] = {{"ECDSA_SHA_256", Scheme::ecdsa, Hash::sha256}};
constexpr Algorithm kEcdsa384[] = {{"ECDSA_SHA_384", Scheme::ecdsa, Hash::sha384}};
constexpr Algorithm kEcdsa512[] = {{"ECDSA_SHA_512", Scheme::ecdsa, Hash::sha512}};
constexpr Algorithm kEd25519[] = {{"ED25519_SHA_512", Scheme::eddsa, Hash::sha512}};
constexpr Algorithm kMac224[] = {{"HMAC_SHA_224", {}, Hash::sha224}};
constexpr Algorithm kMac256[] = {{"HMAC_SHA_256", {}, Hash::sha256}};
constexpr Algorithm kMac384[] = {{"HMAC_SHA_384", {}, Hash::sha384}};
constexpr Algorithm kMac512[] = {{"HMAC_SHA_512", {}, Hash::sha512}};
constexpr Algorithm kAgreement[] = {{"ECDH"}};

std::span<const Algorithm> signing(Pair p) {
  switch (p) {
    case Pair::p256:
    case Pair::secp256k1: return kEcdsa256;
    case Pair::p384: return kEcdsa384;
    case Pair::p521: return kEcdsa512;
    case Pair::ed25519: return kEd25519;
    default: return kRsaSigning;
  }
}

std::span<const Algorithm> macs(Hash h) {
  switch (h) {
    case Hash::sha224: return kMac224;
    case Hash::sha384: return kMac384;
    case Hash::sha512: return kMac512;
    default: return kMac256;
  }
}

}  // namespace

const Spec* find_spec(std::string_view name) {
  for (const Spec& s : kSpecs) if (s.name == name) return &s;
  return nullptr;
}

const Spec& spec_of(std::string_view name) {
  const Spec* s = find_spec(name);
  if (!s) throw std::runtime_error("a stored key has an unknown spec");
  return *s;
}

std::span<const Algorithm> algorithms(const Spec& spec, std::string_view usage) {
  switch (spec.family) {
    case Family::symmetric: if (usage == "ENCRYPT_DECRYPT") return kSymmetric; break;
    case Family::hmac: if (usage == "GENERATE_VERIFY_MAC") return macs(spec.mac); break;
    case Family::rsa:
      if (usage == "ENCRYPT_DECRYPT") return kOaep;
      if (usage == "SIGN_VERIFY") return kRsaSigning;
      break;
    case Family::ecc:
      if (usage == "SIGN_VERIFY") return signing(spec.pair);
      if (usage == "KEY_AGREEMENT" && asymmetric::is_nist_curve(spec.pair)) return kAgreement;
      break;
  }
  return {};
}

const Algorithm* find_algorithm(const Spec& spec, std::string_view usage, std::string_view name) {
  for (const Algorithm& a : algorithms(spec, usage)) if (a.name == name) return &a;
  return nullptr;
}

Result<std::string> usage_of_new_key(const Spec& spec, std::string_view given) {
  if (given.empty()) {
    if (spec.family == Family::symmetric) return std::string("ENCRYPT_DECRYPT");
    return fail(validation("You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys."));
  }
  if (algorithms(spec, given).empty()) return fail(validation(cat("KeyUsage ", given, " is not compatible with KeySpec ", spec.name)));
  return std::string(given);
}

}  // namespace fogbank::kms
