// Bytes on sockets: an HTTP/1.1 server with one loop. The only place that knows the HTTP library.
//
// One thread runs the loop: it accepts, reads, parses, calls the Handler when a request's head is complete, and writes replies. Handlers
// run inline on that thread and never block; longer work goes to a pool and comes back through Loop::post. At the end of each turn of the
// loop (all ready sockets handled) `turn_end` is called once: there the store commits and held replies are sent.
// HTTP and TLS share a port: the first byte decides. Limits: head 64 KiB and 200 fields, a head must arrive within 20 s, an idle
// keep-alive connection lives 120 s, a body or a reply that makes no progress for 60 s ends the connection.
// Requests of one connection are answered in order (pipelined requests wait their turn). A peer that ends its sending side is taken to
// be gone; a reply is still tried, so a client that only half-closes gets its answer. Nothing here survives a crash.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace fogbank::http {

struct Field { std::string_view name, value; };  ///< name as sent; compare without regard to case

/// Appends "Name: value\r\n"; CR, LF and NUL in the value become spaces, so that a caller's text cannot add fields of its own.
void add_field(std::string& fields, std::string_view name, std::string_view value);

/// The head of a request. Views live as long as the Exchange.
struct Request {
  std::string_view method;
  std::string_view target;          ///< as sent: path and query, or absolute form
  std::vector<Field> fields;        ///< in order, repeated ones repeated
  bool http10 = false;
  bool tls = false;
  int listener = 0;                 ///< which listener accepted it (see Server::listen)
  std::string peer_address;         ///< "127.0.0.1"
  uint16_t peer_port = 0;
  int64_t content_length = -1;      ///< -1: none given
  bool chunked = false;
  bool has_body() const { return chunked || content_length > 0; }
  std::string_view field(std::string_view name) const;  ///< first value, or empty
  bool has(std::string_view name) const;
};

/// Takes a body piece by piece. `data` returning false stops reading until Exchange::resume_body() (back pressure); the views are
/// valid during the call, pieces are at most 256 KiB. `end` is called once after the last piece, after `trailers` if the body had any;
/// `aborted` instead if the peer went away or broke the framing (the server then answers 400 itself). After Exchange::reply the rest of
/// the body is of no interest and the sink is told nothing more.
class BodySink {
 public:
  virtual ~BodySink() = default;
  virtual bool data(std::string_view piece) = 0;
  virtual void trailers(std::span<const Field> fields) { (void)fields; }  ///< of a chunked body; views valid during the call
  virtual void end() = 0;
  virtual void aborted() = 0;
};

/// A body that is a range of a file, sent without copying where the connection allows (sendfile on plain sockets).
struct FileRange { int fd = -1; int64_t offset = 0, length = 0; std::shared_ptr<void> keep_alive; };

struct Reply {
  int status = 200;
  std::string fields;               ///< complete lines "Name: value\r\n"; Date, Content-Length and Connection are added by the server
  std::string body;
  FileRange file;                   ///< if fd >= 0 it is the body instead
  int64_t content_length = -1;      ///< for HEAD and 304: the length to claim; for reply_stream: see there; else taken from the body
  bool close = false;               ///< end the connection after it
};

/// Produces a body of unknown length (sent chunked). `pull` appends the next piece to `out` and returns true while there is more; it
/// may return true with nothing appended and call Exchange::resume_reply() when more is there.
class BodySource {
 public:
  virtual ~BodySource() = default;
  virtual bool pull(std::string& out) = 0;
  virtual void aborted() = 0;
};

/// One request and its reply. Alive while somebody holds the shared_ptr; all members are for the loop's thread.
class Exchange : public std::enable_shared_from_this<Exchange> {
 public:
  virtual ~Exchange() = default;
  virtual const Request& request() const = 0;
  // What the server calls on its own account (aborted, on_gone) comes in a later step of the loop, never from inside a call made to it.

