#include "http/parser.h"

#include <boost/beast/http/basic_parser.hpp>

#include "base/strings.h"

namespace fogbank::http {

namespace beast = boost::beast;
using BeastView = beast::string_view;
using BeastError = beast::error_code;

namespace {

std::string_view view(BeastView s) { return {s.data(), s.size()}; }

// Hands what Beast recognises to a Request. Bodies never reach it: it is given heads only.
class RequestParser final : public beast::http::basic_parser<true> {
 public:
  RequestParser(Request& request, size_t max_fields) : request_(request), max_fields_(max_fields) {}
  bool too_many = false;

 private:
  void on_request_impl(beast::http::verb, BeastView method, BeastView target, int version, BeastError&) override {
    request_.method = view(method);
    request_.target = view(target);
    request_.http10 = version == 10;
  }
  void on_response_impl(int, BeastView, int, BeastError&) override {}
  void on_field_impl(beast::http::field, BeastView name, BeastView value, BeastError& ec) override {
    if (request_.fields.size() >= max_fields_) {
      too_many = true;
      ec = beast::http::error::header_limit;
      return;
    }
    request_.fields.push_back({view(name), view(value)});
  }
  void on_header_impl(BeastError&) override {}
  void on_body_init_impl(const boost::optional<uint64_t>&, BeastError&) override {}
  size_t on_body_impl(BeastView s, BeastError&) override { return s.size(); }
  void on_chunk_header_impl(uint64_t, BeastView, BeastError&) override {}
  size_t on_chunk_body_impl(uint64_t, BeastView s, BeastError&) override { return s.size(); }
  void on_finish_impl(BeastError&) override {}
  Request& request_;
  size_t max_fields_;
};

// True if `token` is one of the comma-separated members of the value.
bool lists(std::string_view value, std::string_view token) {
  for (auto part : split(value, ',')) if (iequals(trim(part), token)) return true;
  return false;
}

// A version that is written like one but is not 1.0 or 1.1.
bool foreign_version(std::string_view head) {
  auto line = head.substr(0, head.find("\r\n"));
  auto at = line.rfind(" HTTP/");
  if (at == std::string_view::npos) return false;
  auto v = line.substr(at + 6);
  return v.size() == 3 && isdigit(static_cast<unsigned char>(v[0])) && v[1] == '.' && isdigit(static_cast<unsigned char>(v[2])) && v != "1.0" && v != "1.1";
}

bool all_digits(std::string_view s) {
  return !s.empty() && s.find_first_not_of("0123456789") == std::string_view::npos;
}

// The framing of the body and of the connection, RFC 9112 sections 3.2, 6 and 9.
class Framing {
 public:
  Framing(Request& request, HeadFlags& flags) : r_(request), flags_(flags) {}
  int check() {
    flags_.keep_alive = !r_.http10;
    for (const auto& f : r_.fields)
      if (int status = one(f)) return status;
    if (hosts_ > 1 || (!hosts_ && !r_.http10)) return 400;
    if (r_.chunked && (r_.content_length >= 0 || r_.http10)) return 400;
    if (r_.http10) flags_.expect_continue = false;
    if (closes_) flags_.keep_alive = false;
    return 0;
  }

