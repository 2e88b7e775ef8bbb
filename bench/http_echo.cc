// What a request costs the HTTP server: an echo on loopback, with the clients in another thread of this program. The server's thread is
// charged by its own processor clock (user + system), so the clients' work does not count.
//   bench_http_echo [--connections 32] [--bytes 1024] [--seconds 3] [--tls 1] [--held 1]   microseconds per request
//   bench_http_echo --idle 10000       resident memory of idle keep-alive connections, and of as many parked requests
//   bench_http_echo --upload 1024      microseconds per MiB of streamed request bodies of 64 MiB, so many MiB in all
// --held 1 answers in turn_end, as writes do that wait for their commit.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>

#include "base/clock.h"
#include "base/strings.h"
#include "http/certificates.h"
#include "http/server.h"

using namespace fogbank;

namespace {

struct Options { int connections = 32, bytes = 1024, seconds = 3, tls = 0, held = 0, idle = 0, upload = 0; };

class Counter final : public http::BodySink {
 public:
  explicit Counter(std::shared_ptr<http::Exchange> ex) : ex_(std::move(ex)) {}
  bool data(std::string_view piece) override { bytes_ += piece.size(); return true; }
  void end() override {
    http::Reply r;
    r.body = cat(bytes_);
    std::exchange(ex_, nullptr)->reply(std::move(r));
  }
  void aborted() override { ex_ = nullptr; }

