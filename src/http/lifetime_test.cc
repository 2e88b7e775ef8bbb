// How long things last: time limits, peers that leave, listeners that come and go, stopping.
#include <sys/resource.h>

#include <csignal>

#include "http/test_support.h"

using namespace fogbank;
using namespace fogbank::http;
using namespace fogbank::http::testing;

namespace {

Limits quick() {
  Limits l;
  l.head_seconds = l.idle_seconds = l.stall_seconds = 5;
  l.tick_milliseconds = 30;
  return l;
}

}  // namespace

TEST_CASE("slow_and_idle_connections_are_ended") {
  TestServer s(echo, quick());
  RawClient head(s.port), body(s.port), mute(s.port), idle(s.port), chunk(s.port);
  head.send("GET / HTTP/1.1\r\nHost:");
  body.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nhalf");
  chunk.send("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhe");
  CHECK(idle.ask(get("/")).status == 200);
  auto r = head.response();
  CHECK(r.status == 408);
  CHECK(r.field("Connection") == "close");
  CHECK(head.closed());
  CHECK(body.response().status == 408);
  CHECK(chunk.response().status == 408);
  CHECK(mute.closed());
  CHECK(idle.closed());
}

TEST_CASE("a_trickle_of_head_bytes_does_not_extend_its_time") {
  TestServer s(echo, quick());
  RawClient c(s.port);
  c.send("GET / HTTP/1.1\r\n");
  bool ended = wait_until([&] { return !c.send("A: b\r\n") || c.more(1); });
  CHECK(ended);
  CHECK(c.buffer.find(" 408 ") != std::string::npos);
}

TEST_CASE("parked_requests_have_no_time_limit") {
  std::shared_ptr<Exchange> parked;
  TestServer s([&](std::shared_ptr<Exchange> ex) { parked = ex; }, quick());
  RawClient c(s.port);
  c.send(get("/"));
  CHECK_FALSE(c.more(400));
  s.on_loop([&] { answer(parked, "at last"); parked = nullptr; });
  CHECK(c.response().body == "at last");
}

TEST_CASE("peer_leaving_a_parked_request_is_noticed_once") {
  std::vector<std::shared_ptr<Exchange>> parked;
  std::atomic<int> gone{0};
  TestServer s([&](std::shared_ptr<Exchange> ex) {
    ex->on_gone([&gone] { gone++; });
    parked.push_back(ex);
  });
  {
    RawClient a(s.port), b(s.port), c(s.port);
    a.send(get("/a"));
    b.send(get("/b") + get("/pipelined-behind"));
    c.send(post("/c", "a body that nobody has read"));
    REQUIRE(wait_until([&] { return s.server().stats().requests == 3; }));
    CHECK(gone == 0);
    a.close();
    b.reset();
    c.close();
  }
  CHECK(wait_until([&] { return gone == 3; }));
  s.on_loop([&] {
    for (auto& ex : parked) {
      CHECK(ex->gone());
      answer(ex, "too late");
      bool told = false;
      ex->on_gone([&] { told = true; });
    }
    parked.clear();
  });
  CHECK(wait_until([&] { return s.server().stats().connections == 0; }));
  CHECK(gone == 3);
}

TEST_CASE("pipelined_bytes_behind_a_parked_request_are_kept") {
  std::shared_ptr<Exchange> parked;
  std::atomic<bool> gone{false};
  TestServer s([&](std::shared_ptr<Exchange> ex) {
    if (ex->request().target != "/park") return echo(ex);
    ex->on_gone([&] { gone = true; });
    parked = ex;
  });
  RawClient c(s.port);
  c.send(get("/park"));
  REQUIRE(wait_until([&] { return s.server().stats().requests == 1; }));
  std::string body = pattern(300000);  // more than the server takes in while it waits
  std::thread sender([&] { c.send(post("/", body) + post("/", "second")); });
  CHECK_FALSE(c.more(50));
  s.on_loop([&] { answer(parked, "first"); parked = nullptr; });
  CHECK(c.response().body == "first");
  CHECK(c.response().body == body);
  CHECK(c.response().body == "second");
  CHECK_FALSE(gone);
  sender.join();
}

TEST_CASE("half_closing_clients_get_their_answers") {
  TestServer s(echo);
  RawClient c(s.port);
  c.send(post("/", "one") + post("/", "two"));
  c.half_close();
  CHECK(c.response().body == "one");
  CHECK(c.response().body == "two");
  CHECK(c.closed());
}

