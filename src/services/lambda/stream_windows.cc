#include "services/lambda/stream_windows.h"

#include "base/json_text.h"
#include "base/strings.h"
#include "lang/event_pattern/json.h"

namespace fogbank::lambda {

Millis window_of(const Mapping& m, Millis t) { return m.tumbling ? t / (m.tumbling * 1000) * (m.tumbling * 1000) : 0; }
Millis window_end(const Mapping& m, Millis start) { return start ? start + m.tumbling * 1000 : 0; }

std::string window_members(const Mapping& m, Millis start, std::string_view state, std::string_view shard, bool last, bool early) {
  JsonText window;
  window.open().member("start", iso8601(start)).member("end", iso8601(window_end(m, start))).close();
  return cat(",\"window\":", window.str(), ",\"state\":", state.empty() ? std::string_view("{}") : state, ",\"shardId\":", json_quote(shard),
             ",\"eventSourceARN\":", json_quote(m.source_arn), ",\"isFinalInvokeForWindow\":", last ? "true" : "false", ",\"isWindowTerminatedEarly\":", early ? "true" : "false");
}

std::string window_state(std::string_view response) {
  auto json = event_pattern::parse_json(response);
  const event_pattern::Json* state = json && json->object() ? json->get("state") : nullptr;
  return state ? event_pattern::write_json(*state) : std::string();
}

}  // namespace fogbank::lambda
