#include "base/payload_digest.h"

#include <doctest/doctest.h>

#include "base/random.h"

using namespace fogbank;

TEST_CASE("MD5 and SHA-256 in one pass are those of the separate ones, for all lengths and pieces") {
  SeededRandom random(11);
  std::string bytes = random.bytes(9000);
  for (size_t n : {0, 1, 3, 55, 56, 57, 63, 64, 65, 119, 120, 127, 128, 129, 1000, 4096, 8999, 9000}) {
    std::string_view part = std::string_view(bytes).substr(0, n);
    for (size_t piece : {size_t(1), size_t(13), size_t(64), size_t(100), size_t(9000)}) {
      for (auto way : {PayloadDigest::Way::best, PayloadDigest::Way::portable}) {
        PayloadDigest both(true, way);
        for (size_t at = 0; at < n; at += piece) both.update(part.substr(at, piece));
        auto sums = both.finish();
        REQUIRE(sums.md5 == md5(part));
        REQUIRE(sums.sha256 == as_view(sha256(part)));
      }
    }
  }
}

TEST_CASE("SHA-256 is left out where it is not asked for") {
  PayloadDigest digest(false);
  digest.update("abc");
  auto sums = digest.finish();
  CHECK(hex(sums.md5) == "900150983cd24fb0d6963f7d28e17f72");
  CHECK(sums.sha256.empty());
}
