#include "services/secretsmanager/rotation_rules.h"

#include <chrono>
#include <optional>
#include <span>

#include "base/strings.h"
#include "services/secretsmanager/errors.h"

namespace fogbank::secretsmanager {
namespace {

constexpr int64_t kShortestHours = 4, kLongestDays = 999;
constexpr Millis kHour = 3'600'000;
constexpr std::string_view kMonths[] = {"JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"};
constexpr std::string_view kWeekdays[] = {"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"};

struct CronField {
  int low, high;
  std::span<const std::string_view> names;   ///< for low, low + 1, …
};
using Values = std::optional<uint64_t>;      ///< a bit for each value that fits

std::optional<int> number(std::string_view text, const CronField& f) {
  for (size_t i = 0; i < f.names.size(); i++) if (iequals(text, f.names[i])) return f.low + int(i);
  auto n = parse_int(text);
  if (!n || *n < f.low || *n > f.high) return std::nullopt;
  return int(*n);
}

/// "*", "3", "1-5", "*/2", "1/3", "/8" (cron(0 /8 * * ? *) of the user guide).
Values values_of_part(std::string_view part, const CronField& f) {
  int64_t step = 1;
  int from = f.low, to = f.high;
  bool stepped = false;
  if (size_t slash = part.find('/'); slash != std::string_view::npos) {
    auto given = parse_int(part.substr(slash + 1));
    if (!given || *given < 1 || *given > f.high) return std::nullopt;
    step = *given;
    stepped = true;
    part = part.substr(0, slash);
  }
  if (!(part == "*" || (part.empty() && stepped))) {
    size_t dash = part.find('-');
    auto first = number(part.substr(0, dash), f);
    auto last = dash == std::string_view::npos ? first : number(part.substr(dash + 1), f);
    if (!first || !last || *first > *last) return std::nullopt;
    from = *first;
    if (dash != std::string_view::npos || !stepped) to = *last;
  }
  uint64_t out = 0;
  for (int64_t v = from; v <= to; v += step) out |= uint64_t(1) << v;
  return out;
}

Values values_of(std::string_view field, const CronField& f) {
  uint64_t out = 0;
  for (std::string_view part : split(field, ',')) {
    auto values = values_of_part(part, f);
    if (!values) return std::nullopt;
    out |= *values;
  }
  return out;
}

/// Which days a schedule names. Both halves count where both are given.
struct Days {
  uint64_t of_month = ~uint64_t(0), of_week = ~uint64_t(0);   ///< 1 … 31; 1 (Sunday) … 7
  bool last_of_month = false;
  int nth = 0;                 ///< of the week days of of_week: the first … fifth of the month; -1: the last
};

bool read_days_of_month(std::string_view field, Days& out) {
  if (field == "?") return true;
  if (field == "L") return out.last_of_month = true;
  auto values = values_of(field, {1, 31, {}});
  if (values) out.of_month = *values;
  return values.has_value();
}

/// Also "SUN#1" (the first of the month) and "6L" (the last).
bool read_days_of_week(std::string_view field, Days& out) {
  CronField days{1, 7, kWeekdays};
  if (field == "?") return true;
  if (field == "L") field = "SAT";
  else if (size_t hash = field.find('#'); hash != std::string_view::npos) {
    auto nth = number(field.substr(hash + 1), {1, 5, {}});
    if (!nth) return false;
    out.nth = *nth;
    field = field.substr(0, hash);
    if (!number(field, days)) return false;
  } else if (field.size() > 1 && field.ends_with('L') && number(field.substr(0, field.size() - 1), days)) {
    out.nth = -1;
    field.remove_suffix(1);
  }
  auto values = values_of(field, days);
  if (values) out.of_week = *values;
  return values.has_value();
}

struct Schedule {
  int64_t every_hours = 0, every_days = 0;   ///< of a rate
  uint64_t hours = 0, months = 0;            ///< of a cron
  bool many_hours = false;                   ///< more than one in a day
  Days days;
};

std::optional<Schedule> read_cron(std::string_view fields) {
  std::vector<std::string_view> f;
  for (std::string_view part : split(fields, ' ')) if (!part.empty()) f.push_back(part);
  if (f.size() != 6 || f[0] != "0" || f[5] != "*") return std::nullopt;
  Schedule out;
  auto hours = values_of(f[1], {0, 23, {}}), months = values_of(f[3], {1, 12, kMonths});
  if (!hours || !months || !read_days_of_month(f[2], out.days) || !read_days_of_week(f[4], out.days)) return std::nullopt;
  out.hours = *hours;
  out.months = *months;
  out.many_hours = (*hours & (*hours - 1)) != 0;
  return out;
}

std::optional<Schedule> read_rate(std::string_view rate) {
  size_t space = rate.find(' ');
  if (space == std::string_view::npos) return std::nullopt;
  auto n = parse_int(rate.substr(0, space));
  std::string_view unit = rate.substr(space + 1);
  Schedule out;
  if (!n) return std::nullopt;
  if (unit == "hour" || unit == "hours") {
    if (*n < kShortestHours || *n > kLongestDays * 24) return std::nullopt;
    out.every_hours = *n;
  } else {
    if ((unit != "day" && unit != "days") || *n < 1 || *n > kLongestDays) return std::nullopt;
    out.every_days = *n;
  }
  return out;
}

std::optional<Schedule> read_schedule(std::string_view e) {
  if (!e.ends_with(')')) return std::nullopt;
  if (e.starts_with("rate(")) return read_rate(e.substr(5, e.size() - 6));
  if (e.starts_with("cron(")) return read_cron(e.substr(5, e.size() - 6));
  return std::nullopt;
}

bool day_fits(const Schedule& s, std::chrono::sys_days day) {
  using namespace std::chrono;
  year_month_day date(day);
  unsigned week_day = weekday(day).c_encoding() + 1, of_month = unsigned(date.day());
  if (!(s.months >> unsigned(date.month()) & 1) || !(s.days.of_month >> of_month & 1) || !(s.days.of_week >> week_day & 1)) return false;
  unsigned last = unsigned((date.year() / date.month() / std::chrono::last).day());
  if (s.days.last_of_month && of_month != last) return false;
  if (s.days.nth > 0) return int((of_month - 1) / 7 + 1) == s.days.nth;
  return s.days.nth == 0 || of_month + 7 > last;
}

/// The first full hour after `after` that fits; 0 if there is none within five years (30 February).
Millis next_of_cron(const Schedule& s, Millis after) {
  using namespace std::chrono;
  Millis from = after / kHour * kHour + kHour;
  for (Millis day = from / kDay * kDay, end = from + 5 * 366 * kDay; day < end; day += kDay) {
    if (!day_fits(s, sys_days(days(day / kDay)))) continue;
    for (int h = 0; h < 24; h++) if ((s.hours >> h & 1) && day + h * kHour >= from) return day + h * kHour;
  }
  return 0;
}

}  // namespace

bool valid_schedule(std::string_view expression) { return read_schedule(expression).has_value(); }

Window next_window(const RotationSettings& r, Millis after) {
  auto s = r.schedule.empty() ? std::optional<Schedule>() : read_schedule(r.schedule);
  if (!s) {
    if (r.days <= 0) return {};
    s.emplace().every_days = r.days;
  }
  Window out;
  if (s->every_days) out.start = after / kDay * kDay + s->every_days * kDay;   // windows of days begin at midnight, UTC
  else if (s->every_hours) out.start = after / kHour * kHour + s->every_hours * kHour;
  else out.start = next_of_cron(*s, after);
  if (!out.start) return {};
  int64_t hours = r.duration.empty() ? 0 : parse_int(std::string_view(r.duration).substr(0, r.duration.size() - 1)).value_or(0);
  if (hours) out.end = out.start + hours * kHour - 1000;
  else if (s->every_hours || s->many_hours) out.end = out.start + kHour - 1000;
  else out.end = out.start / kDay * kDay + kDay - 1000;
  return out;
}

Result<void> check_rotation_rules(const svc::RotationRulesType& rules) {
  if (rules.AutomaticallyAfterDays && rules.ScheduleExpression)
    return fail(invalid_parameter("You can't specify both AutomaticallyAfterDays and ScheduleExpression in RotationRules."));
  if (rules.ScheduleExpression && !valid_schedule(rules.ScheduleExpression)) return fail(invalid_parameter("Invalid ScheduleExpression in RotationRules."));
  if (rules.Duration) {
    auto hours = parse_int(rules.Duration.view().substr(0, rules.Duration.len - 1));
    if (!hours || *hours < 1 || *hours > 24) return fail(invalid_parameter("Invalid Duration in RotationRules."));
  }
  return {};
}

}  // namespace fogbank::secretsmanager
