// The key file: rings of data directories, and the rings of snapshots that come in.
#include <doctest/doctest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/strings.h"
#include "services/kms/key_ring.h"

namespace fogbank::kms {
namespace {

struct Folder {
  std::string path;
  Folder() {
    char name[] = "/tmp/kms-ring-XXXXXX";
    path = mkdtemp(name);
  }
  ~Folder() { std::filesystem::remove_all(path); }
};

constexpr const char* kNonce = "123456789012";
bool opens(const KeyRing& ring, const std::string& sealed) { return ring.open(sealed, "place").has_value(); }

}  // namespace

TEST_CASE("a_ring_is_made_once_for_a_data_directory_and_readable_by_its_owner_only") {
  Folder d;
  auto first = *KeyRing::load(d.path, system_random());
  std::string sealed = first->seal(kNonce, "place", "x");
  auto again = *KeyRing::load(d.path, system_random());
  CHECK(opens(*again, sealed));
  CHECK_FALSE(again->open(sealed, "another place").has_value());
  struct stat s;
  REQUIRE(stat((d.path + "/kms.key").c_str(), &s) == 0);
  CHECK((s.st_mode & 0777) == 0600);
  CHECK(s.st_size == 32);
}

TEST_CASE("keys_of_another_ring_come_first_and_the_own_ones_stay") {
  Folder d, e;
  auto own = *KeyRing::load(d.path, system_random()), other = *KeyRing::load(e.path, system_random());
  std::string ours = own->seal(kNonce, "place", "x"), theirs = other->seal(kNonce, "place", "x");
  CHECK_FALSE(opens(*own, theirs));
  for (int twice = 0; twice < 2; twice++) {
    REQUIRE(own->adopt(other->bytes().view()));
    CHECK(own->bytes().size() == 64);
    CHECK(own->mac("t") == other->mac("t"));
  }
  auto again = *KeyRing::load(d.path, system_random());
  for (const KeyRing* ring : {own.get(), again.get()}) {
    CHECK(opens(*ring, ours));
    CHECK(opens(*ring, theirs));
    CHECK(opens(*other, ring->seal(kNonce, "place", "y")));
  }
  for (int i = 0; i < 40; i++) {   // bounded: the oldest leave
    auto more = *KeyRing::load("", system_random());
    std::string newest = more->seal(kNonce, "place", "x");
    REQUIRE(own->adopt(more->bytes().view()));
    CHECK(opens(*own, newest));
  }
  CHECK(own->bytes().size() == 32 * KeyRing::kMaxKeys);
  CHECK_FALSE(opens(*own, ours));
}

TEST_CASE("a_damaged_ring_is_refused_and_never_replaced") {
  Folder d;
  auto own = *KeyRing::load("", system_random());
  for (size_t bytes : {0, 1, 31, 33, 32 * 17}) {
    CHECK(own->adopt(std::string(bytes, 'x')).error().code == "InvalidSnapshot");
    std::ofstream(d.path + "/kms.key", std::ios::trunc) << std::string(bytes, 'x');
    auto loaded = KeyRing::load(d.path, system_random());
    REQUIRE_FALSE(loaded.has_value());
    CHECK(loaded.error().message.find("kms.key") != std::string::npos);
    CHECK(std::filesystem::file_size(d.path + "/kms.key") == bytes);
  }
  CHECK(own->bytes().size() == 32);
}

}  // namespace fogbank::kms
