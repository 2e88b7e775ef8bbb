#include "services/s3/lock_rules.h"

#include <array>
#include <ctime>

#include "base/strings.h"
#include "services/s3/errors.h"

namespace fogbank::s3 {
namespace {

constexpr Millis kDay = 86'400'000;
constexpr int64_t kMaxDays = 36500, kMaxYears = 100;

bool known_mode(Str mode) { return mode == "GOVERNANCE" || mode == "COMPLIANCE"; }

Result<void> check_future(Millis until, Millis now, std::string_view name) {
  if (until > now) return {};
  return fail(invalid_argument("The retain until date must be in the future!", name, pacific_date(until)));
}

std::tm utc(Millis t) {
  std::time_t seconds = t >= 0 ? t / 1000 : (t - 999) / 1000;
  std::tm out{};
  gmtime_r(&seconds, &out);
  return out;
}

/// Day of the month of the n-th Sunday.
int nth_sunday(int year, int month, int n) {
  std::tm first{};
  first.tm_year = year - 1900;
  first.tm_mon = month - 1;
  first.tm_mday = 1;
  timegm(&first);
  return 1 + (7 - first.tm_wday) % 7 + 7 * (n - 1);
}

/// US daylight saving time, by the rules since 2007; `t` is Pacific standard time.
bool daylight(const std::tm& t) {
  int year = t.tm_year + 1900, month = t.tm_mon + 1;
  if (month < 3 || month > 11) return false;
  if (month > 3 && month < 11) return true;
  int change = month == 3 ? nth_sunday(year, 3, 2) : nth_sunday(year, 11, 1);
  if (t.tm_mday != change) return (t.tm_mday > change) == (month == 3);
  return month == 3 ? t.tm_hour >= 2 : t.tm_hour < 1;
}

}  // namespace

std::string pacific_date(Millis t) {
  static constexpr std::array kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  std::tm local = utc(t - 8 * 3'600'000);
  bool summer = daylight(local);
  if (summer) local = utc(t - 7 * 3'600'000);
  auto two = [](int n) { return n < 10 ? cat('0', n) : cat(n); };
  return cat(kDays[size_t(local.tm_wday)], ' ', kMonths[size_t(local.tm_mon)], ' ', two(local.tm_mday), ' ', two(local.tm_hour), ':', two(local.tm_min),
             ':', two(local.tm_sec), summer ? " PDT " : " PST ", local.tm_year + 1900);
}

ApiError protected_by_lock() { return ApiError("AccessDenied", "Access Denied because object protected by object lock.", 403); }

Result<std::optional<Lock>> read_lock_headers(Str mode, Opt<int64_t> until, Str hold, Millis now) {
  if (!mode && !until && !hold) return std::optional<Lock>();
  if (mode.has() != until.has()) {
    return fail(invalid_argument("x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied",
                                 mode ? "x-amz-object-lock-retain-until-date" : "x-amz-object-lock-mode"));
  }
  Lock lock;
  if (mode) {
    if (!known_mode(mode)) return fail(invalid_argument("Unknown wormMode directive.", "x-amz-object-lock-mode", mode));
    FB_TRY(check_future(*until, now, "x-amz-object-lock-retain-until-date"));
    lock.mode = mode.view();
    lock.until = *until;
  }
  if (hold) {
    if (!(hold == "ON") && !(hold == "OFF"))
      return fail(invalid_argument("Legal Hold must be either of 'ON' or 'OFF'", "x-amz-object-lock-legal-hold", hold));
    lock.hold = hold.view();
  }
  return std::optional<Lock>(std::move(lock));
}

Result<std::optional<Lock>> lock_of_new_version(const Bucket& bucket, const std::optional<Lock>& asked, Millis now) {
  if (!bucket.lock) {
    if (asked) return fail(invalid_request("Bucket is missing Object Lock Configuration"));
    return std::optional<Lock>();
  }
  std::optional<Lock> lock = asked;
  if (bucket.lock->mode.empty() || (lock && !lock->mode.empty())) return lock;
  if (!lock) lock.emplace();
  lock->mode = bucket.lock->mode;
  lock->until = now + kDay * (bucket.lock->days ? bucket.lock->days : 365 * bucket.lock->years);
  return lock;
}

Result<Lock> read_retention(Str mode, Opt<int64_t> until, Millis now) {
  Lock lock;
  if (!mode && !until) return lock;
  if (!mode || !until || !known_mode(mode)) return fail(malformed_xml());
  FB_TRY(check_future(*until, now, "RetainUntilDate"));
  lock.mode = mode.view();
  lock.until = *until;
  return lock;
}

Result<void> check_retention_change(const Lock& old, const Lock& next, Millis now, bool bypass) {
  if (old.mode.empty() || old.until <= now) return {};
  bool extends = next.mode == old.mode && next.until >= old.until;
  if (extends || (old.mode == "GOVERNANCE" && bypass)) return {};
  return fail(protected_by_lock());
}

Result<void> check_removable(const std::optional<Lock>& lock, Millis now, bool bypass) {
  if (!lock) return {};
  bool retained = !lock->mode.empty() && lock->until > now && !(lock->mode == "GOVERNANCE" && bypass);
  if (retained || lock->hold == "ON") return fail(protected_by_lock());
  return {};
}

Result<LockRule> read_lock_rule(Str mode, Opt<int32_t> days, Opt<int32_t> years) {
  if (!known_mode(mode) || days.has() == years.has()) return fail(malformed_xml());
  auto check = [](Opt<int32_t> n, int64_t max, std::string_view unit) -> Result<void> {
    if (!n || (*n > 0 && *n <= max)) return {};
    if (*n <= 0) return fail(invalid_argument(cat("Default retention period must be a positive integer value."), unit, cat(*n)));
    return fail(invalid_argument("Default retention period too large.", unit, cat(*n)));
  };
  FB_TRY(check(days, kMaxDays, "Days"));
  FB_TRY(check(years, kMaxYears, "Years"));
  LockRule rule;
  rule.mode = mode.view();
  rule.days = days.value_or(0);
  rule.years = years.value_or(0);
  return rule;
}

}  // namespace fogbank::s3
