// Provisioned capacity: what a table's units allow, with 300 seconds' worth of unused units as burst. By the virtual clock, in memory: after a
// start every table has its whole burst. A call may begin while units are left and may overdraw them, as at DynamoDB. Thread-safe.
#pragma once
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
  /// Refused while the table's units are used up. Tables on demand are always admitted.
  Result<void> admit(const Table& table, Kind kind, Millis now);
  void charge(const Table& table, Kind kind, double units, Millis now);

 private:
  struct Bucket {
    double units = 0;
    int64_t rate = -1;       ///< units a second when it was last looked at
    Millis at = 0;
  };
  Bucket& bucket(const Table& table, Kind kind, Millis now);
  std::mutex mutex_;
  std::unordered_map<std::string, Bucket> buckets_[2];   ///< by kind, and TableId: numbers begin anew when the server is emptied
};

}  // namespace fogbank::dynamodb
