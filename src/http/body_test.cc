// Request bodies: framing, 100-continue, limits, back pressure, what happens to a body nobody reads.
#include "http/test_support.h"

using namespace fogbank;
using namespace fogbank::http;
using namespace fogbank::http::testing;

namespace {

// Notes what it is told; pauses as often as asked.
class Notes final : public BodySink {
 public:
  bool data(std::string_view piece) override {
    body.append(piece);
    largest = std::max(largest, piece.size());
    pieces++;
    return !pause;
  }
  void trailers(std::span<const Field> fields) override {
    for (const auto& f : fields) append(trailer_text, f.name, '=', f.value, ';');
  }
  void end() override {
    ended++;
    if (then) then();
  }
  void aborted() override { aborts++; }
  std::string body, trailer_text;
  size_t largest = 0;
  std::atomic<int> pieces{0}, ended{0}, aborts{0};
  std::atomic<bool> pause{false};
  std::function<void()> then;
};

std::string chunked_post(std::string_view target, std::string_view chunks, std::string_view fields = {}) {
  return cat("POST ", target, " HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n", fields, "\r\n", chunks);
}

}  // namespace

TEST_CASE("bodies_are_collected_whatever_their_framing") {
  TestServer s(echo);
  RawClient c(s.port);
  for (size_t n : {0, 1, 1000, 16384, 70000, 3000000}) {
    std::string body = pattern(n);
    CHECK(c.ask(post("/", body)).body == body);
    std::string chunks;
    for (size_t at = 0, k = 1; at < n; at += k, k = k * 3 % 50021 + 1) {
      char size[20];
      k = std::min(k, n - at);
      chunks.append(size, size_t(std::snprintf(size, sizeof size, "%zX\r\n", k))).append(body, at, k).append("\r\n");
    }
    CHECK(c.ask(chunked_post("/", chunks + "0\r\n\r\n")).body == body);
  }
}

TEST_CASE("a_request_without_body_reads_as_empty") {
  TestServer s([](std::shared_ptr<Exchange> ex) {
    auto sink = std::make_shared<Notes>();
    if (ex->request().target == "/sink") {
      ex->stream_body(sink);
      return answer(ex, cat(sink->ended.load(), sink->body.size()));
    }
    bool called = false;
    ex->read_body(0, [&](bool ok, std::string_view body) { called = ok && body.empty(); });
    answer(ex, called ? "empty" : "not called");
  });
  RawClient c(s.port);
  CHECK(c.ask(get("/")).body == "empty");
  CHECK(c.ask(post("/", "")).body == "empty");
  CHECK(c.ask(get("/sink")).body == "10");
}

TEST_CASE("trailers_reach_the_sink") {
  auto sink = std::make_shared<Notes>();
  TestServer s([&](std::shared_ptr<Exchange> ex) {
    sink->then = [&, ex] { answer(ex, sink->body + " " + sink->trailer_text); };
    ex->stream_body(sink);
  });
  RawClient c(s.port);
  CHECK(c.ask(chunked_post("/", "5\r\nhello\r\n0\r\nx-amz-checksum-crc32: AAAA==\r\nB: c\r\n\r\n")).body == "hello x-amz-checksum-crc32=AAAA==;B=c;");
  s.on_loop([&] { sink->then = nullptr; });
}

TEST_CASE("malformed_chunks_are_answered_400_and_abort_the_reader") {
  auto sink = std::make_shared<Notes>();
  std::atomic<int> failed{0};
  TestServer s([&](std::shared_ptr<Exchange> ex) {
    if (ex->request().target == "/sink") ex->stream_body(sink);
    else ex->read_body(1000, [&, ex](bool ok, std::string_view) { if (!ok) failed++; answer(ex, "too late to matter"); });
  });
  RawClient a(s.port), b(s.port);
  CHECK(a.ask(chunked_post("/sink", "5\r\nhelloXX")).status == 400);
  CHECK(a.closed());
  CHECK(b.ask(chunked_post("/", "zz\r\n")).status == 400);
  CHECK(b.closed());
  CHECK(wait_until([&] { return sink->aborts == 1 && failed == 1; }));
  CHECK(sink->ended == 0);
}

