#include <doctest/doctest.h>
#include <zlib.h>

#include "base/gzip.h"

using namespace fogbank;

namespace {

std::string packed(std::string_view text) {
  z_stream z{};
  REQUIRE(deflateInit2(&z, 9, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string out(deflateBound(&z, uLong(text.size())), '\0');
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  z.avail_in = uInt(text.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = uInt(out.size());
  REQUIRE(deflate(&z, Z_FINISH) == Z_STREAM_END);
  out.resize(out.size() - z.avail_out);
  deflateEnd(&z);
  return out;
}

}  // namespace

TEST_CASE("gunzip_gives_back_what_was_packed") {
  std::string text, out = "left over";
  for (int i = 0; i < 50000; i++) text += std::to_string(i * 7919);
  CHECK(gunzip(packed(text), text.size(), out) == Gunzip::ok);
  CHECK(out == text);
  CHECK(gunzip(packed(""), 0, out) == Gunzip::ok);
  CHECK(out.empty());
  CHECK(gunzip(packed("ab") + packed("cd"), 10, out) == Gunzip::ok);
  CHECK(out == "abcd");
}

TEST_CASE("gunzip_stops_at_its_limit") {
  std::string bomb = packed(std::string(32 << 20, '0')), out;
  CHECK(gunzip(bomb, 1000, out) == Gunzip::too_large);
  CHECK(out.empty());
  CHECK(gunzip(packed("abc"), 2, out) == Gunzip::too_large);
  CHECK(gunzip(packed("abc"), 3, out) == Gunzip::ok);
}

TEST_CASE("gunzip_refuses_damage_anywhere") {
  std::string good = packed("some text that is packed"), out;
  for (size_t n = 0; n < good.size(); n++) CHECK(gunzip(std::string_view(good).substr(0, n), 100, out) == Gunzip::damaged);
  CHECK(gunzip(good + "x", 100, out) == Gunzip::damaged);
  CHECK(gunzip("plain text", 100, out) == Gunzip::damaged);
  good[good.size() - 6] ^= 1;   // the checksum
  CHECK(gunzip(good, 100, out) == Gunzip::damaged);
}