TEST_CASE("drop_ends_the_connection_without_an_answer") {
  std::atomic<bool> gone{false};
  TestServer s([&](std::shared_ptr<Exchange> ex) {
    ex->on_gone([&] { gone = true; });
    ex->drop();
    CHECK(ex->gone());
  });
  RawClient c(s.port);
  c.send(get("/"));
  CHECK(c.closed());
  s.on_loop([] {});
  CHECK_FALSE(gone);
}

TEST_CASE("an_exchange_that_everybody_forgot_is_answered_500") {
  Limits l = quick();
  TestServer s([](std::shared_ptr<Exchange>) {}, l);
  RawClient c(s.port);
  CHECK(c.ask(get("/")).status == 500);
}

TEST_CASE("only_the_first_reply_counts") {
  TestServer s([](std::shared_ptr<Exchange> ex) {
    answer(ex, "first");
    answer(ex, "second");
  });
  RawClient c(s.port);
  c.send(get("/") + get("/"));
  CHECK(c.response().body == "first");
  CHECK(c.response().body == "first");
  CHECK_FALSE(c.more(30));
}

TEST_CASE("connections_beyond_the_limit_are_refused") {
  Limits l;
  l.connections = 2;
  TestServer s(echo, l);
  {
    RawClient a(s.port), b(s.port);
    CHECK(a.ask(get("/")).status == 200);
    CHECK(b.ask(get("/")).status == 200);
    RawClient c(s.port);
    CHECK(c.response().status == 503);
    CHECK(c.closed());
    CHECK(s.server().stats().refused == 1);
  }
  CHECK(wait_until([&] { return s.server().stats().connections == 0; }));
  RawClient d(s.port);
  CHECK(d.ask(get("/")).status == 200);
}

/// A listening socket as a sandbox passes it.
int guest_socket(uint16_t& port) {
  int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof where;
  REQUIRE(::bind(fd, reinterpret_cast<sockaddr*>(&where), sizeof where) == 0);
  REQUIRE(::listen(fd, 64) == 0);
  REQUIRE(::getsockname(fd, reinterpret_cast<sockaddr*>(&where), &length) == 0);
  port = ntohs(where.sin_port);
  return fd;
}

TEST_CASE("guests_have_few_connections_and_others_all_the_rest") {
  Limits l;
  l.guest_connections = 2;
  TestServer s(echo, l);
  uint16_t inner = 0;
  s.server().adopt_listener(guest_socket(inner), 7);
  {
    RawClient a(inner), b(inner);
    CHECK(a.ask(get("/")).status == 200);
    CHECK(b.ask(get("/")).status == 200);
    RawClient c(inner);
    CHECK(c.response().status == 503);
    CHECK(c.closed());
    RawClient outside(s.port), another(s.port), third(s.port);
    CHECK(outside.ask(get("/")).status == 200);
    CHECK(another.ask(get("/")).status == 200);
    CHECK(third.ask(get("/")).status == 200);
  }
  CHECK(wait_until([&] { return s.server().stats().connections == 0; }));
  RawClient d(inner);
  CHECK(d.ask(get("/")).status == 200);
}

TEST_CASE("guests_fill_little_memory_with_bodies_that_they_do_not_end") {
  Limits l;
  l.guest_body_bytes = 1 << 20;
  TestServer s(echo, l);
  uint16_t inner = 0;
  s.server().adopt_listener(guest_socket(inner), 7);
  auto post = [](size_t n) { return cat("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ", n, "\r\n\r\n"); };
  const std::string half(512 << 10, 'x');
  {
    RawClient a(inner), b(inner), c(inner), outside(s.port);
    for (RawClient* one : {&a, &b}) {   // each holds back its last byte
      one->send(post(half.size() + 1));
      one->send(half);
    }
    CHECK(wait_until([&] {
      RawClient probe(inner);
      probe.send(post(10) + "0123456789");
      return probe.response().status == 413;
    }));
    outside.send(post(half.size()));
    outside.send(half);
    CHECK(outside.response().status == 200);
  }
  RawClient d(inner);
  CHECK(wait_until([&] { return RawClient(inner).ask(post(10) + "0123456789").status == 200; }));
}

