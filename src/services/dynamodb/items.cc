#include "services/dynamodb/items.h"

#include "services/dynamodb/errors.h"
#include "services/dynamodb/streams.h"
#include "services/dynamodb/wire_values.h"

namespace fogbank::dynamodb {
namespace {

Result<void> check_key_size(std::string_view content, bool range) {
  if (!range && content.size() > 2048) return fail(invalid_parameters("Size of hashkey has exceeded the maximum size limit of2048 bytes"));
  if (range && content.size() > 1024) return fail(invalid_parameters("Aggregated size of all range keys has exceeded the size limit of 1024 bytes"));
  return {};
}

ApiError empty_key(Type t, std::string_view name) {
  return invalid(cat("One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty ",
                     t == Type::binary ? "binary" : "string", " value. Key: ", name));
}

Result<void> read_key_part(const Table& table, const Map<svc::AttributeValue>& key, std::string_view name, bool range, std::string& out) {
  const svc::AttributeValue* v = key.find(name);
  if (!v) return fail(key_mismatch());
  std::string bytes;
  FB_TRY(encode_value(*v, bytes));
  Value value(bytes);
  if (value.type() != table.type_of(name)) return fail(key_mismatch());
  out = value.content();
  if (out.empty()) return fail(empty_key(value.type(), name));
  return check_key_size(out, range);
}

Result<void> item_key_part(const Table& table, std::string_view item, std::string_view name, bool range, std::string& out) {
  Value v = find_member(item, name);
  if (!v) return fail(schema_mismatch(invalid_parameters(cat("Missing the key ", name, " in the item"))));
  Type wanted = table.type_of(name);
  if (v.type() != wanted)
    return fail(schema_mismatch(invalid_parameters(cat("Type mismatch for key ", name, " expected: ", type_name(wanted), " actual: ", type_name(v.type())))));
  out = v.content();
  if (out.empty()) return fail(empty_key(v.type(), name));
  return check_key_size(out, range);
}

Result<void> check_index_key(const Table& table, const Index& index, std::string_view item, std::string_view name, bool range, bool update) {
  Value v = find_member(item, name);
  if (!v) return {};
  if (name == table.hash || name == table.range) return check_key_size(v.content(), range);
  Type wanted = table.type_of(name);
  if (v.type() != wanted) {
    if (update) return fail(invalid("The update expression attempted to update the secondary index key to unsupported type"));
    return fail(schema_mismatch(invalid_parameters(
        cat("Type mismatch for Index Key ", name, " Expected: ", type_name(wanted), " Actual: ", type_name(v.type()), " IndexName: ", index.name))));
  }
  if (!v.content().empty()) {
    return check_key_size(v.content(), range);
  }
  return fail(invalid(cat("One or more parameter values are not valid. ", update ? "The update expression attempted to update a secondary index key to a value that is not supported. "
                                                                                 : "A value specified for a secondary index key is not supported. ",
                          "The AttributeValue for a key attribute cannot contain an empty ", v.type() == Type::binary ? "binary" : "string",
                          " value. IndexName: ", index.name, ", IndexKey: ", name)));
}

void count_change(store::Txn& tx, const Scope& scope, uint64_t id, int64_t items, int64_t bytes) {
  if (!items && !bytes) return;
  store::Key key = count_key(scope, id);
  Count c = tx.get_as<Count>(key).value_or(Count{});
  c.items += items;
  c.bytes += bytes;
  tx.put_record(key, c);
}

struct Entry {
  IndexKey key;
  std::string item;
};

std::optional<Entry> entry_of(const Table& table, const Index& index, std::optional<std::string_view> item) {
  if (!item) return std::nullopt;
  auto key = index_key(index, *item);
  if (!key) return std::nullopt;
  return Entry{std::move(*key), index_item(table, index, *item)};
}

void change_index(store::Txn& tx, const Change& c, const Index& index, Usage* usage) {
  auto before = entry_of(c.table, index, c.before), after = entry_of(c.table, index, c.after);
  // While the index is being filled, what it does not hold yet is neither erased nor taken off its counts.
  if (index.filling && before && !tx.has(entry_key(c.scope, index.id, before->key, c.key))) before.reset();
  if (!before && !after) return;
  if (before && after && before->key == after->key && before->item == after->item) return;
  double units = 0;
  int64_t bytes = 0;
  bool moved = before && (!after || before->key != after->key);
  if (before) {
    size_t size = item_size(before->item);
    bytes -= int64_t(size);
    if (moved) {
      tx.erase(entry_key(c.scope, index.id, before->key, c.key));
      units += write_units(size);
    }
  }
  if (after) {
    size_t size = item_size(after->item);
    bytes += int64_t(size);
    tx.put(entry_key(c.scope, index.id, after->key, c.key), stored_entry(after->item));
    units += write_units(before && !moved ? std::max(size, item_size(before->item)) : size);
  }
  count_change(tx, c.scope, index.id, (after ? 1 : 0) - (before ? 1 : 0), bytes);
  if (usage) (index.global ? usage->global : usage->local)[index.name] += units;
}

void change_expiry(store::Txn& tx, const Change& c) {
  if (c.table.ttl_attribute.empty()) return;
  auto before = c.before ? expiry_of(c.table, *c.before) : std::nullopt, after = c.after ? expiry_of(c.table, *c.after) : std::nullopt;
  if (before == after) return;
  if (before) tx.erase(expiry_key(c.scope, c.table.id, *before, c.key));
  if (!after) return;
  tx.put(expiry_key(c.scope, c.table.id, *after, c.key), "");
  schedule_expiry(tx, c.scope, c.table, *after, c.now);
}

}  // namespace

double Usage::total() const {
  double n = table;
  for (const auto& [name, units] : global) n += units;
  for (const auto& [name, units] : local) n += units;
  return n;
}

Result<ItemKey> read_key(const Table& table, const Map<svc::AttributeValue>& key) {
  ItemKey out;
  for (const auto& e : key) {   // a malformed value is told before a wrong key
    std::string bytes;
    FB_TRY(encode_value(e.value, bytes));
  }
  if (key.size() != (table.range.empty() ? 1u : 2u)) return fail(key_mismatch());
  FB_TRY(read_key_part(table, key, table.hash, false, out.hash));
  if (!table.range.empty()) FB_TRY(read_key_part(table, key, table.range, true, out.range));
  return out;
}

Result<void> check_index_keys(const Table& table, std::string_view item, bool update) {
  Result<void> result;
  for (const Index& i : table.indexes) {
    i.each_key([&](std::string_view name, bool range) { if (result) result = check_index_key(table, i, item, name, range, update); });
    if (!result) return result;
  }
  return {};
}

Result<ItemKey> key_in_item(const Table& table, std::string_view item) {
  ItemKey out;
  FB_TRY(item_key_part(table, item, table.hash, false, out.hash));
  if (!table.range.empty()) FB_TRY(item_key_part(table, item, table.range, true, out.range));
  return out;
}

Result<ItemKey> check_item(const Table& table, std::string_view item) {
  FB_ASSIGN(out, key_in_item(table, item));
  FB_TRY(check_index_keys(table, item, false));
  if (item_size(item) > kMaxItemSize) return fail(invalid("Item size has exceeded the maximum allowed size"));
  return out;
}

std::string key_item(const Table& table, const ItemKey& key) {
  std::string hash = make_value(table.type_of(table.hash), key.hash), range;
  std::vector<std::pair<std::string_view, std::string_view>> members{{table.hash, hash}};
  if (!table.range.empty()) {
    range = make_value(table.type_of(table.range), key.range);
    members.emplace_back(table.range, range);
  }
  return make_map(members);
}

ItemKey key_of(const Table& table, std::string_view item) {
  ItemKey out;
  out.hash = find_member(item, table.hash).content();
  if (!table.range.empty()) out.range = find_member(item, table.range).content();
  return out;
}

namespace {

bool key_part(std::string_view item, std::string_view name, std::string_view& out) {
  Value v = find_member(item, name);
  if (!v || !is_scalar_key(v.type())) return false;
  out = v.content();
  return !out.empty();
}

}  // namespace

std::optional<IndexKey> index_key(const Index& index, std::string_view item) {
  std::string_view hash, part;
  if (!key_part(item, index.hash, hash)) return std::nullopt;
  IndexKey out;
  if (index.more_hash.empty()) {
    out.hash = hash;
  } else {
    std::vector<std::string_view> more;
    for (const auto& name : index.more_hash) {
      if (!key_part(item, name, part)) return std::nullopt;
      more.push_back(part);
    }
    out.hash = joined_hash(hash, more);
  }
  if (index.range.empty()) return out;
  if (!key_part(item, index.range, part)) return std::nullopt;
  out.range = part;
  for (const auto& name : index.more_range) {
    if (!key_part(item, name, part)) return std::nullopt;
    out.more_range.emplace_back(part);
  }
  return out;
}

std::string index_item(const Table& table, const Index& index, std::string_view item) {
  if (index.projection == Projection::all) return std::string(item);
  std::string out;
  std::string_view name;
  for (Value v; next_member(item, name, v);) {
    bool shown = name == table.hash || name == table.range || index.has_key(name);
    for (const auto& n : index.included) shown = shown || n == name;
    if (shown) put_member(out, name, v.bytes());
  }
  return out;
}

std::optional<int64_t> expiry_of(const Table& table, std::string_view item) {
  if (table.ttl_attribute.empty()) return std::nullopt;
  Value v = find_member(item, table.ttl_attribute);
  if (v.type() != Type::number) return std::nullopt;
  auto second = whole_number(v.content());
  if (!second || *second < 0 || *second > 253402300800) return std::nullopt;
  return second;
}

void apply_change(store::Txn& tx, const Change& c, Usage* usage) {
  size_t before = c.before ? item_size(*c.before) : 0, after = c.after ? item_size(*c.after) : 0;
  if (usage) usage->table += write_units(std::max(before, after));
  if (!c.before && !c.after) return;
  if (c.before && c.after && *c.before == *c.after) return;   // nothing changes, and streams tell nothing
  store::Key key = item_key(c.scope, c.table.id, c.key);
  if (c.after) tx.put(key, stored_item(*c.after));
  else tx.erase(key);
  count_change(tx, c.scope, c.table.id, (c.after ? 1 : 0) - (c.before ? 1 : 0), int64_t(after) - int64_t(before));
  for (const Index& i : c.table.indexes) change_index(tx, c, i, usage);
  change_expiry(tx, c);
  if (c.table.stream) append_stream_record(tx, c);
}

std::optional<std::string> get_item(store::Reader& reader, const Scope& scope, const Table& table, const ItemKey& key) {
  auto item = reader.get(item_key(scope, table.id, key));
  if (!item) return std::nullopt;
  std::string_view content = item_content(item->bytes);
  size_t from = size_t(content.data() - item->bytes.data());
  if (from + content.size() == item->bytes.size()) {
    item->bytes.erase(0, from);
    return std::move(item->bytes);
  }
  return std::string(content);
}

}  // namespace fogbank::dynamodb
