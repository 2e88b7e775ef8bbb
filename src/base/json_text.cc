#include "base/json_text.h"

#include "base/encoding.h"

namespace fogbank {

std::string sound_utf8(std::string_view s) {
  if (valid_utf8(s)) return std::string(s);
  std::string out;
  out.reserve(s.size() + 16);
  for (size_t i = 0; i < s.size();) {
    auto c = static_cast<unsigned char>(s[i]);
    size_t n = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
    if (i + n <= s.size() && valid_utf8(s.substr(i, n))) out.append(s.substr(i, n));
    else out += "\xef\xbf\xbd", n = 1;
    i += n;
  }
  return out;
}

std::string json_quote(std::string_view s) {
  if (!valid_utf8(s)) return json_quote(sound_utf8(s));
  std::string out = "\"";
  for (char ch : s) {
    auto c = static_cast<unsigned char>(ch);
    switch (c) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      default:
        if (c < 0x20 || c == 0x7f) {
          static const char d[] = "0123456789abcdef";
          out += "\\u00";
          out += d[c >> 4];
          out += d[c & 15];
        } else {
          out += ch;
        }
    }
  }
  return out += '"';
}

}  // namespace fogbank
