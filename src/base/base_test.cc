#include <doctest/doctest.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/encoding.h"
#include "base/error.h"
#include "base/random.h"
#include "base/record.h"
#include "base/scope.h"
#include "base/strings.h"

using namespace fogbank;

namespace {
struct Defaults {
  bool yes = true; int64_t none = -1; double rate = 1;
  template <class A> void fields(A& f) { f(1, yes); f(2, none); f(3, rate); }
};
struct Inner { std::string a; int64_t b = 0; template <class A> void fields(A& f) { f(1, a); f(2, b); } };
struct Old { std::string name; Unknown unknown; template <class A> void fields(A& f) { f(1, name); f(unknown); } };
struct New {
  std::string name; int64_t n = 0; double d = 0; bool flag = false; std::vector<Inner> list; std::map<std::string, std::string> map;
  std::optional<int64_t> zero; std::vector<std::string> texts; Unknown unknown;
  template <class A> void fields(A& f) { f(1, name); f(2, n); f(3, d); f(4, flag); f(5, list); f(6, map); f(7, zero); f(8, texts); f(unknown); }
};
}  // namespace

TEST_CASE("record_survives_a_round_trip_and_an_older_reader") {
  New r{"q", -5, 2.5, true, {{"x", 1}, {"", 0}}, {{"k", "v"}, {"", "e"}}, 0, {"", "b"}, {}};
  auto back = decode<New>(encode(r));
  REQUIRE(back);
  CHECK(back->n == -5);
  CHECK(back->d == 2.5);
  CHECK(back->list.size() == 2);
  CHECK(back->map.at("k") == "v");
  CHECK(back->map.at("") == "e");
  CHECK(back->zero == 0);
  CHECK(back->texts == std::vector<std::string>{"", "b"});
  auto old = decode<Old>(encode(r));
  REQUIRE(old);
  old->name = "changed";
  auto again = decode<New>(encode(*old));
  REQUIRE(again);
  CHECK(again->name == "changed");
  CHECK(again->list[0].a == "x");
  CHECK_FALSE(decode<New>("\x0a\x7f"));
}

TEST_CASE("zero_survives_where_the_default_is_another_value") {
  auto back = decode<Defaults>(encode(Defaults{false, 0, 0}));
  REQUIRE(back);
  CHECK_FALSE(back->yes);
  CHECK(back->none == 0);
  CHECK(back->rate == 0);
}

TEST_CASE("digests_and_encodings_match_published_vectors") {
  CHECK(sha256_hex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(hex(md5("")) == "d41d8cd98f00b204e9800998ecf8427e");
  CHECK(hex(as_view(hmac_sha256("key", "The quick brown fox jumps over the lazy dog"))) == "f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8");
  CHECK(crc32("123456789") == 0xCBF43926u);
  CHECK(crc32c("123456789") == 0xE3069283u);
  CHECK(crc64nvme("123456789") == 0xAE8B14860A799888ull);
  CHECK(base64("foob") == "Zm9vYg==");
  CHECK(*unbase64("Zm9vYg==") == "foob");
  CHECK_FALSE(unbase64("Zm9v!"));
  CHECK(percent_encode("a b/ä~") == "a%20b%2F%C3%A4~");
  CHECK(percent_decode("a%20b+%zz%4", true) == "a b %zz%4");
  CHECK(valid_utf8("\xf0\x9f\x98\x80"));
  CHECK_FALSE(valid_utf8("\xed\xa0\x80"));
  CHECK_FALSE(valid_utf8("\xc0\xaf"));
}

TEST_CASE("times_are_written_and_read") {
  Millis t = 1440938160123;
  CHECK(iso8601(t) == "2015-08-30T12:36:00Z");
  CHECK(iso8601(t, true) == "2015-08-30T12:36:00.123Z");
  CHECK(amz_date(t) == "20150830T123600Z");
  CHECK(http_date(t) == "Sun, 30 Aug 2015 12:36:00 GMT");
  CHECK(*parse_iso8601("2015-08-30T14:36:00.123+02:00") == t);
  CHECK(*parse_http_date("Sun, 30 Aug 2015 12:36:00 GMT") == t - 123);
  CHECK(*parse_amz_date("20150830T123600Z") == t - 123);
  CHECK_FALSE(parse_iso8601("2015-13-30T00:00:00Z"));
  CHECK_FALSE(parse_iso8601("x"));
  VirtualClock c;
  c.freeze();
  Millis n = c.now();
  c.advance_to(n + 5000);
  CHECK(c.now() == n + 5000);
  c.advance_to(n);
  CHECK(c.now() == n + 5000);
  c.thaw();
  CHECK(c.now() >= n + 5000);
}

TEST_CASE("arns_and_texts") {
  auto a = parse_arn("arn:aws:iam::123456789012:role/a:b/c");
  REQUIRE(a);
  CHECK(a->account == "123456789012");
  CHECK(a->resource == "role/a:b/c");
  CHECK_FALSE(parse_arn("arn:aws:iam:x"));
  CHECK(cat("a", 1, ':', std::string("b"), AccountId("7")) == "a1:b7");
  CHECK(split("a,,b", ',').size() == 3);
  CHECK(format_double(0.1) == "0.1");
  CHECK(format_double(3) == "3");
  Random& r = system_random();
  CHECK(r.uuid() != r.uuid());
  CHECK(r.uuid().size() == 36);
}

TEST_CASE("arena_keeps_small_and_large_values_apart") {
  Arena a;
  for (int round = 0; round < 3; round++) {
    std::vector<std::string_view> all;
    for (int i = 0; i < 200; i++) all.push_back(a.copy(std::string(size_t(i % 7 == 0 ? 20000 : 100), char('a' + i % 26))));
    for (int i = 0; i < 200; i++) CHECK(all[size_t(i)].find_first_not_of(char('a' + i % 26)) == std::string_view::npos);
    List<Str> l{};
    CHECK_FALSE(l.has());
    for (int i = 0; i < 100; i++) l.push(a, Str("x"));
    CHECK(l.size() == 100);
    a.reset();
  }
}
