// A connected socket, plain or TLS, with the same non-blocking calls for both. Does not own the descriptor.
#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "http/tls.h"

namespace fogbank::http {

class Stream {
 public:
  explicit Stream(int fd) : fd_(fd) {}
  void start_tls(std::unique_ptr<TlsSession> session) { tls_ = std::move(session); }
  bool tls() const { return tls_ != nullptr; }
  Io handshake() { return tls_->handshake(); }
  std::string tls_error() const { return tls_ ? tls_->error() : ""; }
  bool pending() const { return tls_ && tls_->pending(); }

  Io read(char* out, size_t size);
  /// `more` tells the kernel that further bytes follow at once.
  Io write(std::string_view bytes, bool more = false);
  /// Two pieces in one system call where possible.
  Io write(std::string_view first, std::string_view second);
  /// Up to `size` bytes of a file; eof if the file ends before. `scratch` is used where bytes must pass through memory.
  Io send_file(int file, int64_t offset, size_t size, char* scratch, size_t scratch_size);
  /// Reads and throws away what arrives, below TLS.
  Io discard(char* scratch, size_t size);
  /// Tells the peer that nothing follows.
  void shutdown();

 private:
  int fd_;
  std::unique_ptr<TlsSession> tls_;
};

}  // namespace fogbank::http
