// How long data is kept and at which resolution, by the virtual clock (GetMetricStatistics, "CloudWatch retains metric data as follows"):
// under a minute 3 hours, a minute 15 days, 5 minutes 63 days, an hour 455 days. Pure.
#pragma once
#include <cstdint>

#include "base/clock.h"
#include "services/cloudwatch/state.h"

namespace fogbank::cloudwatch {

/// Where a bucket counts at a time: its own place, or that of the coarser bucket it has become part of.
struct Window {
  uint64_t start = 0;    ///< seconds since 1970
  int seconds = 60;
  bool expired = false;
};
Window window_at(const DataPlace& place, Millis now);

/// StartTime rounded down as the service does: to the period if that is under a minute, else to the minute, 5 minutes or hour, by age.
int64_t aligned_start(Millis start, int period, Millis now);

inline constexpr Millis kKept = 455 * kDay;

}  // namespace fogbank::cloudwatch
