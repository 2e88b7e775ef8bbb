#include "base/log.h"

#include <unistd.h>

#include <atomic>
#include <string>

#include "base/clock.h"
#include "base/strings.h"

namespace fogbank {

namespace {
std::atomic<LogLevel> level_now{LogLevel::info};
}

void set_log_level(LogLevel level) { level_now = level; }
bool log_enabled(LogLevel level) { return level >= level_now.load(std::memory_order_relaxed); }

void log(LogLevel level, std::string_view text) {
  static constexpr const char* kNames[] = {"debug", "info", "warning", "error"};
  if (!log_enabled(level)) return;
  std::string line = cat(iso8601(machine_now(), true), " ", kNames[int(level)], " ");
  for (char c : text) {  // one event is one line, whatever a request put into it
    if (c == '\n' || c == '\r') line += ' ';
    else if (static_cast<unsigned char>(c) < 0x20) line += '?';
    else line += c;
  }
  line += '\n';
  ssize_t ignored = ::write(2, line.data(), line.size());
  (void)ignored;
}

}  // namespace fogbank
