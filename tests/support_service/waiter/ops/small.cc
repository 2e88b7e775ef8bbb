// Ping (what a process calls back), Count (ADD to a counter) and ListRuns.
#include "auth/principal.h"
#include "base/strings.h"
#include "gateway/context.h"
#include "gen/waiter/operations.h"
#include "waiter/state.h"

namespace fogbank::waiter {

Result<void> Ping(Context& cx, const svc::PingRequest& in, svc::PingResponse& out) {
  FB_TRY(cx.write([&](store::Txn& tx) -> Result<void> {
    add_to_counter(tx, cx.scope(), "pings", 1);
    return {};
  }));
  out.Message = cx.str(cat("pong ", in.Message));
  out.Caller = cx.str(cx.principal().arn);
  return {};
}

Result<void> Count(Context& cx, const svc::CountRequest& in, svc::CountResponse& out) {
  int64_t value = 0;
  if (in.Amount.value_or(0) == 0) {
    cx.read([&](store::Reader& r) { value = r.get_as<Counter>(counter_key(cx.scope(), in.Counter)).value_or(Counter{}).value; });
  } else {
    FB_TRY(cx.write([&](store::Txn& tx) -> Result<void> {
      value = add_to_counter(tx, cx.scope(), in.Counter, *in.Amount);
      return {};
    }));
  }
  out.Value = value;
  return {};
}

Result<void> ListRuns(Context& cx, const svc::ListRunsRequest&, svc::ListRunsResponse& out) {
  out.Runs.reserve(cx.arena(), 1);
  cx.read([&](store::Reader& r) {
    r.scan_prefix(store::key(cx.scope(), kRuns), [&](std::string_view, std::string_view bytes, store::Version) {
      auto run = decode<RunRecord>(bytes);
      if (!run) return true;
      auto& summary = out.Runs.add(cx.arena());
      summary.RunId = cx.str(run->id);
      summary.Status = run->state == RunState::running ? "RUNNING" : run->state == RunState::ended ? "ENDED" : "FAILED";
      return out.Runs.size() < 1000;
    });
  });
  return {};
}

}  // namespace fogbank::waiter