 private:
  std::shared_ptr<http::Exchange> ex_;
  uint64_t bytes_ = 0;
};

class Echo final : public http::Handler {
 public:
  bool hold = false;
  void on_request(std::shared_ptr<http::Exchange> ex) override {
    if (ex->request().target == "/park") { parked.push_back(std::move(ex)); return; }
    if (ex->request().target == "/upload") { ex->stream_body(std::make_shared<Counter>(ex)); return; }
    auto* e = ex.get();
    e->read_body(16 << 20, [this, ex = std::move(ex)](bool ok, std::string_view body) {
      http::Reply r;
      r.status = ok ? 200 : 413;
      r.fields = "Content-Type: application/octet-stream\r\n";
      r.body = body;
      if (hold) held.emplace_back(ex, std::move(r));
      else ex->reply(std::move(r));
    });
  }
  void turn_end() override {
    for (auto& [ex, r] : held) ex->reply(std::move(r));
    held.clear();
  }
  std::vector<std::shared_ptr<http::Exchange>> parked;
  std::vector<std::pair<std::shared_ptr<http::Exchange>, http::Reply>> held;
};

[[noreturn]] void die(const char* what) { std::perror(what); std::exit(1); }

int connect_to(uint16_t port) {
  int fd = ::socket(AF_INET, SOCK_STREAM, 0), on = 1;
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(fd, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0) die("connect");
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return fd;
}

int64_t resident_kb() {
  std::ifstream f("/proc/self/statm");
  int64_t total, resident;
  f >> total >> resident;
  return resident * (::sysconf(_SC_PAGESIZE) / 1024);
}

int64_t cpu_micros(std::thread& t) {
  clockid_t clock;
  timespec ts;
  if (pthread_getcpuclockid(t.native_handle(), &clock) || clock_gettime(clock, &ts)) die("clock");
  return int64_t(ts.tv_sec) * 1000000 + ts.tv_nsec / 1000;
}

std::string request_text(const Options& o) {
  return cat("POST / HTTP/1.1\r\nHost: localhost:4566\r\nUser-Agent: bench/1.0\r\nAccept-Encoding: identity\r\n"
             "X-Amz-Target: DynamoDB_20120810.PutItem\r\nContent-Type: application/x-amz-json-1.0\r\nX-Amz-Date: 20260101T000000Z\r\n"
             "Authorization: AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host;x-amz-date, "
             "Signature=0000000000000000000000000000000000000000000000000000000000000000\r\nConnection: keep-alive\r\nContent-Length: ",
             o.bytes, "\r\n\r\n", std::string(size_t(o.bytes), 'x'));
}

// Sends the next request on each connection as soon as its response is complete.
struct Peer { int fd = -1; SSL* ssl = nullptr; size_t got = 0; };

size_t take(Peer& p, char* buffer, size_t size) {
  if (!p.ssl) { auto n = ::recv(p.fd, buffer, size, 0); if (n <= 0) die("recv"); return size_t(n); }
  int n = SSL_read(p.ssl, buffer, int(size));
  if (n <= 0) die("SSL_read");
  return size_t(n);
}

void give(Peer& p, const std::string& s) {
  if (p.ssl ? SSL_write(p.ssl, s.data(), int(s.size())) != int(s.size()) : ::send(p.fd, s.data(), s.size(), 0) != ssize_t(s.size())) die("send");
}

void measure_echo(const Options& o, uint16_t port, std::thread& server) {
  std::string request = request_text(o), buffer(1 << 16, 0);
  int ep = ::epoll_create1(0);
  std::vector<Peer> peers(size_t(o.connections));
  SSL_CTX* context = o.tls ? SSL_CTX_new(TLS_client_method()) : nullptr;
  size_t expected = 0;
  for (auto& p : peers) {
    p.fd = connect_to(port);
    if (context) {
      p.ssl = SSL_new(context);
      SSL_set_fd(p.ssl, p.fd);
      if (SSL_connect(p.ssl) != 1) die("SSL_connect");
    }
    give(p, request);  // the first answer tells how long the others are
    size_t n = 0;
    std::string got;
    while (got.find("\r\n\r\n") == std::string::npos || n < got.find("\r\n\r\n") + 4 + size_t(o.bytes)) n += take(p, buffer.data(), buffer.size()), got.assign(buffer, 0, n);
    expected = n;
    epoll_event e{EPOLLIN, {.ptr = &p}};
    ::epoll_ctl(ep, EPOLL_CTL_ADD, p.fd, &e);
  }
  for (auto& p : peers) give(p, request);
  int64_t cpu = cpu_micros(server), start = steady_micros(), end = start + o.seconds * 1000000ll;
  uint64_t done = 0;
  while (steady_micros() < end) {
    epoll_event events[64];
    int n = ::epoll_wait(ep, events, 64, 1000);
    for (int i = 0; i < n; i++) {
      auto& p = *static_cast<Peer*>(events[i].data.ptr);
      p.got += take(p, buffer.data(), buffer.size());
      if (p.got < expected) continue;
      p.got = 0;
      done++;
      give(p, request);
    }
  }
  int64_t elapsed = steady_micros() - start;
  cpu = cpu_micros(server) - cpu;
  std::printf("%d connections, %d bytes%s%s: %.0f requests/s, %.2f us of the server's processor per request\n", o.connections, o.bytes,
              o.tls ? ", TLS" : "", o.held ? ", held" : "", double(done) * 1e6 / double(elapsed), double(cpu) / double(done));
}

// The clients of the memory measurement live in a child process: their descriptors would not fit beside the server's. The pipes carry
// one byte per step.
[[noreturn]] void hold_connections(const Options& o, uint16_t port, int in, int out) {
  Options small = o;
  small.bytes = 200;
  std::string request = request_text(small), park = request;
  park.replace(5, 1, "/park");
  char buffer[4096];
  std::vector<int> fds;
  for (int i = 0; i < o.idle; i++) {
    fds.push_back(connect_to(port));
    if (::send(fds.back(), request.data(), request.size(), 0) < 0 || ::recv(fds.back(), buffer, sizeof buffer, 0) <= 0) die("request");
  }
  if (::write(out, "i", 1) != 1 || ::read(in, buffer, 1) != 1) die("pipe");
  for (int fd : fds) if (::send(fd, park.data(), park.size(), 0) < 0) die("send");
  if (::write(out, "p", 1) != 1 || ::read(in, buffer, 1) != 1) die("pipe");
  ::_exit(0);
}

struct Child { int to = -1, from = -1; };

Child start_child(const Options& o, uint16_t port) {
  int down[2], up[2];
  if (::pipe(down) || ::pipe(up)) die("pipe");
  pid_t pid = ::fork();
  if (pid < 0) die("fork");
  if (!pid) hold_connections(o, port, down[0], up[1]);
  return {down[1], up[0]};
}

void measure_memory(const Options& o, const Child& child, int64_t before, http::Server& server) {
  char step;
  if (::read(child.from, &step, 1) != 1) die("read");
  int64_t idle = resident_kb();
  std::printf("%d idle connections: %lld KB more resident (%lld KB before)\n", o.idle, (long long)(idle - before), (long long)before);
  auto wanted = uint64_t(o.idle) * 2;
  if (::write(child.to, "g", 1) != 1 || ::read(child.from, &step, 1) != 1) die("write");
  while (server.stats().requests < wanted) ::usleep(1000);
  ::usleep(200000);
  std::printf("%d parked requests: %lld KB more resident\n", o.idle, (long long)(resident_kb() - idle));
  if (::write(child.to, "e", 1) != 1) die("write");
}

void measure_upload(const Options& o, uint16_t port, std::thread& server) {
  int fd = connect_to(port);
  std::string piece(1 << 20, 'u');
  char buffer[4096];
  int64_t cpu = cpu_micros(server), start = steady_micros();
  int rounds = std::max(1, o.upload / 64);
  for (int i = 0; i < rounds; i++) {
    std::string head = cat("PUT /upload HTTP/1.1\r\nHost: h\r\nContent-Length: ", 64 << 20, "\r\n\r\n");
    if (::send(fd, head.data(), head.size(), 0) < 0) die("send");
    for (int n = 0; n < 64; n++) if (::send(fd, piece.data(), piece.size(), 0) != ssize_t(piece.size())) die("send");
    if (::recv(fd, buffer, sizeof buffer, 0) <= 0) die("recv");
  }
  double mib = 64.0 * rounds;
  std::printf("uploads of 64 MiB: %.0f MiB/s, %.1f us of the server's processor per MiB\n", mib * 1e6 / double(steady_micros() - start),
              double(cpu_micros(server) - cpu) / mib);
}

}  // namespace

