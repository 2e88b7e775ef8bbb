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
//   source   (dead-letter queue, queue)   empty: the queues whose RedrivePolicy names a queue
//   move     (queue, number)              MoveTask: the newest message move tasks of a dead-letter queue
//   moving   (queue)                      empty: the dead-letter queues that have an active one
//
// Of FIFO queues instead of `message` and `moved`, see fifo.h:
//
//   fifo     (queue id, group, seq)       Message: ordered within its group
//   group    (queue id, group)            Group: where the group is in `ready`; a group with messages has exactly one place there
//   ready    (queue id, kind, time, seq)  Ready: groups ordered by when their first message can be received
//   dedup    (queue id, window, scope, id) Dedup: what was sent in one window of five minutes, by its deduplication id
//   attempt  (queue id, window, id)       Attempt: what a receive with a ReceiveRequestAttemptId gave
//
// A queue's id is a number of the whole partition that is never used again: what is left of a deleted queue is out of everybody's reach
// at once and erased by tasks. A message's seq grows with the transaction that sent it, so a purge is one mark in the queue's record.
// Everything here is in the store; only decoded queues, compiled policies and opened data keys are cached in memory.
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
inline constexpr store::Table kSources{"sqs", "source"};
inline constexpr store::Table kFifoMessages{"sqs", "fifo"};
inline constexpr store::Table kGroups{"sqs", "group"};
inline constexpr store::Table kReady{"sqs", "ready"};
inline constexpr store::Table kDedups{"sqs", "dedup"};
inline constexpr store::Table kAttempts{"sqs", "attempt"};

inline constexpr size_t kInRecord = 4096;                 ///< content up to this many bytes is inside the message's record
inline constexpr int64_t kMaxMessageBytes = 1 << 20;      ///< also of a whole batch
inline constexpr int64_t kMaxVisibility = 43200;          ///< seconds
inline constexpr Millis kNameQuarantine = 60'000;         ///< after DeleteQueue
inline constexpr Millis kPurgeInterval = 60'000;
inline constexpr Millis kDedupWindow = 300'000;
inline constexpr int64_t kDefaultKeyReuse = 300;          ///< seconds

struct Redrive {
  std::string policy;          ///< RedrivePolicy as it was given; empty: none
  std::string target;          ///< the dead-letter queue's name
  int64_t max_receives = 0;
  std::string allow_policy;    ///< RedriveAllowPolicy as it was given; empty: none
  Unknown unknown;
  template <class A> void fields(A& a) { a(1, policy); a(2, target); a(3, max_receives); a(4, allow_policy); a(unknown); }
};

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
  bool fifo = false;
  bool content_dedup = false;
  bool group_dedup = false;          ///< DeduplicationScope=messageGroup
  bool group_throughput = false;     ///< FifoThroughputLimit=perMessageGroupId
  bool dedup_by_group = false;       ///< the scope that the queue was made with, which stays the one that counts
  uint64_t dedup_task = 0;           ///< the task that will forget deduplication ids; 0: there are none
  Redrive redrive;
  std::string kms_key;               ///< KmsMasterKeyId; empty: none
  int64_t key_reuse = kDefaultKeyReuse;   ///< KmsDataKeyReusePeriodSeconds
  bool sealed = false;               ///< it may hold messages that are encrypted through KMS
  Unknown unknown;
  template <class A> void fields(A& a) {
    a(1, id); a(2, created); a(3, modified); a(4, visibility_timeout); a(5, delay); a(6, retention); a(7, wait_time);
    a(8, maximum_message_size); a(9, managed_sse); a(10, tags); a(11, purge_mark); a(12, purged_at); a(13, sweep_task);
    a(30, fifo); a(31, content_dedup); a(32, group_dedup); a(33, group_throughput); a(34, dedup_by_group); a(35, dedup_task);
    a(36, redrive); a(37, kms_key); a(38, key_reuse); a(39, sealed); a(unknown);
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
  std::string sealed;         ///< all the others, encrypted; then they are empty
  std::string body_md5;       ///< within `sealed` only: Message::body_md5, which would tell a body to whoever guesses it
  Unknown unknown;
  template <class A> void fields(A& a) { a(1, body); a(2, attributes); a(3, trace_header); a(30, sealed); a(31, body_md5); a(unknown); }
};

/// How a message that is encrypted can be opened. It goes with the message into other queues.
struct Seal {
  std::string data_key;       ///< as KMS encrypted it; empty: the content is under a key that SQS owns
  std::string queue_arn;      ///< the encryption context that the data key is bound to
  std::string message_id;     ///< that the content is bound to: the id under which it was sent
  bool by_kms() const { return !data_key.empty(); }
  Unknown unknown;
  template <class A> void fields(A& a) { a(1, data_key); a(2, queue_arn); a(3, message_id); a(unknown); }
};

struct Message {
  std::string id;              ///< UUID
  Millis sent = 0;
  std::string sender;          ///< SenderId
  std::string body_md5;        ///< 16 raw bytes; of a sealed message within its content
  int64_t receive_count = 0;
  Millis first_received = 0, received = 0;   ///< received: by the newest receive
  uint64_t nonce = 0;          ///< of the newest receive: the only receipt handle that counts
  bool moved = false;          ///< a Moved record exists
  bool apart = false;          ///< its content is in the body table
  Content content;             ///< unless apart
  std::string group;           ///< MessageGroupId
  std::string dedup_id;        ///< FIFO: MessageDeduplicationId, given or made from the body
  Millis visible_at = 0;       ///< FIFO: 0 until it is first received
  std::string source_arn;      ///< the queue that it came from when it was given up
  int64_t receives_before = 0; ///< how many of receive_count were made in other queues
  std::optional<Seal> seal;
  Unknown unknown;
  template <class A> void fields(A& a) {
    a(1, id); a(2, sent); a(3, sender); a(4, body_md5); a(5, receive_count); a(6, first_received); a(7, received); a(8, nonce);
    a(9, moved); a(10, apart); a(11, content); a(30, group); a(31, dedup_id); a(32, visible_at); a(33, source_arn);
    a(34, receives_before); a(35, seal); a(unknown);
  }
};

/// The fields of Message that deleting, counting and sweeping look at; never written.
struct MessageHead {
  Millis sent = 0;
  int64_t receive_count = 0;
  uint64_t nonce = 0;
  bool moved = false, apart = false;
  Millis visible_at = 0;
  int64_t receives_before = 0;
  template <class A> void fields(A& a) {
    a(2, sent); a(5, receive_count); a(8, nonce); a(9, moved); a(10, apart); a(32, visible_at); a(34, receives_before);
  }
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
store::Key sources_key(const Scope& scope, std::string_view dead_letter_queue);   ///< prefix
store::Key source_key(const Scope& scope, std::string_view dead_letter_queue, std::string_view queue);
Place place_of(std::string_view message_key);
/// The seq of the n-th message that a transaction sends, and the mark that takes in all that was sent before it.
inline constexpr size_t kMaxSent = 256;   ///< messages of one transaction
inline uint64_t seq_of(store::Version transaction, size_t n) { return transaction << 8 | n; }
inline uint64_t mark_before(store::Version transaction) { return (transaction << 8) - 1; }

/// A message that nobody may receive any more although its record is still there.
inline bool gone(const Queue& queue, uint64_t seq, Millis sent, Millis now) { return seq <= queue.purge_mark || sent + queue.retention * 1000 <= now; }
/// No message before this time can be alive: it would have been sent before the last purge or be older than the retention period.
Millis earliest_alive(const Queue& queue, Millis now);

}  // namespace fogbank::sqs
