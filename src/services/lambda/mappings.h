// Event source mappings: their records, and the tasks that read for them.
//
//   mapping    (uuid)          Mapping
//   mappingix  (uuid)          MappingPlace; of the whole partition, so that a starting server finds all
//   poller     (uuid, slot)    Poller: the task that reads, several at a time; the slots of a stream share its records by partition key
//   mapprog    (uuid, slot)    Progress of a stream
//
// A mapping's generation is raised by every change; pollers of an older one end. Everything is in the store: after a crash the pollers' tasks
// go on, and what a poller had received is given to it again as the stored answer of its ReceiveMessage.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "services/lambda/state.h"

namespace fogbank::lambda {

inline constexpr store::Table kMappings{"lambda", "mapping"};
inline constexpr store::Table kMappingIndex{"lambda", "mappingix"};
inline constexpr store::Table kPollers{"lambda", "poller"};
inline constexpr store::Table kProgress{"lambda", "mapprog"};

enum class MappingState : uint8_t { creating, enabling, enabled, disabling, disabled, updating, deleting };

struct Mapping {
  std::string uuid, source_arn;
  std::string function_arn;                ///< with its qualifier
  std::string function, qualifier;
  MappingState state = MappingState::creating;
  bool wanted = true;                      ///< Enabled, once the state has settled
  std::string reason, result;
  int64_t batch_size = 10, window = 0;
  Millis modified = 0;
  std::vector<std::string> filters;        ///< patterns, JSON
  bool has_filters = false;
  bool report_item_failures = false;
  std::optional<int64_t> max_concurrency;  ///< SQS
  // streams
  std::string position;
  std::optional<Millis> position_time;
  int64_t parallelization = 1, max_age = -1, max_retries = -1, tumbling = 0;
  bool bisect = false;
  std::string on_failure;
  Tags tags;
  uint64_t generation = 0;
  Unknown unknown;
  template <class A> void fields(A& a) {
    a(1, uuid); a(2, source_arn); a(3, function_arn); a(4, function); a(5, qualifier); a(6, state); a(7, wanted); a(8, reason); a(9, result);
    a(10, batch_size); a(11, window); a(12, modified); a(13, filters); a(14, has_filters); a(15, report_item_failures); a(16, max_concurrency);
    a(17, position); a(18, position_time); a(19, parallelization); a(20, max_age); a(21, max_retries); a(22, tumbling); a(23, bisect);
    a(24, on_failure); a(25, tags); a(26, generation); a(unknown);
  }
  bool settled() const { return state == MappingState::enabled || state == MappingState::disabled; }
  bool queue() const { return source_arn.find(":sqs:") != std::string::npos; }
};

struct MappingPlace {
  std::string account, region;
  Unknown unknown;
  template <class A> void fields(A& a) { a(1, account); a(2, region); a(unknown); }
};

struct Poller {
  uint64_t task = 0;
  bool sleeping = false;                   ///< with nothing in hand
  Unknown unknown;
  template <class A> void fields(A& a) { a(1, task); a(2, sleeping); a(unknown); }
};

/// How far a slot has read its stream, and the batch that failed.
struct Progress {
  bool started = false;
  std::string next;                        ///< sequence number from which to go on
  int64_t attempts = 0;                    ///< of the batch at `next`
  std::vector<std::string> pieces;         ///< where the batch that is tried again ends, and behind it the ends of its halves, the first one last
  std::string window_state;                ///< tumbling windows: what the function handed on, JSON
  Millis window_start = 0;                 ///< 0: none is open
  bool window_early = false;               ///< its state has become too large: it is to be closed
  Unknown unknown;
  template <class A> void fields(A& a) {
    a(1, started); a(2, next); a(3, attempts); a(6, window_state); a(7, window_start); a(8, pieces); a(9, window_early); a(unknown);
  }
};

/// Payload of a poller's task (poll_queue, poll_stream).
struct PollWork {
  std::string uuid;
  uint64_t generation = 0;
  int64_t slot = 0;
  std::vector<std::string> receipts;       ///< of messages that are done with
  std::vector<int64_t> steps;              ///< in which messages were received that are not yet in a batch
  int64_t next_step = 1;
  Millis window_end = 0;
  int64_t failures = 0;                    ///< in a row, of reading the source
  Unknown unknown;
  template <class A> void fields(A& a) {
    a(1, uuid); a(2, generation); a(3, slot); a(4, receipts); a(5, steps); a(6, next_step); a(7, window_end); a(8, failures); a(unknown);
  }
};

/// Payload of settle_mapping.
struct SettleMapping {
  std::string uuid;
  uint64_t generation = 0;
  Unknown unknown;
  template <class A> void fields(A& a) { a(1, uuid); a(2, generation); a(unknown); }
};

store::Key mapping_key(const Scope& scope, std::string_view uuid);
store::Key mapping_index_key(const Scope& scope, std::string_view uuid);
store::Key poller_key(const Scope& scope, std::string_view uuid, int64_t slot);
store::Key progress_key(const Scope& scope, std::string_view uuid, int64_t slot);
store::Key all_progress(const Scope& scope, std::string_view uuid);

int64_t slots_of(const Mapping& mapping);
/// Where a stream begins to be read: noted for every slot that has no place yet.
void begin_at(store::Txn& tx, const Scope& scope, const Mapping& mapping, const std::string& position);
/// The task that a poller's work is from now on; recorded as the slot's. Returns it with its id.
store::Task schedule_poller(store::Txn& tx, const Scope& scope, const Mapping& mapping, const PollWork& work, Millis due, bool sleeping = false);
/// The task of a sleeping poller, to be due at another time.
store::Task sleeping_task(const Scope& scope, const Mapping& mapping, int64_t slot, uint64_t id, Millis due);
PollWork idle_work(const Mapping& mapping, int64_t slot);
void schedule_settling(store::Txn& tx, const Scope& scope, const Mapping& mapping, Millis now);
/// Ends a mapping's pollers.
void cancel_pollers(store::Txn& tx, const Scope& scope, const std::string& uuid);

}  // namespace fogbank::lambda