TEST_CASE("listeners_can_be_added_adopted_and_closed_while_running") {
  TestServer s([](std::shared_ptr<Exchange> ex) { answer(ex, cat(ex->request().listener, ' ', ex->request().peer_address)); });
  auto v6 = s.server().listen("::1", 0, 8);
  if (v6) {
    RawClient c(*v6, "::1");
    CHECK(c.ask(get("/")).body == "8 ::1");
  } else {
    MESSAGE("no IPv6 loopback here: " << v6.error().message);
  }
  int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof where;
  REQUIRE(::bind(fd, reinterpret_cast<sockaddr*>(&where), length) == 0);
  REQUIRE(::listen(fd, 10) == 0);
  getsockname(fd, reinterpret_cast<sockaddr*>(&where), &length);
  s.server().adopt_listener(fd, 9);
  RawClient c(ntohs(where.sin_port));
  CHECK(c.ask(get("/")).body == "9 127.0.0.1");
  s.server().close_listener(9);
  CHECK(c.closed());
  int probe = ::socket(AF_INET, SOCK_STREAM, 0);
  CHECK(::connect(probe, reinterpret_cast<sockaddr*>(&where), length) != 0);
  ::close(probe);
  RawClient other(s.port);
  CHECK(other.ask(get("/")).body == "7 127.0.0.1");
}

TEST_CASE("listening_sockets_of_the_unix_family_can_be_adopted") {
  TestServer s([](std::shared_ptr<Exchange> ex) { answer(ex, ex->request().peer_address); });
  sockaddr_un where{};
  where.sun_family = AF_UNIX;
  std::string name = cat("fogbank-http-test-", ::getpid());
  std::memcpy(where.sun_path + 1, name.data(), name.size());  // abstract: no file to remove
  socklen_t length = socklen_t(offsetof(sockaddr_un, sun_path) + 1 + name.size());
  int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
  REQUIRE(::bind(fd, reinterpret_cast<sockaddr*>(&where), length) == 0);
  REQUIRE(::listen(fd, 10) == 0);
  s.server().adopt_listener(fd, 3);
  int c = ::socket(AF_UNIX, SOCK_STREAM, 0);
  REQUIRE(::connect(c, reinterpret_cast<sockaddr*>(&where), length) == 0);
  std::string request = get("/", "Connection: close\r\n"), got;
  REQUIRE(::send(c, request.data(), request.size(), 0) > 0);
  char buffer[1000];
  for (ssize_t n; (n = ::recv(c, buffer, sizeof buffer, 0)) > 0;) got.append(buffer, size_t(n));
  CHECK(got.ends_with("\r\n\r\nunix"));
  ::close(c);
}

namespace {
/// A handler of one listener; its count of stops outlives it.
class Aside final : public Handler {
 public:
  explicit Aside(std::shared_ptr<std::atomic<int>> stops) : stops_(std::move(stops)) {}
  void on_request(std::shared_ptr<Exchange> ex) override { answer(ex, "aside"); }
  void turn_end() override {}
  void stopping() override { ++*stops_; }

 private:
  std::shared_ptr<std::atomic<int>> stops_;
};
}  // namespace

TEST_CASE("a_listener_may_have_a_handler_of_its_own") {
  auto stops = std::make_shared<std::atomic<int>>(0);
  {
    TestServer s([](std::shared_ptr<Exchange> ex) { answer(ex, "main"); });
    int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in where{};
    where.sin_family = AF_INET;
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof where;
    REQUIRE(::bind(fd, reinterpret_cast<sockaddr*>(&where), length) == 0);
    REQUIRE(::listen(fd, 10) == 0);
    getsockname(fd, reinterpret_cast<sockaddr*>(&where), &length);
    s.server().adopt_listener(fd, 9, std::make_shared<Aside>(stops));
    RawClient aside(ntohs(where.sin_port)), main(s.port);
    CHECK(aside.ask(get("/")).body == "aside");
    CHECK(main.ask(get("/")).body == "main");
    CHECK(aside.ask(get("/")).body == "aside");
  }
  CHECK(*stops == 1);
}

TEST_CASE("a_watched_descriptor_calls_once_per_arm_and_may_go_inside_the_call") {
  TestServer s(echo);
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  std::atomic<int> calls{0};
  std::unique_ptr<Watched> watched;
  s.on_loop([&] {
    CHECK(s.server().in_loop());
    watched = s.server().watch(ends[0], [&] {
      char c;
      if (calls++ == 0) CHECK(::read(watched->fd(), &c, 1) == 1);   // and not armed again
      else watched.reset();
    });
  });
  CHECK_FALSE(s.server().in_loop());
  REQUIRE(::write(ends[1], "a", 1) == 1);
  CHECK(wait_until([&] { return calls == 1; }));
  REQUIRE(::write(ends[1], "b", 1) == 1);
  s.on_loop([] {});
  CHECK(calls == 1);
  s.on_loop([&] { watched->arm(); });
  CHECK(wait_until([&] { return calls == 2; }));
  s.on_loop([&] { CHECK_FALSE(watched); });
  ::close(ends[1]);
}

