#include "services/dynamodb/tables.h"

#include "base/clock.h"
#include "services/dynamodb/encryption.h"
#include "services/dynamodb/errors.h"

namespace fogbank::dynamodb {

Result<void> check_table_name(std::string_view name) {
  bool fits = name.size() >= 3 && name.size() <= 255;
  for (char c : name) fits = fits && (isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-' || c == '.');
  if (fits) return {};
  return fail(invalid("Invalid table/index name.  Table/index names must be between 3 and 255 characters long, and may contain only the characters a-z, A-Z, "
                      "0-9, '_', '-', and '.'"));
}

namespace {

/// What the member TableName is checked for before it is taken for a name.
Result<void> check_member(std::string_view text) {
  auto refuse = [&](std::string_view what) {
    return fail(invalid(cat("1 validation error detected: Value '", text, "' at 'tableName' failed to satisfy constraint: Member must ", what)));
  };
  if (text.size() > 255) return refuse("have length less than or equal to 255");
  for (char c : text)
    if (!isalnum(static_cast<unsigned char>(c)) && c != '_' && c != '-' && c != '.') return refuse("satisfy regular expression pattern: [a-zA-Z0-9_.-]+");
  return {};
}

}  // namespace

Result<TableAddress> table_address(const Scope& caller, std::string_view text) {
  if (!text.starts_with("arn:")) {
    FB_TRY(check_member(text));
    FB_TRY(check_table_name(text));
    return TableAddress{caller, std::string(text)};
  }
  auto arn = parse_arn(text);
  if (!arn || arn->service != "dynamodb" || !arn->resource.starts_with("table/") || !is_account_id(arn->account))
    return fail(invalid(cat("Invalid TableArn: Invalid ResourceArn provided as input ", text)));
  std::string_view name = arn->resource.substr(6);
  name = name.substr(0, name.find('/'));
  FB_TRY(check_table_name(name));
  return TableAddress{{Partition(arn->partition), AccountId(arn->account), Region(arn->region)}, std::string(name)};
}

Result<TableRef> find_table(Context& cx, std::string_view text) {
  FB_ASSIGN(address, table_address(cx.caller(), text));
  TablePtr table = cx.state<State>().tables.get(table_key(address.scope, address.name));
  if (!table) return fail(table_not_found());
  TableRef found{std::move(address.scope), std::move(table)};
  FB_TRY(open_items_key(cx, found));
  return found;
}

Result<TableRef> current(Context& cx, store::Reader& reader, const TableRef& ref) {
  TablePtr table = cx.state<State>().tables.get(reader, table_key(ref.scope, ref->name));
  if (!table || table->id != ref->id) return fail(table_not_found());
  return TableRef{ref.scope, std::move(table)};
}

std::string index_arn(const Scope& scope, std::string_view table, std::string_view index) { return cat(table_arn(scope, table), "/index/", index); }
std::string stream_arn(const Scope& scope, std::string_view table, std::string_view label) { return cat(table_arn(scope, table), "/stream/", label); }

Count count_of(store::Reader& reader, const Scope& scope, uint64_t id) { return reader.get_as<Count>(count_key(scope, id)).value_or(Count{}); }

namespace {

void describe_key(Context& cx, std::string_view name, bool range, List<svc::KeySchemaElement>& out) {
  auto& element = out.add(cx.arena());
  element.AttributeName = cx.str(name);
  element.KeyType = range ? "RANGE" : "HASH";
}

void describe_throughput(Context& cx, const Table& t, int64_t read, int64_t write, svc::ProvisionedThroughputDescription& out) {
  (void)cx;
  out.NumberOfDecreasesToday = 0;
  out.ReadCapacityUnits = t.on_demand ? 0 : read;
  out.WriteCapacityUnits = t.on_demand ? 0 : write;
}

void describe_projection(Context& cx, const Index& i, svc::Projection& out) {
  out.ProjectionType = i.projection == Projection::all ? "ALL" : i.projection == Projection::keys_only ? "KEYS_ONLY" : "INCLUDE";
  for (const auto& name : i.included) out.NonKeyAttributes.push(cx.arena(), cx.str(name));
}

void describe_indexes(Context& cx, store::Reader& reader, const Scope& scope, const Table& t, svc::TableDescription& out) {
  for (const Index& i : t.indexes) {
    Count count = count_of(reader, scope, i.id);
    Str arn = cx.str(index_arn(scope, t.name, i.name));
    if (i.global) {
      auto& g = out.GlobalSecondaryIndexes.add(cx.arena());
      g.IndexName = cx.str(i.name);
      i.each_key([&](std::string_view name, bool range) { describe_key(cx, name, range, g.KeySchema); });
      describe_projection(cx, i, cx.make(g.Projection));
      g.IndexStatus = i.filling ? "CREATING" : "ACTIVE";
      if (i.filling) g.Backfilling = true;
      describe_throughput(cx, t, i.read_units, i.write_units, cx.make(g.ProvisionedThroughput));
      g.IndexSizeBytes = count.bytes;
      g.ItemCount = count.items;
      g.IndexArn = arn;
      auto& warm = cx.make(g.WarmThroughput);
      warm.ReadUnitsPerSecond = i.warm_reads ? i.warm_reads : t.on_demand ? kOnDemandReads : std::max<int64_t>(i.read_units, 1);
      warm.WriteUnitsPerSecond = i.warm_writes ? i.warm_writes : t.on_demand ? kOnDemandWrites : std::max<int64_t>(i.write_units, 1);
      warm.Status = i.filling ? "UPDATING" : "ACTIVE";
    } else {
      auto& l = out.LocalSecondaryIndexes.add(cx.arena());
      l.IndexName = cx.str(i.name);
      i.each_key([&](std::string_view name, bool range) { describe_key(cx, name, range, l.KeySchema); });
      describe_projection(cx, i, cx.make(l.Projection));
      l.IndexSizeBytes = count.bytes;
      l.ItemCount = count.items;
      l.IndexArn = arn;
    }
  }
}

void describe_settings(Context& cx, const Scope& scope, const Table& t, svc::TableDescription& out) {
  if (t.on_demand || t.on_demand_since) {
    auto& billing = cx.make(out.BillingModeSummary);
    billing.BillingMode = t.on_demand ? "PAY_PER_REQUEST" : "PROVISIONED";
    if (t.on_demand_since) billing.LastUpdateToPayPerRequestDateTime = t.on_demand_since;
  }
  if (t.stream) {
    auto& stream = cx.make(out.StreamSpecification);
    stream.StreamEnabled = true;
    stream.StreamViewType = cx.str(t.stream_view);
  }
  if (!t.stream_label.empty()) {
    out.LatestStreamLabel = cx.str(t.stream_label);
    out.LatestStreamArn = cx.str(stream_arn(scope, t.name, t.stream_label));
  }
  if (t.sse) {
    auto& sse = cx.make(out.SSEDescription);
    sse.Status = "ENABLED";
    sse.SSEType = "KMS";
    sse.KMSMasterKeyArn = cx.str(t.sse_key);
  }
  if (!t.table_class.empty()) cx.make(out.TableClassSummary).TableClass = cx.str(t.table_class);
  if (t.on_demand_reads || t.on_demand_writes) {
    auto& limits = cx.make(out.OnDemandThroughput);
    limits.MaxReadRequestUnits = t.on_demand_reads ? t.on_demand_reads : -1;
    limits.MaxWriteRequestUnits = t.on_demand_writes ? t.on_demand_writes : -1;
  }
}

}  // namespace

void describe_table(Context& cx, store::Reader& reader, const Scope& scope, const Table& t, svc::TableDescription& out) {
  for (const auto& a : t.attributes) {
    auto& d = out.AttributeDefinitions.add(cx.arena());
    d.AttributeName = cx.str(a.name);
    d.AttributeType = type_name(Type(a.type));
  }
  out.TableName = cx.str(t.name);
  describe_key(cx, t.hash, false, out.KeySchema);
  if (!t.range.empty()) describe_key(cx, t.range, true, out.KeySchema);
  bool updating = false;
  for (const Index& i : t.indexes) updating = updating || i.filling;
  out.TableStatus = updating ? "UPDATING" : "ACTIVE";
  if (!key_accessible(cx, reader, scope, t)) out.TableStatus = "INACCESSIBLE_ENCRYPTION_CREDENTIALS";
  out.CreationDateTime = t.created;
  auto& throughput = cx.make(out.ProvisionedThroughput);
  describe_throughput(cx, t, t.read_units, t.write_units, throughput);
  if (t.increased) throughput.LastIncreaseDateTime = t.increased;
  if (t.decreased) throughput.LastDecreaseDateTime = t.decreased;
  Count count = count_of(reader, scope, t.id);
  out.TableSizeBytes = count.bytes;
  out.ItemCount = count.items;
  out.TableArn = cx.str(table_arn(scope, t.name));
  out.TableId = cx.str(t.uuid);
  describe_indexes(cx, reader, scope, t, out);
  describe_settings(cx, scope, t, out);
  out.DeletionProtectionEnabled = t.deletion_protection;
  auto& warm = cx.make(out.WarmThroughput);
  warm.ReadUnitsPerSecond = t.warm_reads ? t.warm_reads : t.on_demand ? kOnDemandReads : std::max<int64_t>(t.read_units, 1);
  warm.WriteUnitsPerSecond = t.warm_writes ? t.warm_writes : t.on_demand ? kOnDemandWrites : std::max<int64_t>(t.write_units, 1);
  warm.Status = "ACTIVE";
}

void start_stream(store::Txn& tx, const Scope& scope, Table& table, std::string_view view, Millis now) {
  Stream s;
  s.id = tx.next(scope.whole_partition(), "dynamodb.id");
  s.table = table.name;
  s.created = now;
  s.view = view;
  s.hash = table.hash;
  s.range = table.range;
  s.first = tx.version() << 12;
  std::string label = iso8601(now, true);   // "2024-11-18T14:36:44.149Z": the label has no zone
  if (!label.empty() && label.back() == 'Z') label.pop_back();
  s.label = label;
  tx.put_record(stream_key(scope, table.name, label), s);
  table.stream = true;
  table.stream_view = view;
  table.stream_label = label;
  table.stream_id = s.id;
}

void end_stream(store::Txn& tx, const Scope& scope, const Table& table, Millis now) {
  if (!table.stream) return;
  store::Key key = stream_key(scope, table.name, table.stream_label);
  auto s = tx.get_as<Stream>(key);
  if (!s) return;
  s->ended = now;
  s->last = tx.version() << 12;
  tx.put_record(key, *s);
}

}  // namespace fogbank::dynamodb
