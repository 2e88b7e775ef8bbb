// TLS sessions over non-blocking sockets, and the contexts they are made from. The only place that uses OpenSSL's SSL; certificates are
// made in certificates.cc. A TlsContext may be shared by threads; a TlsSession belongs to one connection and its loop's thread.
// Read and write buffers are given back while a session is idle.
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "http/server.h"

struct ssl_st;
struct ssl_ctx_st;

namespace fogbank::http {

/// Outcome of a non-blocking operation. again_read / again_write: try again when the socket is readable / writable.
struct Io {
  enum Kind : uint8_t { ok, again_read, again_write, eof, failed } kind = ok;
  size_t bytes = 0;
};

class TlsContext {
 public:
  explicit TlsContext(ssl_ctx_st* context) : context_(context) {}
  ~TlsContext();
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;
  ssl_ctx_st* get() const { return context_; }

 private:
  ssl_ctx_st* context_;
};

/// TLS 1.2 and 1.3, ALPN http/1.1.
Result<std::shared_ptr<TlsContext>> make_server_context(const TlsIdentity& identity);
/// Verifies peers against the system's authorities and those in `more_authorities` (PEM, may be empty).
Result<std::shared_ptr<TlsContext>> make_client_context(std::string_view more_authorities);

class TlsSession {
 public:
  /// Server side, or client side with the name to verify (`host`: DNS name or IP address). `thumbprints`: SHA-1 (hex, lower case) of
  /// certificates; a chain that no authority vouches for is good if it leads to one of these. The name must fit all the same.
  TlsSession(const TlsContext& context, int fd);
  TlsSession(const TlsContext& context, int fd, const std::string& host, std::vector<std::string> thumbprints = {});
  ~TlsSession();
  TlsSession(const TlsSession&) = delete;
  TlsSession& operator=(const TlsSession&) = delete;
  Io handshake();
  Io read(char* out, size_t size);
  Io write(std::string_view bytes);
  bool pending() const;       ///< bytes already taken from the socket wait inside
  void shutdown();            ///< sends close_notify once, without waiting for the peer's
  std::string error() const;  ///< why a handshake failed

 private:
  Io outcome(int r);
  ssl_st* ssl_;
  std::string error_;
  std::vector<std::string> thumbprints_;
};

}  // namespace fogbank::http
