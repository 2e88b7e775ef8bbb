// The lines that the platform writes into a function's log: INIT_START, START, END, REPORT and their like, in the text format or as JSON records.
// Pure. An empty result: the system log level leaves it out.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "services/lambda/runtime/environments.h"

namespace fogbank::lambda::runtime {

/// How a phase or an invocation ended. error_type is set unless it succeeded.
enum class Ending : uint8_t { success, error, failure, timeout };

struct InitReport { int64_t us = 0; std::string_view phase; Ending ending; std::string_view error_type; };
struct InvokeReport {
  std::string_view request_id, trace_header;
  int64_t us = 0, billed_ms = 0, init_us = 0;
  int max_memory_mb = 0;
  Ending ending = Ending::success;
  std::string_view error_type;
};

class LogLines {
 public:
  explicit LogLines(const FunctionSpec& spec) : spec_(spec) {}
  std::string init_start(Millis now, std::string_view runtime_version, std::string_view initialization_type, std::string_view phase) const;
  std::string init_report(Millis now, const InitReport& r) const;
  std::string start(Millis now, std::string_view request_id) const;
  /// END and REPORT, or their JSON records: each a line of its own.
  std::string end(Millis now, const InvokeReport& r) const;
  std::string report(Millis now, const InvokeReport& r) const;
  std::string timed_out(Millis now, std::string_view request_id) const;
  /// "RequestId: X Error: text", what the platform says of a failure of the process.
  std::string failure(Millis now, std::string_view request_id, std::string_view text) const;
  std::string extension(Millis now, std::string_view name, std::string_view state, std::string_view events, std::string_view error_type) const;

 private:
  bool json() const { return spec_.logging.format == LogFormat::json; }
  std::string record(Millis now, int level, std::string_view type, std::string_view body) const;
  const FunctionSpec& spec_;
};

/// 3006 µs → "3.01".
std::string milliseconds_text(int64_t us);
/// What a time-out's error says: "Task timed out after 3.00 seconds".
std::string timeout_text(int64_t timeout_ms);

}  // namespace fogbank::lambda::runtime
