// Loops of functions through queues, topics, buckets and each other: the trace header says through which functions a request has come and how
// often ("…;Lineage=1:<function>:<times>", several with '|' between them). SDKs inside functions pass the header on, as do the services' tasks.
// Source: developer guide, "Use Lambda recursive loop detection to prevent infinite loops". Pure.
#pragma once
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/random.h"

namespace fogbank::lambda {

inline constexpr int kMaxLoops = 16;

struct Traced {
  std::string header;        ///< complete, with this function counted in
  int times = 0;             ///< how often the request has been at this function before
};
/// The header with which a function is invoked by a request that came with `header` (maybe empty).
Traced trace_through(std::string_view header, std::string_view function_arn, Millis now, Random& random);

}  // namespace fogbank::lambda
