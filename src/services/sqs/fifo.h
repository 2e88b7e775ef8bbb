// FIFO queues: messages ordered within their groups, and an index of the groups.
//
// A group's messages are received from the front; the first one that is hidden (in flight, or delayed) holds back those behind it. So a
// group can give something exactly when its first message can be received, and that is what the index orders groups by: a receive looks at
// groups that are ready and at nothing else, however many messages wait in groups that are not. Two kinds of places:
//
//   kind kFresh   the first message has never been received: ready at `time` (when it was sent) plus the queue's DelaySeconds of then, so
//                 that a change of the delay counts for messages that are already there
//   kind kTimed   ready at `time`: when the first message's visibility ends, or since when the group has been free again
//
// Groups take turns: one that was freed goes behind those that were ready before it, so that a long backlog in one does not starve others.
// What a purge leaves behind is passed over (Group::head, the queue's purge mark) and erased by tasks.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "services/sqs/state.h"

namespace fogbank::sqs {

inline constexpr uint64_t kFresh = 0, kTimed = 1;

/// Where a group is in the index. `head` is the seq of the first message when that was written; it is in one group only, so that places
/// are distinct.
struct Group {
  uint64_t kind = kFresh;
  Millis time = 0;
  uint64_t head = 0;
  Unknown unknown;
  template <class A> void fields(A& a) { a(1, kind); a(2, time); a(3, head); a(unknown); }
  bool same_place(const Group& g) const { return kind == g.kind && time == g.time && head == g.head; }
};
struct Ready {
  std::string group;
  int64_t in_flight = 0;   ///< about: how many of its messages were hidden when this was written
  Unknown unknown;
  template <class A> void fields(A& a) { a(1, group); a(2, in_flight); a(unknown); }
};

store::Key fifo_messages_key(const Scope& scope, uint64_t queue_id);                                   ///< prefix of a queue
store::Key fifo_group_messages_key(const Scope& scope, uint64_t queue_id, std::string_view group);     ///< prefix of a group
store::Key fifo_message_key(const Scope& scope, uint64_t queue_id, std::string_view group, uint64_t seq);
store::Key groups_key(const Scope& scope, uint64_t queue_id);
store::Key group_key(const Scope& scope, uint64_t queue_id, std::string_view group);
store::Key ready_prefix(const Scope& scope, uint64_t queue_id);
struct FifoPlace { std::string group; uint64_t seq = 0; };
FifoPlace fifo_place_of(std::string_view message_key);

/// When a message can be received.
inline Millis visible_at(const Queue& queue, Millis sent, Millis hidden_until) { return hidden_until ? hidden_until : sent + queue.delay * 1000; }

/// Which queue a change is made in, at what time.
struct FifoChange {
  const Scope& scope;
  const Queue& queue;
  Millis now;
};
/// A message was added at the end of a group.
void group_grew(store::Txn& tx, const FifoChange& c, std::string_view group, uint64_t seq, Millis sent);
/// A group's messages changed: finds its first one and puts the group in its place, or drops it. `in_flight`: how many are hidden.
void place_group(store::Txn& tx, const FifoChange& c, std::string_view group, int64_t in_flight);
/// The same where the caller knows that the first message stays hidden until `time`.
void hide_group(store::Txn& tx, const FifoChange& c, std::string_view group, uint64_t head, Millis time, int64_t in_flight);
/// How many of a group's messages the index says are in flight.
int64_t in_flight_of(store::Reader& reader, const FifoChange& c, std::string_view group);

/// Groups that are ready, first come first, at most `limit`; and when the next one will be.
struct ReadyGroups {
  std::vector<std::string> groups;
  std::optional<Millis> next;
};
ReadyGroups ready_groups(store::Reader& reader, const FifoChange& c, size_t limit);
/// Messages in flight, about, counted up to the limit.
int64_t count_fifo_in_flight(store::Store& store, const Scope& scope, const Queue& queue, Millis now, int64_t limit);

}  // namespace fogbank::sqs
