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
  std::optional<ApiError> refused;         ///< in a transaction: why it cannot be done, known before it is tried
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
/// parse_…: what the values and the expressions are, whether all names and values are used; bind_…: the table, then the item or key
/// against its schema. Of a transaction all actions are parsed before the first one is bound.
namespace write_detail {

template <class In> Result<void> parse_condition_of(const In& in, Write& out) {
  FB_ASSIGN(condition, out.expressions->condition(Kind::condition, in.ConditionExpression));
  out.condition = std::move(condition);
  FB_TRY(out.expressions->finish());
  out.show_item = in.ReturnValuesOnConditionCheckFailure == "ALL_OLD";
  return {};
}

template <class In> Result<void> bind_table(Context& cx, const In& in, Write& out) {
  FB_ASSIGN(table, find_table(cx, in.TableName));
  out.table = std::move(table);
  return {};
}

}  // namespace write_detail

template <class In> Result<void> parse_put(const In& in, std::initializer_list<Parameter> legacy, Write& out) {
  out.verb = Verb::put;
  FB_ASSIGN(item, encode_item(in.Item));
  out.item = std::move(item);
  FB_TRY(out.expressions->begin(in.ExpressionAttributeNames, &in.ExpressionAttributeValues, {{"ConditionExpression", in.ConditionExpression.has()}}, legacy));
  return write_detail::parse_condition_of(in, out);
}

template <class In> Result<void> parse_keyed(Verb verb, const In& in, std::initializer_list<Parameter> legacy, Write& out) {
  out.verb = verb;
  FB_TRY(out.expressions->begin(in.ExpressionAttributeNames, &in.ExpressionAttributeValues, {{"ConditionExpression", in.ConditionExpression.has()}}, legacy));
  return write_detail::parse_condition_of(in, out);
}

template <class In> Result<void> parse_update(const In& in, std::initializer_list<Parameter> legacy, Write& out) {
  out.verb = Verb::update;
  FB_TRY(out.expressions->begin(in.ExpressionAttributeNames, &in.ExpressionAttributeValues,
                                {{"UpdateExpression", in.UpdateExpression.has()}, {"ConditionExpression", in.ConditionExpression.has()}}, legacy));
  FB_ASSIGN(update, out.expressions->update(in.UpdateExpression));
  out.update = std::move(update);
  return write_detail::parse_condition_of(in, out);
}

template <class In> Result<void> bind_put(Context& cx, const In& in, Write& out) {
  FB_TRY(write_detail::bind_table(cx, in, out));
  FB_ASSIGN(key, check_item(*out.table.table, out.item));
  out.key = std::move(key);
  return {};
}

/// Of updates, deletes and checks.
template <class In> Result<void> bind_keyed(Context& cx, const In& in, Write& out) {
  FB_TRY(write_detail::bind_table(cx, in, out));
  FB_ASSIGN(key, read_key(*out.table.table, in.Key));
  out.key = std::move(key);
  return out.verb == Verb::update ? check_updates_no_key(*out.table.table, out.update) : Result<void>{};
}

template <class In> Result<void> read_put(Context& cx, const In& in, std::initializer_list<Parameter> legacy, Write& out) {
  FB_TRY(parse_put(in, legacy, out));
  return bind_put(cx, in, out);
}

template <class In> Result<void> read_keyed(Context& cx, Verb verb, const In& in, std::initializer_list<Parameter> legacy, Write& out) {
  FB_TRY(parse_keyed(verb, in, legacy, out));
  return bind_keyed(cx, in, out);
}

template <class In> Result<void> read_update(Context& cx, const In& in, std::initializer_list<Parameter> legacy, Write& out) {
  FB_TRY(parse_update(in, legacy, out));
  return bind_keyed(cx, in, out);
}

}  // namespace fogbank::dynamodb

#include "services/dynamodb/wire_values.h"
