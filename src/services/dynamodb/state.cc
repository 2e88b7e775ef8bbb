#include "services/dynamodb/state.h"

#include <stdexcept>

#include "base/encoding.h"
#include "base/strings.h"

namespace fogbank::dynamodb {

Type Table::type_of(std::string_view attribute) const {
  for (const auto& a : attributes)
    if (a.name == attribute) return Type(a.type);
  return Type::none;
}

const Index* Table::index(std::string_view wanted) const {
  for (const Index& i : indexes)
    if (i.name == wanted) return &i;
  return nullptr;
}

bool Table::has_local_indexes() const {
  for (const Index& i : indexes)
    if (!i.global) return true;
  return false;
}

bool Index::has_key(std::string_view attribute) const {
  bool found = false;
  each_key([&](std::string_view name, bool) { found = found || name == attribute; });
  return found;
}

std::string joined_hash(std::string_view first, const std::vector<std::string_view>& more) {
  if (more.empty()) return std::string(first);
  std::string out;
  auto add = [&](std::string_view part) { put_length(out, part.size()), out.append(part); };
  add(first);
  for (std::string_view part : more) add(part);
  return out;
}

uint64_t spread(std::string_view hash_key) {
  std::string digest = md5(cat("Outliers", hash_key));
  uint64_t h = 0;
  for (int i = 0; i < 8; i++) h = h << 8 | uint8_t(digest[size_t(i)]);
  return h;
}

store::Key table_key(const Scope& scope, std::string_view name) { return store::key(scope, kTables, name); }
store::Key policy_key(const Scope& scope, std::string_view arn) { return store::key(scope, kPolicies, arn); }
store::Key item_key(const Scope& scope, uint64_t table, const ItemKey& k) { return store::key(scope, kItems, table, spread(k.hash), k.hash, k.range); }
store::Key entry_key(const Scope& scope, uint64_t index, const IndexKey& i, const ItemKey& k) {
  store::Key key = store::key(scope, kEntries, index, spread(i.hash), i.hash, i.range);
  for (const auto& part : i.more_range) key << std::string_view(part);
  key << std::string_view(k.hash) << std::string_view(k.range);
  return key;
}
store::Key expiry_key(const Scope& scope, uint64_t table, int64_t second, const ItemKey& k) {
  return store::key(scope, kExpiries, table, uint64_t(second), k.hash, k.range);
}
store::Key count_key(const Scope& scope, uint64_t id) { return store::key(scope, kCounts, id); }
store::Key stream_records(const Scope& scope, uint64_t stream) { return store::key(scope, kStreamRecords, stream); }
store::Key stream_record_key(const Scope& scope, uint64_t stream, uint64_t sequence) { return store::key(scope, kStreamRecords, stream, sequence); }
store::Key stream_key(const Scope& scope, std::string_view table, std::string_view label) { return store::key(scope, kStreams, table, label); }
store::Key token_key(const Scope& scope, std::string_view token) { return store::key(scope, kTokens, token); }

std::string stored_item(std::string_view content) {
  std::string out;
  out.reserve(content.size() + 6);
  record_detail::put_varint(out, 1 << 3 | 2);
  record_detail::put_varint(out, content.size());
  out.append(content);
  return out;
}

std::string_view item_content(std::string_view stored) {
  record_detail::Field f;
  while (!stored.empty()) {
    if (!record_detail::next_field(stored, f)) throw std::runtime_error("a stored item is damaged");
    if (f.number == 1 && f.kind == 2) return f.bytes;
  }
  return {};
}

std::string stored_entry(std::string_view content) {
  if (content.size() <= kLongEntry) return stored_item(content);
  std::string out;
  record_detail::put_varint(out, 2 << 3);
  record_detail::put_varint(out, 1);
  return out;
}

bool refers_to_item(std::string_view stored) { return !stored.empty() && stored[0] == char(2 << 3); }

ItemKey item_of_entry(std::string_view entry_key) {
  std::vector<std::string> parts = store::key_parts(entry_key);
  if (parts.size() < 6) throw std::runtime_error("the key of an index entry is damaged");
  return {std::move(parts[parts.size() - 2]), std::move(parts.back())};
}

std::string table_arn(const Scope& scope, std::string_view name) { return make_arn(scope, "dynamodb", cat("table/", name)); }

}  // namespace fogbank::dynamodb
