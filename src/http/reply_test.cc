// Replies: large bodies, files, sources, back pressure, peers that leave.
#include <sys/mman.h>

#include "http/test_support.h"

using namespace fogbank;
using namespace fogbank::http;
using namespace fogbank::http::testing;

namespace {

// A file in memory with these bytes; closed when the last reply that uses it is over.
FileRange file_with(std::string_view bytes, std::weak_ptr<void>* alive = nullptr) {
  FileRange f;
  f.fd = ::memfd_create("reply", MFD_CLOEXEC);
  REQUIRE(::write(f.fd, bytes.data(), bytes.size()) == ssize_t(bytes.size()));
  f.length = int64_t(bytes.size());
  f.keep_alive = std::shared_ptr<void>(nullptr, [fd = f.fd](void*) { ::close(fd); });
  if (alive) *alive = f.keep_alive;
  return f;
}

// Gives out pieces on demand; waits where a piece is empty.
class Pieces final : public BodySource {
 public:
  explicit Pieces(std::vector<std::string> p) : pieces(std::move(p)) {}
  bool pull(std::string& out) override {
    pulls++;
    if (at < pieces.size()) out += pieces[at++];
    return at < pieces.size() || endless;
  }
  void aborted() override { aborts++; }
  std::vector<std::string> pieces;
  size_t at = 0;
  bool endless = false;
  std::atomic<int> pulls{0}, aborts{0};
};

// Never ends.
class Flood final : public BodySource {
 public:
  bool pull(std::string& out) override { out.append(64 << 10, 'f'); bytes += 64 << 10; return true; }
  void aborted() override { aborts++; }
  std::atomic<int64_t> bytes{0};
  std::atomic<int> aborts{0};
};

void answer_file(const std::shared_ptr<Exchange>& ex, FileRange file) {
  Reply r;
  r.file = std::move(file);
  ex->reply(std::move(r));
}

}  // namespace

TEST_CASE("large_replies_arrive_whole_at_slow_readers") {
  std::string body = pattern(20 << 20);
  TestServer s([&](std::shared_ptr<Exchange> ex) { answer(ex, body); });
  RawClient c(s.port);
  c.send(get("/") + get("/"));
  std::this_thread::sleep_for(std::chrono::milliseconds(50));  // the socket is full by now
  CHECK(c.response().body == body);
  CHECK(c.response().body == body);
}

TEST_CASE("files_are_sent_from_their_offset") {
  std::string bytes = pattern(12 << 20);
  std::weak_ptr<void> alive;
  TestServer s([&](std::shared_ptr<Exchange> ex) {
    FileRange f = file_with(bytes, &alive);
    if (ex->request().target == "/part") { f.offset = 1234567; f.length = 7654321; }
    if (ex->request().target == "/none") f.length = 0;
    answer_file(ex, std::move(f));
  });
  RawClient c(s.port);
  CHECK(c.ask(get("/")).body == bytes);
  c.send(get("/part"));
  std::this_thread::sleep_for(std::chrono::milliseconds(30));
  CHECK(c.response().body == bytes.substr(1234567, 7654321));
  CHECK(c.ask(get("/none")).body.empty());
  c.send("HEAD / HTTP/1.1\r\nHost: h\r\n\r\n");
  CHECK(c.response(true).field("Content-Length") == cat(bytes.size()));
  CHECK(c.ask(get("/part")).body.size() == 7654321);
  CHECK(wait_until([&] { bool gone = false; s.on_loop([&] { gone = alive.expired(); }); return gone; }));
}

TEST_CASE("a_file_shorter_than_promised_breaks_the_connection_off") {
  TestServer s([&](std::shared_ptr<Exchange> ex) {
    FileRange f = file_with("short");
    f.length = 100;
    answer_file(ex, std::move(f));
  });
  RawClient c(s.port);
  CHECK(c.ask(get("/")).status == -1);
  CHECK(c.ended);
}

