#include "lang/event_pattern/json.h"

#include <cmath>

#include "base/json_text.h"
#include "base/strings.h"

namespace fogbank::event_pattern {
namespace {

void append_utf8(std::string& out, uint32_t c) {
  if (c < 0x80) out += char(c);
  else if (c < 0x800) { out += char(0xc0 | c >> 6); out += char(0x80 | (c & 0x3f)); }
  else if (c < 0x10000) { out += char(0xe0 | c >> 12); out += char(0x80 | (c >> 6 & 0x3f)); out += char(0x80 | (c & 0x3f)); }
  else { out += char(0xf0 | c >> 18); out += char(0x80 | (c >> 12 & 0x3f)); out += char(0x80 | (c >> 6 & 0x3f)); out += char(0x80 | (c & 0x3f)); }
}

bool hex4(std::string_view s, size_t at, uint32_t& out) {
  if (at + 4 > s.size()) return false;
  out = 0;
  for (size_t i = at; i < at + 4; i++) {
    char c = s[i];
    int d = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
    if (d < 0) return false;
    out = out * 16 + uint32_t(d);
  }
  return true;
}

/// Unescapes the text whose opening quote is before `at`; leaves `at` behind its closing quote. False: malformed at `at`.
bool read_text(std::string_view s, size_t& at, std::string& out) {
  out.clear();
  while (at < s.size()) {
    size_t run = at;
    while (run < s.size() && s[run] != '"' && s[run] != '\\' && static_cast<unsigned char>(s[run]) >= 0x20) run++;
    out.append(s, at, run - at);
    at = run;
    if (at == s.size() || static_cast<unsigned char>(s[at]) < 0x20) return false;
    if (s[at] == '"') { at++; return true; }
    if (at + 1 >= s.size()) return false;
    char c = s[at + 1];
    static constexpr std::string_view kFrom = "\"\\/bfnrt", kTo = "\"\\/\b\f\n\r\t";
    if (size_t i = kFrom.find(c); i != std::string_view::npos) {
      out += kTo[i];
      at += 2;
      continue;
    }
    uint32_t code, low;
    if (c != 'u' || !hex4(s, at + 2, code)) return false;
    at += 6;
    if (code >= 0xd800 && code < 0xdc00 && at + 1 < s.size() && s[at] == '\\' && s[at + 1] == 'u' && hex4(s, at + 2, low) && low >= 0xdc00 && low < 0xe000) {
      code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
      at += 6;
    } else if (code >= 0xd800 && code < 0xe000) {
      code = 0xfffd;
    }
    append_utf8(out, code);
  }
  return false;
}

/// Length of the JSON number at the start; 0 if there is none.
size_t number_length(std::string_view s) {
  size_t i = 0;
  auto digits = [&] { size_t n = i; while (i < s.size() && s[i] >= '0' && s[i] <= '9') i++; return i - n; };
  if (i < s.size() && s[i] == '-') i++;
  size_t first = i, n = digits();
  if (n == 0 || (n > 1 && s[first] == '0')) return 0;
  if (i < s.size() && s[i] == '.') {
    i++;
    if (digits() == 0) return 0;
  }
  if (i < s.size() && (s[i] == 'e' || s[i] == 'E')) {
    i++;
    if (i < s.size() && (s[i] == '+' || s[i] == '-')) i++;
    if (digits() == 0) return 0;
  }
  return i;
}

bool space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool word(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '$'; }

/// Line and column (from 1, in UTF-16 units as Java counts) of a place.
std::pair<int, int> place(std::string_view s, size_t at) {
  int line = 1, column = 1;
  for (size_t i = 0; i < at && i < s.size(); i++) {
    auto c = static_cast<unsigned char>(s[i]);
    if (c == '\n') { line++; column = 1; }
    else if ((c & 0xc0) != 0x80) column += c >= 0xf0 ? 2 : 1;
  }
  return {line, column};
}

class Parser {
 public:
  Parser(std::string_view s, JsonFault* fault) : s_(s), fault_(fault) {}

  std::optional<Json> all() {
    Json out;
    skip();
    if (at_ == s_.size()) { fail("No content to map due to end-of-input", at_); return std::nullopt; }
    if (!value(out, 0)) return std::nullopt;
    skip();
    if (at_ != s_.size()) { unexpected("expected end of input"); return std::nullopt; }
    return out;
  }

