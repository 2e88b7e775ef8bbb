// TestMetricFilter: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_TestMetricFilter.html
#include "base/strings.h"
#include "gateway/context.h"
#include "gen/logs/operations.h"
#include "lang/log_filter/log_filter.h"
#include "services/logs/errors.h"

namespace fogbank::logs {

Result<void> TestMetricFilter(Context& cx, const svc::TestMetricFilterRequest& in, svc::TestMetricFilterResponse& out) {
  auto pattern = log_filter::Pattern::compile(in.filterPattern);
  if (!pattern) return fail(invalid_parameter(cat("Invalid filter pattern: ", pattern.error())));
  out.matches.reserve(cx.arena(), 0);
  for (size_t i = 0; i < in.logEventMessages.size(); i++) {
    log_filter::Values values;
    if (!pattern->matches(in.logEventMessages[i], values)) continue;
    auto& match = out.matches.add(cx.arena());
    match.eventNumber = int64_t(i + 1);
    match.eventMessage = in.logEventMessages[i];
    match.extractedValues.reserve(cx.arena(), uint32_t(values.size()));
    for (const auto& [name, value] : values) match.extractedValues.add(cx.arena(), cx.str(name)) = cx.str(value);
  }
  return {};
}

}  // namespace fogbank::logs
