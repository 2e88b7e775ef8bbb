#include "http/server.h"

#include "http/test_support.h"

using namespace fogbank;
using namespace fogbank::http;
using namespace fogbank::http::testing;

namespace {

Route target_route() {
  return [](std::shared_ptr<Exchange> ex) { answer(ex, std::string(ex->request().target)); };
}

}  // namespace

TEST_CASE("requests_of_a_connection_are_answered_one_after_the_other") {
  TestServer s(target_route());
  RawClient c(s.port);
  for (int i = 0; i < 3; i++) {
    auto r = c.ask(get(cat("/", i)));
    CHECK(r.status == 200);
    CHECK(r.body == cat("/", i));
    CHECK(r.field("Content-Length") == "2");
    CHECK(r.field("Date").ends_with("GMT"));
    CHECK(r.field("Connection").empty());
  }
  CHECK(s.server().stats().requests == 3);
  CHECK(s.server().stats().accepted == 1);
}

TEST_CASE("request_knows_its_peer_and_listener") {
  Request seen;
  TestServer s([&](std::shared_ptr<Exchange> ex) {
    seen.peer_address = ex->request().peer_address;
    seen.peer_port = ex->request().peer_port;
    seen.listener = ex->request().listener;
    answer(ex, "");
  });
  RawClient c(s.port);
  sockaddr_in me{};
  socklen_t n = sizeof me;
  getsockname(c.fd(), reinterpret_cast<sockaddr*>(&me), &n);
  CHECK(c.ask(get("/")).status == 200);
  CHECK(seen.peer_address == "127.0.0.1");
  CHECK(seen.peer_port == ntohs(me.sin_port));
  CHECK(seen.listener == 7);
}

TEST_CASE("pipelined_requests_are_answered_in_order_even_if_replies_come_late") {
  std::vector<std::shared_ptr<Exchange>> late;
  TestServer s([&](std::shared_ptr<Exchange> ex) {
    if (ex->request().target == "/late") late.push_back(ex);
    else answer(ex, std::string(ex->request().target));
  });
  RawClient c(s.port);
  std::string many = get("/0") + post("/late", "unread body") + get("/1");
  for (int i = 2; i < 500; i++) many += get(cat("/", i));
  c.send(many);
  CHECK(c.response().body == "/0");
  REQUIRE(wait_until([&] { size_t n = 0; s.on_loop([&] { n = late.size(); }); return n == 1; }));
  CHECK_FALSE(c.more(50));  // nothing overtakes the one that waits
  s.on_loop([&] { answer(late[0], "late"); late.clear(); });
  CHECK(c.response().body == "late");
  for (int i = 1; i < 500; i++) REQUIRE(c.response().body == cat("/", i));
}

TEST_CASE("requests_arriving_byte_by_byte_are_understood") {
  TestServer s(echo);
  RawClient c(s.port);
  for (char b : post("/", "body") + "\r\n" + post("/", "next")) REQUIRE(c.send({&b, 1}));
  CHECK(c.response().body == "body");
  CHECK(c.response().body == "next");
}

