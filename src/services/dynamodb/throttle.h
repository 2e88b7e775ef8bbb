// Provisioned capacity: what the units of a table or a global index allow, with 300 seconds' worth of unused units as burst. By the virtual
// clock, in memory: after a start each has its whole burst. A call may begin while units are left and may overdraw them, as at DynamoDB.
// Thread-safe.
#pragma once
#include <map>
#include <mutex>
#include <string>
#include <unordered_map>

#include "base/clock.h"
#include "base/error.h"
#include "services/dynamodb/state.h"

namespace fogbank::dynamodb {

class Throttle {
 public:
  enum class Kind : uint8_t { read, write };
  /// Refused while the table's units are used up; with `index`, those of that global index (a local one has the table's). Tables on demand
  /// are always admitted.
  Result<void> admit(const Table& table, Kind kind, Millis now, const Index* index = nullptr);
  void charge(const Table& table, Kind kind, double units, Millis now, const Index* index = nullptr);
  /// A write that would move `units` in global indexes (by name): refused while one of them has none left.
  Result<void> admit_indexes(const Table& table, const std::map<std::string, double>& units, Millis now);
  void charge_indexes(const Table& table, const std::map<std::string, double>& units, Millis now);

 private:
  struct Bucket {
    double units = 0;
    int64_t rate = -1;       ///< units a second when it was last looked at
    Millis at = 0;
  };
  Bucket& bucket(const Table& table, Kind kind, Millis now, const Index* index);
  std::mutex mutex_;
  /// By kind, and TableId (numbers begin anew when the server is emptied), with the index's number.
  std::unordered_map<std::string, Bucket> buckets_[2];
};

}  // namespace fogbank::dynamodb
