// Reading events in the order of time, across the batches of a stream and across streams, in bounded memory and bounded steps.
//
// An event's Position orders all events of a group: time, stream, batch, place in the batch. A Window keeps the events nearest to where
// reading starts, up to a number and a size; what falls out of it, or was not looked at for lack of budget, sets its `cut`: the answer is
// then complete up to there, and the next page begins there. So it does not matter in which order batches and streams are looked at.
#pragma once
#include <compare>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/error.h"
#include "base/secret.h"
#include "gateway/context.h"
#include "lang/log_filter/log_filter.h"
#include "services/logs/state.h"
#include "store/store.h"

namespace fogbank::logs {

inline constexpr size_t kMaxPageBytes = 1 << 20;
inline constexpr size_t kMaxPageEvents = 10'000;

struct Position {
  Millis time = 0;
  uint64_t stream = 0, sequence = 0;
  uint32_t index = 0;
  friend auto operator<=>(const Position&, const Position&) = default;
};

/// 56 digits that order as positions do; AWS's event ids and tokens look the same.
std::string position_digits(const Position& p);
std::optional<Position> read_digits(std::string_view digits);

struct Event {
  Millis ingested = 0;
  std::string stream, message;
};

class Window {
 public:
  Window(bool backward, size_t events, size_t bytes) : backward_(backward), max_events_(events), max_bytes_(bytes) {}

  /// Would an event there still be kept?
  bool admits(const Position& p) const { return !cut_ || (backward_ ? *cut_ < p : p < *cut_); }
  void add(const Position& p, Event event);
  /// Nothing at `p` or beyond is to be kept.
  void cut_at(const Position& p);
  bool backward() const { return backward_; }
  bool full() const { return cut_ || events_.size() >= max_events_; }
  const std::optional<Position>& cut() const { return cut_; }
  const std::map<Position, Event>& events() const { return events_; }

 private:
  bool backward_;
  size_t max_events_, max_bytes_, bytes_ = 0;
  std::optional<Position> cut_;
  std::map<Position, Event> events_;
};

/// Opens the data keys of a group, once each; for a handler, outside of cx.read: `events_keys` must have found them (authorise.h).
class DataKeys {
 public:
  DataKeys(Context& cx, const Scope& scope, const Group& group);
  /// The key of a generation, or why it cannot be used.
  Result<std::string_view> key(int64_t generation) const;

 private:
  std::map<int64_t, Result<Secret>> keys_;
};

struct ReadQuery {
  Scope scope;
  uint64_t group = 0;
  Millis from = 0, to = INT64_MAX;             ///< from inclusive, to exclusive
  std::optional<Position> start;               ///< forward: at or after it; backward: before it
  const log_filter::Pattern* pattern = nullptr;
  const DataKeys* keys = nullptr;
};

/// Puts the events of one stream into the window. `budget`: bytes of records that may be read; what is read is taken off it. At least what
/// lies at the start is read, so that every page gets further.
Result<void> read_stream(store::Reader& reader, const ReadQuery& query, const Stream& stream, Window& window, size_t& budget);

}  // namespace fogbank::logs
