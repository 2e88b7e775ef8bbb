#include "services/cloudwatch/statistics.h"

#include <algorithm>
#include <cmath>

#include "base/strings.h"

namespace fogbank::cloudwatch {
namespace {

using Kind = ExtendedStatistic::Kind;

/// Digits with at most ten decimals; no sign, no exponent.
std::optional<double> plain_number(std::string_view s) {
  size_t dot = s.find('.');
  std::string_view whole = s.substr(0, dot), part = dot == std::string_view::npos ? std::string_view() : s.substr(dot + 1);
  auto digits = [](std::string_view d) { return d.find_first_not_of("0123456789") == std::string_view::npos; };
  if (whole.empty() || whole.size() > 15 || part.size() > 10 || !digits(whole) || !digits(part)) return std::nullopt;
  return parse_double(part.empty() ? std::string(whole) : std::string(s));
}

std::optional<Kind> kind_of(std::string_view upper) {
  if (upper == "TM") return Kind::trimmed_mean;
  if (upper == "WM") return Kind::winsorized_mean;
  if (upper == "TC") return Kind::trimmed_count;
  if (upper == "TS") return Kind::trimmed_sum;
  if (upper == "PR") return Kind::percentile_rank;
  return std::nullopt;
}

/// A bound of a range: "10%", "80" or nothing. False if it is neither.
bool read_bound(std::string_view s, std::optional<double>& value, std::optional<bool>& percent) {
  if (s.empty()) return true;
  bool is_percent = s.back() == '%';
  if (is_percent) s.remove_suffix(1);
  if (percent && *percent != is_percent) return false;
  percent = is_percent;
  value = plain_number(s);
  return value && (!is_percent || *value <= 100);
}

/// "TM(10%:90%)"
std::optional<ExtendedStatistic> parse_range(std::string_view text) {
  if (text.size() < 5 || text[2] != '(' || text.back() != ')') return std::nullopt;
  auto kind = kind_of(text.substr(0, 2));
  std::string_view inner = text.substr(3, text.size() - 4);
  size_t colon = inner.find(':');
  if (!kind || colon == std::string_view::npos) return std::nullopt;
  ExtendedStatistic s;
  s.kind = *kind;
  std::optional<bool> percent;
  if (!read_bound(inner.substr(0, colon), s.from, percent) || !read_bound(inner.substr(colon + 1), s.to, percent) || !percent) return std::nullopt;
  if (s.from && s.to && *s.from >= *s.to) return std::nullopt;
  s.percent = *percent;
  if (s.kind == Kind::percentile_rank && s.percent) return std::nullopt;
  return s;
}

double quantile_of(const Bucket& b, double share) {
  if (share <= 0) return b.minimum;
  if (share >= 1) return b.maximum;
  return std::clamp(b.values.quantile(share), b.minimum, b.maximum);
}

/// Weight and sum of what lies within the bounds, and of all when what lies outside is set to the bounds.
struct Trimmed { double weight = 0, sum = 0, total = 0, winsorized = 0; };

Trimmed trim_by_percent(const Bucket& b, double from, double to) {
  Trimmed t;
  t.total = b.values.total();
  const double low = from / 100 * t.total, high = to / 100 * t.total;
  double seen = 0;
  b.values.each([&](double value, double weight) {
    double inside = std::min(seen + weight, high) - std::max(seen, low);
    seen += weight;
    if (inside <= 0) return;
    t.weight += inside;
    t.sum += inside * value;
  });
  t.winsorized = t.sum + low * quantile_of(b, from / 100) + (t.total - high) * quantile_of(b, to / 100);
  return t;
}

Trimmed trim_by_value(const Bucket& b, const ExtendedStatistic& s) {
  Trimmed t;
  b.values.each([&](double value, double weight) {
    t.total += weight;
    double bounded = value;
    if (s.from) bounded = std::max(bounded, *s.from);
    if (s.to) bounded = std::min(bounded, *s.to);
    t.winsorized += bounded * weight;
    if ((s.from && value <= *s.from) || (s.to && value > *s.to)) return;
    t.weight += weight;
    t.sum += value * weight;
  });
  return t;
}

}  // namespace

std::optional<ExtendedStatistic> parse_extended_statistic(std::string_view text) {
  ExtendedStatistic s;
  if (text == "IQM") {
    s.kind = Kind::trimmed_mean;
    s.from = 25;
    s.to = 75;
    return s;
  }
  if (text.size() > 1 && text[0] == 'p') {
    s.to = plain_number(text.substr(1));
    if (!s.to || *s.to > 100) return std::nullopt;
    return s;
  }
  if (text.size() > 2 && text[2] != '(') {
    for (std::string_view name : {"tm", "wm", "tc", "ts"}) {
      if (!text.starts_with(name)) continue;
      s.kind = *kind_of(name == "tm" ? "TM" : name == "wm" ? "WM" : name == "tc" ? "TC" : "TS");
      s.to = plain_number(text.substr(2));
      if (!s.to || *s.to > 100) return std::nullopt;
      return s;
    }
    return std::nullopt;
  }
  return parse_range(text);
}

std::optional<double> evaluate(const ExtendedStatistic& s, const Bucket& b) {
  if (b.opaque || b.values.empty()) return std::nullopt;
  if (s.kind == Kind::percentile) return quantile_of(b, s.to.value_or(100) / 100);
  Trimmed t = s.percent ? trim_by_percent(b, s.from.value_or(0), s.to.value_or(100)) : trim_by_value(b, s);
  switch (s.kind) {
    case Kind::trimmed_mean: return t.weight > 0 ? std::optional<double>(t.sum / t.weight) : std::nullopt;
    case Kind::winsorized_mean: return t.winsorized / t.total;
    case Kind::trimmed_count: return t.weight;
    case Kind::trimmed_sum: return t.sum;
    case Kind::percentile_rank: return t.weight / t.total * 100;
    case Kind::percentile: break;
  }
  return std::nullopt;
}

}  // namespace fogbank::cloudwatch
