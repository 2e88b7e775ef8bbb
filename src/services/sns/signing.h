// Signatures of messages: one RSA key and its certificate per data directory, made when it is first needed and kept in the store. The
// canonical text is the documented one, so that the validators of the SDKs accept what they fetch the certificate for. Thread-safe.
#pragma once
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/asymmetric.h"
#include "services/sns/message.h"

namespace fogbank { class Core; }

namespace fogbank::sns {

class Signing {
 public:
  explicit Signing(Core& core) : core_(core) {}
  /// Path of the certificate on every endpoint: "/SimpleNotificationService-….pem". May make the key: not within a transaction.
  Result<std::string> certificate_path();
  /// The certificate, if that is its path.
  std::optional<std::string> certificate(std::string_view path);
  /// base64. `text`: what the subscriber gets as Message; `subscribe_url`: of confirmations.
  Result<std::string> sign(const Notification& n, std::string_view text, std::string_view subscribe_url);

 private:
  struct Identity {
    asymmetric::PrivateKey key;
    std::string certificate, path;
  };
  Result<std::shared_ptr<const Identity>> identity(bool make);

  Core& core_;
  std::mutex mutex_;
  std::shared_ptr<const Identity> identity_;
  uint64_t epoch_ = 0;                            ///< of the store, when the identity was read
};

/// What is signed.
std::string canonical_text(const Notification& n, std::string_view text, std::string_view subscribe_url);

}  // namespace fogbank::sns
