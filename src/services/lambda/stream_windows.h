// Tumbling windows of stream mappings: which window a record is in, and what the function is told and hands on. Pure.
#pragma once
#include <string>
#include <string_view>

#include "services/lambda/mappings.h"

namespace fogbank::lambda {

/// Beginning of the window that a time is in; 0 where the mapping has none.
Millis window_of(const Mapping& mapping, Millis t);
/// End of the window that begins then; 0 if none is open.
Millis window_end(const Mapping& mapping, Millis start);
/// Members of the event: ,"window":{…},"state":…,"shardId":… .
std::string window_members(const Mapping& mapping, Millis start, std::string_view state, std::string_view shard, bool last, bool early);
/// `state` of the function's answer, JSON; empty if it has none.
std::string window_state(std::string_view response);

}  // namespace fogbank::lambda
