// ListMetrics: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_ListMetrics.html
// A page has 500 metrics. Metrics that got no data for two weeks are not listed; RecentlyActive narrows that to three hours (both with
// kTouch more, which is within the tolerance that the service states). A token is the key of the page's last metric.
#include <algorithm>

#include "base/encoding.h"
#include "base/strings.h"
#include "gateway/context.h"
#include "gen/cloudwatch/operations.h"
#include "services/cloudwatch/rules.h"
#include "services/cloudwatch/state.h"

namespace fogbank::cloudwatch {
namespace {

constexpr size_t kPage = 500;

/// What follows the table in the key, with a checksum: a token that is none of ours is refused.
std::string make_token(std::string_view key, size_t table_length) {
  std::string_view tail = key.substr(table_length);
  std::string sum(4, '\0');
  uint32_t crc = crc32(tail);
  for (int i = 0; i < 4; i++) sum[size_t(i)] = char(crc >> (8 * i));
  return base64url(cat(sum, tail));
}

std::optional<std::string> read_token(std::string_view token, std::string_view table) {
  if (token.size() > 4096) return std::nullopt;
  auto bytes = unbase64url(token);
  if (!bytes || bytes->size() <= 4) return std::nullopt;
  std::string_view tail = std::string_view(*bytes).substr(4);
  uint32_t crc = crc32(tail);
  for (int i = 0; i < 4; i++) if ((*bytes)[size_t(i)] != char(crc >> (8 * i))) return std::nullopt;
  return cat(table, tail);
}

bool matches(const Metric& m, const svc::ListMetricsInput& in) {
  if (!in.MetricName.empty() && in.MetricName.view() != m.name) return false;
  return std::all_of(in.Dimensions.begin(), in.Dimensions.end(), [&](const svc::DimensionFilter& f) {
    return std::any_of(m.dimensions.begin(), m.dimensions.end(), [&](const MetricDimension& d) {
      return f.Name.view() == d.name && (f.Value.empty() || f.Value.view() == d.value);
    });
  });
}

void fill(Context& cx, const Metric& m, svc::Metric& out) {
  out.Namespace = cx.str(m.metric_namespace);
  out.MetricName = cx.str(m.name);
  out.Dimensions.reserve(cx.arena(), uint32_t(m.dimensions.size()));
  for (const auto& d : m.dimensions) {
    svc::Dimension& to = out.Dimensions.add(cx.arena());
    to.Name = cx.str(d.name);
    to.Value = cx.str(d.value);
  }
}

/// The part of the directory that can match.
store::Key range(const Scope& scope, const svc::ListMetricsInput& in) {
  if (in.Namespace.empty()) return store::key(scope, kMetrics);
  if (in.MetricName.empty()) return store::key(scope, kMetrics, in.Namespace.view());
  return store::key(scope, kMetrics, in.Namespace.view(), in.MetricName.view());
}

}  // namespace

Result<void> ListMetrics(Context& cx, const svc::ListMetricsInput& in, svc::ListMetricsOutput& out) {
  FB_TRY(check_list_metrics(in));
  const store::Key table = store::key(cx.scope(), kMetrics), all = range(cx.scope(), in);
  store::Key from = all;
  if (!in.NextToken.empty()) {
    auto last = read_token(in.NextToken, table.bytes());
    if (!last) return fail("InvalidParameterValue", cat("The value ", in.NextToken.view().substr(0, 256), " for parameter NextToken is invalid."));
    // The smallest key behind the last metric; keys of another filter's pages are clamped to the range.
    from = std::max(from, store::Key::raw(*last + '\0', false));
  }
  const Millis oldest = cx.now() - (in.RecentlyActive ? 3 * kHour : 14 * kDay) - kTouch;
  out.Metrics.reserve(cx.arena(), 1);
  std::string last_key;
  cx.read([&](store::Reader& reader) {
    reader.scan(from, all.after_prefix(), store::Order::ascending, [&](std::string_view key, std::string_view bytes, store::Version) {
      auto m = decode<Metric>(bytes);
      if (!m) throw std::runtime_error("a stored metric is damaged");
      if (m->last_active < oldest || !matches(*m, in)) return true;
      if (out.Metrics.size() == kPage) {
        out.NextToken = cx.str(make_token(last_key, table.bytes().size()));
        return false;
      }
      fill(cx, *m, out.Metrics.add(cx.arena()));
      last_key = key;
      return true;
    });
  });
  return {};
}

}  // namespace fogbank::cloudwatch