TEST_CASE("continue_is_sent_when_the_body_is_asked_for") {
  TestServer s(echo);
  RawClient c(s.port);
  c.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n");
  auto interim = c.response();
  CHECK(interim.status == 100);
  CHECK(c.buffer.empty());
  CHECK(c.ask("body").body == "body");
  c.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\nbody");  // did not wait: needs none
  CHECK(c.response().body == "body");
  c.send("POST / HTTP/1.0\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n");                   // does not know it
  CHECK_FALSE(c.more(30));
  CHECK(c.ask("body").body == "body");
}

TEST_CASE("continue_is_sent_for_a_body_of_no_bytes") {
  TestServer s([](std::shared_ptr<Exchange> ex) { answer(ex, "done"); });
  RawClient c(s.port);
  c.send("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\nExpect: 100-continue\r\n\r\n");
  CHECK(c.response().status == 100);
  CHECK(c.response().body == "done");
  CHECK(c.ask("GET / HTTP/1.1\r\nHost: h\r\n\r\n").body == "done");
}

TEST_CASE("a_reply_without_reading_sends_no_continue_and_ends_the_connection") {
  TestServer s([](std::shared_ptr<Exchange> ex) { answer(ex, "denied", 403); });
  RawClient c(s.port);
  auto r = c.ask("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n");
  CHECK(r.status == 403);
  CHECK(r.field("Connection") == "close");
  CHECK(c.closed());
}

TEST_CASE("a_short_unread_body_is_drained_and_the_connection_stays") {
  TestServer s([](std::shared_ptr<Exchange> ex) { answer(ex, "ignored"); });
  RawClient c(s.port);
  std::string body = pattern(900000);
  CHECK(c.ask(post("/", body)).body == "ignored");
  CHECK(c.ask(chunked_post("/", cat("DBBA0\r\n", body, "\r\n0\r\n\r\n"))).body == "ignored");
  CHECK(c.ask(get("/")).field("Connection").empty());
}

TEST_CASE("a_long_unread_body_ends_the_connection_after_a_readable_reply") {
  TestServer s([](std::shared_ptr<Exchange> ex) { answer(ex, "too much", 413); });
  for (bool chunked : {false, true}) {
    RawClient c(s.port);
    std::string body = pattern(8 << 20);
    std::string request = chunked ? chunked_post("/", cat("800000\r\n", body, "\r\n0\r\n\r\n")) : post("/", body);
    std::thread sender([&] { c.send(request + get("/must-not-be-answered")); });
    auto r = c.response();
    CHECK(r.status == 413);
    CHECK(r.body == "too much");
    CHECK(c.closed());
    sender.join();
  }
  CHECK(s.server().stats().requests == 2);
}

TEST_CASE("collecting_stops_at_the_limit") {
  TestServer s([](std::shared_ptr<Exchange> ex) {
    ex->read_body(1000, [ex](bool ok, std::string_view body) { answer(ex, cat(body.size()), ok ? 200 : 413); });
  });
  RawClient fits(s.port);
  CHECK(fits.ask(post("/", std::string(1000, 'x'))).body == "1000");
  CHECK(fits.ask(post("/", std::string(1001, 'x'))).status == 413);
  CHECK(fits.closed());
  RawClient chunked(s.port);
  CHECK(chunked.ask(chunked_post("/", cat("3e8\r\n", std::string(1000, 'x'), "\r\n1\r\nx\r\n0\r\n\r\n"))).status == 413);
  CHECK(chunked.closed());
  RawClient waits(s.port);  // announced too long: refused before it is sent
  CHECK(waits.ask("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1001\r\nExpect: 100-continue\r\n\r\n").status == 413);
}

