#include "services/dynamodb/expression/number.h"

#include <algorithm>
#include <cstring>
#include <optional>

#include "base/strings.h"

namespace fogbank::dynamodb {
namespace {

constexpr int kDigits = 38;
constexpr int kMaxExponent = 126;    ///< of a number written as 0.d1d2… × 10^e with d1 > 0: 9.9E125 = 0.99 × 10^126
constexpr int kMinExponent = -129;   ///< 1E-130
constexpr size_t kMaxText = 64 << 10;

ApiError refuse(std::string text) { return ApiError("ValidationException", std::move(text)); }
ApiError not_numeric(std::string_view text) {
  return refuse(text.empty() ? std::string("The parameter cannot be converted to a numeric value")
                             : cat("The parameter cannot be converted to a numeric value: ", text.substr(0, 256)));
}
ApiError overflow() { return refuse("Number overflow. Attempting to store a number with magnitude larger than supported range"); }
ApiError underflow() { return refuse("Number underflow. Attempting to store a number with magnitude smaller than supported range"); }
ApiError too_precise() { return refuse("Attempting to store more than 38 significant digits in a Number"); }

/// 0.d1d2… × 10^exponent; no leading or trailing zeros; no digits: zero.
struct Decimal {
  bool negative = false;
  int exponent = 0;
  int count = 0;
  uint8_t digits[kDigits + 2];
};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

Result<Decimal> parse(std::string_view whole) {
  std::string_view s = whole;
  if (s.empty() || s.size() > kMaxText) return fail(not_numeric(whole));
  Decimal d;
  size_t i = 0;
  if (s[0] == '-' || s[0] == '+') d.negative = s[i++] == '-';
  bool any = false, point = false, too_long = false;
  int64_t exponent = 0;
  size_t zeros = 0;   // seen behind the last digit kept
  for (; i < s.size(); i++) {
    char c = s[i];
    if (c == '.') {
      if (point) return fail(not_numeric(whole));
      point = true;
      continue;
    }
    if (!is_digit(c)) break;
    any = true;
    if (c == '0' && d.count == 0) {
      if (point) exponent--;
      continue;
    }
    if (!point) exponent++;
    if (c == '0') {
      zeros++;
      continue;
    }
    if (d.count + zeros + 1 > size_t(kDigits)) {
      too_long = true;
      zeros = 0;
      continue;
    }
    for (; zeros > 0; zeros--) d.digits[d.count++] = 0;
    d.digits[d.count++] = uint8_t(c - '0');
  }
  if (!any) return fail(not_numeric(whole));
  if (i < s.size() && (s[i] == 'e' || s[i] == 'E')) {
    size_t at = ++i;
    bool minus = false;
    if (i < s.size() && (s[i] == '-' || s[i] == '+')) minus = s[i++] == '-', at = i;
    int64_t e = 0;
    for (; i < s.size() && is_digit(s[i]); i++) {
      int digit = s[i] - '0';
      if (e > (INT64_MAX - digit) / 10) return fail(not_numeric(whole));   // no exponent at all to DynamoDB
      e = e * 10 + digit;
    }
    if (i == at) return fail(not_numeric(whole));
    e = std::min<int64_t>(e, 1'000'000);
    exponent += minus ? -e : e;
  }
  if (i != s.size()) return fail(not_numeric(whole));
  if (d.count == 0) {   // zero has the magnitude that it is written with
    if (exponent >= kMaxExponent) return fail(overflow());
    if (exponent < kMinExponent - 1) return fail(underflow());
    return Decimal{};
  }
  if (exponent > kMaxExponent) return fail(overflow());
  if (exponent < kMinExponent) return fail(underflow());
  if (too_long) return fail(too_precise());
  d.exponent = int(exponent);
  return d;
}

void write(const Decimal& d, std::string& out) {
  if (d.count == 0) {
    out += char(0x80);
    return;
  }
  // Base 100: the value is 0.p1p2… × 100^h with pairs of digits, p1 > 0.
  int h = d.exponent >= 0 ? (d.exponent + 1) / 2 : -((-d.exponent) / 2);
  int lead = 2 * h - d.exponent;   // zeros in front to make the exponent even
  char buffer[kMaxNumberBytes + 1];
  size_t n = 0;
  int power = h - 1;               // d1.d2… × 100^power, -65 … 62
  buffer[n++] = char(d.negative ? 0x3e - power : 0xc1 + power);
  for (int i = -lead; i < d.count; i += 2) {
    int high = i < 0 ? 0 : d.digits[i], low = i + 1 < d.count ? d.digits[i + 1] : 0;
    int pair = high * 10 + low;
    buffer[n++] = char(d.negative ? 101 - pair : pair + 1);
  }
  if (d.negative) buffer[n++] = char(102);
  out.append(buffer, n);
}

Decimal read(std::string_view bytes) {
  Decimal d;
  if (bytes.size() < 2) return d;
  auto first = static_cast<unsigned char>(bytes[0]);
  d.negative = first < 0x80;
  int power = d.negative ? 0x3e - int(first) : int(first) - 0xc1;
  if (d.negative && first == 0x7f) power = -65;
  d.exponent = 2 * (power + 1);
  for (size_t i = 1; i < bytes.size() && d.count < kDigits + 1; i++) {
    auto c = static_cast<unsigned char>(bytes[i]);
    if (d.negative && c == 102) break;
    int pair = d.negative ? 101 - int(c) : int(c) - 1;
    if (i == 1 && pair < 10) {
      d.exponent--;
      d.digits[d.count++] = uint8_t(pair % 10);
      continue;
    }
    d.digits[d.count++] = uint8_t(pair / 10);
    d.digits[d.count++] = uint8_t(pair % 10);
  }
  while (d.count > 0 && d.digits[d.count - 1] == 0) d.count--;
  return d;
}

/// Digits on a common scale, for adding: enough for the widest two numbers whose sum has at most 38 digits.
constexpr int kWide = 2 * kDigits + 4;
struct Wide { uint8_t digits[kWide] = {}; };

/// Places the digits so that the digit of 10^(top-1) is at index 1 (index 0 takes a carry).
void place(const Decimal& d, int top, Wide& w) {
  for (int i = 0; i < d.count; i++) w.digits[1 + (top - d.exponent) + i] = d.digits[i];
}
int compare_wide(const Wide& a, const Wide& b) { return std::memcmp(a.digits, b.digits, kWide); }

Result<Decimal> from_wide(const Wide& w, int top, bool negative) {
  int first = 0;
  while (first < kWide && w.digits[first] == 0) first++;
  if (first == kWide) return Decimal{};
  int last = kWide - 1;
  while (w.digits[last] == 0) last--;
  Decimal d;
  d.negative = negative;
  d.exponent = top + 1 - first;
  if (d.exponent > kMaxExponent) return fail(overflow());
  if (d.exponent < kMinExponent) return fail(underflow());
  if (last - first + 1 > kDigits) return fail(too_precise());
  for (int i = first; i <= last; i++) d.digits[d.count++] = w.digits[i];
  return d;
}

}  // namespace

Result<void> encode_number(std::string_view text, std::string& out) {
  FB_ASSIGN(d, parse(text));
  write(d, out);
  return {};
}

std::string number_of(int64_t value) {
  std::string out;
  auto d = parse(cat(value));
  if (d) write(*d, out);
  return out;
}

void append_number_text(std::string_view number, std::string& out) {
  Decimal d = read(number);
  if (d.count == 0) {
    out += '0';
    return;
  }
  if (d.negative) out += '-';
  if (d.exponent <= 0) {
    out += "0.";
    out.append(size_t(-d.exponent), '0');
    for (int i = 0; i < d.count; i++) out += char('0' + d.digits[i]);
    return;
  }
  for (int i = 0; i < d.exponent || i < d.count; i++) {
    if (i == d.exponent) out += '.';
    out += i < d.count ? char('0' + d.digits[i]) : '0';
  }
}

std::string number_text(std::string_view number) {
  std::string out;
  append_number_text(number, out);
  return out;
}

Result<std::string> add_numbers(std::string_view a, std::string_view b, bool subtract) {
  Decimal x = read(a), y = read(b);
  if (subtract && y.count) y.negative = !y.negative;
  std::string out;
  if (x.count == 0 || y.count == 0) {
    write(x.count ? x : y, out);
    return out;
  }
  int top = std::max(x.exponent, y.exponent), bottom = std::min(x.exponent - x.count, y.exponent - y.count);
  if (top - bottom > kWide - 2) return fail(too_precise());   // their digits do not even touch
  Wide p, q, sum;
  place(x, top, p);
  place(y, top, q);
  bool negative = x.negative;
  if (x.negative == y.negative) {
    int carry = 0;
    for (int i = kWide - 1; i >= 0; i--) {
      int v = p.digits[i] + q.digits[i] + carry;
      carry = v >= 10;
      sum.digits[i] = uint8_t(v - 10 * carry);
    }
  } else {
    if (compare_wide(p, q) < 0) {
      std::swap(p, q);
      negative = y.negative;
    }
    int borrow = 0;
    for (int i = kWide - 1; i >= 0; i--) {
      int v = p.digits[i] - q.digits[i] - borrow;
      borrow = v < 0;
      sum.digits[i] = uint8_t(v + 10 * borrow);
    }
  }
  FB_ASSIGN(d, from_wide(sum, top, negative));
  write(d, out);
  return out;
}

std::optional<int64_t> whole_number(std::string_view number) {
  Decimal d = read(number);
  if (d.exponent > 18) return std::nullopt;
  int64_t v = 0;
  for (int i = 0; i < d.exponent; i++) v = v * 10 + (i < d.count ? d.digits[i] : 0);
  return d.negative ? -v : v;
}

size_t number_size(std::string_view number) {
  Decimal d = read(number);
  if (d.count == 0) return 1;
  int whole = std::clamp(d.exponent, 0, d.count), fraction = d.count - whole;   // digits on both sides of the point
  return size_t((whole + 1) / 2 + (fraction + 1) / 2) + 1 + (d.negative ? 1 : 0);
}

}  // namespace fogbank::dynamodb
