#include "base/aead.h"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>

#include "base/encoding.h"
#include "base/secret.h"

namespace fogbank {
namespace {
std::string bytes(std::string_view h) { return *unhex(h); }
}  // namespace

// Test cases 13, 14 and 16 of McGrew and Viega, "The Galois/Counter Mode of Operation".
TEST_CASE("aes_256_gcm_gives_the_published_answers") {
  std::string zero_key(32, 0), zero_nonce(12, 0);
  CHECK(hex(aead::seal(zero_key, zero_nonce, "", "")) == std::string(24, '0') + "530f8afbc74536b9a963b4f1c4cb738b");
  CHECK(hex(aead::seal(zero_key, zero_nonce, "", std::string(16, 0))) == std::string(24, '0') + "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919");
  std::string key = bytes("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308");
  std::string plain = bytes("d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39");
  std::string associated = bytes("feedfacedeadbeeffeedfacedeadbeefabaddad2"), nonce = bytes("cafebabefacedbaddecaf888");
  std::string sealed = aead::seal(key, nonce, associated, plain);
  CHECK(hex(sealed) == "cafebabefacedbaddecaf888"
                       "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
                       "76fc6ece0f4e1768cddf8853bb2d551b");
  CHECK(aead::open(key, sealed, associated) == plain);
}

TEST_CASE("a_changed_byte_opens_nothing") {
  std::string key(32, 'k'), nonce(12, 'n');
  std::string sealed = aead::seal(key, nonce, "data", "secret");
  for (size_t i = 0; i < sealed.size(); i++) {
    std::string other = sealed;
    other[i] = char(other[i] ^ 1);
    CHECK_FALSE(aead::open(key, other, "data"));
  }
  CHECK_FALSE(aead::open(key, sealed, "date"));
  CHECK_FALSE(aead::open(std::string(32, 'x'), sealed, "data"));
  CHECK_FALSE(aead::open(key, sealed.substr(0, aead::kOverhead - 1), "data"));
  CHECK_THROWS_AS(aead::seal("short", nonce, "", ""), std::invalid_argument);
}

TEST_CASE("a_key_file_is_made_once_for_its_owner_only_and_never_replaced") {
  char directory[] = "/tmp/fogbank-test-XXXXXX";
  REQUIRE(mkdtemp(directory));
  std::string path = std::string(directory) + "/some.key";
  SeededRandom random(1);
  auto made = load_or_make_key_file(path, 32, random), again = load_or_make_key_file(path, 32, random);
  REQUIRE(made);
  REQUIRE(again);
  CHECK(made->view() == again->view());
  struct stat st;
  REQUIRE(stat(path.c_str(), &st) == 0);
  CHECK((st.st_mode & 0777) == 0600);
  REQUIRE(truncate(path.c_str(), 31) == 0);
  auto damaged = load_or_make_key_file(path, 32, random);
  REQUIRE_FALSE(damaged);
  CHECK(damaged.error().message.find("is damaged") != std::string::npos);
  CHECK(std::filesystem::file_size(path) == 31);
  CHECK_FALSE(load_or_make_key_file(std::string(directory) + "/none/x", 32, random));
  std::filesystem::remove_all(directory);
}

}  // namespace fogbank
