// CloudWatch's records and where they are: a directory of metrics, and per metric and minute (or second) an aggregate of what was put.
//
//   metric  (namespace, name, dimensions)                          -> Metric   what ListMetrics lists
//   data    (series id, start s, unit, seconds)                    -> Bucket   an aggregate of `seconds` seconds from `start` on
//   expiry  ()                                                     -> Expiry   that this scope has its task expire_data, and how far it is
// The series id is a digest of namespace, name and dimensions, so GetMetricStatistics needs no look-up. All records are of a Region.
// Data is kept at the resolution it was put with until expire_data merges it into coarser buckets (retention.h); readers see the coarser
// resolution from the moment it is due, so nothing that a user sees depends on when the task ran.
// Only a metric's first datum, and one each kTouch, writes its directory record.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/record.h"
#include "base/scope.h"
#include "services/cloudwatch/histogram.h"
#include "store/cache.h"
#include "store/store.h"

namespace fogbank {
class Core;
}

namespace fogbank::cloudwatch {

inline constexpr store::Table kMetrics{"cloudwatch", "metric"};
inline constexpr store::Table kData{"cloudwatch", "data"};
inline constexpr store::Table kExpiry{"cloudwatch", "expiry"};

inline constexpr Millis kMinute = 60'000, kHour = 60 * kMinute, kDay = 24 * kHour;
inline constexpr Millis kTouch = 5 * kMinute;   ///< how stale Metric::last_active may be

struct MetricDimension {
  std::string name, value;
  template <class A> void fields(A& a) { a(1, name); a(2, value); }
  friend auto operator<=>(const MetricDimension&, const MetricDimension&) = default;
};

struct Metric {
  std::string metric_namespace, name;
  std::vector<MetricDimension> dimensions;   ///< sorted by name
  Millis last_active = 0;                    ///< when data was last put, at most kTouch too early
  Unknown unknown;
  template <class A> void fields(A& a) { a(1, metric_namespace); a(2, name); a(3, dimensions); a(4, last_active); a(unknown); }
};

/// The four sums of an aggregate, and its values as far as they are known.
struct Bucket {
  double count = 0, sum = 0, minimum = 0, maximum = 0;
  bool opaque = false;   ///< values are not known (a statistic set) or negative: there are no percentiles
  Histogram values;
  Unknown unknown;
  template <class A> void fields(A& a) {
    a(1, count); a(2, sum); a(3, minimum); a(4, maximum); a(5, opaque); a(6, values); a(unknown);
  }

  void add(double value, double weight);
  /// A statistic set. Its values are known if they are all the same.
  void add_set(double set_count, double set_sum, double set_minimum, double set_maximum);
  void merge(const Bucket& other);

 private:
  void widen(double weight, double weighted, double low, double high);
  void hide_values();
};

/// Bucket without its values: decodes quickly.
struct BucketTotals {
  double count = 0, sum = 0, minimum = 0, maximum = 0;
  template <class A> void fields(A& a) { a(1, count); a(2, sum); a(3, minimum); a(4, maximum); }
};

struct Expiry {
  uint64_t task = 0;
  std::string cursor;    ///< encoded key of the metric to go on behind; empty: from the start
  Unknown unknown;
  template <class A> void fields(A& a) { a(1, task); a(2, cursor); a(unknown); }
};

/// Units by number: their place in the API model's enumeration, from 0. Numbers stand in keys; later units are added at the end.
inline constexpr std::string_view kUnits[] = {
    "Seconds", "Microseconds", "Milliseconds", "Bytes", "Kilobytes", "Megabytes", "Gigabytes", "Terabytes", "Bits", "Kilobits", "Megabits",
    "Gigabits", "Terabits", "Percent", "Count", "Bytes/Second", "Kilobytes/Second", "Megabytes/Second", "Gigabytes/Second",
    "Terabytes/Second", "Bits/Second", "Kilobits/Second", "Megabits/Second", "Gigabits/Second", "Terabits/Second", "Count/Second", "None"};
inline constexpr int kUnitCount = int(sizeof kUnits / sizeof *kUnits);
int unit_number(std::string_view unit);   ///< -1: no such unit

/// Digest of what identifies a metric; `dimensions` must be sorted.
std::string series_id(std::string_view metric_namespace, std::string_view name, const std::vector<MetricDimension>& dimensions);
store::Key metric_key(const Scope& scope, const Metric& metric);

/// Where a bucket is.
struct DataPlace {
  uint64_t start = 0;     ///< seconds since 1970
  int unit = 0;
  int seconds = 60;
  friend auto operator<=>(const DataPlace&, const DataPlace&) = default;
};
store::Key data_key(const Scope& scope, std::string_view series, const DataPlace& place);
DataPlace data_place(std::string_view encoded_key);

/// Decoded directory records, for PutMetricData.
struct State {
  explicit State(Core& core);
  store::Cache<Metric> metrics;
};

}  // namespace fogbank::cloudwatch
