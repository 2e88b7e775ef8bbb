// The outbound client, against servers of our own and against raw listeners that misbehave.
#include "http/client.h"

#include <future>

#include "base/encoding.h"
#include "http/certificates.h"
#include "http/test_support.h"

using namespace fogbank;
using namespace fogbank::http;
using namespace fogbank::http::testing;

namespace {

Guard anywhere() { return [](const std::string&, uint16_t) { return true; }; }

Result<ClientResponse> call(Client& client, ClientRequest request) {
  std::promise<Result<ClientResponse>> promise;
  auto future = promise.get_future();
  client.send(std::move(request), [&](Result<ClientResponse> r) { promise.set_value(std::move(r)); });
  REQUIRE(future.wait_for(std::chrono::seconds(10)) == std::future_status::ready);
  return future.get();
}

ClientRequest request_to(std::string url, std::string body = "") {
  ClientRequest r;
  r.url = std::move(url);
  r.body = std::move(body);
  r.guard = anywhere();
  return r;
}

std::string code_of(Client& client, ClientRequest request) {
  auto r = call(client, std::move(request));
  return r ? cat(r->status) : r.error().code;
}

// Accepts one connection, says something and closes (or holds the connection until the end).
class Misbehaving {
 public:
  explicit Misbehaving(std::string says, bool hold = false) {
    listener_ = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in where{};
    where.sin_family = AF_INET;
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof where;
    REQUIRE(::bind(listener_, reinterpret_cast<sockaddr*>(&where), length) == 0);
    REQUIRE(::listen(listener_, 5) == 0);
    getsockname(listener_, reinterpret_cast<sockaddr*>(&where), &length);
    port = ntohs(where.sin_port);
    thread_ = std::thread([this, says = std::move(says), hold] {
      int fd = ::accept(listener_, nullptr, nullptr);
      if (fd < 0) return;
      char buffer[4096];
      if (!says.empty()) { [[maybe_unused]] auto n = ::recv(fd, buffer, sizeof buffer, 0); }
      ::send(fd, says.data(), says.size(), MSG_NOSIGNAL);
      while (hold && ::recv(fd, buffer, sizeof buffer, 0) > 0) {}
      ::close(fd);
    });
  }
  ~Misbehaving() {
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }
  std::string url() const { return cat("http://127.0.0.1:", port, "/"); }
  uint16_t port = 0;

 private:
  int listener_;
  std::thread thread_;
};

}  // namespace

TEST_CASE("client_sends_and_receives") {
  std::string head;
  TestServer s([&](std::shared_ptr<Exchange> ex) {
    head = cat(ex->request().method, ' ', ex->request().target, ' ', ex->request().field("Host"), ' ', ex->request().field("X-A"), ' ', ex->request().field("Authorization"));
    if (ex->request().target == "/redirect") {
      Reply r;
      r.status = 302;
      r.fields = "Location: http://127.0.0.1:1/\r\n";
      return ex->reply(std::move(r));
    }
    echo(ex);
  });
  auto client = *make_client({});
  auto r = request_to(cat("http://us%65r:pw@127.0.0.1:", s.port, "/hook?a=b"), pattern(300000));
  r.fields = {{"X-A", "value"}};
  auto got = call(*client, r);
  REQUIRE(got);
  CHECK(got->status == 200);
  CHECK(got->body == pattern(300000));
  CHECK(got->address == "127.0.0.1");
  CHECK(head == cat("POST /hook?a=b 127.0.0.1:", s.port, " value Basic dXNlcjpwdw=="));
  auto redirect = call(*client, request_to(cat("http://127.0.0.1:", s.port, "/redirect")));
  REQUIRE(redirect);
  CHECK(redirect->status == 302);
  auto head_request = request_to(cat("http://127.0.0.1:", s.port, "/"));
  head_request.method = "HEAD";
  CHECK(code_of(*client, head_request) == "200");
}