 private:
  void skip() { while (at_ < s_.size() && space(s_[at_])) at_++; }
  bool fail(std::string message, size_t at) {
    if (!fault_) return false;
    auto [line, column] = place(s_, at);
    *fault_ = {std::move(message), line, column};
    return false;
  }
  bool unexpected(std::string_view wanted) {
    if (at_ >= s_.size()) return fail("Unexpected end-of-input", at_);
    auto c = static_cast<unsigned char>(s_[at_]);
    return fail(cat("Unexpected character ('", std::string_view(&s_[at_], 1), "' (code ", int(c), ")): ", wanted), at_);
  }
  bool literal(std::string_view name) {
    if (s_.substr(at_, name.size()) == name && (at_ + name.size() == s_.size() || !word(s_[at_ + name.size()]))) {
      at_ += name.size();
      return true;
    }
    return unrecognized();
  }
  bool unrecognized() {
    size_t end = at_;
    while (end < s_.size() && word(s_[end]) && end - at_ < 256) end++;
    if (end == at_) return unexpected("expected a valid value (JSON String, Number, Array, Object or token 'null', 'true' or 'false')");
    return fail(cat("Unrecognized token '", s_.substr(at_, end - at_), "': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')"), end);
  }
  bool value(Json& out, int depth) {
    if (depth > kMaxDepth) return fail("Document nesting depth exceeds the maximum allowed", at_);
    if (at_ >= s_.size()) return fail("Unexpected end-of-input", at_);
    char c = s_[at_];
    if (c == '{') return object(out, depth);
    if (c == '[') return array(out, depth);
    if (c == '"') {
      out.type = Json::Type::text;
      at_++;
      if (read_text(s_, at_, out.text)) return true;
      return fail(at_ >= s_.size() ? "Unexpected end-of-input: was expecting closing quote for a string value" : "Illegal character or escape in a string value", at_);
    }
    if (c == '-' || (c >= '0' && c <= '9')) {
      size_t n = number_length(s_.substr(at_));
      if (n == 0) return fail("Invalid numeric value", at_);
      out = *Json::of_number(s_.substr(at_, n));
      at_ += n;
      return true;
    }
    if (c == 't') { out.type = Json::Type::true_; return literal("true"); }
    if (c == 'f') { out.type = Json::Type::false_; return literal("false"); }
    if (c == 'n') return literal("null");
    return unrecognized();
  }
  bool array(Json& out, int depth) {
    out.type = Json::Type::array;
    at_++;
    skip();
    if (at_ < s_.size() && s_[at_] == ']') { at_++; return true; }
    for (;;) {
      skip();
      if (!value(out.items.emplace_back(), depth + 1)) return false;
      skip();
      if (at_ < s_.size() && s_[at_] == ',') { at_++; continue; }
      if (at_ < s_.size() && s_[at_] == ']') { at_++; return true; }
      return unexpected("was expecting comma to separate Array entries");
    }
  }
  bool object(Json& out, int depth) {
    out.type = Json::Type::object;
    at_++;
    skip();
    if (at_ < s_.size() && s_[at_] == '}') { at_++; return true; }
    for (;;) {
      skip();
      if (at_ >= s_.size() || s_[at_] != '"') return unexpected("was expecting double-quote to start field name");
      at_++;
      std::string name;
      if (!read_text(s_, at_, name)) return fail("Unexpected end-of-input in field name", at_);
      skip();
      if (at_ >= s_.size() || s_[at_] != ':') return unexpected("was expecting a colon to separate field name and value");
      at_++;
      skip();
      if (!value(out.members.emplace_back(std::move(name), Json{}).second, depth + 1)) return false;
      skip();
      if (at_ < s_.size() && s_[at_] == ',') { at_++; continue; }
      if (at_ < s_.size() && s_[at_] == '}') { at_++; return true; }
      return unexpected("was expecting comma to separate Object entries");
    }
  }

