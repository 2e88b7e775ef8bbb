#include "auth/public_keys.h"

#include <doctest/doctest.h>

#include "base/encoding.h"
#include "base/strings.h"

using namespace fogbank;
using namespace fogbank::auth;

namespace {

/// A number of that many bits that is odd; whether it is a product of primes nobody asks.
std::string modulus(size_t bits) {
  std::string out(bits / 8, '\x5a');
  out.front() = '\xc3';
  out.back() = '\x01';
  return out;
}

}  // namespace

TEST_CASE("an RSA key is the same in SSH's form and in PEM") {
  RsaPublicKey key{modulus(2048), std::string("\x01\x00\x01", 3)};
  CHECK(key.bits() == 2048);
  auto ssh = read_ssh_rsa(cat(write_ssh_rsa(key), " ada@example.com\n"));
  auto pem = read_pem_rsa(write_pem_rsa(key));
  REQUIRE(ssh);
  REQUIRE(pem);
  CHECK(ssh->modulus == key.modulus);
  CHECK(pem->modulus == key.modulus);
  CHECK(ssh->exponent == key.exponent);
  CHECK(pem->exponent == key.exponent);
  CHECK(ssh_fingerprint(*ssh) == ssh_fingerprint(*pem));
  CHECK(ssh_fingerprint(*ssh).size() == 47);
}

TEST_CASE("what is no RSA key is refused") {
  RsaPublicKey key{modulus(2048), std::string("\x01\x00\x01", 3)};
  std::string text = write_ssh_rsa(key);
  for (size_t cut = 0; cut < text.size(); cut += 7) CHECK_FALSE(read_ssh_rsa(std::string_view(text).substr(0, cut)));
  CHECK_FALSE(read_ssh_rsa(cat("ssh-ed25519", text.substr(7))));
  CHECK_FALSE(read_ssh_rsa(write_ssh_rsa(RsaPublicKey{key.modulus, "\x01"})));
  std::string even = key.modulus;
  even.back() = '\x02';
  CHECK_FALSE(read_ssh_rsa(write_ssh_rsa(RsaPublicKey{even, key.exponent})));
  CHECK_FALSE(read_ssh_rsa(cat(text.substr(0, 8), base64(std::string("\xff\xff\xff\xff", 4)))));
  std::string pem = write_pem_rsa(key);
  CHECK_FALSE(read_pem_rsa(pem.substr(0, pem.size() / 2)));
  CHECK_FALSE(read_pem_rsa(std::string(kMaxPublicKeyText + 1, 'A')));
  CHECK_FALSE(certificate_digest(pem));
  CHECK_FALSE(certificate_digest("notacert"));
}
