#include "base/asymmetric.h"

#include <doctest/doctest.h>

#include "base/encoding.h"
#include "base/hash.h"
#include "base/strings.h"

namespace fogbank::asymmetric {
namespace {

std::string bytes(std::string_view h) { return *unhex(h); }
/// SubjectPublicKeyInfo of a point of P-256.
std::string p256_spki(std::string_view x, std::string_view y) {
  return bytes(cat("3059301306072a8648ce3d020106082a8648ce3d030107034200", "04", x, y));
}
std::string p256_pkcs8(std::string_view scalar) {
  return bytes(cat("3041020100301306072a8648ce3d020106082a8648ce3d030107", "042730250201010420", scalar));
}

}  // namespace

TEST_CASE("hmacs_are_those_of_rfc_4231") {
  std::string key(20, '\x0b');
  CHECK(hex(hmac(Hash::sha224, key, "Hi There")) == "896fb1128abbdf196832107cd49df33f47b4b1169912ba4f53684b22");
  CHECK(hex(hmac(Hash::sha256, key, "Hi There")) == "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  CHECK(hex(hmac(Hash::sha384, key, "Hi There")) == "afd03944d84895626b0825f4ab46907f15f9dadbe4101ec682aa034c7cebc59cfaea9ea9076ede7f4af152e8b2fa9cb6");
  CHECK(hex(hmac(Hash::sha512, key, "Hi There")) ==
        "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cdedaa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854");
}

TEST_CASE("ecdsa_verifies_the_signature_of_rfc_6979") {
  auto key = PublicKey::from_spki(p256_spki("60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6", "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299"));
  REQUIRE(key);
  CHECK(key->spec() == Spec::p256);
  std::string signature = bytes("3046022100efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"
                                "022100f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8");
  CHECK(key->verify(Scheme::ecdsa, Hash::sha256, "sample", false, signature));
  CHECK(key->verify(Scheme::ecdsa, Hash::sha256, digest(Hash::sha256, "sample"), true, signature));
  CHECK_FALSE(key->verify(Scheme::ecdsa, Hash::sha256, "simple", false, signature));
  CHECK_FALSE(key->verify(Scheme::ecdsa, Hash::sha256, "sample", false, "no signature"));
}

TEST_CASE("ed25519_signs_as_rfc_8032") {
  auto key = PrivateKey::from_pkcs8(bytes("302e020100300506032b6570042204204ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"));
  REQUIRE(key);
  CHECK(hex(key->spki()).ends_with("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"));
  std::string signature = key->sign(Scheme::eddsa, Hash::sha512, "\x72", false);
  CHECK(hex(signature) == "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00");
  CHECK(key->verify(Scheme::eddsa, Hash::sha512, "\x72", false, signature));
}

TEST_CASE("a_shared_secret_is_that_of_rfc_5903") {
  auto mine = PrivateKey::from_pkcs8(p256_pkcs8("c88f01f510d9ac3f70a292daa2316de544e9aab8afe84049c62a9c57862d1433"));
  auto peer = PublicKey::from_spki(p256_spki("d12dfb5289c8d4f81208b70270398c342296970a0bccb74c736fc7554494bf63", "56fbf3ca366cc23e8157854c13c58d6aac23f046ada30f8353e74f33039872ab"));
  REQUIRE(mine);
  REQUIRE(peer);
  auto secret = mine->derive(*peer);
  REQUIRE(secret);
  CHECK(hex(secret->view()) == "d6840f6b42f6edafd13116e0e12565202fef8e9ece7dce03812464d04b9442de");
  CHECK_FALSE(mine->derive(PrivateKey::generate(Spec::p384)));
}

TEST_CASE("every_kind_of_key_signs_and_is_read_back") {
  for (Spec spec : {Spec::rsa_2048, Spec::p256, Spec::p384, Spec::p521, Spec::secp256k1, Spec::ed25519}) {
    PrivateKey made = PrivateKey::generate(spec);
    auto key = PrivateKey::from_pkcs8(made.pkcs8().view());
    REQUIRE(key);
    CHECK(key->spec() == spec);
    CHECK(key->spki() == made.spki());
    for (Scheme scheme : is_rsa(spec) ? std::vector{Scheme::pss, Scheme::pkcs1} : std::vector{spec == Spec::ed25519 ? Scheme::eddsa : Scheme::ecdsa}) {
      std::string signature = key->sign(scheme, Hash::sha384, "text", false);
      auto other = PublicKey::from_spki(made.spki());
      REQUIRE(other);
      CHECK(other->verify(scheme, Hash::sha384, "text", false, signature));
      CHECK_FALSE(other->verify(scheme, Hash::sha384, "test", false, signature));
    }
  }
}

TEST_CASE("rsa_oaep_takes_texts_up_to_its_capacity") {
  PrivateKey key = PrivateKey::generate(Spec::rsa_2048);
  CHECK(oaep_capacity(Spec::rsa_2048, Hash::sha256) == 190);
  CHECK(oaep_capacity(Spec::rsa_4096, Hash::sha1) == 470);
  for (Hash h : {Hash::sha1, Hash::sha256}) {
    std::string plain(oaep_capacity(Spec::rsa_2048, h), 'x'), cipher = key.encrypt(h, plain);
    auto back = key.decrypt(h, cipher);
    REQUIRE(back);
    CHECK(back->view() == plain);
    cipher[10] = char(cipher[10] ^ 1);
    CHECK_FALSE(key.decrypt(h, cipher));
  }
  CHECK_FALSE(key.decrypt(Hash::sha256, "short"));
}

TEST_CASE("bytes_that_are_no_key_are_refused") {
  std::string spki = PrivateKey::generate(Spec::p256).spki();
  CHECK_FALSE(PublicKey::from_spki(""));
  CHECK_FALSE(PublicKey::from_spki(spki.substr(0, spki.size() - 1)));
  CHECK_FALSE(PublicKey::from_spki(spki + "x"));
  std::string off_curve = spki;
  off_curve.back() = char(off_curve.back() ^ 1);
  CHECK_FALSE(PublicKey::from_spki(off_curve));
  CHECK_FALSE(PrivateKey::from_pkcs8("no key"));
}

}  // namespace fogbank::asymmetric
