#include "http/parser.h"

#include <doctest/doctest.h>

#include "base/random.h"
#include "base/strings.h"
#include "http/chunked.h"
#include "http/client.h"
#include "http/message.h"

using namespace fogbank;
using namespace fogbank::http;

namespace {

int status_of(std::string_view head) {
  HeadScanner scanner;
  if (scanner.scan(head) != HeadScanner::Found::head || scanner.length() != head.size()) return 400;
  Request r;
  HeadFlags f;
  return parse_request_head(head, 200, r, f);
}

std::string with(std::string_view fields, std::string_view line = "POST / HTTP/1.1") { return cat(line, "\r\nHost: h\r\n", fields, "\r\n"); }

// Decodes in pieces of `step` bytes; nothing if malformed or unfinished.
std::optional<std::string> dechunk(std::string_view bytes, size_t step, std::vector<std::pair<std::string, std::string>>* trailers = nullptr,
                                   size_t* used = nullptr) {
  ChunkDecoder decoder;
  std::string out;
  size_t at = 0;
  for (size_t have = std::min(step, bytes.size());;) {
    auto s = decoder.next(bytes.substr(at, have - at));
    at += s.consumed;
    if (s.found == ChunkDecoder::Found::bad) return std::nullopt;
    if (s.found == ChunkDecoder::Found::data) out.append(s.piece);
    if (s.found == ChunkDecoder::Found::end) break;
    if (s.found == ChunkDecoder::Found::more && !s.consumed) {
      if (have == bytes.size()) return std::nullopt;
      have = std::min(have + step, bytes.size());
    }
  }
  if (trailers) for (const auto& f : decoder.trailers()) trailers->emplace_back(f.name, f.value);
  if (used) *used = at;
  return out;
}

}  // namespace

TEST_CASE("head_is_read_into_views_of_its_bytes") {
  std::string head = "PUT /a%20b?x=1&y HTTP/1.1\r\nHost: s3.localhost\r\nX-Amz-Meta-A:  spaced value \t\r\nEmpty:\r\nx-amz-meta-a: again\r\n"
                     "Content-Length: 12\r\nExpect: 100-Continue\r\n\r\n";
  Request r;
  HeadFlags f;
  REQUIRE(parse_request_head(head, 200, r, f) == 0);
  CHECK(r.method == "PUT");
  CHECK(r.target == "/a%20b?x=1&y");
  CHECK(r.field("x-amz-META-a") == "spaced value");
  CHECK(r.fields.size() == 6);
  CHECK(r.fields[3].value == "again");
  CHECK(r.has("empty"));
  CHECK(r.field("empty").empty());
  CHECK_FALSE(r.has("absent"));
  CHECK(r.content_length == 12);
  CHECK(r.has_body());
  CHECK(f.keep_alive);
  CHECK(f.expect_continue);
  CHECK(r.target.data() > head.data());
  CHECK(r.target.data() < head.data() + head.size());
}

TEST_CASE("head_scanner_finds_the_same_end_however_bytes_arrive") {
  std::string head = with("A: b\r\nC: d\r\n");
  for (size_t step = 1; step <= head.size(); step++) {
    HeadScanner s;
    HeadScanner::Found found = HeadScanner::Found::more;
    for (size_t n = step; found == HeadScanner::Found::more; n += step) found = s.scan(std::string_view(head).substr(0, n));
    CHECK(found == HeadScanner::Found::head);
    CHECK(s.length() == head.size());
  }
}

TEST_CASE("malformed_heads_are_refused") {
  CHECK(status_of(with("")) == 0);
  for (std::string_view line : {"GET  / HTTP/1.1", " GET / HTTP/1.1", "GET / HTTP/1.1 ", "GET /", "GET", "G T / HTTP/1.1", "GET / http/1.1", "GET /\tx HTTP/1.1",
                                "G\"T / HTTP/1.1", "GET /a b HTTP/1.1", "GET / HTTP/1.1\r", "GET / HTTP/11", "GET / FTP/1.1"}) {
    CAPTURE(line);
    CHECK(status_of(with("", line)) == 400);
  }
  CHECK(status_of(with("", "GET / HTTP/2.0")) == 505);
  CHECK(status_of(with("", "GET / HTTP/1.2")) == 505);
  for (std::string_view fields : {"Name : v\r\n", " Name: v\r\n", "Na me: v\r\n", ": v\r\n", "NoColon\r\n", "A: b\r\n folded\r\n", "A: b\r\n\tfolded\r\n",
                                  "A: b\rc\r\n", "A: b\nB: c\r\n", "A: \x01\r\n", "A: \x7f\r\n", "A(: b\r\n", "Host: second\r\n"}) {
    CAPTURE(fields);
    CHECK(status_of(with(fields)) == 400);
  }
  CHECK(status_of(with(std::string_view("A: b\0c\r\n", 8))) == 400);
  CHECK(status_of(with(std::string_view("A\0: c\r\n", 7))) == 400);
  CHECK(status_of(std::string("GET /\0 HTTP/1.1\r\nHost: h\r\n\r\n", 28)) == 400);
  CHECK(status_of("GET / HTTP/1.1\r\n\r\n") == 400);   // no Host
  CHECK(status_of("GET / HTTP/1.0\r\n\r\n") == 0);
  CHECK(status_of("GET / HTTP/1.1\nHost: h\n\n") == 400);
  CHECK(status_of(with("A: \xc3\xa4\r\n")) == 0);      // obs-text
}

