// TLS on the port of HTTP, and the certificates for it.
#include "http/tls.h"

#include <sys/mman.h>

#include "http/certificates.h"
#include "http/test_support.h"

using namespace fogbank;
using namespace fogbank::http;
using namespace fogbank::http::testing;

namespace {

const Authority& authority() {
  static Authority a = *make_authority("Fogbank test authority", 30);
  return a;
}

TlsIdentity identity() {
  return *make_server_certificate(authority(), {"localhost", "fogbank.localhost", "*.fogbank.localhost"}, {"127.0.0.1", "::1"}, 30);
}

// A blocking TLS client over a raw one.
class TlsClient {
 public:
  explicit TlsClient(uint16_t port, const std::string& host = "localhost", const std::string& trusted = authority().certificate)
      : raw_(port), context_(*make_client_context(trusted)), session_(*context_, raw_.fd(), host) {
    connected = session_.handshake().kind == Io::ok;
  }
  std::string error() const { return session_.error(); }
  void send(std::string_view bytes) {
    while (!bytes.empty()) {
      auto io = session_.write(bytes);
      REQUIRE(io.kind == Io::ok);
      bytes.remove_prefix(io.bytes);
    }
  }
  /// A response with Content-Length, without its head.
  std::string body() {
    while (buffer_.find("\r\n\r\n") == std::string::npos) if (!more()) return "(no head)";
    auto end = buffer_.find("\r\n\r\n") + 4;
    auto at = buffer_.find("Content-Length: ");
    auto n = size_t(std::strtoul(buffer_.c_str() + at + 16, nullptr, 10));
    while (buffer_.size() < end + n) if (!more()) return "(cut off)";
    auto out = buffer_.substr(end, n);
    buffer_.erase(0, end + n);
    return out;
  }
  bool more() {
    char chunk[16384];
    auto io = session_.read(chunk, sizeof chunk);
    ended = io.kind == Io::eof;
    if (io.kind == Io::ok) buffer_.append(chunk, io.bytes);
    return io.kind == Io::ok;
  }
  RawClient& raw() { return raw_; }
  bool connected = false;
  bool ended = false;  ///< with close_notify

 private:
  RawClient raw_;
  std::shared_ptr<TlsContext> context_;
  TlsSession session_;
  std::string buffer_;
};

void route(std::shared_ptr<Exchange> ex) {
  if (ex->request().target == "/tls") return answer(ex, ex->request().tls ? "tls" : "plain");
  if (ex->request().target != "/file") return echo(ex);
  std::string bytes = pattern(3000000);
  Reply r;
  r.file.fd = ::memfd_create("reply", MFD_CLOEXEC);
  REQUIRE(::write(r.file.fd, bytes.data(), bytes.size()) == ssize_t(bytes.size()));
  r.file.offset = 1;
  r.file.length = int64_t(bytes.size()) - 1;
  r.file.keep_alive = std::shared_ptr<void>(nullptr, [fd = r.file.fd](void*) { ::close(fd); });
  ex->reply(std::move(r));
}

}  // namespace

TEST_CASE("certificates_carry_their_names") {
  auto ca = describe_certificate(authority().certificate);
  REQUIRE(ca);
  CHECK(ca->authority);
  CHECK(ca->subject == "Fogbank test authority");
  auto id = identity();
  auto leaf = describe_certificate(id.certificate_chain);
  REQUIRE(leaf);
  CHECK_FALSE(leaf->authority);
  CHECK(leaf->dns_names == std::vector<std::string>{"localhost", "fogbank.localhost", "*.fogbank.localhost"});
  CHECK(leaf->ip_addresses == std::vector<std::string>{"127.0.0.1", "::1"});
  CHECK(leaf->not_before < machine_now());
  CHECK(leaf->not_after > machine_now() + 29ll * 86400 * 1000);
  CHECK(leaf->not_after <= machine_now() + 30ll * 86400 * 1000);
  CHECK(leaf->sha256.size() == 64);
  CHECK(leaf->sha256 != ca->sha256);
  CHECK(identity().key != id.key);
}

TEST_CASE("certificates_are_refused_for_what_is_no_name") {
  CHECK_FALSE(make_server_certificate(authority(), {"a,DNS:b"}, {}, 30));
  CHECK_FALSE(make_server_certificate(authority(), {""}, {}, 30));
  CHECK_FALSE(make_server_certificate(authority(), {"a"}, {"1.2.3"}, 30));
  CHECK_FALSE(make_server_certificate(authority(), {}, {}, 30));
  CHECK_FALSE(make_server_certificate({"garbage", "garbage"}, {"a"}, {}, 30));
  CHECK_FALSE(make_server_certificate({authority().certificate, make_authority("other", 1)->key}, {"a"}, {}, 30));
  CHECK_FALSE(describe_certificate("garbage"));
}

TEST_CASE("an_identity_that_does_not_fit_is_refused") {
  TestServer s(route);
  auto good = identity();
  CHECK_FALSE(s.server().set_tls({"", ""}));
  CHECK_FALSE(s.server().set_tls({good.certificate_chain, identity().key}));
  CHECK(s.server().set_tls(good));
}