TEST_CASE("client_guard_sees_resolved_addresses_and_decides") {
  TestServer s(echo);
  auto client = *make_client({});
  std::vector<std::string> seen;
  for (std::string host : {"localhost", "127.0.0.1", "[::1]", "[::ffff:127.0.0.1]"}) {
    auto r = request_to(cat("http://", host, ":", s.port, "/"));
    r.guard = [&](const std::string& address, uint16_t port) { seen.push_back(cat(address, ' ', port)); return false; };
    CHECK(code_of(*client, r) == "Refused");
  }
  CHECK(s.server().stats().accepted == 0);
  REQUIRE(seen.size() >= 4);
  for (const auto& a : seen) CHECK((a == cat("127.0.0.1 ", s.port) || a == cat("::1 ", s.port)));
  auto unguarded = request_to(cat("http://127.0.0.1:", s.port, "/"));
  unguarded.guard = nullptr;
  CHECK(code_of(*client, unguarded) == "Refused");
}

/// SHA-1 of the n-th certificate of a PEM text.
std::string thumbprint(std::string_view pem, int n = 0) {
  constexpr std::string_view kBegin = "-----BEGIN CERTIFICATE-----", kEnd = "-----END CERTIFICATE-----";
  for (; n > 0; n--) pem.remove_prefix(pem.find(kEnd) + kEnd.size());
  size_t begin = pem.find(kBegin) + kBegin.size();
  std::string text;
  for (char c : pem.substr(begin, pem.find(kEnd) - begin)) if (c != '\n') text += c;
  return hex(sha1(*unbase64(text)));
}

TEST_CASE("client_trusts_thumbprints_besides_authorities") {
  auto ca = *make_authority("test", 30);
  auto id = *make_server_certificate(ca, {"localhost"}, {}, 30);
  TestServer s(echo, {}, &id);
  auto client = *make_client({});
  auto r = request_to(cat("https://localhost:", s.port, "/"), "pinned");
  r.guard = [](const std::string& address, uint16_t) { return address == "127.0.0.1"; };
  auto code = [&](std::vector<std::string> thumbprints) {
    r.thumbprints = std::move(thumbprints);
    return code_of(*client, r);
  };
  CHECK(code({}) == "TlsFailed");
  CHECK(code({std::string(40, '0')}) == "TlsFailed");
  CHECK(code({std::string(40, '0'), thumbprint(id.certificate_chain)}) == "200");        // the server's own
  CHECK(code({thumbprint(id.certificate_chain, 1)}) == "200");                           // its authority's
  r.url = cat("https://127.0.0.1:", s.port, "/");
  CHECK(code({thumbprint(id.certificate_chain)}) == "TlsFailed");                        // trusted, but for another name
}

TEST_CASE("client_verifies_tls") {
  auto ca = *make_authority("test", 30);
  auto id = *make_server_certificate(ca, {"localhost"}, {}, 30);
  TestServer s(echo, {}, &id);
  ClientOptions options;
  options.authorities = ca.certificate;
  auto trusting = *make_client(options), strict = *make_client({});
  auto v4 = [](const std::string& address, uint16_t) { return address == "127.0.0.1"; };
  auto r = request_to(cat("https://localhost:", s.port, "/"), "over TLS");
  r.guard = v4;
  auto got = call(*trusting, r);
  REQUIRE(got);
  CHECK(got->body == "over TLS");
  CHECK(code_of(*strict, r) == "TlsFailed");
  CHECK(code_of(*trusting, request_to(cat("https://127.0.0.1:", s.port, "/"))) == "TlsFailed");  // not a name in the certificate
  Misbehaving plain("HTTP/1.1 200 OK\r\n\r\n");
  CHECK(code_of(*trusting, request_to(cat("https://127.0.0.1:", plain.port, "/"))) == "TlsFailed");
}

