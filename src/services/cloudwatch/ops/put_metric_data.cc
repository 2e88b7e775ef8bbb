// PutMetricData: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html
// All of a request's data is checked before any of it is stored. Data of one metric, minute and unit is aggregated before it is written, and
// what does not fit into one transaction follows in further ones: they are acknowledged together, and all are in the batch that the reply
// waits for.
#include <map>

#include "base/strings.h"
#include "gateway/context.h"
#include "gen/cloudwatch/operations.h"
#include "services/cloudwatch/rules.h"
#include "services/cloudwatch/state.h"

namespace fogbank::cloudwatch {
namespace {

constexpr size_t kMaxRequest = 1 << 20;
// Of a transaction; below the store's bounds, because a step adds at most two records, a task and its watermark, of some 10 KB.
constexpr size_t kStepKeys = 900, kStepBytes = 3 << 20;

/// One metric of the request with its aggregates, by encoded key.
struct Entry {
  Metric metric;
  std::map<std::string, Bucket> buckets;
};
using Entries = std::map<std::string, Entry>;   ///< by encoded key of the directory record

Entries group(const Scope& scope, std::vector<Datum> data) {
  Entries out;
  for (Datum& d : data) {
    std::string series = series_id(d.metric.metric_namespace, d.metric.name, d.metric.dimensions);
    Entry& entry = out[metric_key(scope, d.metric).bytes()];
    entry.buckets[data_key(scope, series, d.place).bytes()].merge(d.bucket);
    if (entry.metric.name.empty()) entry.metric = std::move(d.metric);
  }
  return out;
}

/// The first metric of a Region starts the task that lets data expire.
void ensure_expiry(store::Txn& tx, const Scope& scope, Millis now) {
  store::Key key = store::key(scope, kExpiry);
  if (tx.has(key)) return;
  store::Task task;
  task.kind = "cloudwatch.expire_data";
  task.scope = scope;
  task.lane = cat("cloudwatch.expire_data/", scope.account.str(), '/', scope.region.str());
  task.due = now + kDay;
  task.recurring = true;
  Expiry expiry;
  expiry.task = tx.schedule(task);
  tx.put_record(key, expiry);
}

class Writer {
 public:
  Writer(Context& cx, State& state, const Entries& entries) : cx_(cx), state_(state), at_(entries.begin()), end_(entries.end()) {
    if (at_ != end_) bucket_ = at_->second.buckets.begin();
  }

  Result<void> run() {
    while (at_ != end_) {
      const Writer start = *this;   // a transaction may be run again
      FB_TRY(cx_.write([&](store::Txn& tx) -> Result<void> {
        at_ = start.at_;
        bucket_ = start.bucket_;
        keys_ = bytes_ = 0;
        while (at_ != end_ && keys_ < kStepKeys && bytes_ < kStepBytes) step(tx);
        return {};
      }));
    }
    return {};
  }

 private:
  void step(store::Txn& tx) {
    const Entry& entry = at_->second;
    if (bucket_ == entry.buckets.begin()) touch_metric(tx, entry.metric);
    put(tx, bucket_->first, bucket_->second);
    if (++bucket_ != entry.buckets.end()) return;
    if (++at_ != end_) bucket_ = at_->second.buckets.begin();
  }

  void touch_metric(store::Txn& tx, Metric metric) {
    store::Key key = store::Key::raw(at_->first, false);
    auto known = state_.metrics.get(tx, key);
    Millis now = cx_.now();
    if (known && now - known->last_active < kTouch) return;
    if (known) metric.unknown = known->unknown;
    else ensure_expiry(tx, cx_.scope(), now);
    metric.last_active = now;
    write(tx, key, encode(metric));
  }

  void put(store::Txn& tx, const std::string& encoded, const Bucket& added) {
    store::Key key = store::Key::raw(encoded, false);
    auto known = tx.get_as<Bucket>(key);
    if (!known) return write(tx, key, encode(added));
    known->merge(added);
    write(tx, key, encode(*known));
  }

  void write(store::Txn& tx, const store::Key& key, std::string_view bytes) {
    tx.put(key, bytes);
    keys_++;
    bytes_ += key.bytes().size() + bytes.size();
  }

  Context& cx_;
  State& state_;
  Entries::const_iterator at_, end_;
  std::map<std::string, Bucket>::const_iterator bucket_;
  size_t keys_ = 0, bytes_ = 0;
};

Result<void> check_size(Context& cx) {
  auto length = parse_int(cx.header("content-length"));
  if (!length || *length <= int64_t(kMaxRequest)) return {};
  return fail("RequestEntityTooLarge", cat("Request size exceeds the limit of ", kMaxRequest, " bytes."), 413);
}

}  // namespace

Result<void> PutMetricData(Context& cx, const svc::PutMetricDataInput& in, svc::PutMetricDataOutput&) {
  FB_TRY(check_size(cx));
  bool service = cx.principal().kind == auth::PrincipalKind::service;
  FB_ASSIGN(data, read_metric_data(in, {cx.now(), machine_now()}, service));
  const Entries entries = group(cx.scope(), std::move(data));
  return Writer(cx, cx.state<State>(), entries).run();
}

}  // namespace fogbank::cloudwatch
