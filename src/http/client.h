// A small outbound HTTP/1.1 client for webhooks and API destinations: one request per connection, http and https, redirects are answers
// and never followed. One thread of its own runs all calls; send() may be called from any thread, callbacks run on the client's thread
// and must not block. Nothing survives a crash: callers keep what is to be sent as tasks.
//
// The guard sees every address a name resolved to, with the port, before anything is sent to it; addresses it refuses are skipped. It
// decides about addresses, not names, so a name that resolves differently the next time gains nothing. Without a guard nothing is sent.
// Bounds: total time, time per connection attempt, size of the response (head 64 KiB, 256 fields), calls in flight.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"

namespace fogbank::http {

using Guard = std::function<bool(const std::string& address, uint16_t port)>;

struct ClientRequest {
  std::string method = "POST";
  std::string url;                                            ///< http://host[:port]/path?query or https://…; user:password@ becomes Basic
  std::vector<std::pair<std::string, std::string>> fields;    ///< Host, Content-Length and Connection are added
  std::string body;
  Guard guard;
  int64_t timeout_milliseconds = 15000;                       ///< for everything together
  int64_t connect_milliseconds = 5000;                        ///< per address
  size_t max_response = 1 << 20;                              ///< of the body
  std::vector<std::string> thumbprints;                       ///< https: SHA-1 of certificates (hex, lower case) that are trusted besides the authorities
};

struct ClientResponse {
  int status = 0;
  std::vector<std::pair<std::string, std::string>> fields;
  std::string body;
  std::string address;                                        ///< that answered
};

struct ClientOptions {
  std::string authorities;   ///< PEM, trusted besides the system's
  size_t in_flight = 256;
};

/// Error codes of a failed call: InvalidRequest, Refused (by the guard), ResolveFailed, ConnectFailed, TlsFailed, Timeout, BadResponse,
/// ResponseTooLarge, TooManyCalls, Cancelled.
class Client {
 public:
  using Done = std::function<void(Result<ClientResponse>)>;
  virtual ~Client() = default;   ///< stops
  /// `done` is called exactly once, never from inside send().
  virtual void send(ClientRequest request, Done done) = 0;
  virtual void stop() = 0;       ///< ends open calls with Cancelled and waits for the thread
};

Result<std::unique_ptr<Client>> make_client(const ClientOptions& options);

/// The parts of an absolute http or https URL.
struct Url {
  bool tls = false;
  std::string host, user_info, target;   ///< host without brackets; target begins with '/', without fragment
  uint16_t port = 0;
  bool default_port = true;
};
Result<Url> parse_url(std::string_view text);

}  // namespace fogbank::http
