// What pollers of queues and streams share: the mapping they read for, filters, partial batch responses, and how they end a run.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "auth/principal.h"
#include "gateway/tasks.h"
#include "lang/event_pattern/pattern.h"
#include "services/lambda/invoker.h"
#include "services/lambda/mappings.h"

namespace fogbank::lambda {

/// A run of a poller: all that it acts on, as the records stand.
struct Polling {
  Scope scope;
  PollWork work;
  Mapping mapping;
  FunctionPtr function;
  VersionPtr version;
  auth::Principal role;
  bool current = false;                    ///< else the mapping was changed or disabled since: only what is in hand is finished
};
/// One run of a poller, as Triggers counts them. A batch that is left running goes on with it.
class PollRun {
 public:
  explicit PollRun(TaskContext& cx);
  ~PollRun();
  PollRun(const PollRun&) = delete;
  PollRun& operator=(const PollRun&) = delete;

 private:
  TaskContext& cx_;
  std::string uuid_;
  int64_t slot_ = 0;
};

/// Nothing if the mapping is gone. An error: try again later.
Result<std::optional<Polling>> begin_polling(TaskContext& cx);

/// Nothing could be read (no permission, no such queue, no function …): noted in the mapping, and again after a pause that grows to a minute.
Result<void> poll_again_after(TaskContext& cx, const ApiError& error);
/// Nothing there: a sleeping task in the place of this one.
Result<void> fall_asleep(TaskContext& cx, const Polling& p, const std::string& key, uint64_t seen, std::optional<Millis> next);

/// Patterns of a mapping, compiled. Empty: everything passes.
Result<std::vector<event_pattern::PatternPtr>> compile_filters(const std::vector<std::string>& patterns);
bool passes(const std::vector<event_pattern::PatternPtr>& filters, const event_pattern::Json& record);

/// batchItemFailures of a function's answer: nothing if the whole batch counts as failed.
std::optional<std::vector<std::string>> failed_items(std::string_view response);

/// Starts the function with this event under this request id and leaves the task running; `apply` ends it, in its transaction.
using ApplyOutcome = std::function<Result<void>(store::Txn&, const runtime::Outcome&)>;
struct BatchEvent { std::string request_id, text, trace; };
Result<void> run_batch(TaskContext& cx, const Polling& p, BatchEvent event, ApplyOutcome apply);

/// "PROBLEM: …", "OK", as LastProcessingResult says.
std::string processing_result(const runtime::Outcome& outcome);
void note_result(store::Txn& tx, const Scope& scope, const Mapping& mapping, std::string_view result);

}  // namespace fogbank::lambda
