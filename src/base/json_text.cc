#include "base/json_text.h"

#include "base/encoding.h"

namespace fogbank {

std::string json_quote(std::string_view s) {
  bool sound = valid_utf8(s);
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
        } else if (c >= 0x80 && !sound) {
          out += "\\ufffd";
        } else {
          out += ch;
        }
    }
  }
  return out += '"';
}

}  // namespace fogbank