  /// Collects the body (de-chunked) up to `limit` bytes, then calls `done(true, body)`; `done(false, {})` if the peer went away or
  /// sent more (the connection then ends after the reply). The view lives as long as the Exchange. Sends 100-continue if asked for.
  /// `done` may be called before read_body returns.
  virtual void read_body(size_t limit, std::function<void(bool ok, std::string_view body)> done) = 0;
  virtual void stream_body(std::shared_ptr<BodySink> sink) = 0;
  virtual void resume_body() = 0;
  /// Answers, once. If the body was not read, it is drained up to 1 MiB, else the connection is closed after the reply.
  virtual void reply(Reply&& reply) = 0;
  /// Chunked; delimited by the connection's end for HTTP/1.0. With head.content_length >= 0 the source must produce exactly so many
  /// bytes and they are sent unchunked (the connection breaks off if it does not). head.body is ignored.
  virtual void reply_stream(Reply&& head, std::shared_ptr<BodySource> source) = 0;
  virtual void resume_reply() = 0;
  /// Ends the connection without an answer (a fault rule); on_gone is not called.
  virtual void drop() = 0;
  virtual bool gone() const = 0;    ///< the peer closed: for parked calls; a reply would most likely be thrown away
  virtual void on_gone(std::function<void()> f) = 0;  ///< called once if the peer closes before the reply (parked calls)
};

class Handler {
 public:
  virtual ~Handler() = default;
  virtual void on_request(std::shared_ptr<Exchange> exchange) = 0;
  virtual void turn_end() = 0;
  /// The server is about to end: answer or drop what would otherwise wait.
  virtual void stopping() {}
};

/// A descriptor that the loop watches, closed with this object. Loop's thread only.
class Watched {
 public:
  virtual ~Watched() = default;
  virtual int fd() const = 0;
  /// Asks for the next call. One call per arm().
  virtual void arm() = 0;
};

struct Limits {
  size_t head_bytes = 64 << 10;
  size_t head_fields = 200;
  size_t connections = 20000;
  size_t guest_connections = 512;        ///< of one adopted listener: a sandbox must not take everybody's
  size_t guest_body_bytes = 256 << 20;   ///< collected from all of them at a time; more than one such body may be refused then
  int head_seconds = 20;
  int idle_seconds = 120;
  int stall_seconds = 60;
  int stop_seconds = 5;
  int tick_milliseconds = 1000;     ///< the second of these limits, which are looked at once in it; tests shorten it
};

/// PEM texts; see http/certificates.h for making them.
struct TlsIdentity { std::string certificate_chain, key; };

class Server {
 public:
  virtual ~Server() = default;
  /// Opens a listener (any thread, before or while running) on an IPv4 or IPv6 address; port 0 chooses one. Returns the port. `id` is given back in Request::listener.
  virtual Result<uint16_t> listen(const std::string& address, uint16_t port, int id) = 0;
  /// Serves an already listening socket (from a sandbox), with the bounds for guests; takes ownership of the descriptor. Any thread. `handler`: who answers there instead
  /// of the server's own; its turn_end is not called.
  virtual void adopt_listener(int fd, int id, std::shared_ptr<Handler> handler = nullptr) = 0;
  virtual void close_listener(int id) = 0;   ///< any thread; its connections end after their current reply
  virtual Result<void> set_tls(const TlsIdentity& identity) = 0;  ///< any thread; for connections from then on
  virtual void run() = 0;                    ///< the loop; returns after stop(). SIGPIPE is blocked on this thread meanwhile
  virtual void stop() = 0;                   ///< any thread or signal handler: no new connections, current replies finish (5 s)
  virtual void post(std::function<void()> f) = 0;  ///< any thread: run f on the loop
  virtual bool in_loop() const = 0;          ///< true on the thread inside run()
  /// Loop thread: calls `ready` when the descriptor is readable or its other end is gone, each time after arm() was called (once already here).
  /// The object may be destroyed inside the call. Takes ownership of the descriptor.
  virtual std::unique_ptr<Watched> watch(int fd, std::function<void()> ready) = 0;
  virtual void after(int64_t milliseconds, std::function<void()> f) = 0;  ///< loop thread: run f later
  struct Stats { uint64_t connections = 0, accepted = 0, requests = 0, refused = 0; };
  virtual Stats stats() const = 0;
};

std::unique_ptr<Server> make_server(Handler& handler, const Limits& limits);

}  // namespace fogbank::http
