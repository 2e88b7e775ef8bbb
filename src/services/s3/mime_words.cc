#include "services/s3/mime_words.h"

#include <optional>

#include "base/encoding.h"
#include "base/strings.h"

namespace fogbank::s3 {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

bool plain(unsigned char c) { return (c >= 0x20 && c < 0x7f) || c == '\t' || c == '\r' || c == '\n'; }

/// Bytes of a UTF-8 character at `s`, or 0 if there is none.
size_t character(std::string_view s) {
  for (size_t n = 1; n <= 4 && n <= s.size(); n++) if (valid_utf8(s.substr(0, n))) return n;
  return 0;
}

std::string repaired(std::string_view bytes) {
  if (valid_utf8(bytes)) return std::string(bytes);
  std::string out;
  while (!bytes.empty()) {
    size_t n = character(bytes);
    out.append(n ? bytes.substr(0, n) : kReplacement);
    bytes.remove_prefix(n ? n : 1);
  }
  return out;
}

std::string decode_q(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); i++) {
    if (text[i] == '_') out += ' ';
    else if (text[i] == '=' && i + 2 < text.size() && unhex(text.substr(i + 1, 2))) {
      out += *unhex(text.substr(i + 1, 2));
      i += 2;
    } else out += text[i];
  }
  return out;
}

/// As S3 does: a character outside the alphabet counts as the last of it, an incomplete end is dropped.
std::string decode_b(std::string_view text) {
  static constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (int i = 0; i < 2 && text.ends_with('='); i++) text.remove_suffix(1);
  std::string out;
  uint32_t bits = 0;
  int count = 0;
  for (char c : text) {
    size_t digit = kAlphabet.find(c);
    bits = bits << 6 | uint32_t(digit == std::string_view::npos ? 63 : digit);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    out += char(bits >> count);
  }
  return out;
}

struct Word { size_t length; std::string text; };

/// An encoded word at the beginning of `s`.
std::optional<Word> word_at(std::string_view s) {
  if (!s.starts_with("=?")) return std::nullopt;
  size_t charset = s.find('?', 2);
  if (charset == std::string_view::npos || charset + 2 >= s.size() || s[charset + 2] != '?') return std::nullopt;
  size_t end = s.find("?=", charset + 3);
  if (end == std::string_view::npos) return std::nullopt;
  std::string_view name = s.substr(2, charset - 2), text = s.substr(charset + 3, end - charset - 3);
  bool known = iequals(name, "utf-8") || iequals(name, "us-ascii");
  char kind = s[charset + 1];
  if (!known || text.find(' ') != std::string_view::npos) return std::nullopt;
  if (kind == 'Q' || kind == 'q') return Word{end + 2, repaired(decode_q(text))};
  if (kind == 'B' || kind == 'b') return Word{end + 2, repaired(decode_b(text))};
  return std::nullopt;
}

std::string encode_q(std::string_view text) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (unsigned char c : text) {
    if (c == ' ') out += '_';
    else if (c > 0x20 && c < 0x7f && c != '=' && c != '_' && c != '?') out += char(c);
    else append(out, '=', kHex[c >> 4], kHex[c & 15]);
  }
  return out;
}

}  // namespace

std::string decode_mime_words(std::string_view header) {
  if (header.find("=?") == std::string_view::npos) return repaired(header);
  std::string out;
  bool after_word = false;
  while (!header.empty()) {
    if (auto word = word_at(header)) {
      while (after_word && !out.empty() && out.back() == ' ') out.pop_back();   // space between words is not text
      out += word->text;
      header.remove_prefix(word->length);
      after_word = true;
      continue;
    }
    if (header[0] != ' ') after_word = false;
    out += header[0];
    header.remove_prefix(1);
  }
  return repaired(out);
}

std::string encode_mime_word(std::string_view text) {
  size_t ascii = 0, other = 0;
  for (std::string_view rest = text; !rest.empty();) {
    size_t n = character(rest);
    (n == 1 && plain(static_cast<unsigned char>(rest[0])) ? ascii : other)++;
    rest.remove_prefix(n ? n : 1);
  }
  if (!other) return std::string(text);
  return ascii > other ? cat("=?UTF-8?Q?", encode_q(text), "?=") : cat("=?UTF-8?B?", base64(text), "?=");
}

std::optional<std::string> to_latin1(std::string_view utf8, bool spaces) {
  std::string out;
  while (!utf8.empty()) {
    size_t n = character(utf8);
    auto c = static_cast<unsigned char>(utf8[0]);
    if (n == 1) out += char(c);
    else if (n == 2 && (c & 0x1f) < 4) out += char((c & 0x1f) << 6 | (utf8[1] & 0x3f));
    else if (spaces) out += ' ';
    else return std::nullopt;
    utf8.remove_prefix(n ? n : 1);
  }
  return out;
}

}  // namespace fogbank::s3
