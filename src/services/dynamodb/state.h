// What DynamoDB keeps, all in the account and Region of the table:
//
//   table    (name)                                       Table: schema, indexes, settings, tags
//   policy   (ARN)                                        TablePolicy: apart, so that only a change of it makes decisions stale
//   item     (table id, hash of the hash key, hash key, sort key)    an item; in this order Scan goes, segments are ranges of the hash
//   entry    (index id, hash of the index's hash key, index hash key, index sort key…, hash key, sort key)   what an index shows of an item;
//            of a long one only that it is there: it is read from the item
//   expiry   (table id, second, hash key, sort key)       when an item expires, while time to live is on
//   count    (table or index id)                          Count: items and their bytes
//   stream   (stream id, sequence number)                 StreamRecord; DynamoDB Streams reads them
//   streams  (table name, label)                          Stream: also of disabled streams, until their records are gone
//   token    (ClientRequestToken)                         Token: what a TransactWriteItems with it was, for ten minutes
//
// Key attributes stand in keys as their content (expression/value.h): texts and bytes as they are, numbers in their order-preserving form.
// Ids of tables, indexes and streams are never used again: what is left of a deleted one is out of reach at once and erased by tasks.
// Everything here is in the store; only decoded tables and compiled policies are cached in memory.
#pragma once
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/record.h"
#include "base/scope.h"
#include "services/dynamodb/expression/value.h"
#include "store/store.h"

