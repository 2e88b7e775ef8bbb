#include "services/dynamodb/throttle.h"

#include <algorithm>

namespace fogbank::dynamodb {
namespace {

constexpr int64_t kBurstSeconds = 300;
constexpr size_t kMaxBuckets = 20000;   ///< then all begin anew with their whole burst

}  // namespace

Throttle::Bucket& Throttle::bucket(const Table& table, Kind kind, Millis now) {
  auto& buckets = buckets_[size_t(kind)];
  if (buckets.size() > kMaxBuckets) buckets.clear();
  Bucket& b = buckets[table.uuid];
  int64_t rate = kind == Kind::read ? table.read_units : table.write_units;
  double most = double(rate * kBurstSeconds);
  if (b.rate != rate) {
    b.units = b.rate < 0 ? most : std::min(b.units, most);
    if (b.rate >= 0 && rate > b.rate) b.units = std::max(b.units, double(rate));   // a raise counts at once
    b.rate = rate;
    b.at = now;
  }
  b.units = std::min(most, b.units + double(std::max<Millis>(0, now - b.at)) * double(rate) / 1000.0);
  b.at = std::max(b.at, now);
  return b;
}

Result<void> Throttle::admit(const Table& table, Kind kind, Millis now) {
  if (table.on_demand) return {};
  std::lock_guard lock(mutex_);
  if (bucket(table, kind, now).units > 0) return {};
  return fail("ProvisionedThroughputExceededException",
              "The level of configured provisioned throughput for the table was exceeded. Consider increasing your provisioning level with the UpdateTable API.");
}

void Throttle::charge(const Table& table, Kind kind, double units, Millis now) {
  if (table.on_demand) return;
  std::lock_guard lock(mutex_);
  bucket(table, kind, now).units -= units;
}

}  // namespace fogbank::dynamodb
