// Writing small JSON texts by hand: quoting, and a builder for objects and arrays. For admin answers and logs; API answers have their own
// writers (src/wire).
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace fogbank {

/// The text with U+FFFD for each byte that is not of UTF-8.
std::string sound_utf8(std::string_view s);
/// The text in quotes, with escapes; bytes that are not UTF-8 are replaced.
std::string json_quote(std::string_view s);

class JsonText {
 public:
  JsonText& open() { sep(); out_ += '{'; first_ = true; return *this; }
  JsonText& close() { out_ += '}'; first_ = false; return *this; }
  JsonText& open_list() { sep(); out_ += '['; first_ = true; return *this; }
  JsonText& close_list() { out_ += ']'; first_ = false; return *this; }
  JsonText& key(std::string_view k) { sep(); out_ += json_quote(k); out_ += ':'; first_ = true; return *this; }
  JsonText& text(std::string_view v) { sep(); out_ += json_quote(v); first_ = false; return *this; }
  JsonText& number(int64_t v) { sep(); out_ += std::to_string(v); first_ = false; return *this; }
  JsonText& boolean(bool v) { sep(); out_ += v ? "true" : "false"; first_ = false; return *this; }
  JsonText& null() { sep(); out_ += "null"; first_ = false; return *this; }
  JsonText& raw(std::string_view json) { sep(); out_ += json; first_ = false; return *this; }
  JsonText& member(std::string_view k, std::string_view v) { return key(k).text(v); }
  JsonText& member(std::string_view k, const char* v) { return key(k).text(v); }
  JsonText& member(std::string_view k, const std::string& v) { return key(k).text(v); }
  JsonText& member(std::string_view k, int64_t v) { return key(k).number(v); }
  JsonText& member(std::string_view k, uint64_t v) { return key(k).number(int64_t(v)); }
  JsonText& member(std::string_view k, int v) { return key(k).number(v); }
  JsonText& member(std::string_view k, bool v) { return key(k).boolean(v); }
  const std::string& str() const { return out_; }

 private:
  void sep() { if (!first_) out_ += ','; first_ = false; }
  std::string out_;
  bool first_ = true;
};

}  // namespace fogbank
