// Consumed capacity and item collection metrics of answers.
#pragma once
#include "gateway/context.h"
#include "services/dynamodb/items.h"
#include "services/dynamodb/wire_values.h"

namespace fogbank::dynamodb {

enum class Units : uint8_t { plain, read, write };   ///< transactions tell reads and writes apart

/// `mode` is ReturnConsumedCapacity; nothing is told without it or for NONE.
inline bool capacity_wanted(Str mode) { return mode && mode != "NONE"; }
void fill_capacity(Context& cx, Str mode, std::string_view table, const Usage& usage, svc::ConsumedCapacity& out, Units units = Units::plain);
inline void tell_capacity(Context& cx, Str mode, std::string_view table, const Usage& usage, Ptr<svc::ConsumedCapacity>& out) {
  if (capacity_wanted(mode)) fill_capacity(cx, mode, table, usage, cx.make(out));
}
/// Only tables with local indexes have item collections.
bool fill_metrics(Context& cx, Str mode, const Table& table, const ItemKey& key, svc::ItemCollectionMetrics& out);
inline bool metrics_wanted(Str mode, const Table& table) { return mode == "SIZE" && table.has_local_indexes(); }

}  // namespace fogbank::dynamodb
