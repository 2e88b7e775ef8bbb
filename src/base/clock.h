// The two clocks. The machine's clock: signatures, leases, time-outs, throttling. The virtual clock: everything else that a user of
// AWS sees. The virtual clock never runs behind the machine's unless frozen. Thread-safe. Times are milliseconds since 1970 (UTC).
#pragma once
#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace fogbank {

using Millis = int64_t;

Millis machine_now();     ///< the machine's wall clock
int64_t steady_micros();  ///< a monotonic clock for durations

class VirtualClock {
 public:
  /// What survives a restart: the offset to the machine's clock, and the time at which it is frozen.
  struct State { Millis offset = 0; std::optional<Millis> frozen; };

  Millis now() const;
  State state() const;
  void restore(State s);
  void freeze();               ///< stands still from now on
  void thaw();                 ///< runs on from where it stands (never behind the machine's clock)
  void advance_to(Millis t);   ///< forward only; earlier times are ignored

 private:
  std::atomic<Millis> offset_{0};
  std::atomic<Millis> frozen_{-1};
};

/// "2026-11-22T23:49:00Z"; with_millis: "2026-11-22T23:49:00.123Z".
std::string iso8601(Millis t, bool with_millis = false);
/// "Sun, 22 Nov 2026 23:49:00 GMT"
std::string http_date(Millis t);
/// "20261122T234900Z"
std::string amz_date(Millis t);
/// Reads ISO 8601 (with or without fraction, Z or +hh:mm), or nothing.
std::optional<Millis> parse_iso8601(std::string_view s);
std::optional<Millis> parse_http_date(std::string_view s);
std::optional<Millis> parse_amz_date(std::string_view s);

}  // namespace fogbank
