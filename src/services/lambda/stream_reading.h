// Reading a stream for a mapping, as the function's role: where it begins, and the next batch of one of its slots. Within a poller's task.
#pragma once
#include <string>
#include <vector>

#include "gateway/tasks.h"
#include "services/dynamodbstreams/arrivals.h"
#include "services/lambda/polling.h"

namespace fogbank::lambda {

/// One record of a batch.
struct Entry {
  std::string json, sequence;     ///< the sequence number as the API writes it
  Millis time = 0;
};

struct Reading {
  std::vector<Entry> entries;     ///< of this slot, that passed the filters
  std::string next;               ///< behind all that was read
  size_t read = 0;                ///< records of this slot, also those that the filters kept back
  Millis first_time = 0;          ///< of the first record read
  bool full = false;              ///< more did not fit, or does not belong with them
};

/// Where a mapping that has read nothing begins.
Result<std::string> first_position(TaskContext& cx, const auth::Principal& role, const Mapping& mapping, const dynamodbstreams::StreamSource& source);

/// The next records: no more than a batch, not beyond the piece that is being tried again, all of one tumbling window.
Result<Reading> read_on(TaskContext& cx, const Polling& p, const dynamodbstreams::StreamSource& source, const Progress& progress);

}  // namespace fogbank::lambda
