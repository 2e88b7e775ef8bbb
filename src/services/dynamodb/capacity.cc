#include "services/dynamodb/capacity.h"

namespace fogbank::dynamodb {
namespace {

void set(double n, Units units, Opt<double>& all, Opt<double>& read, Opt<double>& write) {
  all = n;
  if (units == Units::read) read = n;
  if (units == Units::write) write = n;
}

void fill_indexes(Context& cx, const std::map<std::string, double>& usage, Units units, Map<svc::Capacity>& out) {
  for (const auto& [name, n] : usage) {
    auto& c = out.add(cx.arena(), cx.str(name));
    set(n, units, c.CapacityUnits, c.ReadCapacityUnits, c.WriteCapacityUnits);
  }
}

}  // namespace

void fill_capacity(Context& cx, Str mode, std::string_view table, const Usage& usage, svc::ConsumedCapacity& out, Units units) {
  out.TableName = cx.str(table);
  set(usage.total(), units, out.CapacityUnits, out.ReadCapacityUnits, out.WriteCapacityUnits);
  if (mode != "INDEXES") return;
  auto& t = cx.make(out.Table);
  set(usage.table, units, t.CapacityUnits, t.ReadCapacityUnits, t.WriteCapacityUnits);
  fill_indexes(cx, usage.global, units, out.GlobalSecondaryIndexes);
  fill_indexes(cx, usage.local, units, out.LocalSecondaryIndexes);
}

bool fill_metrics(Context& cx, Str mode, const Table& table, const ItemKey& key, svc::ItemCollectionMetrics& out) {
  if (!metrics_wanted(mode, table)) return false;
  std::string value = make_value(table.type_of(table.hash), key.hash), item;
  put_member(item, table.hash, value);
  decode_copy(cx.arena(), item, out.ItemCollectionKey);
  out.SizeEstimateRangeGB.push(cx.arena(), 0.0);
  out.SizeEstimateRangeGB.push(cx.arena(), 1.0);
  return true;
}

}  // namespace fogbank::dynamodb
