// What CloudWatch Logs keeps, all in the account and Region of the log group:
//
//   group    (name)                                         Group: settings, tags, data keys
//   stream   (group id, name)                               Stream: what is known of its events
//   batch    (group id, stream id, first time, sequence)    Batch: events of one PutLogEvents, in their order (events.h)
//   count    (group id)                                     Count: stored bytes
//   policy   ()                                             AccountPolicies: resource policies of the account, together
//   group_policy (group id)                                 GroupPolicy: the resource policy of one group
//
// One PutLogEvents writes one batch, or several where its events are far apart or many (kBatchSpan, kBatchBytes), so that a reader who looks
// for a time has to look back by at most Stream::max_span. Ids of groups and streams are never used again: what is left of a deleted one
// is out of reach at once and erased by tasks. Everything here is in the store; only decoded groups and policies are cached in memory.
#pragma once
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/policy/evaluate.h"
#include "base/clock.h"
#include "base/record.h"
#include "base/scope.h"
#include "store/cache.h"
#include "store/store.h"

namespace fogbank { class Core; }

namespace fogbank::logs {

inline constexpr store::Table kGroups{"logs", "group"};
inline constexpr store::Table kStreams{"logs", "stream"};
inline constexpr store::Table kBatches{"logs", "batch"};
inline constexpr store::Table kCounts{"logs", "count"};
inline constexpr store::Table kAccountPolicies{"logs", "policy", true};
inline constexpr store::Table kGroupPolicies{"logs", "group_policy", true};

/// A data key of a group: its events are encrypted under it, it is encrypted under a key of KMS.
struct DataKey {
  int64_t generation = 0;            ///< named by the batches that are under it; from 1
  std::string kms_key, ciphertext;   ///< ARN; as KMS gave it
  Unknown unknown;
  template <class A> void fields(A& a) { a(1, generation); a(2, kms_key); a(3, ciphertext); a(unknown); }
};

struct Group {
  uint64_t id = 0;
  std::string name, log_class;
  Millis created = 0;
  int64_t retention_days = 0;        ///< 0: for ever
  uint64_t expiry_task = 0;          ///< erases what is older than that; 0: none
  bool deletion_protection = false;
  std::string kms_key;               ///< ARN of the key that new events are encrypted under; empty: none
  std::vector<DataKey> data_keys;
  std::map<std::string, std::string> tags;
  Unknown unknown;
  template <class A> void fields(A& a) {
    a(1, id); a(2, name); a(3, log_class); a(4, created); a(5, retention_days); a(6, expiry_task); a(7, deletion_protection); a(8, kms_key); a(9, data_keys);
    a(10, tags); a(unknown);
  }
  /// Events before this time are expired.
  Millis oldest(Millis now) const { return retention_days ? std::max<Millis>(0, now - retention_days * 86'400'000) : 0; }
  const DataKey* data_key(int64_t generation) const;
  const DataKey* current_data_key() const;   ///< null: new events are not encrypted
};
using GroupPtr = std::shared_ptr<const Group>;

struct Stream {
  uint64_t id = 0;
  std::string name;
  Millis created = 0;
  Millis first_event = 0, last_event = 0, last_ingestion = 0;   ///< 0: there were no events yet
  uint64_t batches = 0;              ///< written so far; the number of the newest
  int64_t max_span = 0;              ///< longest time between the first and last event of one batch
  Unknown unknown;
  template <class A> void fields(A& a) {
    a(1, id); a(2, name); a(3, created); a(4, first_event); a(5, last_event); a(6, last_ingestion); a(7, batches); a(8, max_span); a(unknown);
  }
};

struct Count {
  int64_t bytes = 0;
  Unknown unknown;
  template <class A> void fields(A& a) { a(1, bytes); a(unknown); }
};

struct AccountPolicy {
  std::string name, json;
  Millis updated = 0;
  Unknown unknown;
  template <class A> void fields(A& a) { a(1, name); a(2, json); a(3, updated); a(unknown); }
};
struct AccountPolicies {
  std::vector<AccountPolicy> all;    ///< by name
  Unknown unknown;
  template <class A> void fields(A& a) { a(1, all); a(unknown); }
};
struct GroupPolicy {
  std::string json, revision;
  Millis updated = 0;
  Unknown unknown;
  template <class A> void fields(A& a) { a(1, json); a(2, revision); a(3, updated); a(unknown); }
};

store::Key group_key(const Scope& scope, std::string_view name);
store::Key stream_key(const Scope& scope, uint64_t group, std::string_view name);
store::Key streams_of(const Scope& scope, uint64_t group);
store::Key batches_of(const Scope& scope, uint64_t group);
store::Key batches_of(const Scope& scope, uint64_t group, uint64_t stream);
store::Key batch_key(const Scope& scope, uint64_t group, uint64_t stream, Millis first, uint64_t sequence);
store::Key count_key(const Scope& scope, uint64_t group);
store::Key account_policies_key(const Scope& scope);
store::Key group_policy_key(const Scope& scope, uint64_t group);
/// A new id of a group or a stream.
uint64_t next_id(store::Txn& tx, const Scope& scope);
/// Stored bytes of a group, changed.
void add_bytes(store::Txn& tx, const Scope& scope, uint64_t group, int64_t bytes);

/// arn:aws:logs:Region:account:log-group:name
std::string group_arn(const Scope& scope, std::string_view name);
/// With ":log-stream:" behind it: how decisions name a group ("" as stream) and a stream.
std::string stream_arn(const Scope& scope, std::string_view group, std::string_view stream);

using CompiledPolicies = std::vector<policy::Attached>;

/// What CloudWatch Logs keeps in memory, made once per server: `cx.state<logs::State>()`. Nothing of it has to survive. Thread-safe.
struct State {
  explicit State(Core& core);
  store::Cache<Group> groups;
  store::Cache<CompiledPolicies> account_policies;
  store::Cache<policy::CompiledPolicy> group_policies;
};

}  // namespace fogbank::logs
