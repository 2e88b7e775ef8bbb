#include "services/secretsmanager/rotation_rules.h"

#include <algorithm>
#include <optional>
#include <span>

#include "base/strings.h"
#include "services/secretsmanager/errors.h"

namespace fogbank::secretsmanager {
namespace {

constexpr int64_t kShortestHours = 4, kLongestDays = 999;
constexpr std::string_view kMonths[] = {"JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"};
constexpr std::string_view kWeekdays[] = {"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"};

struct CronField {
  int low, high;
  std::span<const std::string_view> names;   ///< for low, low + 1, …
};

std::optional<int> number(std::string_view text, const CronField& f) {
  for (size_t i = 0; i < f.names.size(); i++) if (iequals(text, f.names[i])) return f.low + int(i);
  auto n = parse_int(text);
  if (!n || *n < f.low || *n > f.high) return std::nullopt;
  return int(*n);
}

/// "*", "3", "1-5", "*/2", "1/3".
bool valid_part(std::string_view part, const CronField& f) {
  size_t slash = part.find('/');
  if (slash != std::string_view::npos) {
    auto step = parse_int(part.substr(slash + 1));
    if (!step || *step < 1 || *step > f.high) return false;
    part = part.substr(0, slash);
    if (part.empty()) return true;   // cron(0 /8 * * ? *) of the user guide
  }
  if (part == "*") return true;
  size_t dash = part.find('-');
  if (dash == std::string_view::npos) return number(part, f).has_value();
  auto from = number(part.substr(0, dash), f), to = number(part.substr(dash + 1), f);
  return from && to && *from <= *to;
}

bool valid_field(std::string_view field, const CronField& f) {
  auto parts = split(field, ',');
  return std::all_of(parts.begin(), parts.end(), [&](std::string_view p) { return valid_part(p, f); });
}

bool valid_day_of_month(std::string_view field) { return field == "?" || field == "L" || valid_field(field, {1, 31, {}}); }

/// Also "SUN#1" (the first of the month) and "6L" (the last).
bool valid_day_of_week(std::string_view field) {
  CronField days{1, 7, kWeekdays};
  if (field == "?" || field == "L") return true;
  if (size_t hash = field.find('#'); hash != std::string_view::npos) return number(field.substr(0, hash), days) && number(field.substr(hash + 1), {1, 5, {}});
  if (field.size() > 1 && field.ends_with('L') && number(field.substr(0, field.size() - 1), days)) return true;
  return valid_field(field, days);
}

bool valid_cron(std::string_view fields) {
  std::vector<std::string_view> f;
  for (std::string_view part : split(fields, ' ')) if (!part.empty()) f.push_back(part);
  if (f.size() != 6 || f[0] != "0" || f[5] != "*") return false;
  return valid_field(f[1], {0, 23, {}}) && valid_day_of_month(f[2]) && valid_field(f[3], {1, 12, kMonths}) && valid_day_of_week(f[4]);
}

bool valid_rate(std::string_view rate) {
  size_t space = rate.find(' ');
  if (space == std::string_view::npos) return false;
  auto n = parse_int(rate.substr(0, space));
  std::string_view unit = rate.substr(space + 1);
  if (!n) return false;
  if (unit == "hour" || unit == "hours") return *n >= kShortestHours && *n <= kLongestDays * 24;
  return (unit == "day" || unit == "days") && *n >= 1 && *n <= kLongestDays;
}

}  // namespace

bool valid_schedule(std::string_view e) {
  if (!e.ends_with(')')) return false;
  if (e.starts_with("rate(")) return valid_rate(e.substr(5, e.size() - 6));
  return e.starts_with("cron(") && valid_cron(e.substr(5, e.size() - 6));
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
