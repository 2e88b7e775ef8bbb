// Batches: how the events of one PutLogEvents are stored, and read again.
//
//   stored batch   a record: 1 ingestion time, 2 data key's generation (0: not encrypted), 3 time of the last event, 4 number of events,
//                  5 bytes that count as stored, 6 content
//   content        per event: time since the batch's first (varint), length (varint), message; sealed (AES-256-GCM, bound to its place)
//                  under the group's data key if there is a generation
//
// Events of one put are cut into several batches where one would span more than kBatchSpan or hold more than kBatchBytes. Pure functions.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "base/secret.h"

namespace fogbank::logs {

inline constexpr Millis kBatchSpan = 600'000;
inline constexpr size_t kBatchBytes = 64 << 10;
inline constexpr size_t kEventOverhead = 26;        ///< what an event counts besides its message

struct NewEvent { Millis time; std::string_view message; };

/// Where a batch is; its first event's time and its number are part of its key.
struct BatchPlace {
  uint64_t group = 0, stream = 0;
  Millis first = 0;
  uint64_t sequence = 0;
};
BatchPlace batch_place(std::string_view key);

/// Ends of the batches that events (in the order of time) are cut into: {3, 5} for two of three and two.
std::vector<size_t> cut_batches(const std::vector<NewEvent>& events);

/// What a batch is encrypted under.
struct BatchKey { int64_t generation = 0; std::string_view key; };
std::string write_batch(const BatchPlace& place, const std::vector<NewEvent>& events, size_t from, size_t to, Millis ingested, const BatchKey& key, Random& random);

/// A stored batch without its content; views of the record.
struct BatchHead {
  Millis ingested = 0, last = 0;
  int64_t generation = 0;
  uint64_t events = 0;
  int64_t bytes = 0;
  std::string_view content;
};
/// std::runtime_error for a damaged record.
BatchHead read_head(std::string_view record);
/// Calls `visit` for each event in order until it answers false. `key`: of the batch's generation. std::runtime_error if it is damaged or
/// the key does not open it.
void each_event(const BatchPlace& place, const BatchHead& head, std::string_view key, const std::function<bool(uint32_t index, Millis time, std::string_view message)>& visit);

}  // namespace fogbank::logs
