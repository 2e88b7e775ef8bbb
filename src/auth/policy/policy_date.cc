// Dates in policies. IAM is laxer than ISO 8601 here and stricter there (a zone's hour needs two digits, a fraction at most nine); what it
// takes and what it refuses as "failed legacy parsing" is listed in the tests.
#include "auth/policy/condition.h"
#include "base/strings.h"

namespace fogbank::policy {
namespace {

constexpr int64_t kMaxYear = 292278993, kMinYear = -292275054;  // what a 64-bit count of milliseconds holds

/// Days since 1970-01-01 in the proleptic Gregorian calendar.
int64_t days_from_civil(int64_t y, int m, int d) {
  y -= m <= 2;
  int64_t era = (y >= 0 ? y : y - 399) / 400;
  int64_t yoe = y - era * 400;
  int64_t doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
  return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

/// Cuts the piece before `c` off; the whole text if there is no such character.
std::string_view cut(std::string_view& s, char c) {
  size_t at = s.find(c);
  std::string_view piece = s.substr(0, at);
  s = at == std::string_view::npos ? std::string_view() : s.substr(at + 1);
  return piece;
}

bool number_within(std::string_view s, int64_t low, int64_t high, int64_t& out) {
  if (s.empty() || s[0] == '-' || s[0] == '+') return false;
  auto n = parse_int(s);
  if (!n || *n < low || *n > high) return false;
  out = *n;
  return true;
}

bool read_date(std::string_view s, int64_t& days) {
  bool negative = !s.empty() && s[0] == '-';
  if (negative) s.remove_prefix(1);
  int64_t year = 0, month = 1, day = 1;
  if (!number_within(cut(s, '-'), 0, negative ? -kMinYear : kMaxYear, year)) return false;
  if (!s.empty()) {
    if (!number_within(cut(s, '-'), 1, 12, month)) return false;
    if (!s.empty() && !number_within(s, 1, 31, day)) return false;
  }
  days = days_from_civil(negative ? -year : year, int(month), int(day));
  return true;
}

/// "z", "+hh", "+hh:mm" in minutes east of Greenwich.
bool read_zone(std::string_view s, int64_t& minutes) {
  minutes = 0;
  if (s.empty() || s == "z") return true;
  bool west = s[0] == '-';
  s.remove_prefix(1);
  std::string_view hours = cut(s, ':');
  int64_t h = 0, m = 0;
  if (hours.size() != 2 || !number_within(hours, 0, 23, h)) return false;
  if (!s.empty() && (s.size() != 2 || !number_within(s, 0, 59, m))) return false;
  minutes = (h * 60 + m) * (west ? -1 : 1);
  return true;
}

/// What follows the 't': "hh", "hh:mm", "hh:mm:ss[.fraction]", each with a zone or without; may be empty.
bool read_time(std::string_view s, int64_t& millis) {
  millis = 0;
  if (s.empty()) return true;
  size_t zone_at = s.find_first_of("z+-");
  std::string_view zone = zone_at == std::string_view::npos ? std::string_view() : s.substr(zone_at);
  s = s.substr(0, zone_at);
  int64_t h = 0, m = 0, sec = 0, fraction = 0, east = 0;
  if (!number_within(cut(s, ':'), 0, 23, h)) return false;
  if (!s.empty() && !number_within(cut(s, ':'), 0, 59, m)) return false;
  if (!s.empty()) {
    bool has_fraction = s.find('.') != std::string_view::npos;
    if (!number_within(cut(s, '.'), 0, 59, sec)) return false;
    if (has_fraction && !number_within(s, 0, 999999999, fraction)) return false;
    for (size_t digits = s.size(); has_fraction && digits > 3; digits--) fraction /= 10;
    for (size_t digits = s.size(); has_fraction && digits < 3; digits++) fraction *= 10;
  }
  if (!read_zone(zone, east)) return false;
  millis = ((h * 60 + m - east) * 60 + sec) * 1000 + fraction;
  return true;
}

}  // namespace

std::optional<int64_t> parse_policy_date(std::string_view text) {
  std::string s = lower(text);
  if (s.find('t') == std::string::npos && s.find('-') == std::string::npos) {
    int64_t seconds = 0;
    if (!number_within(s, 0, INT64_MAX, seconds)) return std::nullopt;
    return seconds > INT64_MAX / 1000 ? INT64_MAX : seconds * 1000;
  }
  std::string_view time = s;
  std::string_view date = cut(time, 't');
  int64_t days = 0, millis = 0;
  if (!read_date(date, days) || !read_time(time, millis)) return std::nullopt;
  constexpr int64_t kDay = 86'400'000;
  if (days > INT64_MAX / kDay - 2) return INT64_MAX;
  if (days < INT64_MIN / kDay + 2) return INT64_MIN;
  return days * kDay + millis;
}

}  // namespace fogbank::policy
