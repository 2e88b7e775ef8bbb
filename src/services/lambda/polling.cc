#include "services/lambda/polling.h"

#include <algorithm>

#include "base/strings.h"
#include "gateway/core.h"
#include "services/lambda/caches.h"
#include "services/lambda/errors.h"
#include "services/lambda/roles.h"
#include "services/lambda/triggers.h"

namespace fogbank::lambda {

using event_pattern::Json;

PollRun::PollRun(TaskContext& cx) : cx_(cx) {
  auto work = cx.payload<PollWork>();
  if (!work) return;
  uuid_ = work->uuid;
  slot_ = work->slot;
  cx.core().state<Triggers>().run_begins(uuid_, slot_);
}

PollRun::~PollRun() {
  if (!uuid_.empty() && !cx_.left_running()) cx_.core().state<Triggers>().run_ends(cx_.task().scope, uuid_, slot_);
}

Result<std::optional<Polling>> begin_polling(TaskContext& cx) {
  auto work = cx.payload<PollWork>();
  if (!work) return fail("InternalFailure", "damaged payload", 500);
  Polling p{cx.task().scope, *work, {}, nullptr, nullptr, {}, false};
  State& state = cx.core().state<State>();
  cx.read([&](store::Reader& reader) {
    auto m = reader.get_as<Mapping>(mapping_key(p.scope, work->uuid));
    if (!m) return;
    p.current = m->generation == work->generation && m->state == MappingState::enabled;
    p.mapping = std::move(*m);
    FunctionRef ref{p.scope, p.mapping.function, p.mapping.qualifier, false};
    auto target = find_target(state, reader, ref);
    if (!target) return;
    auto version = choose_version(state, reader, ref, *target, cx.core().random());
    p.function = target->function;
    p.version = version ? *version : target->version;
  });
  if (p.mapping.uuid.empty()) return std::optional<Polling>();
  if (!p.function) return fail(function_not_found(p.mapping.function_arn));
  FB_ASSIGN(role, role_principal(cx.core(), p.version->role, p.function->name));
  p.role = std::move(role);
  return std::optional<Polling>(std::move(p));
}

void note_result(store::Txn& tx, const Scope& scope, const Mapping& mapping, std::string_view result) {
  auto m = tx.get_as<Mapping>(mapping_key(scope, mapping.uuid));
  if (!m || m->generation != mapping.generation || m->result == result) return;
  m->result = result;
  tx.put_record(mapping_key(scope, mapping.uuid), *m);
}

Result<void> poll_again_after(TaskContext& cx, const ApiError& error) {
  struct Given { Scope scope; PollWork work; std::string result; Millis due; };
  auto work = cx.payload<PollWork>();
  if (!work) return fail("InternalFailure", "damaged payload", 500);
  Given given{cx.task().scope, *work, cat("PROBLEM: ", error.message), cx.now() + std::min<Millis>(60'000, Millis(1000) << std::min<int64_t>(work->failures, 6))};
  given.work.failures++;
  given.work.steps.clear();   // messages in hand come back to the queue by themselves
  given.work.next_step = 1;
  given.work.window_end = 0;
  return cx.finish(given, [](store::Txn& tx, const Given& g) -> Result<void> {
    auto m = tx.get_as<Mapping>(mapping_key(g.scope, g.work.uuid));
    if (!m || m->generation != g.work.generation) return {};
    note_result(tx, g.scope, *m, g.result);
    schedule_poller(tx, g.scope, *m, g.work, g.due);
    return {};
  });
}

Result<void> fall_asleep(TaskContext& cx, const Polling& p, const std::string& key, uint64_t seen, std::optional<Millis> next) {
  constexpr Millis kFar = 24LL * 3600 * 1000;
  struct Given { Scope scope; Mapping mapping; int64_t slot; Millis due; std::shared_ptr<store::Task> task; };
  Given given{p.scope, p.mapping, p.work.slot, next.value_or(cx.now() + kFar), std::make_shared<store::Task>()};
  FB_TRY(cx.finish(given, [](store::Txn& tx, const Given& g) -> Result<void> {
    auto m = tx.get_as<Mapping>(mapping_key(g.scope, g.mapping.uuid));
    if (!m || m->generation != g.mapping.generation) return {};
    *g.task = schedule_poller(tx, g.scope, *m, idle_work(*m, g.slot), g.due, true);
    return {};
  }));
  if (given.task->id) cx.core().state<Triggers>().sleep(key, seen, *given.task);
  return {};
}

Result<std::vector<event_pattern::PatternPtr>> compile_filters(const std::vector<std::string>& patterns) {
  std::vector<event_pattern::PatternPtr> out;
  for (const std::string& text : patterns) {
    if (!event_pattern::parse_json(text)) return fail(invalid_parameter("Invalid filter pattern definition."));
    auto pattern = event_pattern::compile(text, event_pattern::Dialect::event_bridge);
    if (!pattern) return fail(invalid_parameter("Invalid filter pattern definition."));
    out.push_back(*pattern);
  }
  return out;
}

bool passes(const std::vector<event_pattern::PatternPtr>& filters, const Json& record) {
  return filters.empty() || std::any_of(filters.begin(), filters.end(), [&](const auto& f) { return f->matches(record); });
}

std::optional<std::vector<std::string>> failed_items(std::string_view response) {
  std::vector<std::string> out;
  auto json = event_pattern::parse_json(response.empty() ? "null" : response);
  if (!json) return std::nullopt;
  if (json->type == Json::Type::null) return out;
  const Json* list = json->object() ? json->get("batchItemFailures") : nullptr;
  if (!list) return json->object() && json->members.empty() ? std::optional(out) : json->object() ? std::optional(out) : std::nullopt;
  if (list->type == Json::Type::null) return out;
  if (!list->array()) return std::nullopt;
  for (const Json& item : list->items) {
    const Json* id = item.object() ? item.get("itemIdentifier") : nullptr;
    if (!id || id->type != Json::Type::text || id->text.empty()) return std::nullopt;
    out.push_back(id->text);
  }
  return out;
}

std::string processing_result(const runtime::Outcome& o) {
  using Kind = runtime::Outcome::Kind;
  switch (o.kind) {
    case Kind::success: return "OK";
    case Kind::function_error: return "PROBLEM: Function call failed";
    case Kind::throttled: return "PROBLEM: Lambda Invoke Throttled";
    default: return cat("PROBLEM: ", o.error.message);
  }
}

Result<void> run_batch(TaskContext& cx, const Polling& p, BatchEvent event, ApplyOutcome apply) {
  Run run{p.scope, p.function, p.version, {}};
  run.invocation.request_id = std::move(event.request_id);
  run.invocation.payload = std::move(event.text);
  run.invocation.invoked_arn = p.mapping.function_arn;
  run.invocation.trace_header = std::move(event.trace);
  cx.leave_running();
  Core& core = cx.core();
  core.state<State>().invoker().run_in_turn(
      std::move(run), [&core, task = cx.task(), epoch = cx.epoch(), uuid = p.mapping.uuid, slot = p.work.slot, apply = std::move(apply)](runtime::Outcome&& outcome) {
        core.tasks().complete(task, epoch, [&](store::Txn& tx) { return apply(tx, outcome); });
        core.state<Triggers>().run_ends(task.scope, uuid, slot);
      });
  return {};
}

}  // namespace fogbank::lambda