TEST_CASE("body_framing_that_two_readers_could_read_differently_is_refused") {
  for (std::string_view fields : {"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
                                  "Content-Length: 5\r\nContent-Length: 5\r\n", "Content-Length: 5\r\nContent-Length: 6\r\n", "Content-Length: 5,5\r\n",
                                  "Content-Length: +5\r\n", "Content-Length: -1\r\n", "Content-Length:\r\n", "Content-Length: 0x5\r\n", "Content-Length: 5 5\r\n",
                                  "Content-Length: 99999999999999999999\r\n", "Content-Length: 9223372036854775808\r\n",
                                  "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "Transfer-Encoding: chunked, chunked\r\n",
                                  "Transfer-Encoding: identity\r\n", "Transfer-Encoding: xchunked\r\n", "Transfer-Encoding:\r\n",
                                  "Transfer-Encoding: chunked, gzip\r\n", "Transfer-Encoding: \x0b" "chunked\r\n"}) {
    CAPTURE(fields);
    int status = status_of(with(fields));
    CHECK((status == 400 || status == 501));
  }
  CHECK(status_of(with("Transfer-Encoding: gzip, chunked\r\n")) == 501);
  CHECK(status_of(with("transfer-encoding: Chunked\r\n")) == 0);
  CHECK(status_of(with("Transfer-Encoding: chunked\r\n", "POST / HTTP/1.0")) == 400);
  CHECK(status_of(with("Expect: the-unexpected\r\n")) == 417);
}

TEST_CASE("keep_alive_follows_version_and_connection_field") {
  auto keeps = [](std::string_view line, std::string_view fields) {
    Request r;
    HeadFlags f;
    std::string head = with(fields, line);
    REQUIRE(parse_request_head(head, 200, r, f) == 0);
    return f.keep_alive;
  };
  CHECK(keeps("GET / HTTP/1.1", ""));
  CHECK_FALSE(keeps("GET / HTTP/1.1", "Connection: Close\r\n"));
  CHECK_FALSE(keeps("GET / HTTP/1.1", "Connection: x, close\r\n"));
  CHECK_FALSE(keeps("GET / HTTP/1.0", ""));
  CHECK(keeps("GET / HTTP/1.0", "Connection: Keep-Alive\r\n"));
}

TEST_CASE("number_of_fields_is_bounded") {
  std::string fields;
  for (int i = 0; i < 200; i++) append(fields, "F", i, ": v\r\n");
  CHECK(status_of(with(fields)) == 431);
}

TEST_CASE("chunks_are_decoded_however_they_arrive") {
  std::string bytes = "5\r\nhello\r\n1;ext=\"q;x\"\r\n,\r\n00a \r\n0123456789\r\n0\r\nX-Sum: abc \r\nX-B:\r\n\r\nGET /next";
  for (size_t step = 1; step <= bytes.size(); step++) {
    std::vector<std::pair<std::string, std::string>> trailers;
    size_t used = 0;
    auto out = dechunk(bytes, step, &trailers, &used);
    REQUIRE(out);
    CHECK(*out == "hello,0123456789");
    REQUIRE(trailers.size() == 2);
    CHECK(trailers[0] == std::pair<std::string, std::string>("X-Sum", "abc"));
    CHECK(bytes.substr(used) == "GET /next");
  }
}

TEST_CASE("malformed_chunks_are_refused") {
  CHECK(dechunk("0\r\n\r\n", 1) == "");
  for (std::string_view bytes : {"x\r\n", "\r\n", "-1\r\nx\r\n", "0x5\r\nhello\r\n", "5\nhello\r\n", "5\r\nhelloX\r\n0\r\n\r\n", "5\r\nhello\n0\r\n\r\n", "5 x\r\n",
                                 "fffffffffffffffff\r\n", "ffffffffffffffff\r\n", "0\r\nbad trailer\r\n\r\n", "0\r\n: v\r\n\r\n", "0\r\nA: b\r\n c\r\n\r\n",
                                 "0\r\nA: b\n\r\n", "5;\x01\r\nhello\r\n0\r\n\r\n", "+5\r\nhello\r\n0\r\n\r\n", " 5\r\nhello\r\n0\r\n\r\n"}) {
    CAPTURE(bytes);
    CHECK_FALSE(dechunk(bytes, 1));
    CHECK_FALSE(dechunk(bytes, bytes.size()));
  }
  CHECK_FALSE(dechunk(cat("5;", std::string(5000, 'x'), "\r\nhello\r\n0\r\n\r\n"), 100));
  std::string many = "0\r\n";
  for (int i = 0; i < 65; i++) many += "A: b\r\n";
  CHECK_FALSE(dechunk(many + "\r\n", 100));
  CHECK_FALSE(dechunk(cat("0\r\n", replace_all(std::string(9, '#'), "#", cat("A: ", std::string(2000, 'x'), "\r\n")), "\r\n"), 100));
}