TEST_CASE("a_sink_that_pauses_stops_the_sender_until_it_resumes") {
  auto sink = std::make_shared<Notes>();
  std::shared_ptr<Exchange> current;
  TestServer s([&](std::shared_ptr<Exchange> ex) {
    current = ex;
    sink->then = [&] { answer(current, "done"); };
    sink->pause = true;
    ex->stream_body(sink);
  });
  for (bool chunked : {false, true}) {
    RawClient c(s.port);
    std::string body = pattern(30 << 20);
    std::string request = chunked ? chunked_post("/", cat("1E00000\r\n", body, "\r\n0\r\n\r\n")) : post("/", body);
    std::atomic<bool> sent{false};
    std::thread sender([&] { c.send(request); sent = true; });
    REQUIRE(wait_until([&] { return sink->pieces == 1; }));
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    CHECK_FALSE(sent);
    CHECK(sink->pieces == 1);
    s.on_loop([&] { current->resume_body(); });
    CHECK(wait_until([&] { return sink->pieces == 2; }));
    s.on_loop([&] { sink->pause = false; current->resume_body(); });
    CHECK(c.response().body == "done");
    sender.join();
    s.on_loop([&] {
      CHECK(sink->body == body);
      CHECK(sink->largest <= 256 << 10);
      CHECK(sink->largest > 64 << 10);  // large bodies come in large pieces
      CHECK(sink->ended == 1);
      sink->body.clear();
      sink->largest = 0;
      sink->pieces = sink->ended = 0;
      sink->then = nullptr;
      current = nullptr;
    });
  }
}

TEST_CASE("a_sink_that_pauses_at_the_last_piece_hears_of_the_end_when_it_resumes") {
  auto sink = std::make_shared<Notes>();
  std::shared_ptr<Exchange> current;
  TestServer s([&](std::shared_ptr<Exchange> ex) {
    current = ex;
    sink->pause = true;
    ex->stream_body(sink);
  });
  RawClient c(s.port);
  c.send(post("/", "all of it"));
  REQUIRE(wait_until([&] { return sink->pieces == 1; }));
  s.on_loop([&] {
    CHECK(sink->ended == 0);
    current->resume_body();
    CHECK(sink->ended == 1);
    answer(current, "done");
    current = nullptr;
  });
  CHECK(c.response().body == "done");
}

TEST_CASE("resuming_from_inside_the_sink_counts") {
  class Eager final : public BodySink {
   public:
    explicit Eager(std::shared_ptr<Exchange> e) : ex(std::move(e)) {}
    bool data(std::string_view piece) override {
      n += piece.size();
      ex->resume_body();
      return false;
    }
    void end() override { answer(std::exchange(ex, nullptr), cat(n)); }
    void aborted() override { ex = nullptr; }
    std::shared_ptr<Exchange> ex;
    size_t n = 0;
  };
  TestServer s([](std::shared_ptr<Exchange> ex) { ex->stream_body(std::make_shared<Eager>(ex)); });
  RawClient c(s.port);
  CHECK(c.ask(post("/", pattern(1000000))).body == "1000000");
}

TEST_CASE("a_peer_that_leaves_in_the_middle_aborts_the_reader") {
  auto sink = std::make_shared<Notes>();
  std::atomic<int> failed{0}, gone{0};
  TestServer s([&](std::shared_ptr<Exchange> ex) {
    if (ex->request().target == "/sink") return ex->stream_body(sink);
    ex->on_gone([&] { gone++; });
    ex->read_body(1000, [&, ex](bool ok, std::string_view) { if (!ok) failed++; });
  });
  {
    RawClient a(s.port), b(s.port), c(s.port);
    a.send("POST /sink HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\npart");
    b.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\npart");
    c.send(chunked_post("/", "5\r\nhe"));
    REQUIRE(wait_until([&] { return s.server().stats().requests == 3 && sink->pieces == 1; }));
    b.reset();
  }
  CHECK(wait_until([&] { return sink->aborts == 1 && failed == 2 && gone == 2; }));
  CHECK(sink->ended == 0);
  CHECK(wait_until([&] { return s.server().stats().connections == 0; }));
}

TEST_CASE("replying_in_the_middle_of_a_stream_ends_the_sinks_part") {
  auto sink = std::make_shared<Notes>();
  std::shared_ptr<Exchange> current;
  TestServer s([&](std::shared_ptr<Exchange> ex) { ex->stream_body(sink); current = ex; });
  RawClient c(s.port);
  c.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n12345");
  REQUIRE(wait_until([&] { return sink->pieces == 1; }));
  s.on_loop([&] { answer(current, "enough", 400); current = nullptr; });
  CHECK(c.response().body == "enough");
  c.send("67890" + post("/", "x"));
  CHECK(wait_until([&] { return sink->ended == 1; }));
  CHECK(sink->body == "12345x");
  CHECK(sink->aborts == 0);
  s.on_loop([&] { answer(current, "next"); current = nullptr; });
  CHECK(c.response().body == "next");
}
