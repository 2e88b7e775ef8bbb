// The log: one line per event on standard error, "time level text". Thread-safe; a line is written with one call.
#pragma once
#include <string_view>

namespace fogbank {

enum class LogLevel { debug, info, warning, error };

/// Lines below this level are dropped. Default: info.
void set_log_level(LogLevel level);
bool log_enabled(LogLevel level);
void log(LogLevel level, std::string_view text);

}  // namespace fogbank
