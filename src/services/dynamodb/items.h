// Items in the store: their keys, and what a change of an item changes with it (index entries, counts, expiry, stream). Functions on a
// transaction or snapshot; no state. A change touches one item; everything that follows from it is in the same transaction.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "services/dynamodb/tables.h"

namespace fogbank::dynamodb {

/// The Key of a request; nothing but the table's key attributes.
Result<ItemKey> read_key(const Table& table, const Map<svc::AttributeValue>& key);
/// The key of an item that is to be stored.
Result<ItemKey> key_in_item(const Table& table, std::string_view item);
/// The same; checks index keys and the size as well.
Result<ItemKey> check_item(const Table& table, std::string_view item);
/// Index keys of an item, as UpdateItem refuses them.
Result<void> check_index_keys(const Table& table, std::string_view item, bool update);
/// The key attributes as an item.
std::string key_item(const Table& table, const ItemKey& key);
/// The key that an item has in an index; nothing if it is not in it.
std::optional<IndexKey> index_key(const Index& index, std::string_view item);
/// What the index shows of the item.
std::string index_item(const Table& table, const Index& index, std::string_view item);
ItemKey key_of(const Table& table, std::string_view item);

/// Bytes moved by one call, by table and index, for consumed capacity.
struct Usage {
  double table = 0;
  std::map<std::string, double> global, local;
  double total() const;
};
inline double write_units(size_t bytes) { return bytes == 0 ? 1 : double((bytes + 1023) / 1024); }
inline double read_units(size_t bytes, bool consistent) { return (bytes == 0 ? 1 : double((bytes + 4095) / 4096)) * (consistent ? 1 : 0.5); }

struct Change {
  const Scope& scope;
  const Table& table;
  const ItemKey& key;
  std::optional<std::string_view> before, after;   ///< contents
  Millis now;
  bool expired = false;      ///< time to live removed it
  unsigned nth = 0;          ///< among the changes of this transaction, below 4,096
};
/// Applies it. `usage` may be null.
void apply_change(store::Txn& tx, const Change& change, Usage* usage);

std::optional<std::string> get_item(store::Reader& reader, const Scope& scope, const Table& table, const ItemKey& key);

/// The second after which time to live removes an item; nothing if it stays.
std::optional<int64_t> expiry_of(const Table& table, std::string_view item);
/// Makes the expiry task of a table due at `second` at the latest.
void schedule_expiry(store::Txn& tx, const Scope& scope, const Table& table, int64_t second, Millis now);

}  // namespace fogbank::dynamodb
