// What is decided before DynamoDB's operations run, and on which resource. Source: Service Authorization Reference, "Amazon DynamoDB".
//
// Queries and scans of an index are decided on the index. Batches and transactions are decided table by table, with the actions of the
// single operations for transactions. The keys dynamodb:LeadingKeys and dynamodb:Attributes come from the request and the table's schema.
#include <algorithm>

#include "gateway/authorise.h"
#include "gateway/context.h"
#include "gateway/core.h"
#include "gen/dynamodb/operations.h"
#include "services/dynamodb/encryption.h"
#include "services/dynamodb/errors.h"
#include "services/dynamodb/expressions.h"
#include "services/dynamodb/reads.h"
#include "services/dynamodb/tables.h"
#include "services/dynamodb/wire_values.h"

namespace fogbank::dynamodb {
namespace {

Result<TableAddress> address_of(AuthoriseContext& cx, Str name) {
  FB_ASSIGN(address, table_address(cx.caller(), name));
  cx.set_target(address.scope);
  return address;
}

TablePtr table_at(AuthoriseContext& cx, const TableAddress& a) { return cx.core().state<State>().tables.get(cx.reader(), table_key(a.scope, a.name)); }

void add(Requirement& r, const char* key, std::string_view value) {
  auto& list = r.keys[key];
  if (std::find(list.begin(), list.end(), value) == list.end()) list.emplace_back(value);
}

/// A key's value as policies name it.
std::string plain(const svc::AttributeValue& v) {
  if (v.S) return std::string(v.S);
  if (v.N) return std::string(v.N);
  if (v.B) return std::string(v.B);
  return {};
}

void leading_key(Requirement& r, const TablePtr& table, const Map<svc::AttributeValue>& item) {
  if (!table) return;
  if (const auto* v = item.find(table->hash)) add(r, "dynamodb:leadingkeys", plain(*v));
}

void attribute_names(Requirement& r, const Map<svc::AttributeValue>& item) {
  for (const auto& e : item) add(r, "dynamodb:attributes", e.key);
}

/// Top-level attributes that an expression names. What does not parse is the handler's to refuse.
void expression_attributes(Requirement& r, Kind kind, Str text, const Map<Str>& names, const Map<svc::AttributeValue>* values) {
  if (!text) return;
  Substitutions with;
  for (const auto& e : names) with.add_name(e.key, e.value);
  std::deque<std::string> kept;
  if (values) {
    for (const auto& e : *values) {
      std::string bytes;
      if (!encode_value(e.value, bytes)) return;
      with.add_value(e.key, Value(kept.emplace_back(std::move(bytes))));
    }
  }
  auto each = [&](const Path& p) { if (!p.empty()) add(r, "dynamodb:attributes", p[0].name); };
  if (kind == Kind::projection) {
    if (auto paths = parse_projection(text, with)) for (const Path& p : *paths) each(p);
  } else if (kind == Kind::update) {
    if (auto update = parse_update(text, with)) {
      for (const auto& a : update->actions) each(a.path);
      for (const Node& n : update->nodes) each(n.path);
    }
  } else if (auto tree = parse_condition(kind, text, with)) {
    for (const Node& n : tree->nodes) each(n.path);
  }
}

void return_keys(Requirement& r, const wire::View& in) {
  for (auto [key, member] : {std::pair{"dynamodb:returnvalues", "ReturnValues"}, {"dynamodb:returnconsumedcapacity", "ReturnConsumedCapacity"}})
    if (in.field(member))
      if (Str v = in.text(member)) add(r, key, v);
}

/// The attributes that a read names, and how much it asks for.
template <class In> void read_attributes_of(Requirement& r, const In& in) {
  expression_attributes(r, Kind::projection, in.ProjectionExpression, in.ExpressionAttributeNames, nullptr);
  for (Str n : in.AttributesToGet) add(r, "dynamodb:attributes", n);
  if (in.ProjectionExpression || in.AttributesToGet) add(r, "dynamodb:select", "SPECIFIC_ATTRIBUTES");
}

const Map<Str>& names_of(const wire::View& in) { return *in.slot<Map<Str>>("ExpressionAttributeNames"); }

}  // namespace

Result<void> by_table(AuthoriseContext& cx, const wire::View& in) {
  FB_ASSIGN(address, address_of(cx, in.text("TableName")));
  Requirement& r = cx.require(cx.action(), table_arn(address.scope, address.name));
  if (cx.action() == "dynamodb:CreateTable") {
    r.load_policy = false;
    const auto& create = in.as<svc::CreateTableInput>();
    if (!create.Tags.empty()) cx.require("dynamodb:TagResource", table_arn(address.scope, address.name)).load_policy = false;
    if (create.ResourcePolicy) cx.require("dynamodb:PutResourcePolicy", table_arn(address.scope, address.name)).load_policy = false;
    return require_encryption(cx, address.name, create.SSESpecification.ptr);
  }
  if (cx.action() == "dynamodb:UpdateTable") return require_encryption(cx, address.name, in.as<svc::UpdateTableInput>().SSESpecification.ptr);
  return {};
}

Result<void> by_resource_arn(AuthoriseContext& cx, const wire::View& in) {
  Str arn = in.text("ResourceArn");
  FB_ASSIGN(address, address_of(cx, arn));
  cx.require(cx.action(), arn.view().starts_with("arn:") ? std::string(arn) : table_arn(address.scope, address.name));
  return {};
}

Result<void> put_item(AuthoriseContext& cx, const wire::View& in) {
  const auto& request = in.as<svc::PutItemInput>();
  FB_ASSIGN(address, address_of(cx, request.TableName));
  Requirement& r = cx.require(cx.action(), table_arn(address.scope, address.name));
  TablePtr table = table_at(cx, address);
  leading_key(r, table, request.Item);
  attribute_names(r, request.Item);
  expression_attributes(r, Kind::condition, request.ConditionExpression, request.ExpressionAttributeNames, &request.ExpressionAttributeValues);
  return_keys(r, in);
  return require_items_key(cx, address, table);
}

Result<void> one_item(AuthoriseContext& cx, const wire::View& in) {
  FB_ASSIGN(address, address_of(cx, in.text("TableName")));
  Requirement& r = cx.require(cx.action(), table_arn(address.scope, address.name));
  const auto& key = *in.slot<Map<svc::AttributeValue>>("Key");
  TablePtr table = table_at(cx, address);
  leading_key(r, table, key);
  attribute_names(r, key);
  return_keys(r, in);
  if (cx.action() == "dynamodb:GetItem") {
    read_attributes_of(r, in.as<svc::GetItemInput>());
    return require_items_key(cx, address, table);
  }
  const auto* values = in.slot<Map<svc::AttributeValue>>("ExpressionAttributeValues");
  expression_attributes(r, Kind::condition, in.text("ConditionExpression"), names_of(in), values);
  if (in.field("UpdateExpression")) {
    expression_attributes(r, Kind::update, in.text("UpdateExpression"), names_of(in), values);
    for (const auto& e : in.as<svc::UpdateItemInput>().AttributeUpdates) add(r, "dynamodb:attributes", e.key);
  }
  return require_items_key(cx, address, table);
}

namespace {

/// The hash key that a query asks for.
void query_leading_key(Requirement& r, const TablePtr& table, const svc::QueryInput& q) {
  if (!table) return;
  const Index* index = q.IndexName ? table->index(q.IndexName) : nullptr;
  KeySchema schema = key_schema(*table, index);
  for (const auto& e : q.KeyConditions)
    if (e.key == schema.hash && !e.value.AttributeValueList.empty()) add(r, "dynamodb:leadingkeys", plain(e.value.AttributeValueList[0]));
  if (!q.KeyConditionExpression) return;
  Expressions expressions;
  if (!expressions.begin(q.ExpressionAttributeNames, &q.ExpressionAttributeValues, {{"KeyConditionExpression", true}})) return;
  auto tree = expressions.condition(Kind::key_condition, q.KeyConditionExpression);
  if (!tree) return;
  auto condition = key_condition(*tree, schema);
  if (!condition) return;
  std::string_view content = condition->hash.content();
  add(r, "dynamodb:leadingkeys", schema.hash_type == Type::number ? number_text(content) : std::string(content));
}

}  // namespace

Result<void> query(AuthoriseContext& cx, const wire::View& in) {
  FB_ASSIGN(address, address_of(cx, in.text("TableName")));
  Str index = in.text("IndexName");
  TablePtr table = table_at(cx, address);
  std::string arn = index ? index_arn(address.scope, address.name, index) : table_arn(address.scope, address.name);
  Requirement& r = cx.require(cx.action(), arn);
  return_keys(r, in);
  if (Str select = in.text("Select")) add(r, "dynamodb:select", select);
  expression_attributes(r, Kind::filter, in.text("FilterExpression"), names_of(in), in.slot<Map<svc::AttributeValue>>("ExpressionAttributeValues"));
  if (cx.action() == "dynamodb:Query") {
    const auto& q = in.as<svc::QueryInput>();
    query_leading_key(r, table, q);
    read_attributes_of(r, q);
  } else {
    read_attributes_of(r, in.as<svc::ScanInput>());
  }
  return require_items_key(cx, address, table);
}

Result<void> batch_get(AuthoriseContext& cx, const wire::View& in) {
  for (const auto& e : in.as<svc::BatchGetItemInput>().RequestItems) {
    FB_ASSIGN(address, address_of(cx, e.key));
    Requirement& r = cx.require(cx.action(), table_arn(address.scope, address.name));
    TablePtr table = table_at(cx, address);
    for (const auto& k : e.value.Keys) leading_key(r, table, k), attribute_names(r, k);
    read_attributes_of(r, e.value);
    return_keys(r, in);
    FB_TRY(require_items_key(cx, address, table));
  }
  return {};
}

Result<void> batch_write(AuthoriseContext& cx, const wire::View& in) {
  for (const auto& e : in.as<svc::BatchWriteItemInput>().RequestItems) {
    FB_ASSIGN(address, address_of(cx, e.key));
    Requirement& r = cx.require(cx.action(), table_arn(address.scope, address.name));
    TablePtr table = table_at(cx, address);
    for (const auto& w : e.value) {
      if (w.PutRequest) leading_key(r, table, w.PutRequest->Item), attribute_names(r, w.PutRequest->Item);
      if (w.DeleteRequest) leading_key(r, table, w.DeleteRequest->Key), attribute_names(r, w.DeleteRequest->Key);
    }
    return_keys(r, in);
    FB_TRY(require_items_key(cx, address, table));
  }
  return {};
}

namespace {

/// The requirement that is returned is good until the next one; the one of the table's key comes before it.
Result<Requirement*> require_action(AuthoriseContext& cx, const char* action, Str table_name, const Map<svc::AttributeValue>& key, const char* enclosing) {
  FB_ASSIGN(address, address_of(cx, table_name));
  TablePtr table = table_at(cx, address);
  FB_TRY(require_items_key(cx, address, table));
  Requirement& r = cx.require(action, table_arn(address.scope, address.name));
  leading_key(r, table, key);
  attribute_names(r, key);
  add(r, "dynamodb:enclosingoperation", enclosing);
  return &r;
}

}  // namespace

Result<void> transact_get(AuthoriseContext& cx, const wire::View& in) {
  for (const auto& item : in.as<svc::TransactGetItemsInput>().TransactItems) {
    if (!item.Get) continue;
    FB_ASSIGN(r, require_action(cx, "dynamodb:GetItem", item.Get->TableName, item.Get->Key, "TransactGetItems"));
    expression_attributes(*r, Kind::projection, item.Get->ProjectionExpression, item.Get->ExpressionAttributeNames, nullptr);
  }
  return {};
}

Result<void> transact_write(AuthoriseContext& cx, const wire::View& in) {
  auto condition = [](Requirement& r, const auto& one) {
    expression_attributes(r, Kind::condition, one.ConditionExpression, one.ExpressionAttributeNames, &one.ExpressionAttributeValues);
  };
  for (const auto& item : in.as<svc::TransactWriteItemsInput>().TransactItems) {
    constexpr const char* kEnclosing = "TransactWriteItems";
    if (item.Put) {
      FB_ASSIGN(r, require_action(cx, "dynamodb:PutItem", item.Put->TableName, item.Put->Item, kEnclosing));
      condition(*r, *item.Put);
    }
    if (item.Update) {
      FB_ASSIGN(r, require_action(cx, "dynamodb:UpdateItem", item.Update->TableName, item.Update->Key, kEnclosing));
      condition(*r, *item.Update);
      expression_attributes(*r, Kind::update, item.Update->UpdateExpression, item.Update->ExpressionAttributeNames, &item.Update->ExpressionAttributeValues);
    }
    if (item.Delete) {
      FB_ASSIGN(r, require_action(cx, "dynamodb:DeleteItem", item.Delete->TableName, item.Delete->Key, kEnclosing));
      condition(*r, *item.Delete);
    }
    if (item.ConditionCheck) {
      FB_ASSIGN(r, require_action(cx, "dynamodb:ConditionCheckItem", item.ConditionCheck->TableName, item.ConditionCheck->Key, kEnclosing));
      condition(*r, *item.ConditionCheck);
    }
  }
  if (cx.requirements().empty()) cx.require(cx.action(), table_arn(cx.target(), "*"));   // names no table: refused later, but not told to everybody
  return {};
}

Result<void> load_resource(AuthoriseContext& cx, std::string_view arn, ResourceInfo& out) {
  auto parts = parse_arn(arn);
  if (!parts || !parts->resource.starts_with("table/")) return {};
  Scope scope{Partition(parts->partition), AccountId(parts->account), Region(parts->region)};
  std::string_view name = parts->resource.substr(6);
  std::string_view rest = name.substr(std::min(name.size(), name.find('/')));
  name = name.substr(0, name.size() - rest.size());
  out.owner_account = parts->account;
  // An index has the policy of its table; a stream has its own.
  std::string holder = rest.starts_with("/stream/") ? std::string(arn) : table_arn(scope, name);
  State& state = cx.core().state<State>();
  out.policy = state.policies.get(cx.reader(), policy_key(scope, holder));
  if (out.policy) out.policy_name = holder;
  TablePtr table = state.tables.get(cx.reader(), table_key(scope, name));
  if (table && !table->tags.empty()) out.tags = table->tags;
  return {};
}

}  // namespace fogbank::dynamodb