 private:
  int one(const Field& f) {
    switch (f.name.size()) {  // most fields are none of these: compare lengths before texts
      case 4: if (iequals(f.name, "Host")) hosts_++; break;
      case 6: if (iequals(f.name, "Expect")) return expect(f.value); break;
      case 10: if (iequals(f.name, "Connection")) connection(f.value); break;
      case 14: if (iequals(f.name, "Content-Length")) return length(f.value); break;
      case 17: if (iequals(f.name, "Transfer-Encoding")) return coding(f.value); break;
      default: break;
    }
    return 0;
  }
  int expect(std::string_view value) {
    if (!iequals(value, "100-continue")) return r_.http10 ? 0 : 417;
    flags_.expect_continue = true;
    return 0;
  }
  void connection(std::string_view value) {
    if (lists(value, "close")) closes_ = true;
    if (r_.http10 && lists(value, "keep-alive")) flags_.keep_alive = true;
  }
  int length(std::string_view value) {
    if (r_.content_length >= 0 || !all_digits(value) || value.size() > 18) return 400;
    r_.content_length = *parse_int(value);
    return 0;
  }
  int coding(std::string_view value) {
    if (r_.chunked) return 400;
    if (iequals(value, "chunked")) { r_.chunked = true; return 0; }
    auto codings = split(value, ',');
    return iequals(trim(codings.back()), "chunked") && codings.size() > 1 && !iequals(trim(codings[0]), "chunked") ? 501 : 400;
  }
  Request& r_;
  HeadFlags& flags_;
  int hosts_ = 0;
  bool closes_ = false;
};

}  // namespace

HeadScanner::Found HeadScanner::scan(std::string_view bytes) {
  while (at_ < bytes.size()) {
    auto* lf = static_cast<const char*>(std::memchr(bytes.data() + at_, '\n', bytes.size() - at_));
    if (!lf) { at_ = bytes.size(); return Found::more; }
    size_t end = size_t(lf - bytes.data());
    if (end == line_ || bytes[end - 1] != '\r') return Found::bad;
    at_ = end + 1;
    if (end - 1 == line_) return Found::head;
    if (bytes[line_] == ' ' || bytes[line_] == '\t') return Found::bad;
    line_ = at_;
    lines_++;
  }
  return Found::more;
}

int parse_request_head(std::string_view head, size_t max_fields, Request& request, HeadFlags& flags) {
  RequestParser parser(request, max_fields);
  parser.header_limit(uint32_t(std::min<size_t>(head.size() + 1, UINT32_MAX)));
  parser.body_limit(boost::none);
  parser.skip(true);
  request.fields.reserve(16);
  BeastError ec;
  size_t used = parser.put(boost::asio::const_buffer(head.data(), head.size()), ec);
  if (parser.too_many) return 431;
  if (ec == beast::http::error::bad_version && foreign_version(head)) return 505;
  if (ec || !parser.is_header_done() || used != head.size()) return 400;
  return Framing(request, flags).check();
}

bool parse_trailers(std::string_view lines, size_t max_fields, std::vector<Field>& out) {
  static constexpr std::string_view kTokenMarks = "!#$%&'*+-.^_`|~";
  while (!lines.empty()) {
    auto end = lines.find("\r\n");
    if (end == std::string_view::npos || out.size() >= max_fields) return false;
    auto line = lines.substr(0, end);
    lines.remove_prefix(end + 2);
    auto colon = line.find(':');
    if (colon == std::string_view::npos || colon == 0) return false;
    for (unsigned char c : line.substr(0, colon))
      if (c >= 127 || (!isalnum(c) && kTokenMarks.find(char(c)) == std::string_view::npos)) return false;
    for (unsigned char c : line.substr(colon + 1))
      if ((c < 32 && c != '\t') || c == 127) return false;
    out.push_back({line.substr(0, colon), trim(line.substr(colon + 1))});
  }
  return true;
}

// Collects a response. The body limit is kept by Beast for every framing.
struct ResponseReader::Impl final : beast::http::basic_parser<false> {
  explicit Impl(ResponseReader& o) : out(o) {}
  void on_request_impl(beast::http::verb, BeastView, BeastView, int, BeastError&) override {}
  void on_response_impl(int code, BeastView, int, BeastError&) override { out.status = code; }
  void on_field_impl(beast::http::field, BeastView name, BeastView value, BeastError& ec) override {
    if (out.fields.size() >= 256) { ec = beast::http::error::header_limit; return; }
    if (!body_begun) out.fields.emplace_back(name, value);
  }
  void on_header_impl(BeastError&) override {}
  void on_body_init_impl(const boost::optional<uint64_t>&, BeastError&) override { body_begun = true; }
  size_t on_body_impl(BeastView s, BeastError&) override { out.body.append(s.data(), s.size()); return s.size(); }
  void on_chunk_header_impl(uint64_t, BeastView, BeastError&) override {}
  size_t on_chunk_body_impl(uint64_t, BeastView s, BeastError&) override { out.body.append(s.data(), s.size()); return s.size(); }
  void on_finish_impl(BeastError&) override {}
  ResponseReader& out;
  bool body_begun = false;
};

ResponseReader::ResponseReader(bool head_request, size_t max_body) : head_request_(head_request), max_body_(max_body) { restart(); }
ResponseReader::~ResponseReader() = default;

void ResponseReader::restart() {
  impl_ = std::make_unique<Impl>(*this);
  impl_->eager(true);
  impl_->header_limit(64 << 10);
  impl_->body_limit(max_body_);
  if (head_request_) impl_->skip(true);
  status = 0;
  fields.clear();
}

ResponseReader::State ResponseReader::outcome(const void* error) {
  const auto& ec = *static_cast<const BeastError*>(error);
  if (ec == beast::http::error::body_limit) return State::too_large;
  if (ec && ec != beast::http::error::need_more) return State::bad;
  return impl_->is_done() ? State::done : State::more;
}

ResponseReader::State ResponseReader::feed(std::string_view bytes) {
  rest_.append(bytes);
  for (;;) {
    BeastError ec;
    size_t used = rest_.empty() ? 0 : impl_->put(boost::asio::const_buffer(rest_.data(), rest_.size()), ec);
    rest_.erase(0, used);
    State s = outcome(&ec);
    if (s == State::done && status < 200 && status != 101) {
      if (++interim_ > 8) return State::bad;
      restart();
      if (rest_.empty()) return State::more;
      continue;
    }
    // What the parser leaves is an unfinished line of a head or of chunk framing.
    if (s == State::more && rest_.size() > (128 << 10)) return State::bad;
    if (s == State::more && !ec && used && !rest_.empty()) continue;
    return s;
  }
}

ResponseReader::State ResponseReader::end() {
  if (!impl_->got_some()) return State::bad;
  BeastError ec;
  impl_->put_eof(ec);
  return ec ? State::bad : State::done;
}

}  // namespace fogbank::http
