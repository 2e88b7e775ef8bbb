// Payloads of invocations: is it JSON, and if not, how the service says so. Pure.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace fogbank::lambda {

inline constexpr size_t kMaxSyncPayload = 6291456, kMaxEventPayload = 1048576;

/// Nothing if `text` is one JSON value; else the text of InvalidRequestContentException. Depth is bounded.
std::optional<std::string> json_fault(std::string_view text);

}  // namespace fogbank::lambda
