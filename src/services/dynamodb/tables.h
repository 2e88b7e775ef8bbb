// Finding tables: by name or ARN, in the caller's account or another's. Stateless; see state.h for what is kept.
#pragma once
#include <string>
#include <string_view>

#include "base/error.h"
#include "gateway/context.h"
#include "gen/dynamodb/types.h"
#include "services/dynamodb/caches.h"
#include "services/dynamodb/state.h"

namespace fogbank::dynamodb {

/// Where a table is, whether or not it exists.
struct TableAddress {
  Scope scope;
  std::string name;
};
/// What TableName says: a name in `caller`'s account, or an ARN.
Result<TableAddress> table_address(const Scope& caller, std::string_view name_or_arn);

/// A table that exists.
struct TableRef {
  Scope scope;
  TablePtr table;
  const Table* operator->() const { return table.get(); }
};
/// For item operations ("Requested resource not found"), outside of cx.read and cx.write. Opens the table's data key, if it has one.
Result<TableRef> find_table(Context& cx, std::string_view name_or_arn);
/// The same table as it is in a transaction; refused if it was deleted meanwhile.
Result<TableRef> current(Context& cx, store::Reader& reader, const TableRef& ref);

std::string index_arn(const Scope& scope, std::string_view table, std::string_view index);
std::string stream_arn(const Scope& scope, std::string_view table, std::string_view label);

/// Fills a description from the table and its counts.
void describe_table(Context& cx, store::Reader& reader, const Scope& scope, const Table& table, svc::TableDescription& out);

Count count_of(store::Reader& reader, const Scope& scope, uint64_t id);

/// What a table on demand can bear from its first request on.
inline constexpr int64_t kOnDemandReads = 12000, kOnDemandWrites = 4000;

/// Checks shared by CreateTable and UpdateTable (schema.cc).
Result<void> check_table_name(std::string_view name);
struct IndexInput {
  Str name;
  const List<svc::KeySchemaElement>* keys;
  const svc::Projection* projection;
  const svc::ProvisionedThroughput* throughput;
  const svc::WarmThroughput* warm;
  bool global;
};
Result<Index> read_index(const Table& table, const IndexInput& in);
Result<void> read_attributes(const List<svc::AttributeDefinition>& in, std::vector<AttributeDefinition>& out);
Result<void> read_keys(const List<svc::KeySchemaElement>& in, std::string& hash, std::string& range);
Result<void> check_attributes_used(const Table& table);
Result<void> check_throughput(const svc::ProvisionedThroughput* t, bool on_demand, std::string_view index = {});
/// WarmThroughput; `what` is "table" or "index x".
Result<void> read_warm(const svc::WarmThroughput* in, bool on_demand, std::string_view what, int64_t& reads, int64_t& writes);
Result<void> check_tags(const std::map<std::string, std::string>& tags);

/// A new stream for the table; ends none.
void start_stream(store::Txn& tx, const Scope& scope, Table& table, std::string_view view, Millis now);
void end_stream(store::Txn& tx, const Scope& scope, const Table& table, Millis now);

}  // namespace fogbank::dynamodb
