// The poller of a DynamoDB stream: reads on from where its slot stands, as the function's role, and gives batches to the function one after the
// other. A batch that fails is tried again (whole, from its first failed record, or in halves; what came later waits), until it succeeds or has
// been tried often enough; records that are too old are not given any more. What is given up goes to the mapping's destination.
#include <algorithm>

#include "base/log.h"
#include "base/strings.h"
#include "gateway/core.h"
#include "gateway/work_task.h"
#include "gen/lambda/operations.h"
#include "services/lambda/batch_failures.h"
#include "services/lambda/lineage.h"
#include "services/lambda/polling.h"
#include "services/lambda/stream_reading.h"
#include "services/lambda/stream_windows.h"
#include "services/lambda/triggers.h"

namespace fogbank::lambda {
namespace {

using dynamodbstreams::StreamSource;

constexpr Millis kFirstPause = 500, kLongestPause = 60'000;

int64_t number(std::string_view position) { return parse_int(position).value_or(0); }

std::string event_of(const std::vector<Entry>& entries, const std::string& window) {
  std::string out = R"({"Records":[)";
  for (size_t i = 0; i < entries.size(); i++) append(out, i ? "," : "", entries[i].json);
  return out + "]" + window + "}";
}

/// All that decides what follows an attempt.
struct Attempt {
  Polling p;
  StreamSource source;
  Progress progress;
  Reading reading;
  bool closes_window = false;
  std::string request_id;   ///< of the invocation
};

/// Behind what was read, with nothing tried yet; the open window stays.
Progress behind(const Attempt& a, const std::string& next) {
  Progress out = a.progress;
  out.next = next;
  out.attempts = 0;
  while (!out.pieces.empty() && number(out.pieces.back()) <= number(next)) out.pieces.pop_back();
  return out;
}

Result<void> go_on(store::Txn& tx, const Attempt& a, const Progress& progress, Millis due) {
  const Polling& p = a.p;
  auto m = tx.get_as<Mapping>(mapping_key(p.scope, p.mapping.uuid));
  if (!m) return {};
  tx.put_record(progress_key(p.scope, m->uuid, p.work.slot), progress);
  if (m->generation != p.mapping.generation) return {};   // changed or disabled meanwhile
  schedule_poller(tx, p.scope, *m, idle_work(*m, p.work.slot), due);
  return {};
}

/// Tells the destination of records that are given up.
void tell_of(store::Txn& tx, const Attempt& a, std::span<const Entry> lost, const char* condition, int64_t invocations, bool function_error, Millis now) {
  const Mapping& m = a.p.mapping;
  if (lost.empty() || m.on_failure.empty()) return;
  BatchFailure f;
  f.mapping = m;
  f.role = a.p.version->role;
  f.version = a.p.version->shown_number();
  f.condition = condition;
  f.request_id = a.request_id;
  f.invocations = std::max<int64_t>(1, invocations);   // as AWS counts also what it did not run
  f.function_error = function_error;
  f.shard = a.source.shard;
  f.first_sequence = lost.front().sequence;
  f.last_sequence = lost.back().sequence;
  f.first_time = lost.front().time;
  f.last_time = lost.back().time;
  f.size = int64_t(lost.size());
  tx.schedule(work_task("lambda.deliver_batch_failure", a.p.scope, f, now));
}

/// The place of the first record that the function says it failed; nothing if it named none.
std::optional<size_t> first_failed(const Attempt& a, const std::vector<std::string>& items) {
  std::optional<size_t> first;
  for (size_t i = 0; i < a.reading.entries.size() && !first; i++)
    for (const std::string& id : items) if (id == a.reading.entries[i].sequence) first = i;
  return first;
}

/// The same batch again, and nothing that came later with it.
void keep_together(Progress& progress, const std::string& end) {
  if (progress.pieces.empty() || number(progress.pieces.back()) > number(end)) progress.pieces.push_back(end);
}

/// A batch that was not processed: again, in halves, or given up.
Result<void> batch_failed(store::Txn& tx, const Attempt& a, const runtime::Outcome& outcome, Millis now) {
  const Mapping& m = a.p.mapping;
  const auto& entries = a.reading.entries;
  Progress next = a.progress;
  bool ran = outcome.kind == runtime::Outcome::Kind::success || outcome.kind == runtime::Outcome::Kind::function_error;
  if (ran) next.attempts++;
  note_result(tx, a.p.scope, m, processing_result(outcome));
  if (!a.closes_window) keep_together(next, a.reading.next);
  if (ran && m.bisect && entries.size() > 1) {   // halving is no retry
    next.pieces.push_back(std::to_string(dynamodbstreams::position_of(entries[entries.size() / 2].sequence)));
    next.attempts--;
    return go_on(tx, a, next, now);
  }
  bool too_often = m.max_retries >= 0 && next.attempts > m.max_retries;
  if (!too_often) return go_on(tx, a, next, now + std::min(kLongestPause, kFirstPause << std::min<int64_t>(next.attempts, 8)));
  bool error = outcome.kind == runtime::Outcome::Kind::function_error;
  tell_of(tx, a, entries, "RetryAttemptsExhausted", next.attempts, error, now);
  next = behind(a, a.reading.next);
  if (a.closes_window) {
    log(LogLevel::warning, cat("the window of a mapping of ", m.function, " was given up with its state"));
    next.window_start = 0;
    next.window_early = false;
    next.window_state.clear();
  }
  return go_on(tx, a, next, now);
}

Result<void> settle(store::Txn& tx, const Attempt& a, const runtime::Outcome& outcome, Millis now) {
  constexpr size_t kMaxState = 1 << 20;
  if (outcome.kind != runtime::Outcome::Kind::success) return batch_failed(tx, a, outcome, now);
  if (a.p.mapping.report_item_failures && !a.reading.entries.empty()) {
    auto items = failed_items(outcome.payload);
    auto first = items ? first_failed(a, *items) : std::nullopt;
    if (!items || (!items->empty() && !first)) return batch_failed(tx, a, outcome, now);   // what it answers makes no sense: all failed
    if (first && *first == 0) return batch_failed(tx, a, outcome, now);
    if (first) {
      Progress next = behind(a, std::to_string(dynamodbstreams::position_of(a.reading.entries[*first].sequence)));
      keep_together(next, a.reading.next);
      return go_on(tx, a, next, now);
    }
  }
  note_result(tx, a.p.scope, a.p.mapping, "OK");
  Progress next = behind(a, a.reading.next);
  next.window_start = a.p.mapping.tumbling && !a.closes_window ? window_of(a.p.mapping, a.reading.first_time) : 0;
  next.window_state = next.window_start ? window_state(outcome.payload) : std::string();
  next.window_early = next.window_state.size() > kMaxState;
  return go_on(tx, a, next, now);
}

Result<void> run_attempt(TaskContext& cx, Attempt a) {
  std::string window;
  if (a.p.mapping.tumbling) {
    Millis start = a.reading.entries.empty() ? a.progress.window_start : window_of(a.p.mapping, a.reading.first_time);
    const std::string state = a.progress.window_start == start ? a.progress.window_state : std::string();
    window = window_members(a.p.mapping, start, state, a.source.shard, a.closes_window, a.closes_window && a.progress.window_early);
  }
  Polling p = a.p;
  Core& core = cx.core();
  a.request_id = core.random().uuid();
  BatchEvent event{a.request_id, event_of(a.reading.entries, window), trace_through({}, function_arn(p.scope, p.mapping.function), cx.now(), core.random()).header};
  return run_batch(cx, p, std::move(event), [a = std::move(a), &core](store::Txn& tx, const runtime::Outcome& o) { return settle(tx, a, o, core.now()); });
}

/// On without the function: only other slots' records, or what was filtered away.
Result<void> pass_over(TaskContext& cx, const Attempt& a) {
  struct Given { Attempt a; Millis now; };
  return cx.finish(Given{a, cx.now()}, [](store::Txn& tx, const Given& g) { return go_on(tx, g.a, behind(g.a, g.a.reading.next), g.now); });
}

/// Records at the front that are too old by now.
size_t too_old(const Attempt& a, Millis now) {
  const Mapping& m = a.p.mapping;
  if (m.max_age < 0) return 0;
  const auto& entries = a.reading.entries;
  return size_t(std::find_if(entries.begin(), entries.end(), [&](const Entry& e) { return now - e.time <= m.max_age * 1000; }) - entries.begin());
}

Result<void> give_up_old(TaskContext& cx, const Attempt& a, size_t count) {
  struct Given { Attempt a; size_t count; Millis now; };
  return cx.finish(Given{a, count, cx.now()}, [](store::Txn& tx, const Given& g) {
    const auto& entries = g.a.reading.entries;
    tell_of(tx, g.a, std::span(entries).first(g.count), "RecordAgeExceeded", g.a.progress.attempts, false, g.now);
    bool all = g.count == entries.size();
    return go_on(tx, g.a, behind(g.a, all ? g.a.reading.next : std::to_string(dynamodbstreams::position_of(entries[g.count].sequence))), g.now);
  });
}

/// Where this slot stands; a mapping whose beginning could not be told when it was enabled begins now.
Result<Progress> load_progress(TaskContext& cx, const Polling& p, const StreamSource& source) {
  std::optional<Progress> progress;
  cx.read([&](store::Reader& reader) { progress = reader.get_as<Progress>(progress_key(p.scope, p.mapping.uuid, p.work.slot)); });
  if (progress) return *progress;
  FB_ASSIGN(first, first_position(cx, p.role, p.mapping, source));
  struct Given { Scope scope; Mapping mapping; std::string position; };
  FB_TRY(cx.write(Given{p.scope, p.mapping, first}, [](store::Txn& tx, const Given& g) -> Result<void> {
    begin_at(tx, g.scope, g.mapping, g.position);
    return {};
  }));
  cx.read([&](store::Reader& reader) { progress = reader.get_as<Progress>(progress_key(p.scope, p.mapping.uuid, p.work.slot)); });
  if (!progress) return fail("InternalFailure", "the position in the stream was not kept", 500);
  return *progress;
}

Result<void> poll(TaskContext& cx, Polling& p, const StreamSource& source) {
  uint64_t seen = cx.core().state<Triggers>().look(source.key.bytes(), cx.task().id);
  FB_ASSIGN(progress, load_progress(cx, p, source));
  FB_ASSIGN(reading, read_on(cx, p, source, progress));
  Attempt a{p, source, progress, std::move(reading), false};
  bool nothing = a.reading.next == progress.next;
  Millis now = cx.now();
  if (Millis end = window_end(p.mapping, progress.window_start); end) {
    bool next_window = a.reading.read && window_of(p.mapping, a.reading.first_time) != progress.window_start;
    if (next_window || progress.window_early || (!a.reading.read && now >= end)) {   // the open window is over: a last call without records
      a.reading = {};
      a.reading.next = progress.next;
      a.closes_window = true;
      return run_attempt(cx, std::move(a));
    }
    if (nothing) return fall_asleep(cx, p, source.key.bytes(), seen, end);
  }
  if (nothing) return fall_asleep(cx, p, source.key.bytes(), seen, {});
  if (size_t old = too_old(a, now)) return give_up_old(cx, a, old);
  if (a.reading.entries.empty()) return pass_over(cx, a);
  Millis full_at = a.reading.first_time + p.mapping.window * 1000;
  bool full = a.reading.full || !progress.pieces.empty();
  if (p.mapping.window && !full && now < full_at) return fall_asleep(cx, p, source.key.bytes(), seen, full_at);
  return run_attempt(cx, std::move(a));
}

}  // namespace

Result<void> poll_stream(TaskContext& cx) {
  PollRun run(cx);
  auto begun = begin_polling(cx);
  if (!begun) return poll_again_after(cx, begun.error());   // the function or its role is gone, for now
  if (!*begun || !(*begun)->current) return cx.finish();
  Polling p = std::move(**begun);
  Result<StreamSource> source = fail("ResourceNotFoundException", "no stream");
  cx.read([&](store::Reader& reader) { source = dynamodbstreams::stream_source(reader, p.mapping.source_arn); });
  if (!source) return poll_again_after(cx, source.error());
  auto done = poll(cx, p, *source);
  if (!done && !cx.ended() && !cx.left_running()) return poll_again_after(cx, done.error());
  return done;
}

}  // namespace fogbank::lambda
