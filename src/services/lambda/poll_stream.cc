// The poller of a DynamoDB stream: reads on from where the mapping stands, as the function's role, and gives batches to the function one after
// the other. A batch that fails is tried again (whole, from its first failed record, or halved), until it succeeds, is too old or has been
// tried often enough; then its failure goes to the mapping's destination and the stream goes on behind it.
#include <algorithm>

#include "base/json_text.h"
#include "base/log.h"
#include "base/strings.h"
#include "gateway/core.h"
#include "gateway/work_task.h"
#include "gen/dynamodbstreams/operations.h"
#include "gen/dynamodbstreams/tables.h"
#include "gen/lambda/operations.h"
#include "services/dynamodb/state.h"
#include "services/dynamodb/streams.h"
#include "services/dynamodbstreams/iterators.h"
#include "services/lambda/batch_failures.h"
#include "services/lambda/lineage.h"
#include "services/lambda/polling.h"
#include "services/lambda/stream_windows.h"
#include "services/lambda/triggers.h"
#include "wire/codec.h"

namespace fogbank::lambda {
namespace {

namespace streams = dynamodbstreams;

constexpr size_t kMaxEvent = 5 << 20;
constexpr Millis kFirstPause = 500, kLongestPause = 60'000;

struct Source {
  streams::StreamAddress address;
  std::string shard;
  store::Key key;            ///< prefix of the stream's records: what a commit signals
  bool ended = false;
};

Result<Source> find_source(TaskContext& cx, const Mapping& m) {
  FB_ASSIGN(address, streams::stream_address(m.source_arn));
  Result<dynamodb::Stream> stream = fail("ResourceNotFoundException", "no stream", 400);
  cx.read([&](store::Reader& reader) { stream = streams::find_stream(reader, address); });
  if (!stream) return fail(std::move(stream.error()));
  return Source{address, dynamodb::shard_id(*stream), dynamodb::stream_records(address.scope, stream->id), stream->ended != 0};
}

/// Where the mapping begins to read: asked once, as the role.
Result<std::string> first_position(TaskContext& cx, const Polling& p, const Source& source) {
  streams::svc::DescribeStreamInput describe{};
  describe.StreamArn = cx.str(p.mapping.source_arn);
  FB_TRY(cx.call<streams::op::DescribeStream>(1, p.role, source.address.scope, describe));
  streams::svc::GetShardIteratorInput in{};
  in.StreamArn = cx.str(p.mapping.source_arn);
  in.ShardId = cx.str(source.shard);
  in.ShardIteratorType = p.mapping.position == "LATEST" ? "LATEST" : "TRIM_HORIZON";
  FB_ASSIGN(out, cx.call<streams::op::GetShardIterator>(2, p.role, source.address.scope, in));
  FB_ASSIGN(iterator, streams::read_iterator(out->ShardIterator));
  return std::to_string(iterator.sequence);
}

/// One record of a batch.
struct Entry {
  std::string json, sequence;     ///< the sequence number as the API writes it
  Millis time = 0;
};

uint64_t behind(std::string_view sequence) { return dynamodb::sequence_number(sequence).value_or(0) + 1; }

struct Reading {
  std::vector<Entry> entries;     ///< that passed the filters
  std::string next;               ///< behind all that was read
  size_t read = 0;
  Millis first_time = 0;          ///< of the first record read
};

/// As functions see it: GetRecords' JSON, but for the names within userIdentity, and with the stream.
std::string record_json(const streams::svc::Record& r, const Mapping& m) {
  streams::svc::Record rest = r;
  rest.userIdentity = {};
  std::string json;
  wire::to_json(*streams::shapes::Record, &rest, json);
  json.pop_back();
  if (r.userIdentity) append(json, ",\"userIdentity\":{\"type\":", json_quote(r.userIdentity->Type), ",\"principalId\":", json_quote(r.userIdentity->PrincipalId), "}");
  append(json, ",\"eventSourceARN\":", json_quote(m.source_arn), "}");
  return json;
}

Result<Reading> read_on(TaskContext& cx, const Polling& p, const Source& source, const Progress& progress) {
  int64_t limit = progress.limit ? progress.limit : p.mapping.batch_size;
  uint64_t at = uint64_t(parse_int(progress.next).value_or(0));
  streams::svc::GetRecordsInput in{};
  in.Limit = int32_t(std::min<int64_t>(limit, 1000));
  auto get = [&](int step, uint64_t from) {
    in.ShardIterator = cx.str(streams::iterator_text({source.address, from, cx.now()}));
    return cx.call<streams::op::GetRecords>(step, p.role, source.address.scope, in);
  };
  auto out = get(3, at);
  if (!out && out.error().code == "TrimmedDataAccessException") out = get(4, 0);   // older than a day: gone
  if (!out) return fail(std::move(out.error()));
  FB_ASSIGN(filters, compile_filters(p.mapping.filters));
  Reading reading;
  reading.next = progress.next;
  size_t bytes = 0;
  for (const auto& r : (*out)->Records) {
    Entry e{record_json(r, p.mapping), std::string(r.dynamodb->SequenceNumber), r.dynamodb->ApproximateCreationDateTime.value_or(0)};
    if (!reading.entries.empty() && bytes + e.json.size() > kMaxEvent) break;
    if (window_of(p.mapping, e.time) != window_of(p.mapping, reading.read ? reading.first_time : e.time)) break;   // the next window's
    if (!reading.read) reading.first_time = e.time;
    reading.read++;
    reading.next = std::to_string(behind(e.sequence));
    if (!filters.empty()) {
      auto json = event_pattern::parse_json(e.json);
      if (!json || !passes(filters, *json)) continue;
    }
    bytes += e.json.size();
    reading.entries.push_back(std::move(e));
  }
  return reading;
}

std::string event_of(const std::vector<Entry>& entries, const std::string& window) {
  std::string out = R"({"Records":[)";
  for (size_t i = 0; i < entries.size(); i++) append(out, i ? "," : "", entries[i].json);
  return out + "]" + window + "}";
}

/// All that decides what follows an attempt.
struct Attempt {
  Polling p;
  Source source;
  Progress progress;
  Reading reading;
  bool closes_window = false;
};

Result<void> go_on(store::Txn& tx, const Attempt& a, const Progress& progress, Millis due) {
  auto m = tx.get_as<Mapping>(mapping_key(a.p.scope, a.p.mapping.uuid));
  if (!m || m->generation != a.p.mapping.generation) return {};
  tx.put_record(progress_key(a.p.scope, m->uuid), progress);
  schedule_poller(tx, a.p.scope, *m, idle_work(*m, 0), due);
  return {};
}

/// The place of the first record that the function says it failed; nothing if it named none.
std::optional<size_t> first_failed(const Attempt& a, const std::vector<std::string>& items) {
  std::optional<size_t> first;
  for (size_t i = 0; i < a.reading.entries.size() && !first; i++)
    for (const std::string& id : items) if (id == a.reading.entries[i].sequence) first = i;
  return first;
}

/// A batch that was not processed: again, halved, or given up.
Result<void> batch_failed(store::Txn& tx, const Attempt& a, const runtime::Outcome& outcome, Millis now) {
  const Mapping& m = a.p.mapping;
  Progress next = a.progress;
  bool ran = outcome.kind == runtime::Outcome::Kind::success || outcome.kind == runtime::Outcome::Kind::function_error;
  if (ran) next.attempts++;
  if (!next.first_failed) next.first_failed = now;
  bool too_old = m.max_age >= 0 && now - a.reading.entries.front().time > m.max_age * 1000;
  bool too_often = m.max_retries >= 0 && next.attempts > m.max_retries;
  note_result(tx, a.p.scope, m, processing_result(outcome));
  if (ran && m.bisect && a.reading.entries.size() > 1) {   // halving is no retry
    next.limit = std::max<int64_t>(1, int64_t(a.reading.read) / 2);
    next.attempts--;
    return go_on(tx, a, next, now);
  }
  if (!too_old && !too_often) return go_on(tx, a, next, now + std::min(kLongestPause, kFirstPause << std::min<int64_t>(next.attempts, 8)));
  if (!m.on_failure.empty()) {
    BatchFailure f;
    f.mapping = m;
    f.role = a.p.version->role;
    f.version = a.p.version->shown_number();
    f.condition = too_old ? "RecordAgeExceeded" : "RetryAttemptsExhausted";
    f.invocations = next.attempts;
    f.function_error = outcome.kind == runtime::Outcome::Kind::function_error;
    f.shard = a.source.shard;
    f.first_sequence = a.reading.entries.front().sequence;
    f.last_sequence = a.reading.entries.back().sequence;
    f.first_time = a.reading.entries.front().time;
    f.last_time = a.reading.entries.back().time;
    f.size = int64_t(a.reading.entries.size());
    tx.schedule(work_task("lambda.deliver_batch_failure", a.p.scope, f, now));
  }
  Progress behind_it;
  behind_it.started = true;
  behind_it.next = a.reading.next;
  behind_it.window_start = a.progress.window_start;
  return go_on(tx, a, behind_it, now);
}

Result<void> settle(store::Txn& tx, const Attempt& a, const runtime::Outcome& outcome, Millis now) {
  if (outcome.kind != runtime::Outcome::Kind::success) return batch_failed(tx, a, outcome, now);
  Progress next;
  next.started = true;
  next.next = a.reading.next;
  if (a.p.mapping.report_item_failures && !a.reading.entries.empty()) {
    auto items = failed_items(outcome.payload);
    auto first = items ? first_failed(a, *items) : std::nullopt;
    if (!items || (!items->empty() && !first)) return batch_failed(tx, a, outcome, now);   // what it answers makes no sense: all failed
    if (first) {
      if (*first == 0) return batch_failed(tx, a, outcome, now);
      next.next = std::to_string(dynamodb::sequence_number(a.reading.entries[*first].sequence).value_or(0));
      next.window_state = a.progress.window_state;
      next.window_start = a.progress.window_start;
      return go_on(tx, a, next, now);
    }
  }
  note_result(tx, a.p.scope, a.p.mapping, "OK");
  if (a.p.mapping.tumbling && !a.closes_window) {
    next.window_start = window_of(a.p.mapping, a.reading.first_time);
    next.window_state = window_state(outcome.payload);
  }
  return go_on(tx, a, next, now);
}

Result<void> run_attempt(TaskContext& cx, Attempt a) {
  std::string window;
  if (a.p.mapping.tumbling) {
    Millis start = a.reading.entries.empty() ? a.progress.window_start : window_of(a.p.mapping, a.reading.first_time);
    const std::string& state = a.progress.window_start == start ? a.progress.window_state : std::string();
    window = window_members(a.p.mapping, start, state, a.source.shard, a.closes_window);
  }
  std::string event = event_of(a.reading.entries, window);
  Polling p = a.p;
  Core& core = cx.core();
  std::string trace = trace_through({}, function_arn(p.scope, p.mapping.function), cx.now(), core.random()).header;
  return run_batch(cx, p, std::move(event), std::move(trace), [a = std::move(a), &core](store::Txn& tx, const runtime::Outcome& o) { return settle(tx, a, o, core.now()); });
}

/// Only what was read and filtered away: on without the function.
Result<void> pass_over(TaskContext& cx, const Attempt& a) {
  struct Given { Attempt a; Progress next; Millis now; };
  Progress next = a.progress;
  next.next = a.reading.next;
  next.attempts = 0;
  next.limit = 0;
  next.first_failed = 0;
  return cx.finish(Given{a, next, cx.now()}, [](store::Txn& tx, const Given& g) { return go_on(tx, g.a, g.next, g.now); });
}

Result<void> poll(TaskContext& cx, Polling& p, const Source& source) {
  uint64_t seen = cx.core().state<Triggers>().look(source.key.bytes(), cx.task().id);
  Progress progress;
  cx.read([&](store::Reader& reader) { progress = reader.get_as<Progress>(progress_key(p.scope, p.mapping.uuid)).value_or(Progress{}); });
  if (!progress.started) {
    FB_ASSIGN(first, first_position(cx, p, source));
    progress.started = true;
    progress.next = first;
    struct Given { Scope scope; std::string uuid; Progress progress; };
    FB_TRY(cx.write(Given{p.scope, p.mapping.uuid, progress}, [](store::Txn& tx, const Given& g) -> Result<void> {
      tx.put_record(progress_key(g.scope, g.uuid), g.progress);
      return {};
    }));
  }
  FB_ASSIGN(reading, read_on(cx, p, source, progress));
  Attempt a{p, source, progress, std::move(reading), false};
  Millis now = cx.now();
  if (Millis end = window_end(p.mapping, progress.window_start); end) {
    bool next_window = a.reading.read && window_of(p.mapping, a.reading.first_time) != progress.window_start;
    if (next_window || (!a.reading.read && now >= end)) {   // the open window is over: a last call without records
      a.reading = {};
      a.reading.next = progress.next;
      a.closes_window = true;
      return run_attempt(cx, std::move(a));
    }
    if (!a.reading.read) return fall_asleep(cx, p, source.key.bytes(), seen, end);
  }
  if (!a.reading.read) return fall_asleep(cx, p, source.key.bytes(), seen, {});
  Millis full_at = a.reading.first_time + p.mapping.window * 1000;
  bool full = int64_t(a.reading.read) >= p.mapping.batch_size || progress.limit || progress.attempts;
  if (p.mapping.window && !full && now < full_at) return fall_asleep(cx, p, source.key.bytes(), seen, full_at);
  if (a.reading.entries.empty()) return pass_over(cx, a);
  return run_attempt(cx, std::move(a));
}

}  // namespace

Result<void> poll_stream(TaskContext& cx) {
  auto begun = begin_polling(cx);
  if (!begun) return cx.again_at(cx.now() + 60'000);   // the function or its role is gone, for now
  if (!*begun || !(*begun)->current) return cx.finish();
  Polling p = std::move(**begun);
  auto source = find_source(cx, p.mapping);
  if (!source) return poll_again_after(cx, p, source.error());
  auto done = poll(cx, p, *source);
  if (!done && !cx.ended() && !cx.left_running()) return poll_again_after(cx, p, done.error());
  return done;
}

}  // namespace fogbank::lambda
