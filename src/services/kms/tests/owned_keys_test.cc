// Keys that services own: what they seal is opened with the same ring, for the same service and the same thing, and else not at all.
#include <doctest/doctest.h>

#include "base/strings.h"
#include "services/kms/key_ring.h"
#include "services/kms/owned_keys.h"

namespace fogbank::kms {
namespace {

constexpr Millis kDay = 86'400'000, kNow = 20'000 * kDay + 5;

struct Ring {
  std::unique_ptr<KeyRing> ring = *KeyRing::load("", system_random());
  OwnedKeys owned{*ring};
  std::string seal(std::string_view plain, Millis now = kNow) { return owned.seal(system_random(), "sqs", now, "id", plain); }
  std::string open(std::string_view sealed, std::string_view service = "sqs", std::string_view associated = "id") {
    return owned.open(service, sealed, associated).value_or("<none>");
  }
};

}  // namespace

TEST_CASE("what_a_service_seals_opens_for_it_alone") {
  Ring r;
  std::string sealed = r.seal("needle");
  CHECK(sealed.size() == 6 + OwnedKeys::kOverhead);
  CHECK(sealed.find("needle") == std::string::npos);
  CHECK(r.open(sealed) == "needle");
  CHECK(r.open(sealed, "sns") == "<none>");
  CHECK(r.open(sealed, "sqs", "another") == "<none>");
  CHECK(Ring().open(sealed) == "<none>");
  CHECK(r.open(r.seal("")) == "");
  CHECK(r.seal("needle") != sealed);
}

TEST_CASE("damaged_and_cut_bytes_do_not_open") {
  Ring r;
  const std::string sealed = r.seal("needle");
  for (size_t i = 0; i < sealed.size(); i++) {
    std::string other = sealed;
    other[i] = char(other[i] ^ 1);
    CHECK(r.open(other) == "<none>");
    CHECK(r.open(sealed.substr(0, i)) == "<none>");
  }
}

TEST_CASE("each_day_has_a_key_and_all_of_them_can_be_read") {
  Ring r;
  std::vector<std::string> sealed;
  for (int day = 0; day < 600; day++) sealed.push_back(r.seal(cat(day), kNow + day * kDay));
  for (int day = 0; day < 600; day++) CHECK(r.open(sealed[size_t(day)]) == cat(day));
  CHECK(sealed[0].substr(0, 4) != sealed[1].substr(0, 4));
}

TEST_CASE("a_ring_that_comes_in_seals_from_then_on_and_both_open") {
  Ring own, other;
  std::string mine = own.seal("mine"), theirs = other.seal("theirs");
  CHECK(own.open(theirs) == "<none>");
  REQUIRE(own.ring->adopt(other.ring->bytes().view()));
  CHECK(own.open(mine) == "mine");
  CHECK(own.open(theirs) == "theirs");
  CHECK(other.open(own.seal("new")) == "new");
}

}  // namespace fogbank::kms
