// Work of CloudWatch Logs that goes on behind the operations, as tasks of the store (they survive a crash): erasing what deleted groups and
// streams left, and events older than their group's retention. Each run is one bounded transaction that schedules the next.
#pragma once
#include <string>

#include "services/logs/state.h"

namespace fogbank::logs {

/// What a deleted stream (or, `stream` 0, a deleted group) left.
struct EraseWork {
  uint64_t group = 0, stream = 0;
  Unknown unknown;
  template <class A> void fields(A& a) { a(1, group); a(2, stream); a(unknown); }
};

struct ExpireWork {
  std::string group;        ///< its name
  uint64_t group_id = 0;
  std::string from;         ///< encoded key where to go on; empty: the beginning
  Unknown unknown;
  template <class A> void fields(A& a) { a(1, group); a(2, group_id); a(3, from); a(unknown); }
};

void schedule_erase(store::Txn& tx, const Scope& scope, const EraseWork& work, Millis due);
/// Makes sure that the group's expired events are erased soon; notes the task in the record.
void schedule_expiry(store::Txn& tx, const Scope& scope, Group& group, Millis due);

}  // namespace fogbank::logs
