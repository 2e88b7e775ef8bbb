// What FIFO queues remember for five minutes: deduplication ids of messages, and what receives with a ReceiveRequestAttemptId gave. Both are
// kept by windows of five minutes of the virtual clock: a look-up reads the present window and the one before, and what is older is dropped
// by a task, window by window. A purge forgets the messages' ids.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "services/sqs/fifo.h"

namespace fogbank::sqs {

/// What the first message with a deduplication id got.
struct Dedup {
  std::string message_id;
  uint64_t seq = 0;
  Millis sent = 0;
  Unknown unknown;
  template <class A> void fields(A& a) { a(1, message_id); a(2, seq); a(3, sent); a(unknown); }
};
std::optional<Dedup> find_dedup(store::Reader& reader, const FifoChange& c, std::string_view group, std::string_view id);
void remember_dedup(store::Txn& tx, const FifoChange& c, std::string_view group, std::string_view id, const Dedup& dedup);

/// What a receive gave.
struct Attempt {
  struct Given {
    std::string group;
    uint64_t seq = 0, nonce = 0;
    Millis visible_at = 0;
    Unknown unknown;
    template <class A> void fields(A& a) { a(1, group); a(2, seq); a(3, nonce); a(4, visible_at); a(unknown); }
  };
  Millis at = 0;
  std::vector<Given> given;
  Unknown unknown;
  template <class A> void fields(A& a) { a(1, at); a(2, given); a(unknown); }
};
std::optional<Attempt> find_attempt(store::Reader& reader, const FifoChange& c, std::string_view id);
/// `at` of the attempt says which window it belongs to.
void remember_attempt(store::Txn& tx, const FifoChange& c, std::string_view id, const Attempt& attempt);

/// Erases windows that are over, at most `limit` records.
struct Forgotten { bool more_due = false, something_left = false; };
Forgotten forget_windows(store::Txn& tx, const Scope& scope, uint64_t queue_id, Millis now, size_t limit);

}  // namespace fogbank::sqs
