#include "auth/policy/inspect.h"

#include "auth/policy/raw_policy.h"
#include "base/strings.h"

namespace fogbank::policy {
namespace {

void add_key(std::vector<std::string>& keys, std::string_view key) {
  if (std::find(keys.begin(), keys.end(), key) == keys.end()) keys.emplace_back(key);
}

/// The keys of "${key}" and "${key, 'default'}".
void add_variables(std::vector<std::string>& keys, std::string_view text) {
  for (size_t at = text.find("${"); at != std::string_view::npos; at = text.find("${", at)) {
    size_t end = text.find('}', at);
    if (end == std::string_view::npos) return;
    std::string_view inside = text.substr(at + 2, end - at - 2);
    if (std::string_view key = trim(inside.substr(0, inside.find(','))); !key.empty()) add_key(keys, key);
    at = end;
  }
}

/// Walks the tokens of JSON that is known to be well formed, counting lines and columns.
class Walker {
 public:
  explicit Walker(std::string_view json) : json_(json) {}

  std::vector<StatementPlace> run() {
    if (!enter('{')) return {};
    while (peek() == '"') {
      std::string_view key = text();
      if (!enter(':')) return {};
      if (key == "Statement") return statements();
      skip_value();
      if (peek() == ',') step();
    }
    return {};
  }

 private:
  bool done() const { return at_ >= json_.size(); }
  /// One byte on; a character's first byte counts a column.
  void step() {
    unsigned char c = static_cast<unsigned char>(json_[at_++]);
    if (c == '\n') here_ = {here_.line + 1, 1};
    else if ((c & 0xC0) != 0x80) here_.column++;
  }
  /// The next byte that is no white space; 0 at the end.
  char peek() {
    while (!done() && (json_[at_] == ' ' || json_[at_] == '\t' || json_[at_] == '\r' || json_[at_] == '\n')) step();
    return done() ? char(0) : json_[at_];
  }
  bool enter(char c) {
    if (peek() != c) return false;
    step();
    return true;
  }
  std::string_view text() {
    step();
    size_t from = at_;
    while (!done() && json_[at_] != '"') {
      if (json_[at_] == '\\') step();
      if (!done()) step();
    }
    size_t to = at_;
    if (!done()) step();
    return json_.substr(from, to - from);
  }
  void skip_value() {
    int depth = 0;
    do {
      char c = peek();
      if (c == 0) return;
      if (c == '"') { text(); continue; }
      if (c == '{' || c == '[') depth++;
      if (c == '}' || c == ']') depth--;
      bool scalar = depth == 0 && c != '}' && c != ']';
      step();
      if (scalar) {
        while (!done() && std::string_view(",}] \t\r\n").find(json_[at_]) == std::string_view::npos) step();
      }
    } while (depth > 0);
  }

  std::vector<StatementPlace> statements() {
    std::vector<StatementPlace> out;
    if (peek() == '{') {
      Position start{here_.line, here_.column + 1};
      skip_value();
      out.push_back({start, here_});
      return out;
    }
    if (!enter('[')) return out;
    Position before = here_;
    while (peek() == '{') {
      skip_value();
      out.push_back({before, here_});
      before = here_;
      if (peek() == ',') step();
    }
    return out;
  }

  std::string_view json_;
  size_t at_ = 0;
  Position here_;
};

}  // namespace

tl::expected<std::vector<std::string>, Malformed> mentioned_keys(std::string_view json) {
  auto raw = read_policy(json, Completeness::partial);
  if (!raw) return tl::unexpected(std::move(raw.error()));
  std::vector<std::string> keys;
  bool variables = raw->version == "2012-10-17";
  for (const RawStatement& s : raw->statements) {
    if (variables) for (const std::string& r : s.resource.items) add_variables(keys, r);
    for (const RawCondition& c : s.conditions) {
      add_key(keys, c.key);
      if (variables) for (const std::string& v : c.values) add_variables(keys, v);
    }
  }
  return keys;
}

std::vector<StatementPlace> statement_places(std::string_view json) { return Walker(json).run(); }

}  // namespace fogbank::policy