int main(int argc, char** argv) {
  Options o;
  for (int i = 1; i + 1 < argc; i += 2) {
    std::string_view name = argv[i];
    int value = std::atoi(argv[i + 1]);
    if (name == "--connections") o.connections = value;
    else if (name == "--bytes") o.bytes = value;
    else if (name == "--seconds") o.seconds = value;
    else if (name == "--tls") o.tls = value;
    else if (name == "--held") o.held = value;
    else if (name == "--idle") o.idle = value;
    else if (name == "--upload") o.upload = value;
    else { std::fprintf(stderr, "unknown option %s\n", argv[i]); return 2; }
  }
  Echo echo;
  echo.hold = o.held;
  auto server = http::make_server(echo, {});
  if (o.tls) {
    auto ca = http::make_authority("bench", 1);
    if (!ca || !server->set_tls(*http::make_server_certificate(*ca, {"localhost"}, {}, 1))) return 1;
  }
  auto port = server->listen("127.0.0.1", 0, 0);
  if (!port) { std::fprintf(stderr, "%s\n", port.error().message.c_str()); return 1; }
  Child child;
  if (o.idle) child = start_child(o, *port);  // before there are threads
  int64_t before = resident_kb();
  std::thread loop([&] { server->run(); });
  if (o.idle) measure_memory(o, child, before, *server);
  else if (o.upload) measure_upload(o, *port, loop);
  else measure_echo(o, *port, loop);
  server->post([&] { echo.parked.clear(); });
  server->stop();
  loop.join();
  return 0;
}
