#include "services/dynamodb/throttle.h"

#include <algorithm>

#include "base/strings.h"

namespace fogbank::dynamodb {
namespace {

constexpr int64_t kBurstSeconds = 300;
constexpr size_t kMaxBuckets = 20000;   ///< then all begin anew with their whole burst

ApiError exceeded(std::string_view what, std::string_view how) {
  return {"ProvisionedThroughputExceededException", cat("The level of configured provisioned throughput for ", what, " was exceeded. Consider increasing your provisioning level ", how,
                                                        "with the UpdateTable API.")};
}
ApiError table_exceeded() { return exceeded("the table", ""); }
ApiError index_exceeded() {
  return exceeded("one or more global secondary indexes of the table", "for the under-provisioned global secondary indexes ");
}

}  // namespace

Throttle::Bucket& Throttle::bucket(const Table& table, Kind kind, Millis now, const Index* index) {
  auto& buckets = buckets_[size_t(kind)];
  if (buckets.size() > kMaxBuckets) buckets.clear();
  const bool own = index && index->global;
  Bucket& b = buckets[own ? cat(table.uuid, '/', index->id) : table.uuid];
  int64_t read = own ? index->read_units : table.read_units, write = own ? index->write_units : table.write_units;
  int64_t rate = kind == Kind::read ? read : write;
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

Result<void> Throttle::admit(const Table& table, Kind kind, Millis now, const Index* index) {
  if (table.on_demand) return {};
  std::lock_guard lock(mutex_);
  if (bucket(table, kind, now, index).units > 0) return {};
  return fail(index && index->global ? index_exceeded() : table_exceeded());
}

void Throttle::charge(const Table& table, Kind kind, double units, Millis now, const Index* index) {
  if (table.on_demand) return;
  std::lock_guard lock(mutex_);
  bucket(table, kind, now, index).units -= units;
}

Result<void> Throttle::admit_indexes(const Table& table, const std::map<std::string, double>& units, Millis now) {
  if (table.on_demand) return {};
  for (const auto& [name, n] : units)
    if (const Index* index = n > 0 ? table.index(name) : nullptr) FB_TRY(admit(table, Kind::write, now, index));
  return {};
}

void Throttle::charge_indexes(const Table& table, const std::map<std::string, double>& units, Millis now) {
  if (table.on_demand) return;
  for (const auto& [name, n] : units)
    if (const Index* index = table.index(name)) charge(table, Kind::write, n, now, index);
}

}  // namespace fogbank::dynamodb
