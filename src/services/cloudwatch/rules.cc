#include "services/cloudwatch/rules.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/encoding.h"
#include "base/strings.h"
#include "services/cloudwatch/retention.h"

namespace fogbank::cloudwatch {
namespace {

constexpr size_t kMaxData = 1000, kMaxValues = 150, kMaxDimensions = 30, kMaxFilters = 10;
constexpr size_t kMaxName = 255, kMaxDimensionValue = 1024;
constexpr size_t kMaxComplaint = 64 << 10;
constexpr Millis kPast = 14 * kDay, kFuture = 2 * kHour;
constexpr int64_t kMaxDatapoints = 1440;

/// A parameter's path; the text is only made for a complaint.
struct Path {
  const Path* up = nullptr;
  std::string_view name;
  size_t member = 0;    ///< from 1; 0: not an element of a list

  std::string text() const {
    std::string out = up ? up->text() + '.' : std::string();
    out += name;
    if (member) append(out, ".member.", member);
    return out;
  }
};

template <class List> std::string set_text(const List& list) {
  std::string out = "[";
  for (std::string_view v : list) append(out, out.size() > 1 ? ", " : "", v);
  return out + ']';
}

enum class Needed : uint8_t { yes, no };

/// Names and values: printable ASCII, not only blanks. An empty text is as good as none.
void check_text(Complaints& c, Str text, const Path& path, size_t max, Needed needed, bool colon_allowed = true) {
  if (text.empty()) {
    if (needed == Needed::yes) c.missing(path.text());
    return;
  }
  std::string_view s = text;
  auto control = [](unsigned char x) { return x < 0x20 || x == 0x7f; };
  if (std::any_of(s.begin(), s.end(), [](unsigned char x) { return x >= 0x80; })) c.invalid(cat("The value for parameter ", path.text(), " contains non-ASCII characters."));
  if (std::any_of(s.begin(), s.end(), control)) c.invalid(cat("The value for parameter ", path.text(), " contains non-printable control characters."));
  else if (trim(s).empty()) c.invalid(cat("The value for parameter ", path.text(), " must contain at least one non-whitespace character."));
  if (utf8_length(s) > max) c.invalid(cat("The parameter ", path.text(), " must be shorter than ", max + 1, " characters."));
  if (!colon_allowed && s[0] == ':') c.bad_value(s.substr(0, max), path.text());
}

int check_unit(Complaints& c, Str unit, const Path& path) {
  if (!unit) return -1;
  int number = unit_number(unit);
  if (number < 0) c.invalid(cat("The parameter ", path.text(), " must be a value in the set ", set_text(kUnits), "."));
  return number;
}

void too_large(Complaints& c, const Path& path, size_t max) {
  c.invalid(cat("The collection ", path.text(), " must not have a size greater than ", max, "."));
}

std::vector<MetricDimension> check_dimensions(Complaints& c, const List<svc::Dimension>& list, const Path* up) {
  std::vector<MetricDimension> out;
  Path all{up, "Dimensions"};
  if (list.size() > kMaxDimensions) { too_large(c, all, kMaxDimensions); return out; }
  for (size_t i = 0; i < list.size(); i++) {
    Path at{up, "Dimensions", i + 1};
    check_text(c, list[i].Name, {&at, "Name"}, kMaxName, Needed::yes, false);
    check_text(c, list[i].Value, {&at, "Value"}, kMaxDimensionValue, Needed::yes);
    out.push_back({std::string(list[i].Name.view()), std::string(list[i].Value.view())});
  }
  std::sort(out.begin(), out.end());
  auto same_name = [](const MetricDimension& a, const MetricDimension& b) { return a.name == b.name; };
  if (std::adjacent_find(out.begin(), out.end(), same_name) != out.end()) c.invalid("No metric may specify the same dimension name twice.");
  return out;
}

void check_number(Complaints& c, double value, const Path& path) {
  if (!storable(value)) c.bad_value(number_text(value), path.text());
}

void exclusive(Complaints& c, const Path& a, const Path& b) {
  c.combination(cat("The parameters ", a.text(), " and ", b.text(), " are mutually exclusive and you have specified both."));
}

void read_set(Complaints& c, const svc::StatisticSet& set, const Path& at, Bucket& out) {
  const std::pair<const char*, const Opt<double>*> members[] = {
      {"Maximum", &set.Maximum}, {"Minimum", &set.Minimum}, {"SampleCount", &set.SampleCount}, {"Sum", &set.Sum}};
  bool complete = true;
  for (const auto& [name, value] : members) {
    if (!value->has()) { c.missing(Path{&at, name}.text()); complete = false; }
    else check_number(c, value->value, {&at, name});
  }
  if (!complete) return;
  if (*set.Maximum < *set.Minimum) c.invalid(cat("The parameter ", Path{&at, "Maximum"}.text(), " must be greater than ", Path{&at, "Minimum"}.text(), "."));
  if (*set.SampleCount < 0) c.invalid(cat("The parameter ", Path{&at, "SampleCount"}.text(), " must be greater than 0."));
  if (*set.SampleCount == 0) c.invalid(cat("The parameter ", Path{&at, "SampleCount"}.text(), " must not equal 0."));
  out.add_set(*set.SampleCount, *set.Sum, *set.Minimum, *set.Maximum);
}

void read_values(Complaints& c, const svc::MetricDatum& in, const Path& at, Bucket& out) {
  if (in.Values.size() > kMaxValues) return too_large(c, {&at, "Values"}, kMaxValues);
  if (in.Counts && in.Counts.size() != in.Values.size()) {
    return c.invalid(cat("The parameters ", Path{&at, "Values"}.text(), " and ", Path{&at, "Counts"}.text(), " must be of the same size."));
  }
  for (size_t i = 0; i < in.Values.size(); i++) {
    Path value{&at, "Values", i + 1}, weight{&at, "Counts", i + 1};
    if (!in.Values[i].has()) { c.missing(value.text()); continue; }
    if (in.Counts && !in.Counts[i].has()) { c.missing(weight.text()); continue; }
    double v = *in.Values[i], w = in.Counts ? *in.Counts[i] : 1;
    bool good = storable(v) && storable(w) && w > 0;
    check_number(c, v, value);
    if (!storable(w) || w <= 0) c.bad_value(number_text(w), weight.text());
    if (good) out.add(v, w);
  }
}

/// Value, Values with Counts, or StatisticValues: exactly one.
void read_sample(Complaints& c, const svc::MetricDatum& in, const Path& at, Bucket& out) {
  Path value{&at, "Value"}, values{&at, "Values"}, set{&at, "StatisticValues"};
  bool many = !in.Values.empty();
  if (in.Value && many) exclusive(c, value, values);
  if (in.Value && in.StatisticValues) exclusive(c, value, set);
  if (many && in.StatisticValues) exclusive(c, values, set);
  if (!in.Value && !many && !in.StatisticValues) {
    if (!in.Counts.empty()) return c.invalid(cat("The parameters ", values.text(), " and ", Path{&at, "Counts"}.text(), " must be of the same size."));
    return c.combination(cat("At least one of the parameters ", value.text(), " and ", set.text(), " must be specified."));
  }
  if (in.Value) {
    check_number(c, *in.Value, value);
    if (storable(*in.Value)) out.add(*in.Value, 1);
  }
  if (many || !in.Counts.empty()) read_values(c, in, at, out);
  if (in.StatisticValues) read_set(c, *in.StatisticValues, set, out);
}

Millis read_timestamp(Complaints& c, const svc::MetricDatum& in, const Path& at, const Clocks& clocks) {
  if (!in.Timestamp) return clocks.virtual_now;
  Millis t = *in.Timestamp;
  auto near = [&](Millis now) { return t >= now - kPast && t <= now + kFuture; };
  // The service says the same of times in the future.
  if (!near(clocks.virtual_now) && !near(clocks.machine_now)) {
    c.invalid(cat("The parameter ", Path{&at, "Timestamp"}.text(), " must specify a time within the past two weeks."));
  }
  return t;
}

void read_datum(Complaints& c, const svc::MetricDatum& in, const Path& at, const Clocks& clocks, Datum& out) {
  check_text(c, in.MetricName, {&at, "MetricName"}, kMaxName, Needed::yes);
  out.metric.name = in.MetricName.view();
  out.metric.dimensions = check_dimensions(c, in.Dimensions, &at);
  Millis t = read_timestamp(c, in, at, clocks);
  int unit = check_unit(c, in.Unit, {&at, "Unit"});
  out.place.unit = unit < 0 ? kUnitCount - 1 : unit;
  int resolution = in.StorageResolution.value_or(60);
  if (resolution != 1 && resolution != 60) c.invalid(cat("The parameter ", Path{&at, "StorageResolution"}.text(), " must be a value in the set [1, 60]."));
  else out.place.seconds = resolution;
  uint64_t seconds = t > 0 ? uint64_t(t) / 1000 : 0;
  out.place.start = seconds - seconds % uint64_t(out.place.seconds);
  read_sample(c, in, at, out.bucket);
}

void check_namespace(Complaints& c, Str name, Needed needed) {
  check_text(c, name, {nullptr, "Namespace"}, kMaxName, needed, false);
}

}  // namespace

void Complaints::add(std::string& lines, std::string_view text) {
  if (lines.size() > kMaxComplaint) return;
  if (!lines.empty()) lines += '\n';
  lines += text;
}
void Complaints::missing(std::string_view parameter) { add(missing_, cat("The parameter ", parameter, " is required.")); }
void Complaints::invalid(std::string text) { add(invalid_, text); }
void Complaints::bad_value(std::string_view value, std::string_view parameter) { add(invalid_, cat("The value ", value, " for parameter ", parameter, " is invalid.")); }
void Complaints::combination(std::string text) { add(combination_, text); }

Result<void> Complaints::result() const {
  if (!missing_.empty()) return fail("MissingParameter", missing_);
  if (!invalid_.empty()) return fail("InvalidParameterValue", invalid_);
  if (!combination_.empty()) return fail("InvalidParameterCombination", combination_);
  return {};
}

std::string number_text(double value) {
  if (std::isnan(value)) return "NaN";
  std::string sign = std::signbit(value) ? "-" : "";
  if (std::isinf(value)) return sign + "∞";
  value = std::fabs(value);
  if (value < 0.0005) return sign + "0";
  if (value < 1e15) {  // up to three decimals
    char text[32];
    auto end = std::to_chars(text, text + sizeof text, value, std::chars_format::fixed, 3).ptr;
    std::string s(text, end);
    s.erase(s.find_last_not_of('0') + 1);
    if (s.back() == '.') s.pop_back();
    size_t dot = std::min(s.find('.'), s.size());
    for (size_t i = dot; i > 3; i -= 3) s.insert(i - 3, i - 3 ? "," : "");
    return sign + s;
  }
  // The shortest digits that mean this number, then zeros.
  char text[40];
  auto end = std::to_chars(text, text + sizeof text, value, std::chars_format::scientific).ptr;
  std::string_view s(text, size_t(end - text));
  size_t e = s.find('e');
  std::string digits;
  for (char d : s.substr(0, e)) if (d != '.') digits += d;
  digits.resize(size_t(*parse_int(s.substr(e + 2))) + 1, '0');
  for (size_t i = digits.size(); i > 3; i -= 3) digits.insert(i - 3, ",");
  return sign + digits;
}

bool storable(double value) {
  static const double kLargest = std::ldexp(1.0, 360), kSmallest = std::ldexp(1.0, -360);
  double size = std::fabs(value);
  return size == 0 || (size >= kSmallest && size <= kLargest);   // false for NaN
}

ApiError not_implemented(std::string_view what) {
  return ApiError("NotImplemented", cat(what, " is not implemented."), 501);
}

Result<std::vector<Datum>> read_metric_data(const svc::PutMetricDataInput& in, const Clocks& clocks, bool may_use_aws) {
  Complaints c;
  check_namespace(c, in.Namespace, Needed::yes);
  if (in.Namespace.view().starts_with("AWS/") && !may_use_aws) c.bad_value("AWS/", "Namespace");
  if (!in.EntityMetricData.empty()) return fail(not_implemented("EntityMetricData"));
  if (in.MetricData.empty()) c.missing("MetricData");
  if (in.MetricData.size() > kMaxData) too_large(c, {nullptr, "MetricData"}, kMaxData);
  FB_TRY(c.result());
  std::vector<Datum> out(in.MetricData.size());
  for (size_t i = 0; i < out.size(); i++) {
    out[i].metric.metric_namespace = in.Namespace.view();
    read_datum(c, in.MetricData[i], {nullptr, "MetricData", i + 1}, clocks, out[i]);
  }
  FB_TRY(c.result());
  return out;
}

namespace {

void read_period(Complaints& c, Opt<int32_t> period, StatisticsQuery& q) {
  if (!period) return c.missing("Period");
  q.period = *period;
  bool short_period = q.period == 1 || q.period == 5 || q.period == 10 || q.period == 20 || q.period == 30;
  if (q.period < 1) c.invalid("The parameter Period must be greater than or equal to 1.");
  else if (!short_period && q.period % 60) c.invalid("The parameter Period must be a multiple of 60.");
}

void read_statistics(Complaints& c, const svc::GetMetricStatisticsInput& in, StatisticsQuery& q) {
  static constexpr std::string_view kStatistics[] = {"SampleCount", "Average", "Sum", "Minimum", "Maximum"};
  bool* const wanted[] = {&q.count, &q.average, &q.sum, &q.minimum, &q.maximum};
  if (in.Statistics.size() > 5) too_large(c, {nullptr, "Statistics"}, 5);
  for (size_t i = 0; i < in.Statistics.size() && i < 5; i++) {
    size_t n = size_t(std::find(std::begin(kStatistics), std::end(kStatistics), in.Statistics[i].view()) - std::begin(kStatistics));
    if (n < 5) *wanted[n] = true;
    else c.invalid(cat("The parameter Statistics.member.", i + 1, ".<list element> must be a value in the set ", set_text(kStatistics), "."));
  }
  if (in.ExtendedStatistics.size() > 10) too_large(c, {nullptr, "ExtendedStatistics"}, 10);
  for (size_t i = 0; i < in.ExtendedStatistics.size() && i < 10; i++) {
    auto parsed = parse_extended_statistic(in.ExtendedStatistics[i]);
    if (parsed) q.extended.emplace_back(in.ExtendedStatistics[i], *parsed);
    else c.bad_value(in.ExtendedStatistics[i].view().substr(0, 256), cat("ExtendedStatistics.member.", i + 1));
  }
  if (in.Statistics.empty() && in.ExtendedStatistics.empty()) c.combination("At least one of the parameters Statistics and ExtendedStatistics must be specified.");
}

Result<void> check_datapoints(Millis start, Millis end, int period) {
  uint64_t points = (uint64_t(end) - uint64_t(start)) / (uint64_t(period) * 1000);
  if (points <= uint64_t(kMaxDatapoints)) return {};
  return fail("InvalidParameterCombination", cat("You have requested up to ", points, " datapoints, which exceeds the limit of ", kMaxDatapoints,
                                                 ". You may reduce the datapoints requested by increasing Period, or decreasing the time range."));
}

}  // namespace

Result<StatisticsQuery> read_statistics_query(const svc::GetMetricStatisticsInput& in, Millis now) {
  Complaints c;
  StatisticsQuery q;
  check_namespace(c, in.Namespace, Needed::yes);
  check_text(c, in.MetricName, {nullptr, "MetricName"}, kMaxName, Needed::yes);
  auto dimensions = check_dimensions(c, in.Dimensions, nullptr);
  if (!in.StartTime) c.missing("StartTime");
  if (!in.EndTime) c.missing("EndTime");
  read_period(c, in.Period, q);
  read_statistics(c, in, q);
  q.unit = check_unit(c, in.Unit, {nullptr, "Unit"});
  if (in.StartTime && in.EndTime && *in.StartTime >= *in.EndTime) c.invalid("The parameter StartTime must be less than the parameter EndTime.");
  FB_TRY(c.result());
  FB_TRY(check_datapoints(*in.StartTime, *in.EndTime, q.period));
  q.series = series_id(in.Namespace, in.MetricName, dimensions);
  q.start = std::max<int64_t>(0, aligned_start(*in.StartTime, q.period, now));
  q.end = std::max<int64_t>(0, *in.EndTime / 1000 + (*in.EndTime % 1000 > 0));
  return q;
}

Result<void> check_list_metrics(const svc::ListMetricsInput& in) {
  if (in.IncludeLinkedAccounts.value_or(false)) return fail(not_implemented("IncludeLinkedAccounts"));
  if (in.OwningAccount) return fail(not_implemented("OwningAccount"));
  Complaints c;
  check_namespace(c, in.Namespace, Needed::no);
  check_text(c, in.MetricName, {nullptr, "MetricName"}, kMaxName, Needed::no);
  if (in.Dimensions.size() > kMaxFilters) too_large(c, {nullptr, "Dimensions"}, kMaxFilters);
  for (size_t i = 0; i < in.Dimensions.size() && i < kMaxFilters; i++) {
    Path at{nullptr, "Dimensions", i + 1};
    check_text(c, in.Dimensions[i].Name, {&at, "Name"}, kMaxName, Needed::yes, false);
    check_text(c, in.Dimensions[i].Value, {&at, "Value"}, kMaxDimensionValue, Needed::no);
  }
  if (in.RecentlyActive && !(in.RecentlyActive == "PT3H")) c.invalid("The parameter RecentlyActive must be a value in the set [PT3H].");
  return c.result();
}

}  // namespace fogbank::cloudwatch
