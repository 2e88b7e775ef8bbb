// What CloudWatch says of parameters that are wrong. The API model's constraints are not worded by the core for this service (manifest:
// validation = "none"): the service names parameters by their path ("MetricData.member.1.Dimensions.member.2.Value") and complains about
// all of them at once, a line each. Pure.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/arena.h"
#include "base/clock.h"
#include "base/error.h"
#include "gen/cloudwatch/types.h"
#include "services/cloudwatch/state.h"
#include "services/cloudwatch/statistics.h"

namespace fogbank::cloudwatch {

/// Collects texts. The answer has those of one code: what is missing comes before what is wrong, wrong combinations come last.
class Complaints {
 public:
  void missing(std::string_view parameter);                        ///< MissingParameter: The parameter … is required.
  void invalid(std::string text);                                  ///< InvalidParameterValue
  void bad_value(std::string_view value, std::string_view parameter);  ///< InvalidParameterValue: The value … for parameter … is invalid.
  void combination(std::string text);                              ///< InvalidParameterCombination
  Result<void> result() const;

 private:
  static void add(std::string& lines, std::string_view text);
  std::string missing_, invalid_, combination_;
};

/// A number as the service's texts show it: "179,769,…", "0" for the tiniest, "NaN", "∞".
std::string number_text(double value);

/// True for finite numbers of at most 2^360, and at least 2^-360 unless 0.
bool storable(double value);

ApiError not_implemented(std::string_view what);

/// A checked MetricDatum.
struct Datum {
  Metric metric;
  DataPlace place;
  Bucket bucket;
};

struct Clocks { Millis virtual_now = 0, machine_now = 0; };

/// `may_use_aws`: the caller is a service, so the namespace may begin with "AWS/". Timestamps may be two weeks old and two hours ahead, by
/// either clock.
Result<std::vector<Datum>> read_metric_data(const svc::PutMetricDataInput& in, const Clocks& clocks, bool may_use_aws);

/// A checked GetMetricStatistics.
struct StatisticsQuery {
  std::string series;
  int64_t start = 0, end = 0;     ///< seconds; `start` as rounded down, `end` is excluded
  int period = 60;
  bool count = false, average = false, sum = false, minimum = false, maximum = false;
  std::vector<std::pair<Str, ExtendedStatistic>> extended;
  int unit = -1;                  ///< -1: any
};
Result<StatisticsQuery> read_statistics_query(const svc::GetMetricStatisticsInput& in, Millis now);

Result<void> check_list_metrics(const svc::ListMetricsInput& in);

}  // namespace fogbank::cloudwatch
