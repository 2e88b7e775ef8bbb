// A local certificate authority and the server certificates it signs (ECDSA P-256, SHA-256), all as PEM texts. Nothing is written to
// disk here: the caller keeps them in the data directory (keys with mode 0600). Thread-safe, no state.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "http/server.h"

namespace fogbank::http {

struct Authority { std::string certificate, key; };

/// A new authority that may sign server certificates only (no further authorities).
Result<Authority> make_authority(const std::string& common_name, int days);

/// A server certificate with a new key, for DNS names (a wildcard is the whole first label: "*.fogbank.localhost"; clients want at least
/// two labels behind it) and IP addresses. The chain has the certificate and the authority's.
Result<TlsIdentity> make_server_certificate(const Authority& authority, const std::vector<std::string>& dns_names,
                                            const std::vector<std::string>& ip_addresses, int days);

/// A certificate (PEM) of a key (PKCS #8) that signs itself: for whoever checks signatures made with that key.
Result<std::string> make_signing_certificate(std::string_view pkcs8, const std::string& common_name, int days);

struct CertificateInfo {
  std::string subject;                    ///< common name
  std::vector<std::string> dns_names, ip_addresses;
  Millis not_before = 0, not_after = 0;
  bool authority = false;
  std::string sha256;                     ///< fingerprint, hex
};
/// Reads the first certificate of a PEM text: to decide whether one on disk still serves.
Result<CertificateInfo> describe_certificate(std::string_view pem);

}  // namespace fogbank::http
