#include "services/lambda/payloads.h"

#include <cctype>
#include <cstdio>

#include "base/strings.h"

namespace fogbank::lambda {
namespace {

constexpr size_t kMaxDepth = 1000;
constexpr std::string_view kValue = "a valid value (JSON String, Number, Array, Object or token 'null', 'true' or 'false')";

/// A scanner of RFC 8259 that stops at the first fault.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  std::optional<std::string> run() {
    if (value(0)) {
      space();
      if (at_ < text_.size()) unexpected("end of the text");
    }
    return fault_;
  }

 private:
  bool fail(std::string what) {
    if (!fault_) {
      fault_ = cat("Could not parse request body into json: Could not parse payload into json: ", what,
                   "\n at [Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: ", line_, ", column: ", at_ - line_start_ + 1, "]");
    }
    return false;
  }
  bool end(std::string_view inside) { return fail(cat("Unexpected end-of-input", inside)); }

  bool unexpected(std::string_view expected) {
    auto c = static_cast<unsigned char>(text_[at_]);
    if (c >= 0x80 && c < 0xc2) {
      char hex[8];
      std::snprintf(hex, sizeof hex, "0x%02x", c);
      return fail(cat("Invalid UTF-8 start byte ", hex));
    }
    if (c < 0x20 || c >= 0x7f) return fail(cat("Unexpected character ((CTRL-CHAR, code ", int(c), ")): expected ", expected));
    return fail(cat("Unexpected character ('", text_.substr(at_, 1), "' (code ", int(c), ")): expected ", expected));
  }

  void space() {
    for (; at_ < text_.size(); at_++) {
      char c = text_[at_];
      if (c == '\n') { line_++; line_start_ = at_ + 1; }
      else if (c != ' ' && c != '\t' && c != '\r') return;
    }
  }

  bool value(size_t depth) {
    space();
    if (at_ >= text_.size()) return end("");
    if (depth > kMaxDepth) return fail(cat("Document nesting depth (", kMaxDepth + 1, ") exceeds the maximum allowed (", kMaxDepth, ")"));
    char c = text_[at_];
    if (c == '{') return object(depth);
    if (c == '[') return array(depth);
    if (c == '"') return string();
    if (c == '-' || (c >= '0' && c <= '9')) return number();
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$') return word();
    return unexpected(kValue);
  }

  bool word() {
    size_t from = at_;
    while (at_ < text_.size() && (std::isalnum(static_cast<unsigned char>(text_[at_])) || text_[at_] == '_' || text_[at_] == '$')) at_++;
    std::string_view w = text_.substr(from, at_ - from);
    if (w == "true" || w == "false" || w == "null") return true;
    return fail(cat("Unrecognized token '", w, "': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')"));
  }

  size_t digits() {
    size_t from = at_;
    while (at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9') at_++;
    return at_ - from;
  }
  bool number() {
    if (text_[at_] == '-') at_++;
    if (at_ < text_.size() && text_[at_] == '0') {
      at_++;
      if (at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9') return fail("Invalid numeric value: Leading zeroes not allowed");
    } else if (!digits()) {
      return at_ < text_.size() ? unexpected("digit (0-9) to follow minus sign, for valid numeric value") : end("");
    }
    if (at_ < text_.size() && text_[at_] == '.') {
      at_++;
      if (!digits()) return at_ < text_.size() ? unexpected("Decimal point not followed by a digit") : end("");
    }
    if (at_ < text_.size() && (text_[at_] == 'e' || text_[at_] == 'E')) {
      at_++;
      if (at_ < text_.size() && (text_[at_] == '+' || text_[at_] == '-')) at_++;
      if (!digits()) return at_ < text_.size() ? unexpected("Exponent indicator not followed by a digit") : end("");
    }
    return true;
  }

  bool string() {
    at_++;
    while (at_ < text_.size()) {
      auto c = static_cast<unsigned char>(text_[at_]);
      if (c == '"') { at_++; return true; }
      if (c < 0x20) return fail(cat("Illegal unquoted character ((CTRL-CHAR, code ", int(c), ")): has to be escaped using backslash to be included in string value"));
      if (c == '\\') {
        if (at_ + 1 >= text_.size()) return end(" in character escape sequence");
        if (text_[++at_] == 'u') {
          for (int i = 1; i <= 4; i++) if (at_ + size_t(i) >= text_.size() || !std::isxdigit(static_cast<unsigned char>(text_[at_ + size_t(i)]))) return fail("Unexpected character in a unicode escape");
          at_ += 4;
        } else if (std::string_view("\"\\/bfnrt").find(text_[at_]) == std::string_view::npos) {
          return fail(cat("Unrecognized character escape '", text_.substr(at_, 1), "' (code ", int(static_cast<unsigned char>(text_[at_])), ")"));
        }
        at_++;
      } else if (c < 0x80) {
        at_++;
      } else if (!multibyte(c)) {
        return false;
      }
    }
    return end(": was expecting closing quote for a string value");
  }

  bool multibyte(unsigned char c) {
    size_t n = c >= 0xf0 && c < 0xf5 ? 3 : c >= 0xe0 && c < 0xf0 ? 2 : c >= 0xc2 && c < 0xe0 ? 1 : 0;
    char hex[8];
    if (!n) {
      std::snprintf(hex, sizeof hex, "0x%02x", c);
      return fail(cat("Invalid UTF-8 start byte ", hex));
    }
    for (size_t i = 1; i <= n; i++) {
      if (at_ + i >= text_.size()) return end(" in a multi-byte UTF-8 character");
      auto next = static_cast<unsigned char>(text_[at_ + i]);
      if ((next & 0xc0) == 0x80) continue;
      std::snprintf(hex, sizeof hex, "0x%02x", next);
      return fail(cat("Invalid UTF-8 middle byte ", hex));
    }
    at_ += n + 1;
    return true;
  }

  bool array(size_t depth) {
    at_++;
    space();
    if (at_ < text_.size() && text_[at_] == ']') { at_++; return true; }
    for (;;) {
      if (!value(depth + 1)) return false;
      space();
      if (at_ >= text_.size()) return end(": expected close marker for Array");
      if (text_[at_] == ']') { at_++; return true; }
      if (text_[at_] != ',') return unexpected("comma to separate Array entries");
      at_++;
    }
  }

  bool object(size_t depth) {
    at_++;
    space();
    if (at_ < text_.size() && text_[at_] == '}') { at_++; return true; }
    for (;;) {
      space();
      if (at_ >= text_.size()) return end(": expected close marker for Object");
      if (text_[at_] != '"') return unexpected("double-quote to start field name");
      if (!string()) return false;
      space();
      if (at_ >= text_.size()) return end(" within/between Object entries");
      if (text_[at_] != ':') return unexpected("a colon to separate field name and value");
      at_++;
      if (!value(depth + 1)) return false;
      space();
      if (at_ >= text_.size()) return end(": expected close marker for Object");
      if (text_[at_] == '}') { at_++; return true; }
      if (text_[at_] != ',') return unexpected("comma to separate Object entries");
      at_++;
    }
  }

  std::string_view text_;
  size_t at_ = 0, line_ = 1, line_start_ = 0;
  std::optional<std::string> fault_;
};

}  // namespace

std::optional<std::string> json_fault(std::string_view text) { return Scanner(text).run(); }

}  // namespace fogbank::lambda