TEST_CASE("listen_says_why_it_cannot") {
  TestServer s(echo);
  auto taken = s.server().listen("127.0.0.1", s.port, 1);
  REQUIRE_FALSE(taken);
  CHECK(taken.error().message.find("in use") != std::string::npos);
  CHECK_FALSE(s.server().listen("localhost", 0, 1));
  CHECK_FALSE(s.server().listen("127.0.0.1.", 0, 1));
}

TEST_CASE("closing_a_listener_lets_current_requests_finish") {
  std::shared_ptr<Exchange> parked;
  TestServer s([&](std::shared_ptr<Exchange> ex) { parked = ex; });
  RawClient c(s.port);
  c.send(get("/"));
  REQUIRE(wait_until([&] { return s.server().stats().requests == 1; }));
  s.server().close_listener(7);
  s.on_loop([&] { answer(parked, "finished"); parked = nullptr; });
  auto r = c.response();
  CHECK(r.body == "finished");
  CHECK(r.field("Connection") == "close");
  CHECK(c.closed());
}

TEST_CASE("stop_lets_current_replies_finish_and_ends_the_rest") {
  std::shared_ptr<Exchange> parked, forgotten;
  std::atomic<bool> gone{false};
  Limits l = quick();
  TestServer s([&](std::shared_ptr<Exchange> ex) {
    if (ex->request().target == "/park") parked = ex;
    else {
      forgotten = ex;
      ex->on_gone([&] { gone = true; });
    }
  }, l);
  RawClient idle(s.port), c(s.port), never(s.port);
  c.send(get("/park"));
  never.send(get("/never"));
  REQUIRE(wait_until([&] { return s.server().stats().requests == 2; }));
  s.server().stop();
  CHECK(idle.closed());
  s.server().post([&] { answer(parked, "finished"); parked = nullptr; });
  CHECK(c.response().body == "finished");
  CHECK(c.closed());
  CHECK(never.closed());  // after stop_seconds
  s.stop();
  CHECK(gone);
  answer(forgotten, "nobody listens");  // harmless after the server's end
}

TEST_CASE("stop_works_from_a_signal_handler") {
  static Server* target;
  TestServer s(echo);
  target = &s.server();
  auto before = std::signal(SIGUSR1, [](int) { target->stop(); });
  std::raise(SIGUSR1);
  s.stop();
  std::signal(SIGUSR1, before);
  CHECK(s.server().stats().connections == 0);
}

TEST_CASE("a_server_that_never_ran_gives_its_port_back") {
  class Nobody final : public Handler {
    void on_request(std::shared_ptr<Exchange>) override {}
    void turn_end() override {}
  } nobody;
  uint16_t port = 0;
  for (int i = 0; i < 2; i++) {
    auto server = make_server(nobody, {});
    auto p = server->listen("127.0.0.1", port, 0);
    REQUIRE(p);
    port = *p;
  }
}

TEST_CASE("running_out_of_descriptors_only_delays_new_connections") {
  TestServer s(echo);
  RawClient first(s.port);
  REQUIRE(first.ask(post("/", "one")).body == "one");
  int fd = ::socket(AF_INET, SOCK_STREAM, 0), next = ::dup(fd);
  ::close(next);
  rlimit before{}, none_left{};
  getrlimit(RLIMIT_NOFILE, &before);
  none_left = before;
  none_left.rlim_cur = rlim_t(next);
  REQUIRE(setrlimit(RLIMIT_NOFILE, &none_left) == 0);
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_port = htons(s.port);
  where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  CHECK(::connect(fd, reinterpret_cast<sockaddr*>(&where), sizeof where) == 0);
  std::string request = post("/", "late");
  CHECK(::send(fd, request.data(), request.size(), 0) == ssize_t(request.size()));
  CHECK(first.ask(post("/", "two")).body == "two");  // who is connected is served
  CHECK(s.server().stats().accepted == 1);
  setrlimit(RLIMIT_NOFILE, &before);
  char buffer[1000];
  CHECK(::recv(fd, buffer, sizeof buffer, 0) > 0);
  ::close(fd);
}
