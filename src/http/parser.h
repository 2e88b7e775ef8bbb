// Reading heads of HTTP/1.x messages. Boost.Beast's parser does the grammar; the framing rules of RFC 9112 that decide how many bytes
// belong to a message are checked here, because two readers that disagree on them can be played against each other.
// Pure functions over bytes; the only file that includes Boost.Beast is parser.cc.
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/server.h"

namespace fogbank::http {

/// Finds the end of a head in bytes that arrive piece by piece, looking at each byte once. Lines must end in CR LF and must not begin
/// with white space (folded fields are refused). Call again with the same bytes plus more.
class HeadScanner {
 public:
  enum class Found { more, head, bad };
  Found scan(std::string_view bytes);
  size_t length() const { return at_; }  ///< of the head, its empty line included, after Found::head
  int lines() const { return lines_; }   ///< complete lines so far
  void reset() { *this = HeadScanner(); }

 private:
  size_t at_ = 0, line_ = 0;
  int lines_ = 0;
};

struct HeadFlags {
  bool keep_alive = false;
  bool expect_continue = false;
};

/// Reads a complete head (up to and with its empty line) into `request`, whose views point into `head`. Returns 0 or the HTTP status
/// to refuse it with.
int parse_request_head(std::string_view head, size_t max_fields, Request& request, HeadFlags& flags);

/// Field names and values of a trailer section (without its empty line); false if malformed. Views point into `lines`.
bool parse_trailers(std::string_view lines, size_t max_fields, std::vector<Field>& out);

/// Reads one response from bytes that arrive piece by piece (the outbound client). Interim 1xx responses are skipped.
class ResponseReader {
 public:
  ResponseReader(bool head_request, size_t max_body);
  ~ResponseReader();
  enum class State { more, done, bad, too_large };
  State feed(std::string_view bytes);
  State end();  ///< the peer closed
  int status = 0;
  std::vector<std::pair<std::string, std::string>> fields;
  std::string body;

 private:
  struct Impl;
  void restart();
  State outcome(const void* error);
  std::unique_ptr<Impl> impl_;
  std::string rest_;
  bool head_request_;
  size_t max_body_;
  int interim_ = 0;
};

}  // namespace fogbank::http
