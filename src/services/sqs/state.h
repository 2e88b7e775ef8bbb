// What SQS keeps, all in the account and Region of the queue:
//
//   queue    (name)                       Queue: attributes, tags, marks of purges
//   policy   (name)                       QueuePolicy: apart, so that only a change of a policy makes decisions stale, and not each
//                                         change of an attribute
//   message  (queue id, visible at, seq)  Message: ordered by when it can next be received; a receive moves it behind its visibility timeout
//   body     (queue id, seq)              Content of a message that is larger than kInRecord, so that moving a message stays cheap
//   moved    (queue id, seq)              Moved: where a message is whose visibility was changed, for the receipt handle that names its old place
//   deleted  (name)                       Deleted: the name cannot be used again for 60 seconds
//   arrival  (queue id)                   never written, only signalled: receives wait on it
//
// A queue's id is a number of the whole partition that is never used again: what is left of a deleted queue is out of everybody's reach
// at once and erased by tasks. A message's seq grows with the transaction that sent it, so a purge is one mark in the queue's record.
// Everything here is in the store; only decoded queues and compiled policies are cached in memory. Fields from 30 on are meant for FIFO
// queues and dead-letter queues.
#pragma once
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "auth/policy/document.h"
#include "base/clock.h"
#include "base/record.h"
#include "base/scope.h"
#include "store/store.h"

namespace fogbank::sqs {

inline constexpr store::Table kQueues{"sqs", "queue"};
inline constexpr store::Table kPolicies{"sqs", "policy", true};
inline constexpr store::Table kMessages{"sqs", "message"};
inline constexpr store::Table kBodies{"sqs", "body"};
inline constexpr store::Table kMoved{"sqs", "moved"};
inline constexpr store::Table kDeleted{"sqs", "deleted"};
inline constexpr store::Table kArrivals{"sqs", "arrival"};

inline constexpr size_t kInRecord = 4096;                 ///< content up to this many bytes is inside the message's record
inline constexpr int64_t kMaxMessageBytes = 1 << 20;      ///< also of a whole batch
inline constexpr int64_t kMaxVisibility = 43200;          ///< seconds
inline constexpr Millis kNameQuarantine = 60'000;         ///< after DeleteQueue
inline constexpr Millis kPurgeInterval = 60'000;

struct Queue {
  uint64_t id = 0;
  Millis created = 0, modified = 0;
  int64_t visibility_timeout = 0, delay = 0, retention = 0, wait_time = 0;   ///< seconds
  int64_t maximum_message_size = 0;                                          ///< bytes
  bool managed_sse = false;
  std::map<std::string, std::string> tags;
  uint64_t purge_mark = 0;   ///< messages with this seq or a smaller one are purged
  Millis purged_at = 0;      ///< when the newest PurgeQueue came; 0: never
  uint64_t sweep_task = 0;   ///< the task that will drop expired messages; 0: the queue is empty as far as the last one saw
  Unknown unknown;
  template <class A> void fields(A& a) {
    a(1, id); a(2, created); a(3, modified); a(4, visibility_timeout); a(5, delay); a(6, retention); a(7, wait_time);
    a(8, maximum_message_size); a(9, managed_sse); a(10, tags); a(11, purge_mark); a(12, purged_at); a(13, sweep_task); a(unknown);
  }
};
using QueuePtr = std::shared_ptr<const Queue>;

struct QueuePolicy {
  std::string json;
  Unknown unknown;
  template <class A> void fields(A& a) { a(1, json); a(unknown); }
};

struct Attribute {
  std::string type;    ///< "String", "Number.int", "Binary.png" …
  std::string value;   ///< text or bytes
  bool binary() const { return type.starts_with("Binary"); }
  Unknown unknown;
  template <class A> void fields(A& a) { a(1, type); a(2, value); a(unknown); }
};
using Attributes = std::map<std::string, Attribute>;

/// What a sender gave.
struct Content {
  std::string body;
  Attributes attributes;
  std::string trace_header;   ///< AWSTraceHeader
  Unknown unknown;
  template <class A> void fields(A& a) { a(1, body); a(2, attributes); a(3, trace_header); a(unknown); }
};

struct Message {
  std::string id;              ///< UUID
  Millis sent = 0;
  std::string sender;          ///< SenderId
  std::string body_md5;        ///< 16 raw bytes
  int64_t receive_count = 0;
  Millis first_received = 0, received = 0;   ///< received: by the newest receive
  uint64_t nonce = 0;          ///< of the newest receive: the only receipt handle that counts
  bool moved = false;          ///< a Moved record exists
  bool apart = false;          ///< its content is in the body table
  Content content;             ///< unless apart
  Unknown unknown;
  template <class A> void fields(A& a) {
    a(1, id); a(2, sent); a(3, sender); a(4, body_md5); a(5, receive_count); a(6, first_received); a(7, received); a(8, nonce);
    a(9, moved); a(10, apart); a(11, content); a(unknown);
  }
};

/// The fields of Message that deleting, counting and sweeping look at; never written.
struct MessageHead {
  Millis sent = 0;
  int64_t receive_count = 0;
  uint64_t nonce = 0;
  bool moved = false, apart = false;
  template <class A> void fields(A& a) { a(2, sent); a(5, receive_count); a(8, nonce); a(9, moved); a(10, apart); }
};

struct Moved {
  Millis visible_at = 0;
  uint64_t nonce = 0;          ///< of the receive whose handle was used
  Unknown unknown;
  template <class A> void fields(A& a) { a(1, visible_at); a(2, nonce); a(unknown); }
};

struct Deleted {
  Millis at = 0;
  Unknown unknown;
  template <class A> void fields(A& a) { a(1, at); a(unknown); }
};

/// Where a message is within its queue.
struct Place {
  Millis visible_at = 0;
  uint64_t seq = 0;
};

store::Key queue_key(const Scope& scope, std::string_view name);
store::Key policy_key(const Scope& scope, std::string_view name);
store::Key deleted_key(const Scope& scope, std::string_view name);
store::Key messages_key(const Scope& scope, uint64_t queue_id);             ///< prefix of all messages of a queue
store::Key message_key(const Scope& scope, uint64_t queue_id, Place place);
store::Key messages_from(const Scope& scope, uint64_t queue_id, Millis visible_at);
store::Key body_key(const Scope& scope, uint64_t queue_id, uint64_t seq);
store::Key moved_key(const Scope& scope, uint64_t queue_id, uint64_t seq);
store::Key arrival_key(const Scope& scope, uint64_t queue_id);
Place place_of(std::string_view message_key);
/// The seq of the n-th message that a transaction sends (n < 16), and the mark that takes in all that was sent before it.
inline uint64_t seq_of(store::Version transaction, size_t n) { return transaction << 4 | n; }
inline uint64_t mark_before(store::Version transaction) { return (transaction << 4) - 1; }

/// A message that nobody may receive any more although its record is still there.
inline bool gone(const Queue& queue, uint64_t seq, Millis sent, Millis now) { return seq <= queue.purge_mark || sent + queue.retention * 1000 <= now; }
/// No message before this time can be alive: it would have been sent before the last purge or be older than the retention period.
Millis earliest_alive(const Queue& queue, Millis now);

}  // namespace fogbank::sqs