TEST_CASE("reply_field_values_cannot_add_lines") {
  std::string out;
  add_field(out, "X-A", std::string_view("v\r\nSet-Cookie: x\0y", 18));
  CHECK(out == "X-A: v  Set-Cookie: x y\r\n");
}

TEST_CASE("responses_are_read_however_they_arrive") {
  struct Case { std::string bytes; int status; std::string body; bool by_end; };
  for (const auto& c : {Case{"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nA: b\r\n\r\nhello", 200, "hello", false},
                        Case{"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\nA: b\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\nT: v\r\n\r\n", 404, "abcde", false},
                        Case{"HTTP/1.0 200 OK\r\nA: b\r\n\r\nuntil the end", 200, "until the end", true},
                        Case{"HTTP/1.1 204 No Content\r\nA: b\r\n\r\n", 204, "", false}}) {
    for (size_t step = 1; step <= c.bytes.size(); step++) {
      CAPTURE(c.bytes);
      CAPTURE(step);
      ResponseReader reader(false, 100);
      auto state = ResponseReader::State::more;
      for (size_t at = 0; at < c.bytes.size(); at += step) {
        REQUIRE(state == ResponseReader::State::more);
        state = reader.feed(std::string_view(c.bytes).substr(at, step));
      }
      if (c.by_end) { REQUIRE(state == ResponseReader::State::more); state = reader.end(); }
      REQUIRE(state == ResponseReader::State::done);
      CHECK(reader.status == c.status);
      CHECK(reader.body == c.body);
      REQUIRE(!reader.fields.empty());
      CHECK(reader.fields.back() == std::pair<std::string, std::string>("A", "b"));
    }
  }
}

TEST_CASE("responses_that_are_broken_or_too_large_are_refused") {
  auto state = [](std::string_view bytes, bool end = false) {
    ResponseReader reader(false, 100);
    auto s = reader.feed(bytes);
    return s == ResponseReader::State::more && end ? reader.end() : s;
  };
  CHECK(state("SMTP ready\r\n\r\n") == ResponseReader::State::bad);
  CHECK(state("", true) == ResponseReader::State::bad);
  CHECK(state("HTTP/1.1 200 OK\r\nContent-Le", true) == ResponseReader::State::bad);
  CHECK(state("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe", true) == ResponseReader::State::bad);
  CHECK(state("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", true) == ResponseReader::State::bad);
  CHECK(state("HTTP/1.1 200 OK\r\nContent-Length: 101\r\n\r\n") == ResponseReader::State::too_large);
  CHECK(state(cat("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n65\r\n", std::string(101, 'x'), "\r\n")) == ResponseReader::State::too_large);
  CHECK(state(cat("HTTP/1.1 200 OK\r\n\r\n", std::string(101, 'x'))) == ResponseReader::State::too_large);
  CHECK(state(cat("HTTP/1.1 200 OK\r\nA: ", std::string(70000, 'x'))) == ResponseReader::State::bad);
  CHECK(state(cat("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;", std::string(200000, 'x'))) == ResponseReader::State::bad);
  std::string interim;
  for (int i = 0; i < 20; i++) interim += "HTTP/1.1 100 Continue\r\n\r\n";
  CHECK(state(interim) == ResponseReader::State::bad);
}

TEST_CASE("urls_are_taken_apart") {
  auto u = parse_url("https://user:p%40ss@Example.com:8443/a/b?c=d#frag");
  REQUIRE(u);
  CHECK(u->tls);
  CHECK(u->host == "Example.com");
  CHECK(u->port == 8443);
  CHECK(u->user_info == "user:p@ss");
  CHECK(u->target == "/a/b?c=d");
  CHECK(parse_url("http://h")->target == "/");
  CHECK(parse_url("http://h?x")->target == "/?x");
  CHECK(parse_url("http://[::1]:81/")->host == "::1");
  CHECK(parse_url("HTTP://h:80")->default_port);
  for (auto text : {"ftp://h/", "h", "http://", "http://:80/", "http://h:0/", "http://h:65536/", "http://h:x/", "http://[::1/", "http://h/a b", "http://h/\r\nX: y", "http://[::1]x/"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_url(text));
  }
}
