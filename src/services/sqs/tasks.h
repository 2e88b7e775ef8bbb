// Work of SQS that goes on behind the operations, as tasks of the store (they survive a crash): erasing the messages of purged and deleted
// queues, dropping expired messages, forgetting deleted queues' names. Each run is one bounded transaction that schedules the next.
#pragma once
#include <string>
#include <string_view>

#include "services/sqs/state.h"

namespace fogbank::sqs {

/// A walk over a queue's messages, some hundred at a time. FIFO queues have their groups put in order behind it.
struct EraseWork {
  uint64_t queue_id = 0;
  bool all = false;            ///< the queue is deleted; else messages up to `mark` are purged
  uint64_t mark = 0;
  bool fifo = false;
  std::string name;            ///< of a FIFO queue that is purged
  int64_t phase = 0;           ///< how many tables are done
  std::string cursor;          ///< key to go on at; empty: from the start of the table
  Unknown unknown;
  template <class A> void fields(A& a) { a(1, queue_id); a(2, all); a(3, mark); a(6, fifo); a(7, name); a(8, phase); a(9, cursor); a(unknown); }
};

struct SweepWork {
  std::string name;
  uint64_t queue_id = 0;
  Millis oldest = 0;           ///< when the oldest message that was left was sent; 0: none yet
  int64_t phase = 0;
  std::string cursor;
  Unknown unknown;
  template <class A> void fields(A& a) { a(1, name); a(2, queue_id); a(5, oldest); a(6, phase); a(7, cursor); a(unknown); }
};

struct ForgetWork {
  std::string name;
  Millis deleted_at = 0;
  Unknown unknown;
  template <class A> void fields(A& a) { a(1, name); a(2, deleted_at); a(unknown); }
};

/// Deduplication ids of a FIFO queue, window by window.
struct DedupWork {
  std::string name;
  uint64_t queue_id = 0;
  Unknown unknown;
  template <class A> void fields(A& a) { a(1, name); a(2, queue_id); a(unknown); }
};

void schedule_erase(store::Txn& tx, const Scope& scope, const EraseWork& work, Millis due);
/// Sees to it that what a queue is given now will be dropped when its time is over, and notes that in the queue's record.
void plan_tasks(store::Txn& tx, const Scope& scope, std::string_view name, const Queue& queue, Millis now);
/// Schedules the sweep and notes it in the queue's record.
void schedule_sweep(store::Txn& tx, const Scope& scope, std::string_view name, const Queue& queue, Millis due);
void schedule_forget(store::Txn& tx, const Scope& scope, const ForgetWork& work, Millis due);

}  // namespace fogbank::sqs
