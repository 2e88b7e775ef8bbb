// UpdateTable: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTable.html
// A new index is filled by tasks in small steps; from this commit on every write maintains it.
#include "gen/dynamodb/operations.h"
#include "services/dynamodb/encryption.h"
#include "services/dynamodb/errors.h"
#include "services/dynamodb/settings.h"
#include "services/dynamodb/streams.h"
#include "services/dynamodb/tables.h"
#include "services/dynamodb/tasks.h"

namespace fogbank::dynamodb {
namespace {

Result<void> refuse_unserved(const svc::UpdateTableInput& in) {
  if (in.ReplicaUpdates || in.GlobalTableWitnessUpdates || in.MultiRegionConsistency || in.GlobalTableSettingsReplicationMode)
    return fail(not_served("UpdateTable with ReplicaUpdates (global tables)"));
  return {};
}

bool asks_nothing(const svc::UpdateTableInput& in) {
  return !in.BillingMode && !in.ProvisionedThroughput && !in.GlobalSecondaryIndexUpdates && !in.StreamSpecification && !in.SSESpecification && !in.TableClass &&
         !in.DeletionProtectionEnabled && !in.OnDemandThroughput && !in.WarmThroughput;
}

Result<void> change_throughput(const svc::UpdateTableInput& in, Table& t, Millis now) {
  if (in.BillingMode) {
    bool on_demand = in.BillingMode == "PAY_PER_REQUEST";
    if (on_demand && in.ProvisionedThroughput)
      return fail(invalid_parameters("Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST"));
    if (!on_demand && t.on_demand && !in.ProvisionedThroughput)
      return fail(invalid_parameters("ProvisionedThroughput must be specified when BillingMode is PROVISIONED"));
    if (on_demand && !t.on_demand) t.on_demand_since = now;
    t.on_demand = on_demand;
  }
  if (!in.ProvisionedThroughput) return {};
  if (t.on_demand) return fail(invalid_parameters("Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST"));
  int64_t read = in.ProvisionedThroughput->ReadCapacityUnits.value_or(0), write = in.ProvisionedThroughput->WriteCapacityUnits.value_or(0);
  if (read == t.read_units && write == t.write_units && !in.BillingMode)
    return fail(invalid(cat("The provisioned throughput for the table will not change. The requested value equals the current value. Current ReadCapacityUnits provisioned "
                            "for the table: ", t.read_units, ". Requested ReadCapacityUnits: ", read, ". Current WriteCapacityUnits provisioned for the table: ", t.write_units,
                            ". Requested WriteCapacityUnits: ", write, ". Refer to the Amazon DynamoDB Developer Guide for current limits and how to request higher limits.")));
  if (read > t.read_units || write > t.write_units) t.increased = now;
  if (read < t.read_units || write < t.write_units) t.decreased = now;
  t.read_units = read;
  t.write_units = write;
  return {};
}

Result<void> change_stream(store::Txn& tx, const Scope& scope, const svc::StreamSpecification* in, Table& t, Millis now) {
  if (!in) return {};
  FB_TRY(read_stream_specification(in));
  if (in->StreamEnabled.value_or(false)) {
    if (t.stream) return fail(invalid(cat("Table already has an enabled stream: TableName: ", t.name)));
    start_stream(tx, scope, t, in->StreamViewType, now);
    schedule_trim(tx, scope, {t.name, t.stream_label, t.stream_id, {}}, now + kStreamRetention);
  } else {
    if (!t.stream) return fail(invalid(cat("Table has no stream to disable: TableName: ", t.name)));
    end_stream(tx, scope, t, now);
    t.stream = false;
  }
  return {};
}

Index* find_index(Table& t, std::string_view name) {
  for (Index& i : t.indexes)
    if (i.name == name && i.global) return &i;
  return nullptr;
}

Result<void> add_index(store::Txn& tx, const Scope& scope, const svc::CreateGlobalSecondaryIndexAction& in, Table& t, Millis now) {
  FB_ASSIGN(index, read_index(t, {in.IndexName, &in.KeySchema, in.Projection.ptr, in.ProvisionedThroughput.ptr, in.WarmThroughput.ptr, true}));
  index.id = tx.next(scope.whole_partition(), "dynamodb.id");
  index.created = now;
  index.filling = true;
  FillWork work;
  work.table = t.name;
  work.table_id = t.id;
  work.index_id = index.id;
  t.indexes.push_back(std::move(index));
  schedule_fill(tx, scope, work, now);
  return {};
}

Result<void> change_indexes(store::Txn& tx, const Scope& scope, const svc::UpdateTableInput& in, Table& t, Millis now) {
  int changes = 0;
  for (const auto& u : in.GlobalSecondaryIndexUpdates) {
    if (u.Create.has() + u.Update.has() + u.Delete.has() != 1)
      return fail(invalid_parameters("One of GlobalSecondaryIndexUpdate.Update, GlobalSecondaryIndexUpdate.Create, GlobalSecondaryIndexUpdate.Delete must not be null"));
    if ((u.Create || u.Delete) && ++changes > 1)
      return fail("LimitExceededException", "Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table");
    if (u.Create) {
      for (const Index& i : t.indexes)
        if (i.filling) return fail("LimitExceededException", "Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table");
      if (find_index(t, u.Create->IndexName)) return fail(invalid_parameters(cat("Attempting to create an index which already exists: ", u.Create->IndexName.view())));
      FB_TRY(add_index(tx, scope, *u.Create, t, now));
    } else if (u.Delete) {
      Index* i = find_index(t, u.Delete->IndexName);
      if (!i) return fail(table_not_found());
      tx.erase(count_key(scope, i->id));
      schedule_erase(tx, scope, kEntries, i->id, now);
      t.indexes.erase(t.indexes.begin() + (i - t.indexes.data()));
    } else {
      Index* i = find_index(t, u.Update->IndexName);
      if (!i) return fail(table_not_found());
      if (!u.Update->ProvisionedThroughput) continue;
      FB_TRY(check_throughput(u.Update->ProvisionedThroughput.ptr, t.on_demand, i->name));
      i->read_units = u.Update->ProvisionedThroughput->ReadCapacityUnits.value_or(0);
      i->write_units = u.Update->ProvisionedThroughput->WriteCapacityUnits.value_or(0);
    }
  }
  return {};
}

/// A table that becomes provisioned needs units for each of its global indexes too.
Result<void> check_index_throughput(const svc::UpdateTableInput& in, const Table& t) {
  if (!in.BillingMode || t.on_demand) return {};
  for (const Index& i : t.indexes)
    if (i.global && (i.read_units == 0 || i.write_units == 0)) return fail(invalid_parameters(cat("ProvisionedThroughput must be specified for index: ", i.name)));
  return {};
}

/// Definitions that came with the call, and only those that are still used.
Result<void> change_attributes(const svc::UpdateTableInput& in, Table& t) {
  if (!in.AttributeDefinitions) return {};
  std::vector<AttributeDefinition> given;
  FB_TRY(read_attributes(in.AttributeDefinitions, given));
  for (const auto& a : given) {
    if (t.type_of(a.name) == Type::none) t.attributes.push_back(a);   // what is defined already stays as it is, whatever the call says
  }
  return {};
}

void drop_unused_attributes(Table& t) {
  std::erase_if(t.attributes, [&](const AttributeDefinition& a) {
    bool used = a.name == t.hash || a.name == t.range;
    for (const Index& i : t.indexes) used = used || i.has_key(a.name);
    return !used;
  });
}

}  // namespace

Result<void> UpdateTable(Context& cx, const svc::UpdateTableInput& in, svc::UpdateTableOutput& out) {
  FB_TRY(refuse_unserved(in));
  FB_ASSIGN(address, table_address(cx.caller(), in.TableName));
  Millis now = cx.now();
  const Scope& scope = address.scope;
  Table encryption;
  FB_TRY(make_encryption(cx, scope, address.name, in.SSESpecification.ptr, encryption));
  return cx.write([&](store::Txn& tx) -> Result<void> {
    store::Key key = table_key(scope, address.name);
    auto t = tx.get_as<Table>(key);
    if (!t) return fail(table_not_found(address.name));
    if (asks_nothing(in))
      return fail(invalid("At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, GlobalSecondaryIndexUpdates or SSESpecification or ReplicaUpdates is required"));
    FB_TRY(change_throughput(in, *t, now));
    FB_TRY(change_attributes(in, *t));
    FB_TRY(change_indexes(tx, scope, in, *t, now));
    FB_TRY(check_index_throughput(in, *t));
    drop_unused_attributes(*t);
    FB_TRY(change_stream(tx, scope, in.StreamSpecification.ptr, *t, now));
    std::string old_key = t->sse_key;
    FB_TRY(change_encryption(in.SSESpecification.ptr, encryption, *t));
    if (in.TableClass) t->table_class = in.TableClass.view();
    if (in.DeletionProtectionEnabled) t->deletion_protection = *in.DeletionProtectionEnabled;
    if (in.OnDemandThroughput) {
      t->on_demand_reads = std::max<int64_t>(0, in.OnDemandThroughput->MaxReadRequestUnits.value_or(0));
      t->on_demand_writes = std::max<int64_t>(0, in.OnDemandThroughput->MaxWriteRequestUnits.value_or(0));
    }
    FB_TRY(read_warm(in.WarmThroughput.ptr, t->on_demand, "table", t->warm_reads, t->warm_writes));
    tx.put_record(key, *t);
    auto& description = cx.make(out.TableDescription);
    describe_table(cx, tx, scope, *t, description);
    description.TableStatus = "UPDATING";
    if (!t->sse && !old_key.empty()) {   // being taken away
      auto& sse = cx.make(description.SSEDescription);
      sse.Status = "UPDATING";
      sse.SSEType = "KMS";
      sse.KMSMasterKeyArn = cx.str(old_key);
    }
    return {};
  });
}

}  // namespace fogbank::dynamodb
