// Session tokens: temporary credentials that need no record.
//
// A token is the session itself (principal, secret, end), sealed with AES-256-GCM under a key of the data directory, as base64 that begins
// like the tokens of AWS. Whoever holds the key can open it; nothing is stored, so making a million sessions costs nothing, and a session
// survives a restart as long as the key and the store's epoch do. A reset or a loaded snapshot raises the epoch, and every older token is
// dead. Permissions are not in it: they are looked up when the session acts.
//   bytes: 12 of prefix | 1 version | 12 nonce | ciphertext | 16 tag; prefix and version are authenticated. At most kMaxToken characters.
// Opened tokens are cached (bounded by number and bytes). Threads: all members of SessionTokens may be called from any thread.
#pragma once
#include <array>
#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "auth/principal.h"
#include "base/error.h"
#include "base/random.h"

namespace fogbank::auth {

/// What a token holds. Immutable once opened.
struct Session {
  Principal principal;       ///< with access_key_id, issued_at and expires_at
  std::string secret;
  uint64_t epoch = 0;        ///< of the store when it was made
  Unknown unknown;
  template <class A> void fields(A& a) { a(1, principal); a(2, secret); a(3, epoch); a(unknown); }
};

/// What STS gives out.
struct SessionCredentials {
  std::string access_key_id, secret, token;
  Millis expires_at = 0;
};

enum class TokenFault : uint8_t { malformed, expired };

class SessionTokens {
 public:
  static constexpr size_t kKeyBytes = 32;
  static constexpr size_t kMaxToken = 64 << 10;

  /// `key` is kKeyBytes of secret randomness (std::invalid_argument otherwise).
  SessionTokens(std::string_view key, uint64_t epoch);
  ~SessionTokens();

  /// New credentials for the principal, whose key id and times are set by this. PackedPolicyTooLarge if the token would exceed kMaxToken.
  Result<SessionCredentials> make_session(Principal principal, Millis duration, Random& random, Millis now) const;

  /// The sealed form; the same bound applies.
  Result<std::string> seal(const Session& session, Random& random) const;
  /// The session behind a token, if it was sealed by this key in this epoch for this access key, and has not ended at `now`.
  tl::expected<std::shared_ptr<const Session>, TokenFault> open(std::string_view token, std::string_view access_key_id, Millis now) const;

  /// Tokens of other epochs stop being accepted.
  void set_epoch(uint64_t epoch);
  /// From now on the epoch is what this answers, at every moment: a token made right after a reset is then good, one made before is not.
  /// Before the object is shared; any thread calls it.
  void follow(std::function<uint64_t()> epoch) { source_ = std::move(epoch); }
  uint64_t epoch() const { return source_ ? source_() : epoch_.load(); }

 private:
  class Cache;
  std::shared_ptr<const Session> unseal(std::string_view token) const;
  std::string_view key_view() const { return {reinterpret_cast<const char*>(key_.data()), key_.size()}; }

  std::array<unsigned char, kKeyBytes> key_;
  std::atomic<uint64_t> epoch_;
  std::function<uint64_t()> source_;
  std::unique_ptr<Cache> cache_;
};

}  // namespace fogbank::auth
