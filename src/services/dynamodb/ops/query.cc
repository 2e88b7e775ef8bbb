// Query, Scan: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Query.html
#include "gen/dynamodb/operations.h"
#include "services/dynamodb/capacity.h"
#include "services/dynamodb/errors.h"
#include "services/dynamodb/reads.h"

namespace fogbank::dynamodb {
namespace {

template <class In, class Out> void answer(Context& cx, const In& in, const Range& range, const Page& page, Out& out) {
  if (!range.count_only) out.Items.reserve(cx.arena(), uint32_t(page.items.size()));
  for (const std::string& item : page.items) decode_copy(cx.arena(), item, out.Items.add(cx.arena()));
  out.Count = int32_t(page.count);
  out.ScannedCount = int32_t(page.scanned);
  if (page.last_key) decode_copy(cx.arena(), *page.last_key, out.LastEvaluatedKey);
  if (capacity_wanted(in.ReturnConsumedCapacity)) tell_capacity(cx, in.ReturnConsumedCapacity, range.table->name, usage_of(range, page), out.ConsumedCapacity);
}

/// What Query and Scan read alike, with the filter's expression or legacy parameter.
template <class In> Result<void> read_common(const In& in, Expressions& expressions, const Map<svc::Condition>& legacy_filter, Range& range) {
  FB_ASSIGN(filter, expressions.condition(Kind::filter, in.FilterExpression));
  range.filter = std::move(filter);
  FB_ASSIGN(projection, expressions.projection(in.ProjectionExpression));
  range.projection = std::move(projection);
  FB_TRY(expressions.finish());
  if (legacy_filter) {
    FB_ASSIGN(tree, expressions.conditions(legacy_filter, in.ConditionalOperator));
    range.filter = std::move(tree);
  } else if (in.ConditionalOperator) {
    return fail(invalid("ConditionalOperator cannot be used without Filter or Expected"));
  }
  if (in.AttributesToGet) range.projection = Expressions::attributes_to_get(in.AttributesToGet);
  if (in.Limit) range.limit = *in.Limit;
  return {};
}

/// Reads of a global index use the index's own units.
Result<Page> read_throttled(Context& cx, const Range& range) {
  Throttle& throttle = cx.state<State>().throttle;
  FB_TRY(throttle.admit(*range.table.table, Throttle::Kind::read, cx.now(), range.index));
  Page page;
  cx.read([&](store::Reader& reader) { page = read_page(reader, range); });
  throttle.charge(*range.table.table, Throttle::Kind::read, usage_of(range, page).total(), cx.now(), range.index);
  return page;
}

}  // namespace

Result<void> Query(Context& cx, const svc::QueryInput& in, svc::QueryOutput& out) {
  Expressions expressions;
  Range range;
  FB_TRY(expressions.begin(in.ExpressionAttributeNames, &in.ExpressionAttributeValues,
                           {{"KeyConditionExpression", in.KeyConditionExpression.has()}, {"FilterExpression", in.FilterExpression.has()},
                            {"ProjectionExpression", in.ProjectionExpression.has()}},
                           {{"KeyConditions", in.KeyConditions.has()}, {"QueryFilter", in.QueryFilter.has()}, {"AttributesToGet", in.AttributesToGet.has()},
                            {"ConditionalOperator", in.ConditionalOperator.has()}}));
  if (!in.KeyConditionExpression && !in.KeyConditions)
    return fail(invalid("Either the KeyConditions or KeyConditionExpression parameter must be specified in the request."));
  FB_ASSIGN(tree, expressions.condition(Kind::key_condition, in.KeyConditionExpression));
  FB_TRY(read_common(in, expressions, in.QueryFilter, range));
  FB_TRY(open_range(cx, in.TableName, in.IndexName, in.ConsistentRead.value_or(false), range));
  FB_TRY(select(in.Select, in.ProjectionExpression.has() || in.AttributesToGet.has(), in.ProjectionExpression.has(), range));
  KeySchema schema = key_schema(*range.table.table, range.index);
  FB_ASSIGN(condition, in.KeyConditions ? expressions.key_conditions(in.KeyConditions, schema) : key_condition(tree, schema));
  FB_TRY(check_filter(range, in.QueryFilter ? "QueryFilter" : "Invalid FilterExpression: Filter Expression"));
  key_range(range, condition);
  range.order = in.ScanIndexForward.value_or(true) ? store::Order::ascending : store::Order::descending;
  FB_TRY(start_behind(range, in.ExclusiveStartKey, &condition));
  FB_ASSIGN(page, read_throttled(cx, range));
  answer(cx, in, range, page, out);
  return {};
}

Result<void> Scan(Context& cx, const svc::ScanInput& in, svc::ScanOutput& out) {
  Expressions expressions;
  Range range;
  FB_TRY(expressions.begin(in.ExpressionAttributeNames, &in.ExpressionAttributeValues,
                           {{"FilterExpression", in.FilterExpression.has()}, {"ProjectionExpression", in.ProjectionExpression.has()}},
                           {{"ScanFilter", in.ScanFilter.has()}, {"AttributesToGet", in.AttributesToGet.has()}, {"ConditionalOperator", in.ConditionalOperator.has()}}));
  FB_TRY(read_common(in, expressions, in.ScanFilter, range));
  if (in.Segment && !in.TotalSegments) return fail(invalid("The TotalSegments parameter is required but was not present in the request when Segment parameter is present"));
  if (!in.Segment && in.TotalSegments) return fail(invalid("The Segment parameter is required but was not present in the request when parameter TotalSegments is present"));
  if (in.Segment && *in.Segment >= *in.TotalSegments)
    return fail(invalid(cat("The Segment parameter is zero-based and must be less than parameter TotalSegments: Segment: ", *in.Segment, " is not less than TotalSegments: ",
                            *in.TotalSegments)));
  FB_TRY(open_range(cx, in.TableName, in.IndexName, in.ConsistentRead.value_or(false), range));
  FB_TRY(select(in.Select, in.ProjectionExpression.has() || in.AttributesToGet.has(), in.ProjectionExpression.has(), range));
  segment_range(range, in.Segment.value_or(0), in.TotalSegments.value_or(1));
  FB_TRY(start_behind(range, in.ExclusiveStartKey, nullptr));
  FB_ASSIGN(page, read_throttled(cx, range));
  answer(cx, in, range, page, out);
  return {};
}

}  // namespace fogbank::dynamodb
