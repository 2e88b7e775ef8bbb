#include "services/lambda/events.h"

#include <algorithm>

#include "base/json_text.h"
#include "base/log.h"
#include "base/strings.h"
#include "gateway/core.h"
#include "gateway/tasks.h"
#include "gen/lambda/operations.h"
#include "lang/event_pattern/json.h"
#include "services/lambda/caches.h"
#include "services/lambda/deliveries.h"
#include "services/lambda/invoker.h"
#include "services/lambda/lineage.h"
#include "services/lambda/payloads.h"
#include "services/lambda/roles.h"
#include "store/trace_scope.h"

namespace fogbank::lambda {
namespace {

constexpr int64_t kMaxAge = 21600, kMaxRetries = 2;      // seconds; attempts after the first
constexpr Millis kRetryPauses[] = {60'000, 120'000};

/// What decides an event's fate, as the records stand at this moment.
struct Settings {
  FunctionPtr function;
  Target target;
  VersionPtr version;
  int64_t max_age = kMaxAge, max_retries = kMaxRetries;
  std::string on_success, on_failure;
};

FunctionRef ref_of(const Scope& scope, const Event& e) { return {scope, e.function, e.qualifier, false}; }

/// Nothing if the function, or what was invoked of it, is gone.
std::optional<Settings> load_settings(Core& core, const Scope& scope, const Event& e) {
  State& state = core.state<State>();
  std::optional<Settings> out;
  core.store().read([&](store::Reader& reader) {
    FunctionRef ref = ref_of(scope, e);
    auto target = find_target(state, reader, ref);
    if (!target || target->function->id != e.function_id) return;
    auto version = choose_version(state, reader, ref, *target, core.random());
    if (!version) return;
    Settings s;
    s.function = target->function;
    s.version = *version;
    s.target = std::move(*target);
    std::string qualifier = e.qualifier.empty() ? std::string(kLatest) : e.qualifier;
    if (auto config = state.invoke_configs.get(reader, invoke_config_key(scope, e.function, qualifier))) {
      s.max_age = config->max_age.value_or(kMaxAge);
      s.max_retries = config->max_retries.value_or(kMaxRetries);
      s.on_success = config->on_success;
      s.on_failure = config->on_failure;
    }
    out = std::move(s);
  });
  return out;
}

void schedule_delivery(store::Txn& tx, const Scope& scope, const EventEnd& end, Millis now) {
  if (end.destination.empty() && end.dead_letter.empty()) return;
  store::Task task;
  task.kind = "lambda.deliver_outcome";
  task.scope = scope;
  task.due = now;
  task.payload = encode(end);
  tx.schedule(std::move(task));
}

EventEnd end_of(const Event& e, const Settings& s, std::string_view condition) {
  EventEnd end;
  end.event = e;
  end.executed_version = s.version->shown_number();
  end.condition = condition;
  end.invocations = e.errors;
  end.destination = condition == "Success" ? s.on_success : s.on_failure;
  if (condition != "Success") end.dead_letter = s.version->dead_letter_arn;
  end.role = s.version->role;
  return end;
}

/// What the function's error says: AWS puts it beside an event in a dead-letter queue.
std::string error_message_of(const runtime::Outcome& outcome) {
  if (!outcome.error_message.empty()) return outcome.error_message;
  auto json = event_pattern::parse_json(outcome.payload);
  const event_pattern::Json* message = json && json->object() ? json->get("errorMessage") : nullptr;
  return message && message->type == event_pattern::Json::Type::text ? message->text : std::string();
}

/// A function that is not to run at all: its events are not kept until it may.
bool nothing_reserved(const Settings& s) { return s.function->reserved && *s.function->reserved == 0; }
bool too_old(const Event& e, const Settings& s, Millis at) { return at - e.queued > s.max_age * 1000; }

/// An attempt that did not run anything: again later, with growing pauses from one second to five minutes.
void try_later(store::Txn& tx, const Scope& scope, const Event& e, const Settings& s, Millis now) {
  Event next = e;
  next.refusals++;
  Millis due = now + std::min<Millis>(300'000, Millis(1000) << std::min<int64_t>(next.refusals - 1, 9));
  if (too_old(e, s, due)) return schedule_delivery(tx, scope, end_of(e, s, "EventAgeExceeded"), now);
  queue_event(tx, scope, next, due);
}

/// What follows an attempt, in the transaction that ends its task.
void settle(store::Txn& tx, const Scope& scope, const Event& e, const Settings& s, const runtime::Outcome& outcome, Millis now) {
  using Kind = runtime::Outcome::Kind;
  if (outcome.kind != Kind::success && outcome.kind != Kind::function_error) return try_later(tx, scope, e, s, now);
  bool good = outcome.kind == Kind::success;
  Event next = e;
  if (!good) next.errors++;
  if (!good && next.errors <= s.max_retries) {
    Millis due = now + kRetryPauses[std::min<int64_t>(next.errors, 2) - 1];
    if (!too_old(e, s, due)) return queue_event(tx, scope, next, due);
  }
  bool exhausted = next.errors > s.max_retries;
  EventEnd end = end_of(next, s, good ? "Success" : exhausted ? "RetriesExhausted" : "EventAgeExceeded");
  end.has_response = true;
  end.response = outcome.payload;
  end.error_message = good ? std::string() : error_message_of(outcome);
  if (!good) end.function_error = "Unhandled";
  end.invocations = next.errors + (good ? 1 : 0);
  schedule_delivery(tx, scope, end, now);
}

}  // namespace

void queue_event(store::Txn& tx, const Scope& scope, const Event& event, Millis due) {
  store::Task task;
  task.kind = "lambda.run_event";
  task.scope = scope;
  task.due = due;
  task.payload = encode(event);
  tx.schedule(std::move(task));
}

namespace {

/// Ends an event that is not run any more.
Result<void> end_event(TaskContext& cx, const Scope& scope, EventEnd end) {
  struct Given { Scope scope; EventEnd end; Millis now; };
  return cx.finish(Given{scope, std::move(end), cx.now()}, [](store::Txn& tx, const Given& g) -> Result<void> {
    schedule_delivery(tx, g.scope, g.end, g.now);
    return {};
  });
}

/// The event goes round and round: it is not run; a destination or dead-letter target is told.
Result<void> stop_loop(TaskContext& cx, const Scope& scope, const Event& event, const Settings& settings) {
  log(LogLevel::warning, cat("a recursive loop through the function ", event.function, " was stopped"));
  EventEnd end = end_of(event, settings, "RecursiveInvocation");
  end.error_message = "Recursive invocation detected";
  return end_event(cx, scope, std::move(end));
}

}  // namespace

Result<void> run_event(TaskContext& cx) {
  auto event = cx.payload<Event>();
  if (!event) return fail("InternalFailure", "damaged payload", 500);
  const Scope scope = cx.task().scope;
  auto settings = load_settings(cx.core(), scope, *event);
  if (!settings) return cx.finish();   // deleted: its events go with it
  if (too_old(*event, *settings, cx.now())) {
    return end_event(cx, scope, end_of(*event, *settings, "EventAgeExceeded"));
  }
  Run run{scope, settings->function, settings->version, {}};
  run.invocation.request_id = event->request_id;
  run.invocation.payload = event->payload;
  run.invocation.invoked_arn = ref_of(scope, *event).arn();
  run.invocation.client_context = event->client_context;
  Traced traced = trace_through(event->trace_header, function_arn(scope, event->function), cx.now(), cx.core().random());
  if (traced.times >= kMaxLoops && !settings->function->recursion_allowed) return stop_loop(cx, scope, *event, *settings);
  run.invocation.trace_header = traced.header;
  if (nothing_reserved(*settings)) return end_event(cx, scope, end_of(*event, *settings, "ZeroReservedConcurrency"));
  if (run.version->state == FunctionState::pending) return cx.again_at(cx.now() + 100);
  cx.leave_running();
  Core& core = cx.core();
  core.state<State>().invoker().run_in_turn(std::move(run), [&core, scope, event = *event, settings = *settings, traced = traced.header, task = cx.task(), epoch = cx.epoch()](runtime::Outcome&& outcome) {
    if (outcome.kind == runtime::Outcome::Kind::refused) log(LogLevel::warning, cat("an event for ", event.function, " could not be run: ", outcome.error.message));
    core.tasks().complete(task, epoch, [&](store::Txn& tx) -> Result<void> {
      store::TraceScope trace(traced);   // what follows comes through the function
      settle(tx, scope, event, settings, outcome, core.now());
      return {};
    });
  });
  return {};
}

std::string destination_document(const Scope& scope, const EventEnd& end, Millis now) {
  const Event& e = end.event;
  JsonText j;
  j.open().member("version", "1.0").member("timestamp", iso8601(now, true));
  j.key("requestContext").open().member("requestId", e.request_id);
  j.member("functionArn", function_arn(scope, e.function, e.qualifier.empty() ? std::string(kLatest) : e.qualifier));
  j.member("condition", end.condition).member("approximateInvokeCount", end.invocations).close();
  j.key("requestPayload").raw(e.payload.empty() ? "{}" : e.payload);
  if (end.has_response) {
    j.key("responseContext").open().member("statusCode", 200).member("executedVersion", end.executed_version);
    if (!end.function_error.empty()) j.member("functionError", end.function_error);
    j.close();
    // A custom runtime may have answered anything: what is no JSON is told as a text.
    if (end.response.empty() || json_fault(end.response)) j.key("responsePayload").text(end.response);
    else j.key("responsePayload").raw(end.response);
  }
  return j.close().str();
}

Result<void> deliver_outcome(TaskContext& cx) {
  auto end = cx.payload<EventEnd>();
  if (!end) return fail("InternalFailure", "damaged payload", 500);
  auto role = role_principal(cx.core(), end->role, end->event.function);
  if (!role) {
    log(LogLevel::warning, cat("an event's outcome could not be delivered: ", role.error().message));
    return cx.finish();
  }
  if (!end->destination.empty()) FB_TRY(deliver(cx, 1, *role, end->destination, destination_document(cx.task().scope, *end, cx.now()), {}));
  if (!end->dead_letter.empty()) {
    MessageAttributes attributes = {{"RequestID", end->event.request_id}, {"ErrorCode", "200"}};
    if (!end->error_message.empty()) attributes.emplace_back("ErrorMessage", end->error_message.substr(0, 1024));
    FB_TRY(deliver(cx, 2, *role, end->dead_letter, end->event.payload.empty() ? "{}" : end->event.payload, attributes));
  }
  return cx.finish();
}

}  // namespace fogbank::lambda
