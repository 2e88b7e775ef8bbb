// The keys of `kms.key`, under which all key material is sealed. The first one seals; any of them opens. There is one until a snapshot of
// another data directory is loaded: its keys then come first, and the former ones stay, so that at every moment of a load, and for what was
// under way during it, the store can be read. The file holds 32 bytes for each key and has mode 0600.
// Owned by State (caches.h). Thread-safe.
#pragma once
#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/random.h"
#include "base/secret.h"

namespace fogbank::kms {

class KeyRing {
 public:
  static constexpr size_t kMaxKeys = 16;
  static constexpr std::string_view kName = "kms.key";

  /// The ring of a data directory, made there if there is none. An empty path: a ring in memory.
  static Result<std::unique_ptr<KeyRing>> load(const std::string& directory, Random& random);

  std::string seal(std::string_view nonce, std::string_view associated, std::string_view plain) const;
  /// Nothing if none of the keys sealed it.
  std::optional<Secret> open(std::string_view sealed, std::string_view associated) const;
  /// HMAC-SHA-256 under the first key.
  std::string mac(std::string_view text) const;
  /// A key of 32 bytes from each key of the ring, in their order: HMAC-SHA-256 over `label`.
  std::vector<Secret> derive(std::string_view label) const;
  /// Another number after each adopt().
  uint64_t generation() const { return generation_.load(std::memory_order_acquire); }

  Secret bytes() const;                            ///< as the file holds them
  /// Puts the keys of another ring, as bytes() gave them, before these. On disk when it returns.
  Result<void> adopt(std::string_view bytes);

 private:
  using Keys = std::vector<Secret>;
  explicit KeyRing(std::string path, Keys keys) : path_(std::move(path)), keys_(std::make_shared<const Keys>(std::move(keys))) {}
  std::shared_ptr<const Keys> keys() const;

  const std::string path_;
  mutable std::mutex mutex_;
  std::shared_ptr<const Keys> keys_;
  std::atomic<uint64_t> generation_{1};
};

}  // namespace fogbank::kms
