#include "services/dynamodb/writes.h"

#include "services/dynamodb/errors.h"
#include "store/wide.h"

namespace fogbank::dynamodb {

ApiError condition_failed_with(const std::optional<std::string>& item) {
  ApiError e = condition_failed();
  if (!item) return e;
  e.members.emplace_back("Item", item_json(*item));
  e.members.emplace_back("Message", std::move(e.message));   // with an item DynamoDB spells the member so
  e.message.clear();
  return e;
}

Result<void> check_updates_no_key(const Table& table, const Update& update) {
  for (const auto& a : update.actions)
    if (a.path[0].name == table.hash || a.path[0].name == table.range)
      return fail(invalid_parameters(cat("Cannot update attribute ", a.path[0].name, ". This attribute is part of the key")));
  return {};
}

namespace {

Result<std::string> updated(const Write& w, const Table& table, const std::optional<std::string>& before) {
  FB_ASSIGN(after, apply_update(w.update, before ? *before : key_item(table, w.key)));
  FB_TRY(check_index_keys(table, after, true));
  if (item_size(after) > kMaxItemSize) return fail(invalid("Item size to update has exceeded the maximum allowed size"));
  std::string_view in = after, name;
  for (Value v; next_member(in, name, v);)
    if (nesting(v) > kMaxNesting) return fail(nested_too_deep());
  return after;
}

}  // namespace

Result<Done> perform(Context& cx, store::Txn& tx, const Write& w, Millis now, unsigned nth) {
  FB_ASSIGN(table, current(cx, tx, w.table));
  Done done;
  done.before = get_item(tx, table.scope, *table.table, w.key);
  if (!w.condition.empty()) {
    Evaluator evaluator(w.condition.nodes, done.before ? std::string_view(*done.before) : std::string_view());
    if (!evaluator.test()) return fail(condition_failed_with(w.show_item ? done.before : std::nullopt));
  }
  if (w.verb == Verb::check) {
    done.usage.table = write_units(done.before ? item_size(*done.before) : 0);
    return done;
  }
  if (w.verb == Verb::put) {
    FB_TRY(check_index_keys(*table.table, w.item, false));   // an index may have come since the request was read
    done.after = w.item;
  } else if (w.verb == Verb::update) {
    FB_ASSIGN(after, updated(w, *table.table, done.before));
    done.after = std::move(after);
  }
  Change change{table.scope, *table.table, w.key, {}, {}, now};
  if (done.before) change.before = *done.before;
  if (done.after) change.after = *done.after;
  change.nth = nth;
  store::widen(tx);   // a large item with its indexes and stream; how large is bounded by the checks above
  apply_change(tx, change, &done.usage);
  return done;
}

}  // namespace fogbank::dynamodb
