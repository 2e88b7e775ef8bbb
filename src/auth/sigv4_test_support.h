// Requests as texts, and the vectors of the signing test suite, for the tests of this folder.
#pragma once
#include <cstdlib>
#include <fstream>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "auth/sigv4.h"
#include "base/encoding.h"
#include "base/strings.h"

namespace fogbank::auth::test {

/// One line of JSON as paths and texts: {"a":{"b":1}} gives "a.b" -> "1". Objects, strings, numbers and literals; no arrays.
class FlatJson {
 public:
  explicit FlatJson(std::string_view text) : in_(text) { value(""); }
  const std::string& operator[](const std::string& path) const { return values_.at(path); }
  bool has(const std::string& path) const { return values_.count(path) > 0; }
  std::string get(const std::string& path) const { return has(path) ? values_.at(path) : std::string(); }

 private:
  void space() { while (at_ < in_.size() && (in_[at_] == ' ' || in_[at_] == '\n')) at_++; }
  void value(const std::string& path) {
    space();
    if (in_[at_] == '{') return object(path);
    if (in_[at_] == '"') { values_[path] = text(); return; }
    size_t start = at_;
    while (at_ < in_.size() && in_[at_] != ',' && in_[at_] != '}') at_++;
    values_[path] = std::string(trim(in_.substr(start, at_ - start)));
  }
  void object(const std::string& path) {
    at_++;
    for (space(); in_[at_] != '}'; space()) {
      if (in_[at_] == ',') { at_++; space(); }
      std::string name = text();
      space();
      at_++;  // ':'
      value(path.empty() ? name : path + "." + name);
    }
    at_++;
  }
  std::string text() {
    std::string out;
    for (at_++; in_[at_] != '"'; at_++) {
      if (in_[at_] != '\\') { out += in_[at_]; continue; }
      switch (char c = in_[++at_]) {
        case 'n': out += '\n'; break;
        case 't': out += '\t'; break;
        case 'r': out += '\r'; break;
        case 'u': utf8(out, unsigned(std::stoul(std::string(in_.substr(at_ + 1, 4)), nullptr, 16))); at_ += 4; break;
        default: out += c;
      }
    }
    at_++;
    return out;
  }
  static void utf8(std::string& out, unsigned c) {
    if (c < 0x80) { out += char(c); return; }
    if (c < 0x800) { out += char(0xC0 | c >> 6); } else { out += char(0xE0 | c >> 12); out += char(0x80 | (c >> 6 & 63)); }
    out += char(0x80 | (c & 63));
  }
  std::string_view in_;
  size_t at_ = 0;
  std::map<std::string, std::string> values_;
};

/// A request that owns its parts, so that tests can change them. view() is valid until the next change.
struct TextRequest {
  std::string method = "GET", path = "/", query, body;
  std::vector<std::pair<std::string, std::string>> headers;
  mutable std::vector<HeaderView> views;

  RequestView view() const {
    views.clear();
    for (const auto& [n, v] : headers) views.push_back({n, v});
    return {method, path, query, views};
  }
  std::string* find(std::string_view name) {
    for (auto& [n, v] : headers) if (iequals(n, name)) return &v;
    return nullptr;
  }
  void set(std::string_view name, std::string_view value) {
    if (auto* v = find(name)) *v = value;
    else headers.emplace_back(name, value);
  }
  void drop(std::string_view name) { std::erase_if(headers, [&](const auto& h) { return iequals(h.first, name); }); }
  std::string body_hash() const { return sha256_hex(body); }
};

/// "GET /path?query HTTP/1.1\nName:value\n folded\n\nbody"
inline TextRequest parse_request(std::string_view text) {
  TextRequest r;
  size_t blank = text.find("\n\n");
  std::string_view head = text.substr(0, blank);
  if (blank != std::string_view::npos) r.body = text.substr(blank + 2);
  auto lines = split(head, '\n');
  std::string_view first = lines[0];
  size_t a = first.find(' '), b = first.rfind(' ');
  r.method = first.substr(0, a);
  std::string_view target = first.substr(a + 1, b - a - 1);
  size_t mark = target.find('?');
  r.path = target.substr(0, mark);
  if (mark != std::string_view::npos) r.query = target.substr(mark + 1);
  for (size_t i = 1; i < lines.size(); i++) {
    if (lines[i].empty()) continue;
    if (lines[i][0] == ' ' || lines[i][0] == '\t') { append(r.headers.back().second, '\n', lines[i]); continue; }
    size_t colon = lines[i].find(':');
    r.headers.emplace_back(lines[i].substr(0, colon), lines[i].substr(colon + 1));
  }
  return r;
}

inline std::string test_data(std::string_view file) {
  const char* root = std::getenv("FOGBANK_TEST_DATA");
  return cat(root ? std::string(root) : cat(FOGBANK_SOURCE_DIR, "/../shared/data"), '/', file);
}

/// Lines of a data file; empty (and a line on standard error) if the data is not there.
inline std::vector<std::string> test_lines(std::string_view file) {
  std::vector<std::string> out;
  std::ifstream in(test_data(file));
  if (!in) std::fprintf(stderr, "skipped: no test data at %s\n", test_data(file).c_str());
  for (std::string line; std::getline(in, line);) out.push_back(line);
  return out;
}

/// A source that knows one key.
struct OneKey : SecretSource {
  std::string id, secret;
  ApiError otherwise{"InvalidClientTokenId", "unknown", 403};
  OneKey(std::string i, std::string s) : id(std::move(i)), secret(std::move(s)) {}
  Result<std::string_view> secret_of(const SignatureClaim& c) override {
    if (c.access_key_id == id) return std::string_view(secret);
    return fail(otherwise);
  }
};

}  // namespace fogbank::auth::test
