// GetItem: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_GetItem.html
#include "gen/dynamodb/operations.h"
#include "services/dynamodb/capacity.h"
#include "services/dynamodb/expressions.h"

namespace fogbank::dynamodb {

Result<void> GetItem(Context& cx, const svc::GetItemInput& in, svc::GetItemOutput& out) {
  Expressions expressions;
  FB_TRY(expressions.begin(in.ExpressionAttributeNames, nullptr, {{"ProjectionExpression", in.ProjectionExpression.has()}},
                           {{"AttributesToGet", in.AttributesToGet.has()}}));
  FB_ASSIGN(paths, expressions.projection(in.ProjectionExpression));
  FB_TRY(expressions.finish());
  if (in.AttributesToGet) paths = Expressions::attributes_to_get(in.AttributesToGet);
  FB_ASSIGN(table, find_table(cx, in.TableName));
  FB_ASSIGN(key, read_key(*table.table, in.Key));
  Throttle& throttle = cx.state<State>().throttle;
  FB_TRY(throttle.admit(*table.table, Throttle::Kind::read, cx.now()));
  std::optional<std::string> item;
  cx.read([&](store::Reader& reader) { item = get_item(reader, table.scope, *table.table, key); });
  if (item) decode_copy(cx.arena(), paths ? project(*item, *paths) : *item, out.Item);
  if (!table->on_demand || capacity_wanted(in.ReturnConsumedCapacity)) {
    Usage usage;
    usage.table = read_units(item ? item_size(*item) : 0, in.ConsistentRead.value_or(false));
    throttle.charge(*table.table, Throttle::Kind::read, usage.table, cx.now());
    tell_capacity(cx, in.ReturnConsumedCapacity, table->name, usage, out.ConsumedCapacity);
  }
  return {};
}

}  // namespace fogbank::dynamodb
