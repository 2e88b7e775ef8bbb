#include "base/encoding.h"
#include "base/strings.h"
#include "http/client.h"

namespace fogbank::http {

namespace {
tl::unexpected<ApiError> bad(std::string_view why) { return fail("InvalidRequest", cat("not a usable URL: ", why)); }
}  // namespace

Result<Url> parse_url(std::string_view text) {
  Url url;
  if (text.size() > 8192) return bad("too long");
  for (unsigned char c : text) if (c <= 32 || c == 127) return bad("white space or control characters");
  if (starts_with_i(text, "https://")) url.tls = true;
  else if (!starts_with_i(text, "http://")) return bad("the scheme is neither http nor https");
  text.remove_prefix(url.tls ? 8 : 7);
  text = text.substr(0, text.find('#'));
  auto end = text.find_first_of("/?");
  auto authority = text.substr(0, end);
  url.target = end == std::string_view::npos ? "/" : cat(text[end] == '?' ? "/" : "", text.substr(end));
  if (auto at = authority.rfind('@'); at != std::string_view::npos) {
    url.user_info = percent_decode(authority.substr(0, at));
    authority.remove_prefix(at + 1);
  }
  std::string_view port;
  if (!authority.empty() && authority[0] == '[') {
    auto close = authority.find(']');
    if (close == std::string_view::npos) return bad("no closing bracket");
    url.host = authority.substr(1, close - 1);
    port = authority.substr(close + 1);
    if (!port.empty() && port[0] != ':') return bad("text after the bracket");
  } else {
    auto colon = authority.find(':');
    url.host = authority.substr(0, colon);
    if (colon != std::string_view::npos) port = authority.substr(colon);
  }
  if (url.host.empty() || url.host.find_first_of("\\[]<>\"") != std::string::npos) return bad("no host");
  url.port = url.tls ? 443 : 80;
  if (port.size() > 1) {
    auto n = parse_int(port.substr(1));
    if (!n || *n < 1 || *n > 65535) return bad("not a port");
    url.default_port = *n == url.port;
    url.port = uint16_t(*n);
  }
  return url;
}

}  // namespace fogbank::http