  std::string_view s_;
  JsonFault* fault_;
  size_t at_ = 0;
};

void write(const Json& v, std::string& out) {
  switch (v.type) {
    case Json::Type::null: out += "null"; break;
    case Json::Type::false_: out += "false"; break;
    case Json::Type::true_: out += "true"; break;
    case Json::Type::number: out += v.text; break;
    case Json::Type::text: out += json_quote(v.text); break;
    case Json::Type::array:
      out += '[';
      for (size_t i = 0; i < v.items.size(); i++) {
        if (i) out += ',';
        write(v.items[i], out);
      }
      out += ']';
      break;
    case Json::Type::object:
      out += '{';
      for (size_t i = 0; i < v.members.size(); i++) {
        if (i) out += ',';
        out += json_quote(v.members[i].first);
        out += ':';
        write(v.members[i].second, out);
      }
      out += '}';
      break;
  }
}

}  // namespace

std::optional<Json> Json::of_number(std::string_view s) {
  if (s.empty() || number_length(s) != s.size()) return std::nullopt;
  Json j;
  j.type = Type::number;
  j.text = s;
  j.number = parse_double(s).value_or(s[0] == '-' ? -HUGE_VAL : HUGE_VAL);
  return j;
}

const Json* Json::get(std::string_view name) const {
  for (auto it = members.rbegin(); it != members.rend(); ++it) if (it->first == name) return &it->second;
  return nullptr;
}

std::optional<Json> parse_json(std::string_view text, JsonFault* fault) { return Parser(text, fault).all(); }

std::string write_json(const Json& value) {
  std::string out;
  write(value, out);
  return out;
}

// ------------------------------------------------------------------------------------------------------------------------- Cursor

void Cursor::skip_space() {
  while (at_ < text_.size() && (space(text_[at_]) || text_[at_] == ',')) at_++;
}

size_t Cursor::end_of_text(size_t at) const {
  for (; at < text_.size() && text_[at] != '"'; at++) if (text_[at] == '\\') at++;
  return std::min(at + 1, text_.size());
}

/// Reads the token at at_ (not a field); a text is read only to its opening quote as far as Jackson is concerned.
void Cursor::read_value() {
  skip_space();
  if (at_ >= text_.size()) { token_ = Token::end; return; }
  size_t begin = at_;
  char c = text_[at_++];
  switch (c) {
    case '{': token_ = Token::start_object; break;
    case '}': token_ = Token::end_object; break;
    case '[': token_ = Token::start_array; break;
    case ']': token_ = Token::end_array; break;
    case '"':
      token_ = Token::text;
      seen_ = at_;
      read_text(text_, at_, current_);
      return;
    case 't': token_ = Token::true_; at_ = begin + 4; break;
    case 'f': token_ = Token::false_; at_ = begin + 5; break;
    case 'n': token_ = Token::null; at_ = begin + 4; break;
    default: token_ = Token::number; at_ = begin + std::max<size_t>(1, number_length(text_.substr(begin))); break;
  }
  at_ = std::min(at_, text_.size());
  current_ = text_.substr(begin, at_ - begin);
  seen_ = at_;
}

Token Cursor::next() {
  auto nest = [&] {
    if (token_ == Token::start_object || token_ == Token::start_array) objects_.push_back(token_ == Token::start_object);
    else if ((token_ == Token::end_object || token_ == Token::end_array) && !objects_.empty()) objects_.pop_back();
    return token_;
  };
  if (ahead_) {
    token_ = *ahead_;
    ahead_.reset();
    current_ = std::move(ahead_text_);
    return nest();
  }
  read_value();
  if (token_ != Token::text || objects_.empty() || !objects_.back()) return nest();
  // A field: Jackson goes on to the beginning of its value.
  std::string name = std::move(current_);
  while (at_ < text_.size() && (space(text_[at_]) || text_[at_] == ':')) at_++;
  read_value();
  ahead_ = token_;
  ahead_text_ = std::move(current_);
  current_ = std::move(name);
  return token_ = Token::field;
}

const std::string& Cursor::text() {
  if (token_ == Token::text) seen_ = at_;
  return current_;
}

void Cursor::skip_children() {
  for (size_t depth = objects_.size(); depth > 0 && objects_.size() >= depth && token_ != Token::end;) next();
}

std::string Cursor::location() const {
  auto [line, column] = place(text_, seen_);
  std::string_view shown = text_.substr(0, 500);
  std::string more = text_.size() > 500 ? cat("\"[truncated ", text_.size() - 500, " chars]") : std::string("\"");
  return cat("\n at [Source: (String)\"", shown, more, "; line: ", line, ", column: ", column, "]");
}

}  // namespace fogbank::event_pattern
