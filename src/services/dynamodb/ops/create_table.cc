// CreateTable, DeleteTable: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CreateTable.html
// A new table is empty and ready with the commit that makes it: the answer says CREATING, as DynamoDB's does, and it is ACTIVE from then on.
#include "gen/dynamodb/operations.h"
#include "services/dynamodb/encryption.h"
#include "services/dynamodb/errors.h"
#include "services/dynamodb/policies.h"
#include "services/dynamodb/settings.h"
#include "services/dynamodb/streams.h"
#include "services/dynamodb/tables.h"
#include "services/dynamodb/tasks.h"

namespace fogbank::dynamodb {
namespace {

Result<void> refuse_unserved(const svc::CreateTableInput& in) {
  if (in.GlobalTableSourceArn || in.GlobalTableSettingsReplicationMode) return fail(not_served("CreateTable with GlobalTableSourceArn"));
  return {};
}

Result<void> read_indexes(const svc::CreateTableInput& in, Table& t) {
  if (in.LocalSecondaryIndexes && in.LocalSecondaryIndexes.empty()) return fail(invalid_parameters("List of LocalSecondaryIndexes is empty"));
  if (in.GlobalSecondaryIndexes && in.GlobalSecondaryIndexes.empty()) return fail(invalid_parameters("List of GlobalSecondaryIndexes is empty"));
  if (in.LocalSecondaryIndexes.size() > 5) return fail(invalid_parameters("Number of LocalSecondaryIndexes exceeds per-table limit of 5"));
  if (in.GlobalSecondaryIndexes.size() > 20) return fail(invalid_parameters("Number of GlobalSecondaryIndexes exceeds per-table limit of 20"));
  for (const auto& i : in.LocalSecondaryIndexes) {
    FB_ASSIGN(index, read_index(t, {i.IndexName, &i.KeySchema, i.Projection.ptr, nullptr, nullptr, false}));
    t.indexes.push_back(std::move(index));
  }
  for (const auto& i : in.GlobalSecondaryIndexes) {
    FB_ASSIGN(index, read_index(t, {i.IndexName, &i.KeySchema, i.Projection.ptr, i.ProvisionedThroughput.ptr, i.WarmThroughput.ptr, true}));
    t.indexes.push_back(std::move(index));
  }
  return {};
}

Result<void> read_table(const svc::CreateTableInput& in, Table& t) {
  FB_TRY(refuse_unserved(in));
  t.on_demand = in.BillingMode == "PAY_PER_REQUEST";
  FB_TRY(check_throughput(in.ProvisionedThroughput.ptr, t.on_demand));
  if (in.ProvisionedThroughput) {
    t.read_units = in.ProvisionedThroughput->ReadCapacityUnits.value_or(0);
    t.write_units = in.ProvisionedThroughput->WriteCapacityUnits.value_or(0);
  }
  FB_TRY(read_keys(in.KeySchema, t.hash, t.range));
  FB_TRY(read_attributes(in.AttributeDefinitions, t.attributes));
  FB_TRY(read_indexes(in, t));
  FB_TRY(check_attributes_used(t));
  FB_TRY(read_stream_specification(in.StreamSpecification.ptr));
  t.table_class = in.TableClass.view();
  t.deletion_protection = in.DeletionProtectionEnabled.value_or(false);
  for (const auto& tag : in.Tags) t.tags[std::string(tag.Key)] = std::string(tag.Value);
  FB_TRY(check_tags(t.tags));
  if (in.OnDemandThroughput) {
    t.on_demand_reads = std::max<int64_t>(0, in.OnDemandThroughput->MaxReadRequestUnits.value_or(0));
    t.on_demand_writes = std::max<int64_t>(0, in.OnDemandThroughput->MaxWriteRequestUnits.value_or(0));
  }
  FB_TRY(read_warm(in.WarmThroughput.ptr, t.on_demand, "table", t.warm_reads, t.warm_writes));
  return {};
}

}  // namespace

Result<void> CreateTable(Context& cx, const svc::CreateTableInput& in, svc::CreateTableOutput& out) {
  FB_ASSIGN(address, table_address(cx.caller(), in.TableName));
  const Scope& scope = address.scope;
  Table wanted;
  wanted.name = address.name;
  FB_TRY(read_table(in, wanted));
  FB_TRY(make_encryption(cx, scope, wanted.name, in.SSESpecification.ptr, wanted));
  Millis now = cx.now();
  wanted.uuid = cx.random().uuid();
  wanted.created = now;
  if (wanted.on_demand) wanted.on_demand_since = now;
  std::string arn = table_arn(scope, wanted.name), revision = cx.random().uuid();
  if (in.ResourcePolicy) FB_TRY(check_policy(scope, in.ResourcePolicy));
  FB_TRY(cx.write([&](store::Txn& tx) -> Result<void> {
    store::Key key = table_key(scope, wanted.name);
    if (tx.has(key)) return fail("ResourceInUseException", cat("Table already exists: ", wanted.name));
    Table t = wanted;
    t.id = tx.next(scope.whole_partition(), "dynamodb.id");
    for (Index& i : t.indexes) {
      i.id = tx.next(scope.whole_partition(), "dynamodb.id");
      i.created = now;
    }
    if (in.StreamSpecification && in.StreamSpecification->StreamEnabled.value_or(false)) {
      start_stream(tx, scope, t, in.StreamSpecification->StreamViewType, now);
      schedule_trim(tx, scope, {t.name, t.stream_label, t.stream_id, {}}, now + kStreamRetention);
    }
    tx.put_record(key, t);
    if (in.ResourcePolicy) tx.put_record(policy_key(scope, arn), TablePolicy{std::string(in.ResourcePolicy), revision, {}});
    auto& description = cx.make(out.TableDescription);
    describe_table(cx, tx, scope, t, description);
    description.TableStatus = "CREATING";
    if (in.WarmThroughput) description.WarmThroughput->Status = "UPDATING";
    else description.WarmThroughput.ptr = nullptr;
    for (size_t i = 0; i < description.GlobalSecondaryIndexes.size(); i++) {
      auto& g = description.GlobalSecondaryIndexes[i];
      g.IndexStatus = "CREATING";
      if (in.GlobalSecondaryIndexes[i].WarmThroughput) g.WarmThroughput->Status = "UPDATING";
      else g.WarmThroughput.ptr = nullptr;
    }
    if (t.on_demand) description.BillingModeSummary->LastUpdateToPayPerRequestDateTime = {};
    return {};
  }));
  return {};
}

Result<void> DeleteTable(Context& cx, const svc::DeleteTableInput& in, svc::DeleteTableOutput& out) {
  FB_ASSIGN(address, table_address(cx.caller(), in.TableName));
  const Scope& scope = address.scope;
  Millis now = cx.now();
  return cx.write([&](store::Txn& tx) -> Result<void> {
    store::Key key = table_key(scope, address.name);
    auto t = tx.get_as<Table>(key);
    if (!t) return fail(table_not_found(address.name));
    if (t->deletion_protection)
      return fail(invalid("Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first."));
    auto& d = cx.make(out.TableDescription);
    d.TableName = cx.str(t->name);
    d.TableStatus = "DELETING";
    d.TableArn = cx.str(table_arn(scope, t->name));
    d.TableId = cx.str(t->uuid);
    d.ItemCount = 0;
    d.TableSizeBytes = 0;
    d.DeletionProtectionEnabled = false;
    auto& throughput = cx.make(d.ProvisionedThroughput);
    throughput.NumberOfDecreasesToday = 0;
    throughput.ReadCapacityUnits = t->on_demand ? 0 : t->read_units;
    throughput.WriteCapacityUnits = t->on_demand ? 0 : t->write_units;
    if (t->on_demand) cx.make(d.BillingModeSummary).BillingMode = "PAY_PER_REQUEST";
    if (t->stream) {
      auto& stream = cx.make(d.StreamSpecification);
      stream.StreamEnabled = true;
      stream.StreamViewType = cx.str(t->stream_view);
      d.LatestStreamLabel = cx.str(t->stream_label);
      d.LatestStreamArn = cx.str(stream_arn(scope, t->name, t->stream_label));
    }
    end_stream(tx, scope, *t, now);
    tx.erase(key);
    tx.erase(policy_key(scope, table_arn(scope, t->name)));
    tx.erase(count_key(scope, t->id));
    schedule_erase(tx, scope, kItems, t->id, now);
    if (!t->ttl_attribute.empty()) schedule_erase(tx, scope, kExpiries, t->id, now);
    for (const Index& i : t->indexes) {
      tx.erase(count_key(scope, i.id));
      schedule_erase(tx, scope, kEntries, i.id, now);
    }
    return {};
  });
}

}  // namespace fogbank::dynamodb
