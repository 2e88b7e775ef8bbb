// Keys that services own: encryption at rest without a key of the customer (SSE-SQS and its like). No operation shows them and no policy is
// about them; what they seal can be opened by whoever has the data directory's `kms.key`, and without it by nobody.
//
// A service has a key for each day, derived from the ring's first key (HMAC-SHA-256 over the service's name and the day), so that one key
// never comes near the number of random nonces that AES-GCM bears (2^32), and nothing has to be stored. The sealed bytes begin with the
// day; a snapshot carries the ring and so all of this. Thread-safe; derived keys in memory are wiped when they are dropped.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/guarded.h"
#include "base/random.h"
#include "base/secret.h"

namespace fogbank { class Core; }

namespace fogbank::kms {

class KeyRing;

class OwnedKeys {
 public:
  static constexpr size_t kOverhead = 32;   ///< day, nonce, tag

  explicit OwnedKeys(const KeyRing& ring) : ring_(ring) {}

  /// Under the key that `service` has on the day of `now`. `associated` must be given again to open: what the bytes belong to.
  std::string seal(Random& random, std::string_view service, Millis now, std::string_view associated, std::string_view plain);
  /// Nothing if no key of the ring sealed this for this service.
  std::optional<std::string> open(std::string_view service, std::string_view sealed, std::string_view associated);

 private:
  using Keys = std::shared_ptr<const std::vector<Secret>>;   ///< by the ring's keys, in their order
  struct Derived { uint64_t generation = 0; std::map<std::pair<std::string, uint32_t>, Keys> keys; };

  Keys keys_of(std::string_view service, uint32_t day);

  const KeyRing& ring_;
  Guarded<Derived> derived_;
};

// What services call: the server's own keys, at the time of its clock.
std::string seal_owned(Core& core, std::string_view service, std::string_view associated, std::string_view plain);
std::optional<std::string> open_owned(Core& core, std::string_view service, std::string_view sealed, std::string_view associated);

}  // namespace fogbank::kms
