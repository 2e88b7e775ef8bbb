// Requests as texts: claims are read in every style, and what was read is judged; canonical forms are stable.
#include "auth/sigv4_errors.h"
#include "base/strings.h"

using namespace fogbank;
using namespace fogbank::auth;

namespace {

struct Everyone : SecretSource {
  Result<std::string_view> secret_of(const SignatureClaim&) override { return std::string_view("secret"); }
};

void canonical_paths(std::string_view path) {
  std::string once, twice;
  canonical_path(once, path, false);
  canonical_path(twice, once, false);
  if (once != twice) __builtin_trap();
  std::string normal;
  canonical_path(normal, path, true);
  if (normal.empty() || normal[0] != '/') __builtin_trap();
}

void canonical_queries(std::string_view query) {
  std::string once, twice;
  canonical_query(once, query, Omit::nothing);
  canonical_query(twice, once, Omit::nothing);
  if (once != twice) __builtin_trap();
}

}  // namespace

// "METHOD path?query\nname:value\n…"
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  auto lines = split({reinterpret_cast<const char*>(data), size}, '\n');
  std::string_view target = lines[0];
  size_t space = target.find(' ');
  RequestView r;
  r.method = target.substr(0, space);
  if (space != std::string_view::npos) target.remove_prefix(space + 1);
  size_t mark = target.find('?');
  r.path = target.substr(0, mark);
  if (mark != std::string_view::npos) r.query = target.substr(mark + 1);
  std::vector<HeaderView> headers;
  for (size_t i = 1; i < lines.size() && i <= 200; i++) {
    size_t colon = lines[i].find(':');
    if (colon != std::string_view::npos) headers.push_back({lines[i].substr(0, colon), lines[i].substr(colon + 1)});
  }
  r.headers = headers;
  canonical_paths(r.path);
  canonical_queries(r.query);
  Everyone keys;
  Millis now = 1440938160000;
  for (Style style : {Style::s3, Style::query, Style::json, Style::rest_json}) {
    Arena arena;
    auto claim = read_claim(r, style, arena);
    if (!claim || claim->form == Form::none) continue;
    (void)verify(*claim, r, {style, {}, payload_line(*claim, style, kEmptySha256), {now, now}}, keys);
  }
  return 0;
}
