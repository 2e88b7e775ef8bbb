// Fault rules set by the user: errors, latency, dropped connections, throttling, by service, operation, account, Region, rate and count.
// Kept in the store, so they outlive a restart; matched in memory. Thread-safe.
#pragma once
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/random.h"
#include "base/record.h"
#include "store/store.h"

namespace fogbank {

struct FaultRule {
  std::string id;
  std::string service, operation, account, region;   ///< empty: any
  double rate = 1;                                    ///< share of the matching calls
  int64_t remaining = -1;                             ///< calls left; -1: no end
  std::string kind;                                   ///< "error", "latency", "drop", "throttle"
  std::string code = "InternalFailure", message;
  int64_t status = 500;
  int64_t latency_ms = 0;
  Unknown unknown;
  template <class A> void fields(A& a) {
    a(1, id); a(2, service); a(3, operation); a(4, account); a(5, region); a(6, rate); a(7, remaining); a(8, kind); a(9, code);
    a(10, message); a(11, status); a(12, latency_ms); a(unknown);
  }
};

class Faults {
 public:
  Faults(store::Store& store, Random& random);
  void load();                          ///< from the store: at start, after reset and snapshot load
  Result<std::string> add(FaultRule rule);
  Result<void> remove(std::string_view id);   ///< "*" removes all
  std::vector<FaultRule> list();
  /// The rule that hits this call, if any; counts it.
  std::optional<FaultRule> match(std::string_view service, std::string_view operation, std::string_view account, std::string_view region);

 private:
  store::Store& store_;
  Random& random_;
  std::atomic<bool> any_{false};
  std::mutex mutex_;
  std::vector<FaultRule> rules_;
};

/// A named place where tests kill the process: does nothing unless FOGBANK_CRASH_AT="name" or "name:n" (the n-th passing) is set.
void fault_point(const char* name);

}  // namespace fogbank
