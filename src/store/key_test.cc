#include <doctest/doctest.h>

#include <limits>

#include "base/random.h"
#include "store/key_layout.h"
#include "store/store.h"

namespace fogbank::store {
namespace {

constexpr Table kObjects{"s3", "object"};
Scope scope(std::string_view account, std::string_view region, std::string_view partition = "aws") {
  return {Partition(partition), AccountId(account), Region(region)};
}
const Scope kHere = scope("123456789012", "eu-central-1");

TEST_CASE("a key is the bytes that docs/store.md promises") {
  CHECK(key(scope("000000000000", ""), Table{"a", "b"}, "x", uint64_t(258)).bytes() ==
        std::string("\x01" "\0\0\0\0\x01" "\0" "a\0" "b\0" "\x01" "x\0\x01" "\x02" "\0\0\0\0\0\0\x01\x02", 24));
  CHECK(key(scope("", "r", "aws-iso"), Table{"a", "b"}).bytes() == std::string("\x0f" "aws-iso\0" "\0\0\0\0\0" "r\0" "a\0" "b\0", 20));
  CHECK(key(scope("alexa", "r"), Table{"a", "b"}).bytes() == std::string("\x01" "\xfe\xff\xff\xff\xff" "alexa\0" "r\0" "a\0" "b\0", 18));
}

TEST_CASE("head and parts come back from a key") {
  for (auto partition : {"aws", "aws-cn", "aws-us-gov", "aws-iso", ""}) {
    for (auto account : {"", "000000000000", "999999999999", "anonymous"}) {
      Scope s = scope(account, "us-east-1", partition);
      Key k = key(s, kObjects, std::string("a\0b\xff", 4), uint64_t(7), "");
      KeyHead head = key_head(k.bytes());
      CHECK(head.scope == s);
      CHECK(head.service == "s3");
      CHECK(head.table == "object");
      auto parts = key_parts(k.bytes());
      REQUIRE(parts.size() == 3);
      CHECK(parts[0] == std::string("a\0b\xff", 4));
      CHECK(number_part(parts[1]) == 7);
      CHECK(parts[2].empty());
      CHECK(table_segment(k.bytes()) == std::string_view("s3\0object\0", 10));
      CHECK(k.bytes().substr(0, service_prefix(k.bytes()).size() + 7) == key(s, kObjects).bytes());
    }
  }
}

TEST_CASE("texts of any bytes sort as the bytes do, in the middle of a key and at its end") {
  SeededRandom random(7);
  std::string alphabet("\0\x01\x02" "a\xfe\xff", 6);
  for (int i = 0; i < 20000; i++) {
    std::string a = random.from(alphabet, random.below(5)), b = random.from(alphabet, random.below(5));
    CHECK((key(kHere, kObjects, a) < key(kHere, kObjects, b)) == (a < b));
    if (a != b) CHECK((key(kHere, kObjects, a, uint64_t(9)) < key(kHere, kObjects, b, uint64_t(1))) == (a < b));
    bool begins = b.compare(0, a.size(), a) == 0;
    Key prefix = key(kHere, kObjects).begins(a), k = key(kHere, kObjects, b, "rest");
    CHECK((!(k < prefix) && k < prefix.after_prefix()) == begins);
    bool same = a == b;
    prefix = key(kHere, kObjects, a);
    CHECK((!(k < prefix) && k < prefix.after_prefix()) == same);
  }
}

TEST_CASE("numbers sort by value") {
  uint64_t numbers[] = {0, 1, 255, 256, 65535, 1ull << 32, std::numeric_limits<uint64_t>::max()};
  for (size_t i = 0; i + 1 < std::size(numbers); i++) CHECK(key(kHere, kObjects, numbers[i]) < key(kHere, kObjects, numbers[i + 1]));
}

TEST_CASE("scopes and tables do not mix") {
  Key a = key(kHere, kObjects), b = key(kHere, Table{"s3", "object_version"});
  CHECK(!(b < a));
  CHECK(!(b < a.after_prefix()));
  CHECK(key(scope("", ""), kObjects) < key(scope("000000000000", ""), kObjects));
  CHECK(key(scope("000000000009", ""), kObjects) < key(scope("000000000010", ""), kObjects));
}

TEST_CASE("damaged keys are refused") {
  std::string good = key(kHere, kObjects, "part", uint64_t(5)).bytes();
  CHECK_THROWS_AS(key_head(""), std::invalid_argument);
  CHECK_THROWS_AS(key_head(good.substr(0, 4)), std::invalid_argument);
  CHECK_THROWS_AS(key_parts(good.substr(0, good.size() - 1)), std::invalid_argument);
  CHECK_THROWS_AS(key_parts(good + "\x07"), std::invalid_argument);
  CHECK_THROWS_AS(number_part("123"), std::invalid_argument);
}

}  // namespace
}  // namespace fogbank::store
