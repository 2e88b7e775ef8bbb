// Work of DynamoDB that goes on behind the operations, as tasks of the store (they survive a crash): erasing what deleted tables and
// indexes left, filling new indexes, expiring items, trimming streams. Each run is one bounded transaction that schedules the next.
#pragma once
#include <string>
#include <string_view>

#include "services/dynamodb/state.h"

namespace fogbank::dynamodb {

/// Everything of one id in one of the tables kItems, kEntries, kExpiries, kStreamRecords.
struct EraseWork {
  std::string table;           ///< of the store: "item"
  uint64_t id = 0;
  Unknown unknown;
  template <class A> void fields(A& a) { a(1, table); a(2, id); a(unknown); }
};

struct FillWork {
  std::string table;
  uint64_t table_id = 0, index_id = 0;
  std::string from;            ///< encoded key where to go on; empty: the beginning
  bool expiries = false;       ///< not an index: the expiry times of time to live
  Unknown unknown;
  template <class A> void fields(A& a) { a(1, table); a(2, table_id); a(3, index_id); a(4, from); a(5, expiries); a(unknown); }
};

struct ExpireWork {
  std::string table;
  uint64_t table_id = 0;
  Unknown unknown;
  template <class A> void fields(A& a) { a(1, table); a(2, table_id); a(unknown); }
};

struct TrimWork {
  std::string table, label;
  uint64_t stream_id = 0;
  Unknown unknown;
  template <class A> void fields(A& a) { a(1, table); a(2, label); a(3, stream_id); a(unknown); }
};

void schedule_erase(store::Txn& tx, const Scope& scope, const store::Table& what, uint64_t id, Millis due);
void schedule_fill(store::Txn& tx, const Scope& scope, const FillWork& work, Millis due);
void schedule_trim(store::Txn& tx, const Scope& scope, const TrimWork& work, Millis due);

}  // namespace fogbank::dynamodb
