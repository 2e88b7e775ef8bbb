// GetMetricStatistics: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricStatistics.html
// Periods begin at StartTime (rounded down by its age), not at multiples of the period. Data whose resolution is coarser than the period, or
// does not divide it, gives no datapoints. Without Unit each unit has datapoints of its own. The service promises no order; ours is by time,
// then unit.
#include <map>

#include "gateway/context.h"
#include "gen/cloudwatch/operations.h"
#include "services/cloudwatch/retention.h"
#include "services/cloudwatch/rules.h"
#include "services/cloudwatch/state.h"

namespace fogbank::cloudwatch {
namespace {

class Datapoints {
 public:
  Datapoints(Context& cx, const StatisticsQuery& q, svc::GetMetricStatisticsOutput& out) : cx_(cx), q_(q), out_(out) {
    out_.Datapoints.reserve(cx_.arena(), 1);
  }

  /// Buckets come in the order of their start, so a period is complete when the next one begins.
  void add(int64_t start, int unit, const Bucket& bucket) {
    int64_t period = (start - q_.start) / q_.period;
    if (period != period_) finish();
    period_ = period;
    units_[unit].merge(bucket);
  }

  void finish() {
    for (const auto& [unit, bucket] : units_) emit(unit, bucket);
    units_.clear();
  }

 private:
  void emit(int unit, const Bucket& b) {
    bool plain = q_.count || q_.average || q_.sum || q_.minimum || q_.maximum;
    std::vector<std::pair<Str, double>> extended;
    for (const auto& [name, statistic] : q_.extended) if (auto v = evaluate(statistic, b)) extended.emplace_back(name, *v);
    if (!plain && extended.empty()) return;
    svc::Datapoint& d = out_.Datapoints.add(cx_.arena());
    d.Timestamp = (q_.start + period_ * q_.period) * 1000;
    if (q_.count) d.SampleCount = b.count;
    if (q_.average) d.Average = b.sum / b.count;
    if (q_.sum) d.Sum = b.sum;
    if (q_.minimum) d.Minimum = b.minimum;
    if (q_.maximum) d.Maximum = b.maximum;
    d.Unit = Str(kUnits[unit]);
    for (const auto& [name, value] : extended) {
      if (!d.ExtendedStatistics.find(name)) d.ExtendedStatistics.add(cx_.arena(), cx_.str(name)) = value;
    }
  }

  Context& cx_;
  const StatisticsQuery& q_;
  svc::GetMetricStatisticsOutput& out_;
  int64_t period_ = -1;
  std::map<int, Bucket, std::greater<>> units_;
};

/// The bucket, with its values only where they are asked for: they are most of its bytes.
Bucket read_bucket(std::string_view bytes, bool with_values) {
  if (with_values) {
    auto b = decode<Bucket>(bytes);
    if (!b) throw std::runtime_error("stored metric data is damaged");
    return std::move(*b);
  }
  auto totals = decode<BucketTotals>(bytes);
  if (!totals) throw std::runtime_error("stored metric data is damaged");
  Bucket b;
  b.count = totals->count;
  b.sum = totals->sum;
  b.minimum = totals->minimum;
  b.maximum = totals->maximum;
  b.opaque = true;
  return b;
}

}  // namespace

Result<void> GetMetricStatistics(Context& cx, const svc::GetMetricStatisticsInput& in, svc::GetMetricStatisticsOutput& out) {
  const Millis now = cx.now();
  FB_ASSIGN(q, read_statistics_query(in, now));
  out.Label = cx.str(in.MetricName);
  Datapoints points(cx, q, out);
  cx.read([&](store::Reader& reader) {
    store::Key from = store::key(cx.scope(), kData, q.series, uint64_t(q.start)), to = store::key(cx.scope(), kData, q.series, uint64_t(q.end));
    reader.scan(from, to, store::Order::ascending, [&](std::string_view key, std::string_view bytes, store::Version) {
      DataPlace place = data_place(key);
      if (q.unit >= 0 && place.unit != q.unit) return true;
      Window w = window_at(place, now);
      if (w.expired || w.seconds > q.period || q.period % w.seconds || int64_t(w.start) < q.start) return true;
      points.add(int64_t(w.start), place.unit, read_bucket(bytes, !q.extended.empty()));
      return true;
    });
  });
  points.finish();
  return {};
}

}  // namespace fogbank::cloudwatch
