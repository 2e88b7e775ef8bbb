// Work of SQS that goes on behind the operations, as tasks of the store (they survive a crash): erasing the messages of purged and deleted
// queues, dropping expired messages, forgetting deleted queues' names. Each run is one bounded transaction that schedules the next.
#pragma once
#include <string>
#include <string_view>

#include "services/sqs/state.h"

namespace fogbank::sqs {

/// A walk over a queue's messages, some hundred at a time.
struct EraseWork {
  uint64_t queue_id = 0;
  bool all = false;            ///< the queue is deleted; else messages up to `mark` are purged
  uint64_t mark = 0;
  Millis visible_at = 0;       ///< where to go on
  uint64_t seq = 0;
  Unknown unknown;
  template <class A> void fields(A& a) { a(1, queue_id); a(2, all); a(3, mark); a(4, visible_at); a(5, seq); a(unknown); }
};

struct SweepWork {
  std::string name;
  uint64_t queue_id = 0;
  Millis visible_at = 0;       ///< where to go on
  uint64_t seq = 0;
  Millis oldest = 0;           ///< when the oldest message that was left was sent; 0: none yet
  Unknown unknown;
  template <class A> void fields(A& a) { a(1, name); a(2, queue_id); a(3, visible_at); a(4, seq); a(5, oldest); a(unknown); }
};

struct ForgetWork {
  std::string name;
  Millis deleted_at = 0;
  Unknown unknown;
  template <class A> void fields(A& a) { a(1, name); a(2, deleted_at); a(unknown); }
};

void schedule_erase(store::Txn& tx, const Scope& scope, const EraseWork& work, Millis due);
/// Schedules the sweep and notes it in the queue's record.
void schedule_sweep(store::Txn& tx, const Scope& scope, std::string_view name, const Queue& queue, Millis due);
void schedule_forget(store::Txn& tx, const Scope& scope, const ForgetWork& work, Millis due);

}  // namespace fogbank::sqs
