#include "services/lambda/runtime/log_lines.h"

#include <cstdio>

#include "base/encoding.h"
#include "base/json_text.h"
#include "base/strings.h"

namespace fogbank::lambda::runtime {
namespace {

enum Level { kDebug, kInfo, kWarn, kError };   // of system events

int threshold(std::string_view level) { return level == "DEBUG" ? kDebug : level == "WARN" ? kWarn : kInfo; }

const char* status_of(Ending e) {
  switch (e) {
    case Ending::success: return "success";
    case Ending::error: return "error";
    case Ending::failure: return "failure";
    case Ending::timeout: return "timeout";
  }
  return "";
}

std::string_view sampled_root(std::string_view header, std::string_view& segment) {
  std::string_view root;
  bool sampled = false;
  for (auto part : split(header, ';')) {
    part = trim(part);
    if (part.starts_with("Root=")) root = part.substr(5);
    if (part.starts_with("Parent=")) segment = part.substr(7);
    if (part == "Sampled=1") sampled = true;
  }
  return sampled ? root : std::string_view();
}

}  // namespace

std::string milliseconds_text(int64_t us) {
  char text[40];
  std::snprintf(text, sizeof text, "%.2f", double(us) / 1000);
  return text;
}

std::string timeout_text(int64_t timeout_ms) {
  char text[64];
  std::snprintf(text, sizeof text, "Task timed out after %.2f seconds", double(timeout_ms) / 1000);
  return text;
}

std::string LogLines::record(Millis now, int level, std::string_view type, std::string_view body) const {
  if (level < threshold(spec_.logging.system_level)) return {};
  return cat("{\"time\":\"", iso8601(now, true), "\",\"type\":\"platform.", type, "\",\"record\":{", body, "}}\n");
}

std::string LogLines::init_start(Millis now, std::string_view version, std::string_view initialization_type, std::string_view phase) const {
  std::string arn = cat("arn:aws:lambda:", spec_.region, "::runtime:", sha256_hex(version));
  if (!json()) return cat("INIT_START Runtime Version: ", version, "\tRuntime Version ARN: ", arn, "\n");
  return record(now, kInfo, "initStart",
                cat("\"initializationType\":\"", initialization_type, "\",\"phase\":\"", phase, "\",\"runtimeVersion\":", json_quote(version), ",\"runtimeVersionArn\":\"", arn,
                    "\",\"functionName\":", json_quote(spec_.name), ",\"functionVersion\":\"", spec_.version, "\""));
}

std::string LogLines::init_report(Millis now, const InitReport& r) const {
  if (!json()) {
    if (r.ending == Ending::success) return {};
    std::string line = cat("INIT_REPORT Init Duration: ", milliseconds_text(r.us), " ms\tPhase: ", r.phase, "\tStatus: ", r.ending == Ending::timeout ? "timeout" : "error");
    if (r.ending != Ending::timeout) append(line, "\tError Type: ", r.error_type);
    return line + "\n";
  }
  std::string body = cat("\"initializationType\":\"on-demand\",\"phase\":\"", r.phase, "\",\"status\":\"", status_of(r.ending), "\"");
  if (!r.error_type.empty() && r.ending != Ending::timeout) append(body, ",\"errorType\":", json_quote(r.error_type));
  append(body, ",\"metrics\":{\"durationMs\":", milliseconds_text(r.us), "}");
  return record(now, r.ending == Ending::success ? kInfo : kError, "initReport", body);
}

std::string LogLines::start(Millis now, std::string_view id) const {
  if (!json()) return cat("START RequestId: ", id, " Version: ", spec_.version, "\n");
  return record(now, kInfo, "start", cat("\"requestId\":\"", id, "\",\"functionArn\":", json_quote(cat(spec_.function_arn, ":", spec_.version)), ",\"version\":\"", spec_.version, "\""));
}

std::string LogLines::end(Millis now, const InvokeReport& r) const {
  if (!json()) return cat("END RequestId: ", r.request_id, "\n");
  std::string body = cat("\"requestId\":\"", r.request_id, "\",\"status\":\"", status_of(r.ending), "\"");
  if (!r.error_type.empty() && r.ending != Ending::timeout) append(body, ",\"errorType\":", json_quote(r.error_type));
  append(body, ",\"metrics\":{\"durationMs\":", milliseconds_text(r.us), "}");
  return record(now, r.ending == Ending::success ? kDebug : kError, "runtimeDone", body);
}

std::string LogLines::report(Millis now, const InvokeReport& r) const {
  std::string_view segment, root = sampled_root(r.trace_header, segment);
  if (json()) {
    std::string body = cat("\"requestId\":\"", r.request_id, "\",\"metrics\":{\"durationMs\":", milliseconds_text(r.us), ",\"billedDurationMs\":", r.billed_ms, ",\"memorySizeMB\":", spec_.memory_mb,
                           ",\"maxMemoryUsedMB\":", r.max_memory_mb);
    if (r.init_us) append(body, ",\"initDurationMs\":", milliseconds_text(r.init_us));
    append(body, "},\"status\":\"", status_of(r.ending), "\"");
    if (!r.error_type.empty() && r.ending != Ending::timeout) append(body, ",\"errorType\":", json_quote(r.error_type));
    return record(now, r.ending == Ending::success ? kInfo : kError, "report", body);
  }
  std::string line = cat("REPORT RequestId: ", r.request_id, "\tDuration: ", milliseconds_text(r.us), " ms\tBilled Duration: ", r.billed_ms, " ms\tMemory Size: ", spec_.memory_mb,
                         " MB\tMax Memory Used: ", r.max_memory_mb, " MB\t");
  if (r.init_us) append(line, "Init Duration: ", milliseconds_text(r.init_us), " ms\t");
  if (r.ending == Ending::timeout) append(line, "Status: timeout");
  else if (r.ending != Ending::success && !r.error_type.empty()) append(line, "Status: error\tError Type: ", r.error_type);
  line += '\n';
  if (!root.empty()) append(line, "XRAY TraceId: ", root, "\tSegmentId: ", segment, "\tSampled: true\t\n");
  return line;
}

std::string LogLines::timed_out(Millis now, std::string_view id) const {
  if (json()) return {};   // the report's status says it
  return cat(iso8601(now, true), " ", id, " ", timeout_text(spec_.timeout_ms), "\n\n");
}

std::string LogLines::failure(Millis now, std::string_view id, std::string_view text) const {
  if (json()) return cat("{\"timestamp\":\"", iso8601(now, true), "\",\"level\":\"ERROR\",\"requestId\":\"", id, "\",\"message\":", json_quote(text), "}\n");
  return cat("RequestId: ", id, " Error: ", text, "\n");
}

std::string LogLines::extension(Millis now, std::string_view name, std::string_view state, std::string_view events, std::string_view error_type) const {
  if (!json()) {
    std::string line = cat("EXTENSION\tName: ", name, "\tState: ", state, "\tEvents: [", events, "]");
    if (!error_type.empty()) append(line, "\tError Type: ", error_type);
    return line + "\n";
  }
  std::string body = cat("\"name\":", json_quote(name), ",\"state\":\"", state, "\",\"events\":[");
  bool first = true;
  if (!events.empty())
    for (auto e : split(events, ',')) {
      if (!std::exchange(first, false)) body += ',';
      append(body, "\"", e, "\"");
    }
  body += ']';
  if (!error_type.empty()) append(body, ",\"errorType\":", json_quote(error_type));
  return record(now, error_type.empty() ? kInfo : kError, "extension", body);
}

}  // namespace fogbank::lambda::runtime