TEST_CASE("client_bounds_time_and_size") {
  auto client = *make_client({});
  Misbehaving silent("", true), endless(cat("HTTP/1.1 200 OK\r\n\r\n", std::string(5000, 'x')), true), liar("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort"),
      other("220 mail.example.com ESMTP\r\n");
  auto slow = request_to(silent.url());
  slow.timeout_milliseconds = 100;
  CHECK(code_of(*client, slow) == "Timeout");
  auto large = request_to(endless.url());
  large.max_response = 1000;
  CHECK(code_of(*client, large) == "ResponseTooLarge");
  CHECK(code_of(*client, request_to(liar.url())) == "BadResponse");
  CHECK(code_of(*client, request_to(other.url())) == "BadResponse");
}

TEST_CASE("client_reports_what_cannot_be_reached") {
  auto client = *make_client({});
  uint16_t free_port;
  { Misbehaving closed(""); free_port = closed.port; }
  CHECK(code_of(*client, request_to(cat("http://127.0.0.1:", free_port, "/"))) == "ConnectFailed");
  CHECK(code_of(*client, request_to("http://no-such-name.invalid/")) == "ResolveFailed");
  CHECK(code_of(*client, request_to("gopher://127.0.0.1/")) == "InvalidRequest");
}

TEST_CASE("client_fields_cannot_add_lines") {
  TestServer s(echo);
  auto client = *make_client({});
  for (std::pair<std::string, std::string> field : {std::pair{"X", "a\r\nY: b"}, {"X\r\nY", "b"}, {"X", "a\nb"}, {"", "b"}, {"X:", "b"}}) {
    auto r = request_to(cat("http://127.0.0.1:", s.port, "/"));
    r.fields = {field};
    CHECK(code_of(*client, r) == "InvalidRequest");
  }
  auto method = request_to(cat("http://127.0.0.1:", s.port, "/"));
  method.method = "GET / HTTP/1.1\r\nX: y\r\n\r\nPOST";
  CHECK(code_of(*client, method) == "InvalidRequest");
  CHECK(s.server().stats().accepted == 0);
}

TEST_CASE("client_takes_an_early_answer_to_a_large_body") {
  TestServer s([](std::shared_ptr<Exchange> ex) { answer(ex, "too large", 413); });
  auto client = *make_client({});
  CHECK(code_of(*client, request_to(cat("http://127.0.0.1:", s.port, "/"), pattern(20 << 20))) == "413");
}

TEST_CASE("client_bounds_calls_in_flight_and_cancels_them_when_it_stops") {
  std::vector<std::shared_ptr<Exchange>> parked;
  Limits limits;
  limits.tick_milliseconds = 30;
  TestServer s([&](std::shared_ptr<Exchange> ex) { parked.push_back(ex); }, limits);
  ClientOptions options;
  options.in_flight = 2;
  auto client = *make_client(options);
  std::atomic<int> cancelled{0};
  for (int i = 0; i < 2; i++)
    client->send(request_to(cat("http://127.0.0.1:", s.port, "/")), [&](Result<ClientResponse> r) { if (!r && r.error().code == "Cancelled") cancelled++; });
  REQUIRE(wait_until([&] { return s.server().stats().requests == 2; }));
  CHECK(code_of(*client, request_to(cat("http://127.0.0.1:", s.port, "/"))) == "TooManyCalls");
  client->stop();
  CHECK(cancelled == 2);
  s.on_loop([&] { parked.clear(); });
}

TEST_CASE("client_runs_many_calls_at_a_time") {
  TestServer s(echo);
  auto client = *make_client({});
  std::atomic<int> right{0};
  for (int i = 0; i < 100; i++)
    client->send(request_to(cat("http://127.0.0.1:", s.port, "/"), cat(i)), [&, i](Result<ClientResponse> r) { if (r && r->body == cat(i)) right++; });
  CHECK(wait_until([&] { return right == 100; }));
}
