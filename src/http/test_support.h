// For the tests of this folder: a server on an ephemeral loopback port with its loop in a thread, and a blocking raw client. Everything
// that waits has a deadline of ten seconds.
#pragma once
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <condition_variable>
#include <doctest/doctest.h>

#include "base/strings.h"
#include "http/server.h"

namespace fogbank::http::testing {

inline bool wait_until(const std::function<bool()>& condition) {
  for (int n = 0; n < 5000; n++) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return condition();
}

using Route = std::function<void(std::shared_ptr<Exchange>)>;

inline void answer(const std::shared_ptr<Exchange>& ex, std::string body, int status = 200) {
  Reply r;
  r.status = status;
  r.body = std::move(body);
  ex->reply(std::move(r));
}

class TestServer final : public Handler {
 public:
  explicit TestServer(Route route, Limits limits = {}, const TlsIdentity* tls = nullptr) : route_(std::move(route)), server_(make_server(*this, limits)) {
    if (tls) REQUIRE(server_->set_tls(*tls));
    auto p = server_->listen("127.0.0.1", 0, 7);
    REQUIRE(p);
    port = *p;
    thread_ = std::thread([this] { server_->run(); });
  }
  ~TestServer() override { stop(); }
  void stop() {
    server_->stop();
    if (thread_.joinable()) thread_.join();
  }
  void on_request(std::shared_ptr<Exchange> ex) override { route_(std::move(ex)); }
  void turn_end() override {
    turns++;
    if (at_turn_end) at_turn_end();
  }
  /// Runs f on the loop and waits for it.
  void on_loop(const std::function<void()>& f) {
    std::mutex m;
    std::condition_variable done;
    bool finished = false;
    server_->post([&] {
      f();
      std::lock_guard<std::mutex> l(m);
      finished = true;
      done.notify_one();
    });
    std::unique_lock<std::mutex> l(m);
    REQUIRE(done.wait_for(l, std::chrono::seconds(10), [&] { return finished; }));
  }
  Server& server() { return *server_; }
  uint16_t port = 0;
  std::atomic<uint64_t> turns{0};
  std::function<void()> at_turn_end;  ///< set before requests are made

 private:
  Route route_;
  std::unique_ptr<Server> server_;
  std::thread thread_;
};

struct Response {
  int status = 0;
  std::string head, body;
  std::string field(std::string_view name) const {
    for (auto line : split(head, '\n')) {
      auto colon = line.find(':');
      if (colon != std::string_view::npos && iequals(line.substr(0, colon), name)) return std::string(trim(line.substr(colon + 1)));
    }
    return "";
  }
};

class RawClient {
 public:
  explicit RawClient(uint16_t port, const char* address = "127.0.0.1") {
    sockaddr_storage where{};
    socklen_t length;
    if (auto* v4 = reinterpret_cast<sockaddr_in*>(&where); inet_pton(AF_INET, address, &v4->sin_addr) == 1) {
      v4->sin_family = AF_INET;
      v4->sin_port = htons(port);
      length = sizeof *v4;
    } else {
      auto* v6 = reinterpret_cast<sockaddr_in6*>(&where);
      REQUIRE(inet_pton(AF_INET6, address, &v6->sin6_addr) == 1);
      v6->sin6_family = AF_INET6;
      v6->sin6_port = htons(port);
      length = sizeof *v6;
    }
    fd_ = ::socket(where.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    REQUIRE(::connect(fd_, reinterpret_cast<sockaddr*>(&where), length) == 0);
  }
  ~RawClient() { close(); }
  RawClient(const RawClient&) = delete;
  int fd() const { return fd_; }
  void close() { if (fd_ >= 0) ::close(std::exchange(fd_, -1)); }
  void reset() {  // closes with RST
    linger l{1, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &l, sizeof l);
    close();
  }
  void half_close() { ::shutdown(fd_, SHUT_WR); }
  /// False if the peer has closed.
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      auto n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (n <= 0) return false;
      bytes.remove_prefix(size_t(n));
    }
    return true;
  }
  /// More bytes into `buffer`; false at the end of the stream or after ten seconds.
  bool more(int milliseconds = 10000) {
    pollfd p{fd_, POLLIN, 0};
    if (::poll(&p, 1, milliseconds) <= 0) return false;
    char chunk[65536];
    auto n = ::recv(fd_, chunk, sizeof chunk, 0);
    if (n <= 0) { ended = true; return false; }
    buffer.append(chunk, size_t(n));
    return true;
  }
  bool read_until(std::string_view text) {
    while (buffer.find(text) == std::string::npos) if (!more()) return false;
    return true;
  }
  std::string read_to_end() {
    while (more()) {}
    return std::exchange(buffer, "");
  }
  /// One response with Content-Length, chunks or until the end. Status 0 if there is none.
  Response response(bool head_only = false) {
    Response r;
    if (!read_until("\r\n\r\n")) return r;
    auto end = buffer.find("\r\n\r\n") + 4;
    r.head = buffer.substr(0, end);
    buffer.erase(0, end);
    r.status = int(parse_int(std::string_view(r.head).substr(9, 3)).value_or(0));
    if (head_only || r.status < 200 || r.status == 204 || r.status == 304) return r;
    if (iequals(r.field("Transfer-Encoding"), "chunked")) read_chunks(r);
    else if (auto n = parse_int(r.field("Content-Length"))) {
      while (buffer.size() < size_t(*n)) if (!more()) { r.status = -1; break; }
      r.body = buffer.substr(0, size_t(*n));
      buffer.erase(0, size_t(*n));
    } else {
      r.body = read_to_end();
    }
    return r;
  }
  Response ask(std::string_view request) { send(request); return response(); }
  /// True if the server ends the connection (and has nothing more to say).
  bool closed() {
    while (more()) {}
    return ended && buffer.empty();
  }
  std::string buffer;
  bool ended = false;

 private:
  void read_chunks(Response& r) {
    for (;;) {
      while (buffer.find("\r\n") == std::string::npos) if (!more()) { r.status = -1; return; }
      size_t line = buffer.find("\r\n") + 2, n = std::strtoul(buffer.c_str(), nullptr, 16);
      while (buffer.size() < line + n + 2) if (!more()) { r.status = -1; return; }
      r.body += buffer.substr(line, n);
      buffer.erase(0, line + n + 2);
      if (!n) return;
    }
  }
  int fd_ = -1;
};

inline std::string get(std::string_view target, std::string_view fields = {}) { return cat("GET ", target, " HTTP/1.1\r\nHost: h\r\n", fields, "\r\n"); }
inline std::string post(std::string_view target, std::string_view body, std::string_view fields = {}) {
  return cat("POST ", target, " HTTP/1.1\r\nHost: h\r\nContent-Length: ", body.size(), "\r\n", fields, "\r\n", body);
}
/// Different bytes everywhere, so that a mistake in order is seen.
inline std::string pattern(size_t n) {
  std::string s(n, 0);
  uint32_t x = 1;
  for (auto& c : s) c = char((x = x * 1664525u + 1013904223u) >> 24);
  return s;
}

/// Answers with the body it reads.
inline void echo(std::shared_ptr<Exchange> ex) {
  auto* e = ex.get();
  e->read_body(128 << 20, [ex](bool ok, std::string_view body) { answer(ex, std::string(body), ok ? 200 : 413); });
}

}  // namespace fogbank::http::testing
