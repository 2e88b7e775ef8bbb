#include "services/lambda/stream_reading.h"

#include <algorithm>

#include "base/encoding.h"
#include "base/json_text.h"
#include "base/strings.h"
#include "gen/dynamodbstreams/operations.h"
#include "gen/dynamodbstreams/tables.h"
#include "services/lambda/stream_windows.h"
#include "wire/codec.h"

namespace fogbank::lambda {
namespace {

namespace streams = dynamodbstreams;

constexpr size_t kMaxEvent = 5 << 20;
constexpr int64_t kMaxRecords = 1000;      // of one GetRecords
constexpr int kFirstStep = 10, kMaxReads = 40;

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

/// Which of the mapping's slots a record belongs to: items with the same partition key stay in order.
int64_t slot_of(const streams::svc::Record& r, const streams::StreamSource& source, int64_t slots) {
  if (slots < 2) return 0;
  std::string key;
  for (const auto& k : r.dynamodb->Keys) if (k.key == source.hash) wire::to_json(*streams::shapes::AttributeValue, &k.value, key);
  uint64_t n = 0;
  auto digest = sha256(key);
  for (size_t i = 0; i < 8; i++) n = n << 8 | digest[i];
  return int64_t(n % uint64_t(slots));
}

class Reader {
 public:
  Reader(TaskContext& cx, const Polling& p, const streams::StreamSource& source, const Progress& progress, std::vector<event_pattern::PatternPtr> filters)
      : cx_(cx), p_(p), source_(source), filters_(std::move(filters)), bound_(progress.pieces.empty() ? 0 : number(progress.pieces.back())) {
    out_.next = progress.next;
  }

  Result<Reading> run() {
    for (int i = 0; i < kMaxReads && !out_.full && !at_bound(); i++) {
      FB_ASSIGN(records, get(kFirstStep + 2 * i));
      if (records->Records.empty()) break;
      for (const auto& r : records->Records) if (!take(r)) break;
    }
    return std::move(out_);
  }

 private:
  static uint64_t number(std::string_view s) { return uint64_t(parse_int(s).value_or(0)); }
  bool at_bound() const { return bound_ && number(out_.next) >= bound_; }

  Result<const streams::svc::GetRecordsOutput*> get(int step) {
    streams::svc::GetRecordsInput in{};
    in.Limit = int32_t(std::min<int64_t>(p_.mapping.batch_size, kMaxRecords));
    auto call = [&](int s, uint64_t from) {
      in.ShardIterator = cx_.str(streams::iterator_text({source_.address, from, cx_.now()}));
      return cx_.call<streams::op::GetRecords>(s, p_.role, source_.address.scope, in);
    };
    auto out = call(step, number(out_.next));
    if (!out && out.error().code == "TrimmedDataAccessException") return call(step + 1, 0);   // older than a day: gone
    return out;
  }

  /// No more after this one where it answers false.
  bool take(const streams::svc::Record& r) {
    std::string_view sequence = r.dynamodb->SequenceNumber;
    uint64_t position = streams::position_of(sequence);
    if (bound_ && position >= bound_) {   // positions have gaps: the piece ends here all the same
      out_.next = std::to_string(bound_);
      return stop();
    }
    if (slot_of(r, source_, p_.mapping.parallelization) == p_.work.slot) {
      if (int64_t(out_.read) >= p_.mapping.batch_size) return stop();
      Entry e{record_json(r, p_.mapping), std::string(sequence), r.dynamodb->ApproximateCreationDateTime.value_or(0)};
      if (!out_.entries.empty() && bytes_ + e.json.size() > kMaxEvent) return stop();
      if (window_of(p_.mapping, e.time) != window_of(p_.mapping, out_.read ? out_.first_time : e.time)) return stop();
      if (!out_.read++) out_.first_time = e.time;
      keep(std::move(e));
    }
    out_.next = std::to_string(position + 1);
    if (int64_t(out_.read) >= p_.mapping.batch_size) return stop();
    return true;
  }

  bool stop() {
    out_.full = true;
    return false;
  }

  void keep(Entry&& e) {
    if (!filters_.empty()) {
      auto json = event_pattern::parse_json(e.json);
      if (!json || !passes(filters_, *json)) return;
    }
    bytes_ += e.json.size();
    out_.entries.push_back(std::move(e));
  }

  TaskContext& cx_;
  const Polling& p_;
  const streams::StreamSource& source_;
  std::vector<event_pattern::PatternPtr> filters_;
  uint64_t bound_;
  size_t bytes_ = 0;
  Reading out_;
};

}  // namespace

Result<std::string> first_position(TaskContext& cx, const auth::Principal& role, const Mapping& mapping, const streams::StreamSource& source) {
  streams::svc::DescribeStreamInput describe{};
  describe.StreamArn = cx.str(mapping.source_arn);
  FB_TRY(cx.call<streams::op::DescribeStream>(1, role, source.address.scope, describe));
  streams::svc::GetShardIteratorInput in{};
  in.StreamArn = describe.StreamArn;
  in.ShardId = cx.str(source.shard);
  in.ShardIteratorType = mapping.position == "LATEST" ? "LATEST" : "TRIM_HORIZON";
  FB_ASSIGN(out, cx.call<streams::op::GetShardIterator>(2, role, source.address.scope, in));
  FB_ASSIGN(iterator, streams::read_iterator(out->ShardIterator));
  return std::to_string(iterator.sequence);
}

Result<Reading> read_on(TaskContext& cx, const Polling& p, const streams::StreamSource& source, const Progress& progress) {
  FB_ASSIGN(filters, compile_filters(p.mapping.filters));
  return Reader(cx, p, source, progress, std::move(filters)).run();
}

}  // namespace fogbank::lambda
