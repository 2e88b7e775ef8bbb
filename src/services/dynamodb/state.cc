#include "services/dynamodb/state.h"

#include <stdexcept>

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

uint64_t spread(std::string_view hash_key) {
  uint64_t h = 0xcbf29ce484222325;
  for (unsigned char c : hash_key) h = (h ^ c) * 0x100000001b3;
  h ^= h >> 33;
  h *= 0xff51afd7ed558ccd;
  h ^= h >> 33;
  h *= 0xc4ceb9fe1a85ec53;
  return h ^ (h >> 33);
}

store::Key table_key(const Scope& scope, std::string_view name) { return store::key(scope, kTables, name); }
store::Key policy_key(const Scope& scope, std::string_view arn) { return store::key(scope, kPolicies, arn); }
store::Key item_key(const Scope& scope, uint64_t table, const ItemKey& k) { return store::key(scope, kItems, table, spread(k.hash), k.hash, k.range); }
store::Key entry_key(const Scope& scope, uint64_t index, const ItemKey& i, const ItemKey& k) {
  return store::key(scope, kEntries, index, spread(i.hash), i.hash, i.range, k.hash, k.range);
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

std::string table_arn(const Scope& scope, std::string_view name) { return make_arn(scope, "dynamodb", cat("table/", name)); }

}  // namespace fogbank::dynamodb
