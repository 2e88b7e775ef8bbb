// BatchGetItem, BatchWriteItem: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html
// Everything is checked before anything is done. Each write of a batch is a transaction of its own, as it is at DynamoDB.
#include <algorithm>
#include <set>

#include "gen/dynamodb/operations.h"
#include "services/dynamodb/capacity.h"
#include "services/dynamodb/errors.h"
#include "services/dynamodb/writes.h"

namespace fogbank::dynamodb {
namespace {

constexpr size_t kMaxBatchBytes = 16 << 20;

struct TableReads {
  Str name;
  TableRef table;
  std::vector<ItemKey> keys;
  std::optional<std::vector<Path>> projection;
  bool consistent = false;
  const svc::KeysAndAttributes* in = nullptr;
};

ApiError duplicates() { return invalid("Provided list of item keys contains duplicates"); }

/// Expressions of one table and legacy parameters of another do not go together either.
Result<void> check_one_kind(const Map<svc::KeysAndAttributes>& tables) {
  bool expression = false, legacy = false;
  for (const auto& e : tables) {
    expression = expression || e.value.ProjectionExpression;
    legacy = legacy || e.value.AttributesToGet;
  }
  if (!expression || !legacy) return {};
  return fail(invalid("Can not use both expression and non-expression parameters in the same request: Non-expression parameters: {AttributesToGet} Expression parameters: {ProjectionExpression}"));
}

Result<void> read_keys_of(Context& cx, TableReads& reads, Expressions& expressions) {
  const auto& in = *reads.in;
  FB_TRY(expressions.begin(in.ExpressionAttributeNames, nullptr, {{"ProjectionExpression", in.ProjectionExpression.has()}},
                           {{"AttributesToGet", in.AttributesToGet.has()}}));
  FB_ASSIGN(projection, expressions.projection(in.ProjectionExpression));
  FB_TRY(expressions.finish());
  reads.projection = in.AttributesToGet ? Expressions::attributes_to_get(in.AttributesToGet) : std::move(projection);
  reads.consistent = in.ConsistentRead.value_or(false);
  FB_ASSIGN(table, find_table(cx, reads.name));
  reads.table = std::move(table);
  std::set<ItemKey> seen;
  for (const auto& k : in.Keys) {
    FB_ASSIGN(key, read_key(*reads.table.table, k));
    if (!seen.insert(key).second) return fail(duplicates());
    reads.keys.push_back(std::move(key));
  }
  return {};
}

}  // namespace

Result<void> BatchGetItem(Context& cx, const svc::BatchGetItemInput& in, svc::BatchGetItemOutput& out) {
  size_t keys = 0;
  for (const auto& e : in.RequestItems) keys += e.value.Keys.size();
  if (keys > 100) return fail(invalid("Too many items requested for the BatchGetItem call"));
  FB_TRY(check_one_kind(in.RequestItems));
  std::deque<Expressions> expressions;
  std::deque<TableReads> all;
  for (const auto& e : in.RequestItems) {
    TableReads& reads = all.emplace_back();
    reads.name = e.key;
    reads.in = &e.value;
    FB_TRY(read_keys_of(cx, reads, expressions.emplace_back()));
  }
  out.Responses.reserve(cx.arena(), uint32_t(all.size()));
  out.UnprocessedKeys.reserve(cx.arena(), 0);
  Throttle& throttle = cx.state<State>().throttle;
  bool any_done = false;
  std::optional<ApiError> throttled;
  cx.read([&](store::Reader& reader) {
    size_t bytes = 0;
    for (TableReads& reads : all) {
      auto& items = out.Responses.add(cx.arena(), reads.name);
      items.reserve(cx.arena(), uint32_t(reads.keys.size()));
      Usage usage;
      svc::KeysAndAttributes* left = nullptr;
      for (size_t i = 0; i < reads.keys.size(); i++) {
        std::optional<std::string> item;
        bool refused = false;
        if (auto admitted = throttle.admit(*reads.table.table, Throttle::Kind::read, cx.now()); !admitted) {
          throttled = std::move(admitted.error());
          refused = true;
        }
        if (!left && !refused) item = get_item(reader, reads.table.scope, *reads.table.table, reads.keys[i]);
        size_t size = item ? item_size(*item) : 0;
        if (left || refused || bytes + size > kMaxBatchBytes) {   // the rest is for the next call
          if (!left) {
            left = &out.UnprocessedKeys.add(cx.arena(), reads.name);
            *left = *reads.in;
            left->Keys = {};
          }
          left->Keys.push(cx.arena(), reads.in->Keys[i]);
          continue;
        }
        bytes += size;
        any_done = true;
        double units = read_units(size, reads.consistent);
        usage.table += units;
        throttle.charge(*reads.table.table, Throttle::Kind::read, units, cx.now());
        if (item) decode_copy(cx.arena(), reads.projection ? project(*item, *reads.projection) : *item, items.add(cx.arena()));
      }
      if (capacity_wanted(in.ReturnConsumedCapacity))
        fill_capacity(cx, in.ReturnConsumedCapacity, reads.table->name, usage, out.ConsumedCapacity.add(cx.arena()));
    }
  });
  if (throttled && !any_done) return fail(std::move(*throttled));
  return {};
}

namespace {

struct TableWrites {
  Str name;
  TableRef table;
  std::vector<Write> writes;
  Usage usage;
  const List<svc::WriteRequest>* in = nullptr;
};

Result<void> read_writes(Context& cx, const List<svc::WriteRequest>& in, TableWrites& out) {
  FB_ASSIGN(table, find_table(cx, out.name));
  out.table = std::move(table);
  std::set<ItemKey> seen;
  for (const auto& w : in) {
    if (w.PutRequest.has() == w.DeleteRequest.has())
      return fail(invalid(w.PutRequest ? "Supplied WriteRequest has more than one member set, must contain exactly one of PutRequest or DeleteRequest"
                                       : "Supplied WriteRequest is empty, must contain exactly one of PutRequest or DeleteRequest"));
    Write one;
    one.table = out.table;
    if (w.PutRequest) {
      one.verb = Verb::put;
      FB_ASSIGN(item, encode_item(w.PutRequest->Item));
      one.item = std::move(item);
      if (auto key = key_in_item(*out.table.table, one.item); !key && is_schema_mismatch(key.error())) return fail(key_mismatch());
      FB_ASSIGN(key, check_item(*out.table.table, one.item));
      one.key = std::move(key);
    } else {
      one.verb = Verb::remove;
      FB_ASSIGN(key, read_key(*out.table.table, w.DeleteRequest->Key));
      one.key = std::move(key);
    }
    if (!seen.insert(one.key).second) return fail(duplicates());
    out.writes.push_back(std::move(one));
  }
  return {};
}

void add_usage(Usage& to, const Usage& from) {
  to.table += from.table;
  for (const auto& [name, n] : from.global) to.global[name] += n;
  for (const auto& [name, n] : from.local) to.local[name] += n;
}

}  // namespace

Result<void> BatchWriteItem(Context& cx, const svc::BatchWriteItemInput& in, svc::BatchWriteItemOutput& out) {
  size_t requests = 0;
  for (const auto& e : in.RequestItems) requests += e.value.size();
  if (requests > 25) return fail(invalid("Too many items requested for the BatchWriteItem call"));
  std::deque<TableWrites> all;
  for (const auto& e : in.RequestItems) {
    TableWrites& writes = all.emplace_back();
    writes.name = e.key;
    writes.in = &e.value;
    FB_TRY(read_writes(cx, e.value, writes));
  }
  Millis now = cx.now();
  Throttle& throttle = cx.state<State>().throttle;
  out.UnprocessedItems.reserve(cx.arena(), 0);
  bool any_done = false;
  std::optional<ApiError> throttled;
  for (TableWrites& t : all) {
    List<svc::WriteRequest>* left = nullptr;
    for (size_t i = 0; i < t.writes.size(); i++) {
      const Write& w = t.writes[i];
      Usage usage;
      auto written = throttle.admit(*t.table.table, Throttle::Kind::write, now);
      if (written) {
        written = cx.write([&](store::Txn& tx) -> Result<void> {
          FB_ASSIGN(done, perform(cx, tx, w, now, 0));
          FB_TRY(throttle.admit_indexes(*t.table.table, done.usage.global, now));
          usage = std::move(done.usage);
          return {};
        });
      }
      if (!written && written.error().code == "ProvisionedThroughputExceededException") {   // for the next call
        throttled = std::move(written.error());
        if (!left) left = &out.UnprocessedItems.add(cx.arena(), t.name);
        left->push(cx.arena(), (*t.in)[i]);
        continue;
      }
      FB_TRY(std::move(written));
      add_usage(t.usage, usage);
      throttle.charge(*t.table.table, Throttle::Kind::write, usage.table, now);
      throttle.charge_indexes(*t.table.table, usage.global, now);
      any_done = true;
    }
  }
  if (throttled && !any_done) return fail(std::move(*throttled));
  for (TableWrites& t : all) {
    if (capacity_wanted(in.ReturnConsumedCapacity)) fill_capacity(cx, in.ReturnConsumedCapacity, t.table->name, t.usage, out.ConsumedCapacity.add(cx.arena()));
    if (!metrics_wanted(in.ReturnItemCollectionMetrics, *t.table.table)) continue;
    auto& metrics = out.ItemCollectionMetrics.add(cx.arena(), t.name);
    std::set<std::string> seen;
    for (const Write& w : t.writes)
      if (seen.insert(w.key.hash).second) fill_metrics(cx, in.ReturnItemCollectionMetrics, *t.table.table, w.key, metrics.add(cx.arena()));
  }
  return {};
}

}  // namespace fogbank::dynamodb