TEST_CASE("http_and_tls_share_a_port") {
  auto id = identity();
  TestServer s(route, {}, &id);
  TlsClient tls(s.port);
  REQUIRE(tls.connected);
  tls.send(get("/tls"));
  CHECK(tls.body() == "tls");
  RawClient plain(s.port);
  CHECK(plain.ask(get("/tls")).body == "plain");
}

TEST_CASE("without_an_identity_tls_is_refused") {
  TestServer s(route);
  TlsClient tls(s.port);
  CHECK_FALSE(tls.connected);
}

TEST_CASE("clients_accept_the_names_in_the_certificate_only") {
  auto id = identity();
  TestServer s(route, {}, &id);
  for (std::string host : {"localhost", "fogbank.localhost", "bucket.fogbank.localhost", "127.0.0.1", "::1"}) {
    CAPTURE(host);
    CHECK(TlsClient(s.port, host).connected);
  }
  for (std::string host : {"example.com", "a.b.fogbank.localhost", "127.0.0.2", ""}) {
    CAPTURE(host);
    CHECK_FALSE(TlsClient(s.port, host).connected);
  }
  TlsClient stranger(s.port, "localhost", make_authority("another", 1)->certificate);
  CHECK_FALSE(stranger.connected);
  CHECK_FALSE(stranger.error().empty());
}

TEST_CASE("large_bodies_pass_tls_both_ways") {
  auto id = identity();
  TestServer s(route, {}, &id);
  TlsClient c(s.port);
  REQUIRE(c.connected);
  std::string body = pattern(4 << 20);
  for (int i = 0; i < 2; i++) {
    c.send(post("/", body));
    CHECK(c.body() == body);
  }
  c.send(get("/file") + get("/tls"));
  std::this_thread::sleep_for(std::chrono::milliseconds(30));  // the socket is full by now
  CHECK(c.body() == pattern(3000000).substr(1));
  CHECK(c.body() == "tls");
}

TEST_CASE("a_pausing_sink_resumes_with_bytes_that_tls_has_already_decrypted") {
  auto id = identity();
  class Slow final : public BodySink {
   public:
    bool data(std::string_view piece) override { n += piece.size(); return false; }
    void end() override { answer(std::exchange(ex, nullptr), cat(n.load())); }
    void aborted() override { ex = nullptr; }
    std::shared_ptr<Exchange> ex;
    std::atomic<size_t> n{0};
  };
  auto sink = std::make_shared<Slow>();
  TestServer s([&](std::shared_ptr<Exchange> ex) { sink->ex = ex; ex->stream_body(sink); }, {}, &id);
  TlsClient c(s.port);
  REQUIRE(c.connected);
  c.send(post("/", pattern(40000)));
  CHECK(wait_until([&] {
    s.on_loop([&] { if (auto ex = sink->ex) ex->resume_body(); });
    return sink->n == 40000;
  }));
  CHECK(wait_until([&] { s.on_loop([&] { if (auto ex = sink->ex) ex->resume_body(); }); return !sink->ex; }));
  CHECK(c.body() == "40000");
}

TEST_CASE("many_tls_requests_arrive_in_one_record") {
  auto id = identity();
  TestServer s(route, {}, &id);
  TlsClient c(s.port);
  REQUIRE(c.connected);
  std::string many;
  for (int i = 0; i < 200; i++) many += post("/", cat(i));
  c.send(many);
  for (int i = 0; i < 200; i++) REQUIRE(c.body() == cat(i));
}

TEST_CASE("tls_connections_end_with_a_close_notify") {
  auto id = identity();
  TestServer s(route, {}, &id);
  TlsClient c(s.port);
  REQUIRE(c.connected);
  c.send(get("/tls", "Connection: close\r\n"));
  CHECK(c.body() == "tls");
  CHECK_FALSE(c.more());
  CHECK(c.ended);
}

TEST_CASE("a_peer_leaving_a_parked_tls_request_is_noticed") {
  auto id = identity();
  std::atomic<int> gone{0};
  std::shared_ptr<Exchange> parked;
  TestServer s([&](std::shared_ptr<Exchange> ex) { parked = ex; ex->on_gone([&] { gone++; }); }, {}, &id);
  {
    TlsClient c(s.port);
    REQUIRE(c.connected);
    c.send(get("/"));
    REQUIRE(wait_until([&] { return s.server().stats().requests == 1; }));
  }
  CHECK(wait_until([&] { return gone == 1; }));
  s.on_loop([&] { parked = nullptr; });
}

TEST_CASE("broken_handshakes_are_ended") {
  auto id = identity();
  Limits l;
  l.head_seconds = 3;
  l.tick_milliseconds = 30;
  TestServer s(route, l, &id);
  RawClient garbage(s.port), slow(s.port);
  garbage.send("\x16\x03\x01garbage that is no handshake at all, but long enough for a record header");
  slow.send("\x16\x03\x01");
  while (garbage.more()) {}  // an alert
  CHECK(garbage.ended);
  while (slow.more()) {}
  CHECK(slow.ended);
  TlsClient c(s.port);
  CHECK(c.connected);
}
