// The limit of about 120,000 messages of a queue in flight (received, hidden, not deleted).
//
// Counting them means to read them, so it is done rarely: a count leaves an allowance, receives use it up, and only then is counted again
// (at the limit once a second at most). The allowance is a memory of this process; after a restart the first receive counts. Thread-safe.
#pragma once
#include <map>

#include "base/guarded.h"
#include "services/sqs/state.h"

namespace fogbank::sqs {

inline constexpr int64_t kMaxInFlight = 120'000;

class InFlightLimit {
 public:
  explicit InFlightLimit(int64_t limit = kMaxInFlight) : limit_(limit) {}
  /// True if messages of the queue may be received.
  bool may_receive(store::Store& store, const Scope& scope, const Queue& queue, Millis now);
  void received(uint64_t queue_id, size_t messages);

 private:
  struct Allowance { int64_t left = 0; int64_t counted_us = 0; };
  const int64_t limit_;
  Guarded<std::map<uint64_t, Allowance>> allowances_;
};

/// Messages of a standard queue in flight, counted up to the limit.
int64_t count_in_flight(store::Store& store, const Scope& scope, const Queue& queue, Millis now, int64_t limit);

}  // namespace fogbank::sqs
