#include "base/clock.h"

#include <chrono>
#include <cstdio>
#include <cstring>

namespace fogbank {
namespace {

// Days since 1970-01-01 of a proleptic Gregorian date, and back, by the standard library's calendar.
int64_t days_of(int y, unsigned m, unsigned d) {
  return std::chrono::sys_days(std::chrono::year(y) / std::chrono::month(m) / std::chrono::day(d)).time_since_epoch().count();
}

struct Parts { int y; unsigned mo, d, h, mi, s, ms, weekday; };

Parts parts_of(Millis t) {
  int64_t days = t >= 0 ? t / 86400000 : -((-t + 86399999) / 86400000);
  int64_t rest = t - days * 86400000;
  std::chrono::sys_days sd{std::chrono::days(days)};
  std::chrono::year_month_day ymd{sd};
  return {int(ymd.year()), unsigned(ymd.month()), unsigned(ymd.day()), unsigned(rest / 3600000), unsigned(rest / 60000 % 60),
          unsigned(rest / 1000 % 60), unsigned(rest % 1000), std::chrono::weekday(sd).c_encoding()};
}

constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

bool digits(std::string_view s, size_t at, size_t n, int& out) {
  if (at + n > s.size()) return false;
  int v = 0;
  for (size_t i = at; i < at + n; i++) {
    if (s[i] < '0' || s[i] > '9') return false;
    v = v * 10 + (s[i] - '0');
  }
  out = v;
  return true;
}

std::optional<Millis> make_time(int y, int mo, int d, int h, int mi, int s) {
  if (mo < 1 || mo > 12 || d < 1 || d > 31 || h > 24 || mi > 59 || s > 60) return std::nullopt;
  if (!std::chrono::year_month_day(std::chrono::year(y), std::chrono::month(unsigned(mo)), std::chrono::day(unsigned(d))).ok()) return std::nullopt;
  return ((days_of(y, unsigned(mo), unsigned(d)) * 24 + h) * 60 + mi) * 60000 + Millis(s) * 1000;
}

}  // namespace

Millis machine_now() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}
int64_t steady_micros() {
  return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

Millis VirtualClock::now() const {
  Millis f = frozen_.load(std::memory_order_acquire);
  return f >= 0 ? f : machine_now() + offset_.load(std::memory_order_relaxed);
}
VirtualClock::State VirtualClock::state() const {
  Millis f = frozen_.load();
  return {offset_.load(), f >= 0 ? std::optional<Millis>(f) : std::nullopt};
}
void VirtualClock::restore(State s) {
  offset_ = s.offset < 0 ? 0 : s.offset;
  frozen_ = s.frozen.value_or(-1);
}
void VirtualClock::freeze() {
  if (frozen_ < 0) frozen_ = now();
}
void VirtualClock::thaw() {
  Millis f = frozen_.load();
  if (f < 0) return;
  Millis ahead = f - machine_now();
  offset_ = ahead > 0 ? ahead : 0;
  frozen_ = -1;
}
void VirtualClock::advance_to(Millis t) {
  if (Millis n = now(); t > n) {
    if (frozen_ >= 0) frozen_ = t;
    else offset_ += t - n;
  }
}

namespace {

/// `value` with `digits` digits and leading zeros.
char* put_digits(char* to, unsigned value, int digits) {
  for (int i = digits; i-- > 0; value /= 10) to[i] = char('0' + value % 10);
  return to + digits;
}

}  // namespace

std::string iso8601(Millis t, bool with_millis) {
  Parts p = parts_of(t);
  char b[48];
  if (p.y >= 0 && p.y <= 9999) {  // answers hold thousands of dates: no format to be read for each
    char* to = put_digits(b, unsigned(p.y), 4);
    for (auto [mark, value] : {std::pair{'-', p.mo}, {'-', p.d}, {'T', p.h}, {':', p.mi}, {':', p.s}}) {
      *to++ = mark;
      to = put_digits(to, unsigned(value), 2);
    }
    if (with_millis) {
      *to++ = '.';
      to = put_digits(to, unsigned(p.ms), 3);
    }
    *to++ = 'Z';
    return std::string(b, size_t(to - b));
  }
  int n = with_millis ? std::snprintf(b, sizeof b, "%04d-%02u-%02uT%02u:%02u:%02u.%03uZ", p.y, p.mo, p.d, p.h, p.mi, p.s, p.ms)
                      : std::snprintf(b, sizeof b, "%04d-%02u-%02uT%02u:%02u:%02uZ", p.y, p.mo, p.d, p.h, p.mi, p.s);
  return std::string(b, size_t(n));
}
std::string http_date(Millis t) {
  Parts p = parts_of(t);
  char b[48];
  int n = std::snprintf(b, sizeof b, "%s, %02u %s %04d %02u:%02u:%02u GMT", kDays[p.weekday], p.d, kMonths[p.mo - 1], p.y, p.h, p.mi, p.s);
  return std::string(b, size_t(n));
}
std::string amz_date(Millis t) {
  Parts p = parts_of(t);
  char b[48];
  int n = std::snprintf(b, sizeof b, "%04d%02u%02uT%02u%02u%02uZ", p.y, p.mo, p.d, p.h, p.mi, p.s);
  return std::string(b, size_t(n));
}

std::optional<Millis> parse_iso8601(std::string_view s) {
  int y, mo, d, h = 0, mi = 0, sec = 0;
  if (!digits(s, 0, 4, y) || s.size() < 10 || s[4] != '-' || !digits(s, 5, 2, mo) || s[7] != '-' || !digits(s, 8, 2, d)) return std::nullopt;
  size_t at = 10;
  Millis fraction = 0, zone = 0;
  if (at < s.size()) {
    if ((s[at] != 'T' && s[at] != 't' && s[at] != ' ') || !digits(s, 11, 2, h) || s.size() < 16 || s[13] != ':' || !digits(s, 14, 2, mi)) return std::nullopt;
    at = 16;
    if (at < s.size() && s[at] == ':') {
      if (!digits(s, 17, 2, sec)) return std::nullopt;
      at = 19;
    }
    if (at < s.size() && s[at] == '.') {
      int scale = 100;
      for (at++; at < s.size() && s[at] >= '0' && s[at] <= '9'; at++, scale /= 10) fraction += (s[at] - '0') * scale;
    }
    if (at < s.size() && (s[at] == 'Z' || s[at] == 'z')) {
      at++;
    } else if (at < s.size() && (s[at] == '+' || s[at] == '-')) {
      int zh, zm = 0;
      bool minus = s[at] == '-';
      if (!digits(s, at + 1, 2, zh)) return std::nullopt;
      at += 3;
      if (at < s.size() && s[at] == ':') at++;
      if (at < s.size() && !digits(s, at, 2, zm)) return std::nullopt;
      at = s.size() < at + 2 ? s.size() : at + 2;
      zone = (zh * 60 + zm) * 60000 * (minus ? -1 : 1);
    }
    if (at != s.size()) return std::nullopt;
  }
  auto t = make_time(y, mo, d, h, mi, sec);
  if (!t) return std::nullopt;
  return *t + fraction - zone;
}

std::optional<Millis> parse_http_date(std::string_view s) {
  size_t comma = s.find(", ");
  if (comma == std::string_view::npos) return std::nullopt;
  s.remove_prefix(comma + 2);
  int d, y, h, mi, sec;
  if (s.size() < 20 || !digits(s, 0, 2, d) || !digits(s, 7, 4, y) || !digits(s, 12, 2, h) || !digits(s, 15, 2, mi) || !digits(s, 18, 2, sec)) return std::nullopt;
  for (int m = 0; m < 12; m++) {
    if (s.substr(3, 3) != kMonths[m]) continue;
    Millis fraction = 0;
    if (s.size() > 20 && s[20] == '.') {
      int scale = 100;
      for (size_t i = 21; i < s.size() && s[i] >= '0' && s[i] <= '9'; i++, scale /= 10) fraction += (s[i] - '0') * scale;
    }
    auto t = make_time(y, m + 1, d, h, mi, sec);
    if (t) return *t + fraction;
  }
  return std::nullopt;
}

std::optional<Millis> parse_amz_date(std::string_view s) {
  int y, mo, d, h, mi, sec;
  if (s.size() != 16 || s[8] != 'T' || s[15] != 'Z' || !digits(s, 0, 4, y) || !digits(s, 4, 2, mo) || !digits(s, 6, 2, d) || !digits(s, 9, 2, h) ||
      !digits(s, 11, 2, mi) || !digits(s, 13, 2, sec))
    return std::nullopt;
  return make_time(y, mo, d, h, mi, sec);
}

}  // namespace fogbank
