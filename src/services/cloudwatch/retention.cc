#include "services/cloudwatch/retention.h"

namespace fogbank::cloudwatch {
namespace {

/// From `age` on only windows of `seconds` are left.
struct Tier { Millis age; int seconds; };
constexpr Tier kTiers[] = {{3 * kHour, 60}, {15 * kDay, 300}, {63 * kDay, 3600}};

int64_t floor_to(int64_t value, int64_t step) {
  int64_t rest = value % step;
  return value - (rest < 0 ? rest + step : rest);
}

}  // namespace

Window window_at(const DataPlace& place, Millis now) {
  Window w{place.start, place.seconds, false};
  for (const Tier& t : kTiers) {
    uint64_t start = place.start - place.start % uint64_t(t.seconds);
    // The age of the window's start decides, so all buckets of a window become coarser at once.
    if (w.seconds < t.seconds && now - Millis(start) * 1000 > t.age) w = {start, t.seconds, false};
  }
  w.expired = now - Millis(w.start) * 1000 > kKept;
  return w;
}

int64_t aligned_start(Millis start, int period, Millis now) {
  int64_t seconds = floor_to(start, 1000) / 1000;
  if (period < 60) return floor_to(seconds, period);
  Millis age = now - start;
  return floor_to(seconds, age > 63 * kDay ? 3600 : age > 15 * kDay ? 300 : 60);
}

}  // namespace fogbank::cloudwatch
