// DescribeTable, ListTables, tags, limits and what Terraform reads of a table beside.
#include "base/encoding.h"
#include "gen/dynamodb/operations.h"
#include "services/dynamodb/errors.h"
#include "services/dynamodb/items.h"
#include "services/dynamodb/tables.h"
#include "services/dynamodb/tasks.h"

namespace fogbank::dynamodb {
namespace {

/// A table as it is now, for operations on tables.
Result<TableRef> find_named(Context& cx, std::string_view text) {
  FB_ASSIGN(address, table_address(cx.caller(), text));
  TablePtr table = cx.state<State>().tables.get(table_key(address.scope, address.name));
  if (!table) return fail(table_not_found(address.name));
  return TableRef{std::move(address.scope), std::move(table)};
}

ApiError no_such_resource(std::string_view arn) { return ApiError("ResourceNotFoundException", cat("Requested resource not found: ResourcArn: ", arn, " not found")); }

Result<TableAddress> tagged(Context& cx, Str arn) {
  if (!arn.view().starts_with("arn:")) return fail(invalid(cat("Invalid TableArn: Invalid ResourceArn provided as input ", arn.view())));
  return table_address(cx.caller(), arn);
}

}  // namespace

Result<void> DescribeTable(Context& cx, const svc::DescribeTableInput& in, svc::DescribeTableOutput& out) {
  FB_ASSIGN(table, find_named(cx, in.TableName));
  cx.read([&](store::Reader& reader) { describe_table(cx, reader, table.scope, *table.table, cx.make(out.Table)); });
  return {};
}

Result<void> ListTables(Context& cx, const svc::ListTablesInput& in, svc::ListTablesOutput& out) {
  size_t limit = size_t(in.Limit.value_or(100));
  out.TableNames.reserve(cx.arena(), 0);
  store::Key prefix = store::key(cx.scope(), kTables), from = prefix;
  if (in.ExclusiveStartTableName) from = table_key(cx.scope(), in.ExclusiveStartTableName).after_prefix();
  cx.read([&](store::Reader& reader) {
    reader.scan(from, prefix.after_prefix(), store::Order::ascending, [&](std::string_view key, std::string_view, store::Version) {
      if (out.TableNames.size() == limit) {
        out.LastEvaluatedTableName = out.TableNames[limit - 1];
        return false;
      }
      out.TableNames.push(cx.arena(), cx.str(store::key_parts(key).at(0)));
      return true;
    });
  });
  return {};
}

Result<void> DescribeLimits(Context&, const svc::DescribeLimitsInput&, svc::DescribeLimitsOutput& out) {
  out.AccountMaxReadCapacityUnits = 80000;
  out.AccountMaxWriteCapacityUnits = 80000;
  out.TableMaxReadCapacityUnits = 40000;
  out.TableMaxWriteCapacityUnits = 40000;
  return {};
}

Result<void> DescribeEndpoints(Context& cx, const svc::DescribeEndpointsRequest&, svc::DescribeEndpointsResponse& out) {
  auto& e = out.Endpoints.add(cx.arena());
  std::string_view host = cx.request().endpoint;
  if (size_t at = host.find("://"); at != std::string_view::npos) host.remove_prefix(at + 3);
  e.Address = cx.str(host);
  e.CachePeriodInMinutes = 1440;
  return {};
}

Result<void> DescribeContinuousBackups(Context& cx, const svc::DescribeContinuousBackupsInput& in, svc::DescribeContinuousBackupsOutput& out) {
  FB_ASSIGN(address, table_address(cx.caller(), in.TableName));
  if (!cx.state<State>().tables.get(table_key(address.scope, address.name))) return fail("TableNotFoundException", cat("Table not found: ", address.name));
  auto& d = cx.make(out.ContinuousBackupsDescription);
  d.ContinuousBackupsStatus = "ENABLED";   // as of every table; recovery to a point in time is what can be off
  cx.make(d.PointInTimeRecoveryDescription).PointInTimeRecoveryStatus = "DISABLED";
  return {};
}

Result<void> DescribeContributorInsights(Context& cx, const svc::DescribeContributorInsightsInput& in, svc::DescribeContributorInsightsOutput& out) {
  FB_ASSIGN(table, find_named(cx, in.TableName));
  if (in.IndexName && !table->index(in.IndexName)) return fail(ApiError("ResourceNotFoundException", "Requested resource not found"));
  out.TableName = cx.str(table->name);
  if (in.IndexName) out.IndexName = cx.str(in.IndexName);
  out.ContributorInsightsStatus = "DISABLED";
  return {};
}

Result<void> TagResource(Context& cx, const svc::TagResourceInput& in, svc::TagResourceOutput&) {
  FB_ASSIGN(address, tagged(cx, in.ResourceArn));
  return cx.write([&](store::Txn& tx) -> Result<void> {
    store::Key key = table_key(address.scope, address.name);
    auto t = tx.get_as<Table>(key);
    if (!t) return fail(no_such_resource(in.ResourceArn));
    for (const auto& tag : in.Tags) t->tags[std::string(tag.Key)] = std::string(tag.Value);
    FB_TRY(check_tags(t->tags));
    tx.put_record(key, *t);
    return {};
  });
}

Result<void> UntagResource(Context& cx, const svc::UntagResourceInput& in, svc::UntagResourceOutput&) {
  FB_ASSIGN(address, tagged(cx, in.ResourceArn));
  return cx.write([&](store::Txn& tx) -> Result<void> {
    store::Key key = table_key(address.scope, address.name);
    auto t = tx.get_as<Table>(key);
    if (!t) return fail(no_such_resource(in.ResourceArn));
    for (Str k : in.TagKeys) t->tags.erase(std::string(k));
    tx.put_record(key, *t);
    return {};
  });
}

Result<void> ListTagsOfResource(Context& cx, const svc::ListTagsOfResourceInput& in, svc::ListTagsOfResourceOutput& out) {
  FB_ASSIGN(address, tagged(cx, in.ResourceArn));
  TablePtr table = cx.state<State>().tables.get(table_key(address.scope, address.name));
  if (!table) return fail(no_such_resource(in.ResourceArn));
  out.Tags.reserve(cx.arena(), 0);
  auto at = table->tags.begin();
  if (in.NextToken) {
    auto after = unbase64(in.NextToken);
    if (!after) return fail(invalid("Invalid NextToken"));
    at = table->tags.upper_bound(*after);
  }
  for (; at != table->tags.end() && out.Tags.size() < 10; ++at) {
    auto& tag = out.Tags.add(cx.arena());
    tag.Key = cx.str(at->first);
    tag.Value = cx.str(at->second);
  }
  if (at != table->tags.end()) out.NextToken = cx.str(base64(std::prev(at)->first));
  return {};
}

Result<void> DescribeTimeToLive(Context& cx, const svc::DescribeTimeToLiveInput& in, svc::DescribeTimeToLiveOutput& out) {
  FB_ASSIGN(table, find_named(cx, in.TableName));
  auto& d = cx.make(out.TimeToLiveDescription);
  d.TimeToLiveStatus = table->ttl_attribute.empty() ? "DISABLED" : "ENABLED";
  if (!table->ttl_attribute.empty()) d.AttributeName = cx.str(table->ttl_attribute);
  return {};
}

Result<void> UpdateTimeToLive(Context& cx, const svc::UpdateTimeToLiveInput& in, svc::UpdateTimeToLiveOutput& out) {
  FB_ASSIGN(address, table_address(cx.caller(), in.TableName));
  bool on = in.TimeToLiveSpecification->Enabled.value_or(false);
  Str attribute = in.TimeToLiveSpecification->AttributeName;
  Millis now = cx.now();
  return cx.write([&](store::Txn& tx) -> Result<void> {
    store::Key key = table_key(address.scope, address.name);
    auto t = tx.get_as<Table>(key);
    if (!t) return fail(table_not_found(address.name));
    if (on && !t->ttl_attribute.empty()) return fail(invalid("TimeToLive is already enabled"));
    if (!on && t->ttl_attribute.empty()) return fail(invalid("TimeToLive is already disabled"));
    if (!on && t->ttl_attribute != attribute.view())
      return fail(invalid(cat("TimeToLive is active on a different AttributeName: current AttributeName is ", t->ttl_attribute)));
    t->ttl_attribute = on ? attribute.view() : std::string_view();
    t->ttl_changed = now;
    if (t->ttl_task) tx.cancel(t->ttl_task);
    t->ttl_task = 0;
    tx.put_record(key, *t);
    if (on) {
      FillWork work;
      work.table = t->name;
      work.table_id = t->id;
      work.expiries = true;
      schedule_fill(tx, address.scope, work, now);
    } else {
      schedule_erase(tx, address.scope, kExpiries, t->id, now);
    }
    auto& answer = cx.make(out.TimeToLiveSpecification);
    answer.Enabled = on;
    answer.AttributeName = cx.str(attribute);
    return {};
  });
}

}  // namespace fogbank::dynamodb
