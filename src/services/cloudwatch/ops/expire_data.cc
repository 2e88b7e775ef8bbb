// The task expire_data: once a day per Region it merges data that lost its resolution into coarser buckets, and drops what is past its time
// (retention.h). Readers apply the same rules themselves, so the task only saves space; it may run late, be interrupted at any point and run
// again. It walks the directory of metrics and keeps its place in the Expiry record. When the directory is empty it ends; the next first
// metric starts it anew.
#include <map>
#include <vector>

#include "gateway/tasks.h"
#include "gen/cloudwatch/operations.h"
#include "services/cloudwatch/retention.h"
#include "services/cloudwatch/state.h"

namespace fogbank::cloudwatch {
namespace {

// Of a run: what its transaction moves, and what it looks at. A run has one transaction, because the next one must see it committed.
constexpr size_t kRunMoves = 450, kRunBytes = 3 << 19, kRunGone = 50;
constexpr size_t kRunMetrics = 500, kRunBuckets = 50'000;

/// Encoded key of a bucket, and of the coarser one it becomes part of; empty: it is dropped.
struct Move { std::string from, to; };

struct Step {
  Scope scope;
  Millis now = 0;
  std::string cursor;              ///< the metric that the walk has come to
  bool last = false;               ///< the walk is over
  std::vector<Move> moves;
  std::vector<std::string> gone;   ///< directory records without data

  size_t metrics = 0, buckets = 0, bytes = 0;
  bool full() const {
    return moves.size() >= kRunMoves || bytes >= kRunBytes || gone.size() >= kRunGone || metrics >= kRunMetrics || buckets >= kRunBuckets;
  }
};

/// Adds what is to be done for a metric. False: the step was full before the end of its data.
bool look_at(store::Reader& reader, const std::string& metric_key, const Metric& metric, Step& step) {
  bool empty = true, complete = true;
  std::string series = series_id(metric.metric_namespace, metric.name, metric.dimensions);
  reader.scan_prefix(store::key(step.scope, kData, series), [&](std::string_view key, std::string_view bytes, store::Version) {
    DataPlace place = data_place(key);
    if (step.now - Millis(place.start) * 1000 <= 3 * kHour) return empty = false;   // from here on data keeps its resolution
    step.buckets++;
    Window w = window_at(place, step.now);
    empty = empty && w.expired;
    if (!w.expired && w.seconds == place.seconds) return true;
    if (step.moves.size() >= kRunMoves || step.bytes >= kRunBytes) return complete = empty = false;
    step.bytes += bytes.size();
    std::string to = w.expired ? std::string() : data_key(step.scope, series, {w.start, place.unit, w.seconds}).bytes();
    step.moves.push_back({std::string(key), std::move(to)});
    return true;
  });
  if (empty && metric.last_active < step.now - kKept) step.gone.push_back(metric_key);
  return complete;
}

void apply_moves(store::Txn& tx, const std::vector<Move>& moves) {
  std::map<std::string, Bucket> targets;
  for (const Move& m : moves) {
    store::Key from = store::Key::raw(m.from, false);
    auto bucket = tx.get_as<Bucket>(from);
    if (!bucket) continue;
    tx.erase(from);
    if (!m.to.empty()) targets[m.to].merge(*bucket);
  }
  for (const auto& [key, added] : targets) {
    store::Key to = store::Key::raw(key, false);
    auto known = tx.get_as<Bucket>(to);
    if (known) known->merge(added);
    tx.put_record(to, known ? *known : added);
  }
}

Result<void> apply_step(store::Txn& tx, const Step& step) {
  apply_moves(tx, step.moves);
  for (const std::string& encoded : step.gone) {
    store::Key key = store::Key::raw(encoded, false);
    auto metric = tx.get_as<Metric>(key);   // data may have come meanwhile
    if (metric && metric->last_active < step.now - kKept) tx.erase(key);
  }
  store::Key place = store::key(step.scope, kExpiry);
  auto expiry = tx.get_as<Expiry>(place);
  if (!expiry) return {};   // a reset dropped it
  expiry->cursor = step.last ? std::string() : step.cursor;
  tx.put_record(place, *expiry);
  return {};
}

/// Ends the task if there are no metrics.
Result<void> end_if_empty(store::Txn& tx, const Scope& scope) {
  bool any = false;
  tx.scan_prefix(store::key(scope, kMetrics), [&](std::string_view, std::string_view, store::Version) { return !(any = true); });
  store::Key place = store::key(scope, kExpiry);
  auto expiry = tx.get_as<Expiry>(place);
  if (any || !expiry) return {};
  tx.cancel(expiry->task);
  tx.erase(place);
  return {};
}

/// False: this task is not the Region's (a reset made it obsolete).
bool plan(store::Reader& reader, uint64_t task, Step& step) {
  auto expiry = reader.get_as<Expiry>(store::key(step.scope, kExpiry));
  if (!expiry || expiry->task != task) return false;
  step.cursor = expiry->cursor;
  store::Key all = store::key(step.scope, kMetrics);
  store::Key from = step.cursor.empty() ? all : store::Key::raw(step.cursor + '\0', false);
  step.last = true;
  reader.scan(from, all.after_prefix(), store::Order::ascending, [&](std::string_view key, std::string_view bytes, store::Version) {
    if (step.full()) return step.last = false;
    step.metrics++;
    auto metric = decode<Metric>(bytes);
    if (!metric) throw std::runtime_error("a stored metric is damaged");
    if (!look_at(reader, std::string(key), *metric, step)) return step.last = false;
    step.cursor = key;
    return true;
  });
  return true;
}

}  // namespace

Result<void> expire_data(TaskContext& cx) {
  Step step;
  step.scope = cx.task().scope;
  step.now = cx.now();
  bool ours = false;
  cx.read([&](store::Reader& reader) { ours = plan(reader, cx.task().id, step); });
  if (!ours) return cx.finish();
  FB_TRY(cx.write(step, apply_step));
  FB_TRY(cx.again_at(step.last ? step.now + kDay : step.now));
  if (step.last) FB_TRY(cx.write(step.scope, end_if_empty));
  return {};
}

}  // namespace fogbank::cloudwatch