TEST_CASE("http_1_0_connections_end_unless_asked_to_stay") {
  TestServer s(target_route());
  RawClient c(s.port);
  auto r = c.ask("GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  CHECK(r.field("Connection") == "keep-alive");
  CHECK(c.ask("GET /b HTTP/1.0\r\n\r\n").body == "/b");
  CHECK(c.closed());
  RawClient d(s.port);
  CHECK(d.ask(get("/c", "Connection: close\r\n")).field("Connection") == "close");
  CHECK(d.closed());
}

TEST_CASE("head_requests_get_no_body") {
  TestServer s([](std::shared_ptr<Exchange> ex) {
    Reply r;
    if (ex->request().target == "/claimed") r.content_length = 123456;
    else r.body = "twelve bytes";
    ex->reply(std::move(r));
  });
  RawClient c(s.port);
  c.send("HEAD /claimed HTTP/1.1\r\nHost: h\r\n\r\nHEAD / HTTP/1.1\r\nHost: h\r\n\r\n" + get("/"));
  CHECK(c.response(true).field("Content-Length") == "123456");
  CHECK(c.response(true).field("Content-Length") == "12");
  CHECK(c.response().body == "twelve bytes");
}

TEST_CASE("statuses_without_a_body_have_none") {
  TestServer s([](std::shared_ptr<Exchange> ex) {
    Reply r;
    r.status = int(*parse_int(ex->request().target.substr(1)));
    if (r.status == 304) r.content_length = 77;
    r.fields = "ETag: \"x\"\r\n";
    ex->reply(std::move(r));
  });
  RawClient c(s.port);
  auto none = c.ask(get("/204"));
  CHECK(none.status == 204);
  CHECK(none.field("Content-Length").empty());
  CHECK(none.field("ETag") == "\"x\"");
  CHECK(c.ask(get("/304")).field("Content-Length") == "77");
  CHECK(c.ask(get("/200")).field("Content-Length") == "0");
}

TEST_CASE("malformed_requests_are_answered_400_and_the_connection_ends") {
  TestServer s(target_route());
  for (std::string bad : {"GET / HTTP/1.1\nHost: h\n\n", "\x80\x80\x80\x80\r\n\r\n", "GET / HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\r\nHost: h\r\n folded\r\n\r\n",
                          "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", "\r\n\r\n\r\n\r\n\r\n\r\n"}) {
    CAPTURE(bad);
    RawClient c(s.port);
    auto r = c.ask(bad + get("/must-not-be-seen"));
    CHECK(r.status == 400);
    CHECK(r.field("Connection") == "close");
    CHECK(c.closed());
  }
  CHECK(s.server().stats().requests == 0);
  RawClient nul(s.port);
  nul.send(std::string("GET /\0 HTTP/1.1\r\nHost: h\r\n\r\n", 28));
  CHECK(nul.response().status == 400);
  RawClient version(s.port);
  CHECK(version.ask("GET / HTTP/3.0\r\nHost: h\r\n\r\n").status == 505);
}

TEST_CASE("empty_lines_before_a_request_are_ignored") {
  TestServer s(target_route());
  RawClient c(s.port);
  CHECK(c.ask("\r\n\r\n" + get("/a")).body == "/a");
  CHECK(c.ask("\r\n" + get("/b")).body == "/b");
}

TEST_CASE("oversize_heads_are_refused") {
  TestServer s(target_route());
  RawClient target(s.port);
  CHECK(target.ask(get("/" + std::string(70000, 'a'))).status == 414);
  CHECK(target.closed());
  RawClient field(s.port);
  CHECK(field.ask(get("/", cat("A: ", std::string(70000, 'a'), "\r\n"))).status == 431);
  RawClient fields(s.port);
  std::string many;
  for (int i = 0; i < 201; i++) many += "A: b\r\n";
  CHECK(fields.ask(get("/", many)).status == 431);
  RawClient fits(s.port);
  CHECK(fits.ask(get("/" + std::string(60000, 'a'))).body.size() == 60001);
}

TEST_CASE("garbage_never_brings_the_server_down") {
  TestServer s(echo);
  uint32_t x = 7;
  auto next = [&] { return x = x * 1664525u + 1013904223u; };
  std::string valid = post("/", "hello") + "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n";
  for (int round = 0; round < 300; round++) {
    std::string bytes = valid;
    for (unsigned edits = 1 + (next() >> 8) % 5; edits; edits--) bytes[(next() >> 8) % bytes.size()] = char(next() >> 24);
    RawClient c(s.port);
    c.send(bytes);
    if (round % 3 == 0) c.reset();
    else if (round % 3 == 1) { c.half_close(); while (c.more()) {} CHECK(c.ended); }
  }
  RawClient c(s.port);
  CHECK(c.ask(post("/", "still there")).body == "still there");
  CHECK(wait_until([&] { return s.server().stats().connections == 1; }));
}

TEST_CASE("turn_end_follows_requests_and_posted_functions_and_an_idle_loop_sleeps") {
  std::vector<std::shared_ptr<Exchange>> held;
  TestServer s([&](std::shared_ptr<Exchange> ex) { held.push_back(ex); });
  s.at_turn_end = [&] {
    for (auto& ex : held) answer(ex, "committed");
    held.clear();
  };
  RawClient c(s.port);
  CHECK(c.ask(get("/")).body == "committed");
  uint64_t before = s.turns;
  s.on_loop([] {});
  CHECK(wait_until([&] { return s.turns > before; }));
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  before = s.turns;
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  CHECK(s.turns - before <= 1);  // at most a tick of the clock
}

TEST_CASE("after_runs_later_on_the_loop") {
  TestServer s(echo);
  std::atomic<bool> ran{false};
  s.on_loop([&] { s.server().after(20, [&] { ran = true; }); });
  CHECK(wait_until([&] { return ran.load(); }));
}