TEST_CASE("sources_are_sent_chunked") {
  std::string large = pattern(500000);
  TestServer s([&](std::shared_ptr<Exchange> ex) {
    Reply r;
    r.fields = "Content-Type: text/plain\r\n";
    ex->reply_stream(std::move(r), std::make_shared<Pieces>(std::vector<std::string>{"a", "bc", large, "end"}));
  });
  RawClient c(s.port);
  for (int i = 0; i < 2; i++) {
    auto r = c.ask(get("/"));
    CHECK(r.field("Transfer-Encoding") == "chunked");
    CHECK(r.field("Content-Length").empty());
    CHECK(r.field("Content-Type") == "text/plain");
    CHECK(r.body == cat("abc", large, "end"));
  }
  RawClient old(s.port);
  auto r = old.ask("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  CHECK(r.field("Transfer-Encoding").empty());
  CHECK(r.field("Connection") == "close");
  CHECK(r.body == cat("abc", large, "end"));
}

TEST_CASE("a_source_of_known_length_is_sent_plain_and_held_to_it") {
  TestServer s([&](std::shared_ptr<Exchange> ex) {
    Reply r;
    r.content_length = *parse_int(ex->request().target.substr(1));
    ex->reply_stream(std::move(r), std::make_shared<Pieces>(std::vector<std::string>{"12345", "67890"}));
  });
  RawClient c(s.port);
  auto r = c.ask(get("/10"));
  CHECK(r.field("Content-Length") == "10");
  CHECK(r.body == "1234567890");
  CHECK(c.ask(get("/10")).body == "1234567890");
  CHECK(c.ask(get("/11")).status == -1);
  RawClient d(s.port);
  CHECK(d.ask(get("/9")).status == -1);
}

TEST_CASE("an_empty_source_is_an_empty_body") {
  TestServer s([&](std::shared_ptr<Exchange> ex) { ex->reply_stream({}, std::make_shared<Pieces>(std::vector<std::string>{})); });
  RawClient c(s.port);
  c.send(get("/") + get("/"));
  CHECK(c.response().body.empty());
  CHECK(c.response().status == 200);
}

TEST_CASE("a_source_may_wait_and_resume") {
  auto source = std::make_shared<Pieces>(std::vector<std::string>{"one", "", "two", "", "", "three"});
  std::shared_ptr<Exchange> current;
  TestServer s([&](std::shared_ptr<Exchange> ex) {
    current = ex;
    ex->reply_stream({}, source);
  });
  RawClient c(s.port);
  c.send(get("/"));
  REQUIRE(c.read_until("one\r\n"));
  CHECK_FALSE(c.more(30));
  CHECK(source->pulls == 2);
  s.on_loop([&] { current->resume_reply(); });
  REQUIRE(c.read_until("two\r\n"));
  s.on_loop([&] { current->resume_reply(); current->resume_reply(); });
  REQUIRE(c.read_until("0\r\n\r\n"));
  CHECK(source->aborts == 0);
  s.on_loop([&] { current->resume_reply(); current = nullptr; });
}

TEST_CASE("a_source_may_resume_from_inside_pull") {
  class Shy final : public BodySource {
   public:
    bool pull(std::string& out) override {
      if (++n % 2) { ex->resume_reply(); return true; }
      out += cat(n);
      return n < 6;
    }
    void aborted() override {}
    Exchange* ex = nullptr;
    int n = 0;
  };
  TestServer s([](std::shared_ptr<Exchange> ex) {
    auto source = std::make_shared<Shy>();
    source->ex = ex.get();
    ex->reply_stream({}, source);
  });
  RawClient c(s.port);
  CHECK(c.ask(get("/")).body == "246");
}

TEST_CASE("a_source_is_not_asked_for_more_than_the_peer_takes") {
  auto source = std::make_shared<Flood>();
  TestServer s([&](std::shared_ptr<Exchange> ex) { ex->reply_stream({}, source); });
  RawClient c(s.port);
  c.send(get("/"));
  int64_t before = -1;
  CHECK(wait_until([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(30));
    return before == std::exchange(before, source->bytes.load());
  }));
  CHECK(source->bytes < 32 << 20);
  int64_t full = source->bytes;
  for (int n = 0; n < 200 && source->bytes == full; n++) REQUIRE(c.more());
  CHECK(source->bytes > full);
  c.close();
  CHECK(wait_until([&] { return source->aborts == 1; }));
}

TEST_CASE("a_waiting_source_is_told_when_the_peer_leaves") {
  auto source = std::make_shared<Pieces>(std::vector<std::string>{"one"});
  source->endless = true;
  std::shared_ptr<Exchange> current;
  TestServer s([&](std::shared_ptr<Exchange> ex) { current = ex; ex->reply_stream({}, source); });
  RawClient c(s.port);
  c.send(get("/"));
  REQUIRE(c.read_until("one\r\n"));
  c.close();
  CHECK(wait_until([&] { return source->aborts == 1; }));
  s.on_loop([&] { CHECK(current->gone()); current->resume_reply(); current->drop(); current = nullptr; });
  CHECK(wait_until([&] { return s.server().stats().connections == 0; }));
  CHECK(source->aborts == 1);
}

TEST_CASE("a_source_may_drop_its_exchange") {
  class Dropper final : public BodySource {
   public:
    bool pull(std::string& out) override { ex->drop(); out.append(100000, 'x'); return true; }
    void aborted() override { aborts++; }
    std::shared_ptr<Exchange> ex;
    std::atomic<int> aborts{0};
  };
  auto source = std::make_shared<Dropper>();
  TestServer s([&](std::shared_ptr<Exchange> ex) { source->ex = ex; ex->reply_stream({}, source); });
  RawClient c(s.port);
  c.send(get("/"));
  CHECK_FALSE(c.read_until("0\r\n\r\n"));
  CHECK(c.ended);
  CHECK(wait_until([&] { return source->aborts == 1; }));
  s.on_loop([&] { source->ex = nullptr; });
}

TEST_CASE("a_reader_that_takes_nothing_is_given_up") {
  Limits l;
  l.stall_seconds = 5;
  l.tick_milliseconds = 30;
  auto source = std::make_shared<Flood>();
  TestServer s([&](std::shared_ptr<Exchange> ex) { ex->reply_stream({}, source); }, l);
  RawClient c(s.port);
  c.send(get("/"));
  CHECK(wait_until([&] { return source->aborts == 1; }));
  CHECK(wait_until([&] { return s.server().stats().connections == 0; }));
}

TEST_CASE("request_body_and_reply_can_flow_at_the_same_time") {
  // The reply comes before the body has been sent; both are long enough to fill the sockets' buffers.
  std::string large = pattern(8 << 20);
  TestServer s([&](std::shared_ptr<Exchange> ex) { answer(ex, large); });
  RawClient c(s.port);
  std::string request = post("/", pattern(1 << 20));
  std::thread sender([&] { c.send(request + request + get("/")); });
  for (int i = 0; i < 3; i++) CHECK(c.response().body == large);
  sender.join();
}