namespace fogbank::dynamodb {

inline constexpr store::Table kTables{"dynamodb", "table"};
inline constexpr store::Table kPolicies{"dynamodb", "policy", true};
inline constexpr store::Table kItems{"dynamodb", "item"};
inline constexpr store::Table kEntries{"dynamodb", "entry"};
inline constexpr store::Table kExpiries{"dynamodb", "expiry"};
inline constexpr store::Table kCounts{"dynamodb", "count"};
inline constexpr store::Table kStreamRecords{"dynamodb", "stream"};
inline constexpr store::Table kStreams{"dynamodb", "streams"};
inline constexpr store::Table kTokens{"dynamodb", "token"};

struct AttributeDefinition {
  std::string name;
  int64_t type = 0;        ///< Type: string, number or binary
  Unknown unknown;
  template <class A> void fields(A& a) { a(1, name); a(2, type); a(unknown); }
};

enum class Projection : uint8_t { all, keys_only, include };

struct Index {
  uint64_t id = 0;
  std::string name, hash, range;     ///< range: empty if it has no sort key
  bool global = false;
  Projection projection = Projection::all;
  std::vector<std::string> included;
  int64_t read_units = 0, write_units = 0;
  bool filling = false;              ///< not complete yet: maintained by writes, not readable
  Millis created = 0;
  int64_t warm_reads = 0, warm_writes = 0;
  std::vector<std::string> more_hash, more_range;   ///< further attributes of the keys
  Unknown unknown;
  template <class A> void fields(A& a) {
    a(1, id); a(2, name); a(3, hash); a(4, range); a(5, global); a(6, projection); a(7, included); a(8, read_units); a(9, write_units);
    a(10, filling); a(11, created); a(12, warm_reads); a(13, warm_writes); a(14, more_hash); a(15, more_range); a(unknown);
  }
  /// f(name, is it of the sort key) for every attribute of the keys, in order.
  template <class F> void each_key(const F& f) const {
    f(hash, false);
    for (const auto& n : more_hash) f(n, false);
    if (!range.empty()) f(range, true);
    for (const auto& n : more_range) f(n, true);
  }
  bool has_key(std::string_view attribute) const;
};

struct Table {
  uint64_t id = 0;
  std::string name, uuid;
  Millis created = 0;
  std::vector<AttributeDefinition> attributes;
  std::string hash, range;
  bool on_demand = false;
  Millis on_demand_since = 0;        ///< when it last became on demand; 0: never
  int64_t read_units = 0, write_units = 0;
  Millis increased = 0, decreased = 0;
  std::vector<Index> indexes;
  bool stream = false;
  std::string stream_view, stream_label;   ///< of the newest stream, enabled or not
  uint64_t stream_id = 0;
  bool deletion_protection = false;
  std::string table_class;           ///< empty: never set
  std::string ttl_attribute;         ///< empty: off
  Millis ttl_changed = 0;
  uint64_t ttl_task = 0;             ///< expires items; 0: none
  int64_t ttl_due = 0;               ///< the second that it is due
  std::map<std::string, std::string> tags;
  bool sse = false;
  std::string sse_key;               ///< ARN
  int64_t on_demand_reads = 0, on_demand_writes = 0;   ///< MaxReadRequestUnits, MaxWriteRequestUnits; 0: not given
  int64_t warm_reads = 0, warm_writes = 0;
  std::string sse_data_key;          ///< as KMS sealed it under sse_key; opened before items are read or written (encryption.h)
  Unknown unknown;
  template <class A> void fields(A& a) {
    a(1, id); a(2, name); a(3, uuid); a(4, created); a(5, attributes); a(6, hash); a(7, range); a(8, on_demand); a(9, on_demand_since);
    a(10, read_units); a(11, write_units); a(12, increased); a(13, decreased); a(14, indexes); a(15, stream); a(16, stream_view);
    a(17, stream_label); a(18, stream_id); a(19, deletion_protection); a(20, table_class); a(21, ttl_attribute); a(22, ttl_changed);
    a(23, ttl_task); a(24, tags); a(25, sse); a(26, sse_key); a(27, on_demand_reads); a(28, on_demand_writes); a(29, warm_reads);
    a(30, warm_writes); a(31, ttl_due); a(32, sse_data_key); a(unknown);
  }
  Type type_of(std::string_view attribute) const;      ///< of a defined attribute
  const Index* index(std::string_view name) const;
  bool has_local_indexes() const;
};
using TablePtr = std::shared_ptr<const Table>;

struct TablePolicy {
  std::string json, revision;
  Unknown unknown;
  template <class A> void fields(A& a) { a(1, json); a(2, revision); a(unknown); }
};

struct Count {
  int64_t items = 0, bytes = 0;
  Unknown unknown;
  template <class A> void fields(A& a) { a(1, items); a(2, bytes); a(unknown); }
};

struct Stream {
  uint64_t id = 0;
  std::string table, label, view;
  Millis created = 0, ended = 0;     ///< ended: when it was disabled or its table deleted; 0: enabled
  std::string hash, range;
  uint64_t first = 0, last = 0;      ///< sequence numbers of the shard: its beginning; its end once ended
  Unknown unknown;
  template <class A> void fields(A& a) {
    a(1, id); a(2, table); a(3, label); a(4, view); a(5, created); a(6, ended); a(7, hash); a(8, range); a(9, first); a(10, last); a(unknown);
  }
};

struct StreamRecord {
  std::string event_id;
  int64_t kind = 0;                  ///< 0 INSERT, 1 MODIFY, 2 REMOVE
  Millis time = 0;
  std::string keys, old_image, new_image;    ///< items; images as the view says
  bool has_old = false, has_new = false;
  bool expired = false;              ///< removed by time to live
  int64_t size = 0;
  Unknown unknown;
  template <class A> void fields(A& a) {
    a(1, event_id); a(2, kind); a(3, time); a(4, keys); a(5, old_image); a(6, new_image); a(7, has_old); a(8, has_new); a(9, expired);
    a(10, size); a(unknown);
  }
};

struct Token {
  std::string digest;                ///< of the request
  Millis at = 0;
  Unknown unknown;
  template <class A> void fields(A& a) { a(1, digest); a(2, at); a(unknown); }
};

/// An item's place in its table: contents of its key attributes.
struct ItemKey {
  std::string hash, range;
  friend bool operator==(const ItemKey&, const ItemKey&) = default;
  friend auto operator<=>(const ItemKey&, const ItemKey&) = default;
};

/// An item's place in an index. Of a hash key of several attributes, `hash` is all of them, each after its length.
struct IndexKey {
  std::string hash, range;
  std::vector<std::string> more_range;
  friend bool operator==(const IndexKey&, const IndexKey&) = default;
};
std::string joined_hash(std::string_view first, const std::vector<std::string_view>& more);

/// Spreads hash keys evenly; part of stored keys, so it never changes. Texts and bytes come in the order in which DynamoDB scans them,
/// as far as that is known (by the MD5 of a fixed word and the key).
uint64_t spread(std::string_view hash_key);

store::Key table_key(const Scope& scope, std::string_view name);
store::Key policy_key(const Scope& scope, std::string_view arn);
store::Key item_key(const Scope& scope, uint64_t table, const ItemKey& key);
store::Key entry_key(const Scope& scope, uint64_t index, const IndexKey& index_key, const ItemKey& key);
store::Key expiry_key(const Scope& scope, uint64_t table, int64_t second, const ItemKey& key);
store::Key count_key(const Scope& scope, uint64_t id);
store::Key stream_records(const Scope& scope, uint64_t stream);
store::Key stream_record_key(const Scope& scope, uint64_t stream, uint64_t sequence);
store::Key stream_key(const Scope& scope, std::string_view table, std::string_view label);
store::Key token_key(const Scope& scope, std::string_view token);

/// A stored item or index entry: one numbered field with the item's content, so that it can be read in place.
std::string stored_item(std::string_view content);
std::string_view item_content(std::string_view stored);
/// What is stored of an index entry: a long one refers to its item, so that many indexes do not multiply what a write stores.
inline constexpr size_t kLongEntry = 4096;
std::string stored_entry(std::string_view content);
bool refers_to_item(std::string_view stored);
/// The item that an entry's key leads to.
ItemKey item_of_entry(std::string_view entry_key);

std::string table_arn(const Scope& scope, std::string_view name);

}  // namespace fogbank::dynamodb
