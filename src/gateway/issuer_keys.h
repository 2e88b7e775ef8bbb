// Verification keys of OpenID Connect issuers: found by the discovery document, fetched over https, kept for ten minutes.
//
// A caller that needs keys which are not here parks on wake_key() and is run again when they have come, or could not be had; nothing
// blocks. One fetch per issuer at a time. What is kept belongs to an issuer and the thumbprints it was trusted by, so that one account's
// trust says nothing to another. A token that names a key which is not in the set makes the set be fetched anew, at most every two
// seconds, so that a rotated key is found at once and strangers cannot make us hammer an issuer; nor do failures for a second.
// Times are the machine's, not the virtual clock's: they are about the network. Bounded: kMaxIssuers, kMaxKeySet bytes a document, five
// seconds a document. Owned by Core (`core.state<IssuerKeys>()`); any thread. Nothing survives a restart.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "auth/jwt.h"
#include "base/error.h"
#include "store/store.h"

namespace fogbank {

class Core;

struct Issuer {
  std::string url;                       ///< "https://host/path", without a slash at its end unless it is the issuer's own
  std::vector<std::string> thumbprints;  ///< SHA-1 of certificates trusted besides the system's authorities
};

class IssuerKeys {
 public:
  static constexpr size_t kMaxIssuers = 256;
  static constexpr int64_t kKeepUs = 600'000'000, kRefetchUs = 2'000'000, kRetryUs = 1'000'000, kWaitUs = 15'000'000;

  explicit IssuerKeys(Core& core);

  struct Answer {
    std::shared_ptr<const auth::KeySet> keys;   ///< null: see `error`, or wait
    std::string error;                          ///< why they cannot be had: a code of http/client.h, or BadDocument
    bool waiting = false;
  };
  /// The keys of an issuer that can judge `token`, as far as that is known; begins to fetch if need be. `since_us` (steady clock): when
  /// the caller asked first; what came later is taken as it is.
  Answer find(const Issuer& issuer, const auth::Jwt& token, int64_t since_us);
  static store::Key wake_key(const Issuer& issuer);

  /// Keys that are known otherwise.
  void remember(const Issuer& issuer, std::shared_ptr<const auth::KeySet> keys);

 private:
  struct State;
  void fetch(const Issuer& issuer);
  Core& core_;
  std::shared_ptr<State> state_;
};

}  // namespace fogbank
