#include "auth/policy/principal_places.h"

#include <algorithm>
#include <charconv>

#include "base/strings.h"

namespace fogbank::policy {
namespace {

/// Walks a text that is known to be JSON. On a surprise it goes to the end: then no further principals are found and the policy grammar,
/// which has parsed the same text before, is the judge.
class Walker {
 public:
  explicit Walker(std::string_view text) : text_(text) {}

  std::vector<PrincipalPlace> run() {
    object([&](const std::string& name) {
      if (name != "Statement") return skip();
      if (peek() == '[') return array([&] { statement(); });
      statement();
    });
    return std::move(found_);
  }

 private:
  void statement() {
    if (peek() != '{') return skip();
    object([&](const std::string& name) {
      if ((name != "Principal" && name != "NotPrincipal") || peek() != '{') return skip();
      object([&](const std::string& type) {
        if (type != "AWS") return skip();
        if (peek() == '[') return array([&] { principal(); });
        principal();
      });
    });
  }

  void principal() {
    if (peek() != '"') return skip();
    size_t begin = at_;
    std::string value = string();
    found_.push_back({begin, at_ - begin, std::move(value)});
  }

  template <class F> void object(F member) {
    if (peek() != '{') return stop();
    at_++;
    while (peek() == '"') {
      std::string name = string();
      if (peek() != ':') return stop();
      at_++;
      member(name);
      if (peek() == ',') at_++;
    }
    if (peek() != '}') return stop();
    at_++;
  }

  template <class F> void array(F element) {
    at_++;
    while (peek() != ']') {
      if (at_ >= text_.size()) return;
      element();
      if (peek() == ',') at_++;
    }
    at_++;
  }

  /// Any value, without recursion.
  void skip() {
    int depth = 0;
    do {
      char c = peek();
      if (at_ >= text_.size()) return;
      if (c == '"') { string(); }
      else if (c == '{' || c == '[') { depth++; at_++; }
      else if (c == '}' || c == ']') { depth--; at_++; }
      else if (c == ',' || c == ':') at_++;
      else while (at_ < text_.size() && std::string_view(",:]} \t\r\n").find(text_[at_]) == std::string_view::npos) at_++;
    } while (depth > 0);
  }

  std::string string() {
    std::string out;
    at_++;
    while (at_ < text_.size() && text_[at_] != '"') {
      char c = text_[at_++];
      if (c == '\\' && at_ < text_.size()) c = escape(text_[at_++]);
      out += c;
    }
    at_++;
    return out;
  }

  /// ARNs are ASCII: what is beyond becomes '?', which no principal holds.
  char escape(char c) {
    switch (c) {
      case 'n': return '\n';
      case 't': return '\t';
      case 'r': return '\r';
      case 'b': return '\b';
      case 'f': return '\f';
      case 'u': {
        unsigned code = 0;
        std::string_view digits = text_.substr(std::min(at_, text_.size()), 4);
        std::from_chars(digits.data(), digits.data() + digits.size(), code, 16);
        at_ += digits.size();
        return code < 0x80 ? char(code) : '?';
      }
      default: return c;
    }
  }

  char peek() {
    while (at_ < text_.size() && std::string_view(" \t\r\n").find(text_[at_]) != std::string_view::npos) at_++;
    return at_ < text_.size() ? text_[at_] : '\0';
  }
  void stop() { at_ = text_.size(); }

  std::string_view text_;
  size_t at_ = 0;
  std::vector<PrincipalPlace> found_;
};

}  // namespace

std::vector<PrincipalPlace> aws_principals(std::string_view json) { return Walker(json).run(); }

}  // namespace fogbank::policy
