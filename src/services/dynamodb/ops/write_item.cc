// PutItem, UpdateItem, DeleteItem: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_PutItem.html
#include "gen/dynamodb/operations.h"
#include "services/dynamodb/capacity.h"
#include "services/dynamodb/errors.h"
#include "services/dynamodb/writes.h"

namespace fogbank::dynamodb {
namespace {


/// The legacy condition, where one was given.
template <class In> Result<void> read_expected(const In& in, Write& write) {
  if (in.Expected) {
    FB_ASSIGN(tree, write.expressions->expected(in.Expected, in.ConditionalOperator));
    if (!tree.empty()) write.condition = std::move(tree);
  } else if (in.ConditionalOperator) {
    return fail(invalid("ConditionalOperator cannot be used without Filter or Expected"));
  }
  return {};
}

Result<void> check_old_only(Str return_values) {
  if (!return_values || return_values == "NONE" || return_values == "ALL_OLD") return {};
  return fail(invalid("ReturnValues can only be ALL_OLD or NONE"));
}

Result<Done> run(Context& cx, const Write& write) {
  Done done;
  Millis now = cx.now();
  Throttle& throttle = cx.state<State>().throttle;
  FB_TRY(throttle.admit(*write.table.table, Throttle::Kind::write, now));
  FB_TRY(cx.write([&](store::Txn& tx) -> Result<void> {
    FB_ASSIGN(d, perform(cx, tx, write, now, 0));
    FB_TRY(throttle.admit_indexes(*write.table.table, d.usage.global, now));
    done = std::move(d);
    return {};
  }));
  throttle.charge(*write.table.table, Throttle::Kind::write, done.usage.table, now);
  throttle.charge_indexes(*write.table.table, done.usage.global, now);
  return done;
}

template <class In, class Out> void tell(Context& cx, const In& in, const Write& write, const Done& done, Out& out) {
  tell_capacity(cx, in.ReturnConsumedCapacity, write.table->name, done.usage, out.ConsumedCapacity);
  if (metrics_wanted(in.ReturnItemCollectionMetrics, *write.table.table))
    fill_metrics(cx, in.ReturnItemCollectionMetrics, *write.table.table, write.key, cx.make(out.ItemCollectionMetrics));
}

}  // namespace

Result<void> PutItem(Context& cx, const svc::PutItemInput& in, svc::PutItemOutput& out) {
  FB_TRY(check_old_only(in.ReturnValues));
  Write write;
  FB_TRY(read_put(cx, in, {{"Expected", in.Expected.has()}, {"ConditionalOperator", in.ConditionalOperator.has()}}, write));
  FB_TRY(read_expected(in, write));
  FB_ASSIGN(done, run(cx, write));
  if (in.ReturnValues == "ALL_OLD" && done.before) decode_copy(cx.arena(), *done.before, out.Attributes);
  tell(cx, in, write, done, out);
  return {};
}

Result<void> DeleteItem(Context& cx, const svc::DeleteItemInput& in, svc::DeleteItemOutput& out) {
  FB_TRY(check_old_only(in.ReturnValues));
  Write write;
  FB_TRY(read_keyed(cx, Verb::remove, in, {{"Expected", in.Expected.has()}, {"ConditionalOperator", in.ConditionalOperator.has()}}, write));
  FB_TRY(read_expected(in, write));
  FB_ASSIGN(done, run(cx, write));
  if (in.ReturnValues == "ALL_OLD" && done.before) decode_copy(cx.arena(), *done.before, out.Attributes);
  tell(cx, in, write, done, out);
  return {};
}

Result<void> UpdateItem(Context& cx, const svc::UpdateItemInput& in, svc::UpdateItemOutput& out) {
  Write write;
  FB_TRY(read_update(cx, in, {{"AttributeUpdates", in.AttributeUpdates.has()}, {"Expected", in.Expected.has()},
                              {"ConditionalOperator", in.ConditionalOperator.has()}}, write));
  FB_TRY(read_expected(in, write));
  if (in.AttributeUpdates) {
    FB_ASSIGN(update, write.expressions->attribute_updates(in.AttributeUpdates));
    write.update = std::move(update);
    FB_TRY(check_updates_no_key(*write.table.table, write.update));
  }
  FB_ASSIGN(done, run(cx, write));
  Str wanted = in.ReturnValues;
  const std::optional<std::string>& image = wanted == "ALL_OLD" || wanted == "UPDATED_OLD" ? done.before : done.after;
  if (wanted && wanted != "NONE" && image) {
    if (wanted == "ALL_OLD" || wanted == "ALL_NEW") decode_copy(cx.arena(), *image, out.Attributes);
    else if (std::string part = project(*image, updated_paths(write.update)); !part.empty()) decode_copy(cx.arena(), part, out.Attributes);
  }
  tell(cx, in, write, done, out);
  return {};
}

}  // namespace fogbank::dynamodb
