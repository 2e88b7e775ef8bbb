#include <doctest/doctest.h>

#include "base/crc.h"
#include "base/encoding.h"
#include "base/random.h"

using namespace fogbank;

TEST_CASE("CRCs have their published check values") {
  CHECK(crc32("123456789") == 0xCBF43926u);
  CHECK(crc32c("123456789") == 0xE3069283u);
  CHECK(crc64nvme("123456789") == 0xAE8B14860A799888ull);
}

TEST_CASE("Folding and tables give the same for all lengths and alignments") {
  SeededRandom random(7);
  std::string bytes = random.bytes(1200);
  for (size_t from = 0; from < 17; from++) {
    for (size_t n = 0; n <= 640; n++) {
      std::string_view part = std::string_view(bytes).substr(from, n);
      REQUIRE(crc32(part) == plain::crc32(part));
      REQUIRE(crc32c(part, uint32_t(n * 77)) == plain::crc32c(part, uint32_t(n * 77)));
      REQUIRE(crc64nvme(part, n * 0x9E3779B97F4A7C15ull) == plain::crc64nvme(part, n * 0x9E3779B97F4A7C15ull));
    }
  }
}

TEST_CASE("A CRC may be fed in pieces") {
  SeededRandom random(8);
  std::string bytes = random.bytes(5000);
  uint64_t crc = 0;
  for (size_t at = 0; at < bytes.size();) {
    size_t n = std::min<size_t>(bytes.size() - at, 1 + random.bytes(1)[0] % 128u + (at % 3) * 200);
    crc = crc64nvme(std::string_view(bytes).substr(at, n), crc);
    at += n;
  }
  CHECK(crc == plain::crc64nvme(bytes));
}
