// One write of one item: read from a request (of an operation of its own, or of a transaction), then performed on a transaction.
#pragma once
#include <memory>
#include <optional>
#include <string>

#include "gateway/context.h"
#include "services/dynamodb/expressions.h"
#include "services/dynamodb/items.h"

namespace fogbank::dynamodb {

enum class Verb : uint8_t { put, update, remove, check };

struct Write {
  Verb verb = Verb::put;
  TableRef table;
  ItemKey key;
  std::string item;                        ///< of put
  Update update;
  Tree condition;
  bool show_item = false;                  ///< ReturnValuesOnConditionCheckFailure is ALL_OLD
  std::unique_ptr<Expressions> expressions = std::make_unique<Expressions>();   ///< the trees borrow from it
};

struct Done {
  std::optional<std::string> before, after;
  Usage usage;
};

/// Performs it as the `nth` change of the transaction. A failed condition is an ApiError, with the item if it was asked for.
Result<Done> perform(Context& cx, store::Txn& tx, const Write& write, Millis now, unsigned nth);

/// Refuses updates of key attributes.
Result<void> check_updates_no_key(const Table& table, const Update& update);
/// ConditionalCheckFailedException, with the item if it is to be told.
ApiError condition_failed_with(const std::optional<std::string>& item);

/// Reads the writes of transactions and of single operations, whose inputs have the same members. Their checks come in DynamoDB's order:
/// what the expressions are, whether all names and values are used, the table, then the item or key against its schema.
namespace write_detail {

template <class In> Result<void> read_condition_and_table(Context& cx, const In& in, Write& out) {
  FB_ASSIGN(condition, out.expressions->condition(Kind::condition, in.ConditionExpression));
  out.condition = std::move(condition);
  FB_TRY(out.expressions->finish());
  FB_ASSIGN(table, find_table(cx, in.TableName));
  out.table = std::move(table);
  out.show_item = in.ReturnValuesOnConditionCheckFailure == "ALL_OLD";
  return {};
}

template <class In> Result<void> read_key_of(const In& in, Write& out) {
  FB_ASSIGN(key, read_key(*out.table.table, in.Key));
  out.key = std::move(key);
  return {};
}

}  // namespace write_detail

template <class In> Result<void> read_put(Context& cx, const In& in, std::initializer_list<Parameter> legacy, Write& out) {
  out.verb = Verb::put;
  FB_ASSIGN(item, encode_item(in.Item));
  out.item = std::move(item);
  FB_TRY(out.expressions->begin(in.ExpressionAttributeNames, &in.ExpressionAttributeValues, {{"ConditionExpression", in.ConditionExpression.has()}}, legacy));
  FB_TRY(write_detail::read_condition_and_table(cx, in, out));
  FB_ASSIGN(key, check_item(*out.table.table, out.item));
  out.key = std::move(key);
  return {};
}

template <class In> Result<void> read_keyed(Context& cx, Verb verb, const In& in, std::initializer_list<Parameter> legacy, Write& out) {
  out.verb = verb;
  FB_TRY(out.expressions->begin(in.ExpressionAttributeNames, &in.ExpressionAttributeValues, {{"ConditionExpression", in.ConditionExpression.has()}}, legacy));
  FB_TRY(write_detail::read_condition_and_table(cx, in, out));
  return write_detail::read_key_of(in, out);
}

template <class In> Result<void> read_update(Context& cx, const In& in, std::initializer_list<Parameter> legacy, Write& out) {
  out.verb = Verb::update;
  FB_TRY(out.expressions->begin(in.ExpressionAttributeNames, &in.ExpressionAttributeValues,
                                {{"UpdateExpression", in.UpdateExpression.has()}, {"ConditionExpression", in.ConditionExpression.has()}}, legacy));
  FB_ASSIGN(update, out.expressions->update(in.UpdateExpression));
  out.update = std::move(update);
  FB_TRY(write_detail::read_condition_and_table(cx, in, out));
  FB_TRY(write_detail::read_key_of(in, out));
  return check_updates_no_key(*out.table.table, out.update);
}

}  // namespace fogbank::dynamodb

#include "services/dynamodb/wire_values.h"
