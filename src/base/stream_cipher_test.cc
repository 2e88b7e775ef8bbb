#include <doctest/doctest.h>

#include "base/encoding.h"
#include "base/random.h"
#include "base/stream_cipher.h"

using namespace fogbank;

namespace {
std::string applied(std::string_view key, int64_t offset, std::string_view bytes) {
  std::string out(bytes.size(), 0);
  StreamCipher(key).apply(offset, bytes.data(), out.data(), bytes.size());
  return out;
}
}  // namespace

TEST_CASE("The key stream is AES-256 of a counter that begins at 0") {
  // AES-256 of the zero block under the zero key, and of block 1: NIST's "KAT" values of the empty key and text.
  std::string key(32, 0);
  CHECK(hex(applied(key, 0, std::string(16, 0))) == "dc95c078a2408989ad48a21492842087");
  CHECK(hex(applied(key, 16, std::string(16, 0))) == hex(applied(key, 0, std::string(32, 0)).substr(16)));
}

TEST_CASE("Any stretch of a text decrypts by itself") {
  SeededRandom random(3);
  std::string key = random.bytes(32), text = random.bytes(1000), sealed = applied(key, 0, text);
  CHECK(sealed != text);
  for (size_t from = 0; from < 70; from++)
    for (size_t n : {0, 1, 15, 16, 17, 100}) REQUIRE(applied(key, int64_t(from), sealed.substr(from, n)) == text.substr(from, n));
  StreamCipher one(key);
  std::string out;
  for (size_t at : {500u, 0u, 100u, 107u, 114u, 3u}) {   // back and forth, and on without seeking
    std::string piece(7, 0);
    one.apply(int64_t(at), sealed.data() + at, piece.data(), 7);
    REQUIRE(piece == text.substr(at, 7));
  }
}

TEST_CASE("A key of another size is refused") { CHECK_THROWS_AS(StreamCipher(std::string(16, 'k')), std::invalid_argument); }
