// TransactWriteItems, TransactGetItems: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
// A transaction is one transaction of the store. Every action is tried, so the reasons of a cancelled one are complete and in order.
#include <map>
#include <set>

#include "base/encoding.h"
#include "base/json_text.h"
#include "gen/dynamodb/operations.h"
#include "services/dynamodb/capacity.h"
#include "services/dynamodb/errors.h"
#include "services/dynamodb/writes.h"

namespace fogbank::dynamodb {
namespace {

constexpr Millis kTokenLife = 10 * 60 * 1000;
constexpr size_t kMaxTransaction = 4 << 20;

struct Reason {
  std::string code = "None", message, item;   ///< item: JSON
};

ApiError cancelled(const std::vector<Reason>& reasons) {
  std::string codes;
  JsonText list;
  list.open_list();
  for (const Reason& r : reasons) {
    append(codes, codes.empty() ? "" : ", ", r.code);
    list.open().member("Code", r.code);
    if (!r.message.empty()) list.member("Message", r.message);
    if (!r.item.empty()) list.key("Item").raw(r.item);
    list.close();
  }
  list.close_list();
  ApiError e("TransactionCanceledException", cat("Transaction cancelled, please refer cancellation reasons for specific reasons [", codes, "]"));
  e.members.emplace_back("CancellationReasons", list.str());
  return e;
}

/// Errors of one action that cancel the transaction; others refuse the call.
Reason reason_of(const ApiError& e) {
  Reason r;
  r.message = e.message;
  if (e.code == "ConditionalCheckFailedException") {
    r.code = "ConditionalCheckFailed";
    r.message = condition_failed().message;
    if (!e.members.empty()) r.item = e.members[0].second;
  } else {
    r.code = "ValidationError";
  }
  return r;
}

ApiError too_large() { return invalid("Transaction request exceeds the maximum allowed size: the aggregate size of the items in the transaction cannot exceed 4 MB"); }
ApiError same_item_twice() { return invalid("Transaction request cannot include multiple operations on one item"); }

std::string identity(const TableRef& table, const ItemKey& key) { return cat(table->id, '/', key.hash.size(), '/', key.hash, key.range); }

Result<void> parse_action(const svc::TransactWriteItem& in, Write& out) {
  if (in.ConditionCheck.has() + in.Put.has() + in.Delete.has() + in.Update.has() != 1)
    return fail(invalid("TransactItems can only contain one of Check, Put, Update or Delete"));
  if (in.Put) return parse_put(*in.Put, {}, out);
  if (in.Update) return parse_update(*in.Update, {}, out);
  if (in.Delete) return parse_keyed(Verb::remove, *in.Delete, {}, out);
  return parse_keyed(Verb::check, *in.ConditionCheck, {}, out);
}

Result<void> bind_action(Context& cx, const svc::TransactWriteItem& in, Write& out) {
  if (in.Put) return bind_put(cx, *in.Put, out);
  if (in.Update) return bind_keyed(cx, *in.Update, out);
  if (in.Delete) return bind_keyed(cx, *in.Delete, out);
  return bind_keyed(cx, *in.ConditionCheck, out);
}

Result<void> read_actions(Context& cx, const svc::TransactWriteItemsInput& in, std::vector<Write>& writes) {
  for (const auto& item : in.TransactItems) FB_TRY(parse_action(item, writes.emplace_back()));
  std::set<std::string> seen;
  size_t bytes = 0;
  for (size_t i = 0; i < writes.size(); i++) {
    Write& w = writes[i];
    if (auto bound = bind_action(cx, in.TransactItems[i], w); !bound) {
      if (!is_schema_mismatch(bound.error())) return fail(std::move(bound.error()));
      w.refused = std::move(bound.error());
      continue;
    }
    if (!seen.insert(identity(w.table, w.key)).second) return fail(same_item_twice());
    bytes += item_size(w.item);
  }
  if (bytes > kMaxTransaction) return fail(too_large());
  return {};
}

void add_map(std::string& out, const Map<svc::AttributeValue>& map) {
  if (auto content = encode_item(map)) put_length(out, content->size()), out.append(*content);
}
void add_text(std::string& out, Str text) {
  out += text ? '1' : '0';
  put_length(out, text.len);
  out.append(text.view());
}
/// What two calls must have in common to be one; the order of attributes is of no account.
template <class In> void add_action(std::string& out, char kind, const In& in, const Map<svc::AttributeValue>& subject) {
  out += kind;
  add_text(out, in.TableName);
  add_map(out, subject);
  add_text(out, in.ConditionExpression);
  std::map<std::string_view, std::string_view> names;
  for (const auto& e : in.ExpressionAttributeNames) names[e.key] = e.value;
  for (const auto& [k, v] : names) add_text(out, k), add_text(out, v);
  add_map(out, in.ExpressionAttributeValues);
  add_text(out, in.ReturnValuesOnConditionCheckFailure);
}

std::string digest_of(const svc::TransactWriteItemsInput& in) {
  std::string all;
  for (const auto& item : in.TransactItems) {
    if (item.Put) add_action(all, 'p', *item.Put, item.Put->Item);
    if (item.Update) add_action(all, 'u', *item.Update, item.Update->Key), add_text(all, item.Update->UpdateExpression);
    if (item.Delete) add_action(all, 'd', *item.Delete, item.Delete->Key);
    if (item.ConditionCheck) add_action(all, 'c', *item.ConditionCheck, item.ConditionCheck->Key);
  }
  return std::string(as_view(sha256(all)));
}

/// True if this token's transaction was done already.
Result<bool> known_token(store::Txn& tx, const Scope& scope, std::string_view token, const std::string& digest, Millis now) {
  auto known = tx.get_as<Token>(token_key(scope, token));
  if (!known || known->at + kTokenLife <= now) return false;
  if (known->digest != digest) return fail("IdempotentParameterMismatchException", "The request uses the same client token as a previous, but non-identical request");
  return true;
}

void remember_token(store::Txn& tx, const Scope& scope, std::string_view token, const std::string& digest, Millis now) {
  Token t{digest, now, {}};
  tx.put_record(token_key(scope, token), t);
  store::Task task;
  task.kind = "dynamodb.forget_token";
  task.scope = scope;
  task.due = now + kTokenLife;
  task.payload = std::string(token);
  task.recurring = true;
  tx.schedule(std::move(task));
}

/// Usage by table, in the order in which the call names the tables.
struct TableUsages {
  std::vector<std::pair<std::string, Usage>> list;
  Usage& operator[](const std::string& table) {
    for (auto& [name, usage] : list)
      if (name == table) return usage;
    return list.emplace_back(table, Usage{}).second;
  }
};

void tell_usage(Context& cx, Str mode, const TableUsages& usage, Units units, List<svc::ConsumedCapacity>& out) {
  if (!capacity_wanted(mode)) return;
  for (const auto& [table, u] : usage.list) fill_capacity(cx, mode, table, u, out.add(cx.arena()), units);
}

/// Transactions count double.
void add_doubled(Usage& to, const Usage& from) {
  to.table += 2 * from.table;
  for (const auto& [name, n] : from.global) to.global[name] += 2 * n;
  for (const auto& [name, n] : from.local) to.local[name] += 2 * n;
}

/// A transaction whose token is known is answered by reading its items again.
void add_rereads(store::Reader& reader, const std::vector<Write>& writes, TableUsages& usage) {
  for (const Write& w : writes) {
    if (w.refused) continue;
    auto item = get_item(reader, w.table.scope, *w.table.table, w.key);
    usage[w.table->name].table += 2 * read_units(item ? item_size(*item) : 0, true);
  }
}

void charge(Throttle& throttle, const std::vector<Write>& writes, TableUsages& usage, Throttle::Kind kind, Millis now) {
  std::set<uint64_t> charged;
  for (const Write& w : writes) {
    if (!charged.insert(w.table->id).second) continue;
    const Usage& used = usage[w.table->name];
    throttle.charge(*w.table.table, kind, used.table, now);
    if (kind == Throttle::Kind::write) throttle.charge_indexes(*w.table.table, used.global, now);
  }
}

}  // namespace

Result<void> TransactWriteItems(Context& cx, const svc::TransactWriteItemsInput& in, svc::TransactWriteItemsOutput& out) {
  std::vector<Write> writes;
  FB_TRY(read_actions(cx, in, writes));
  std::string token(in.ClientRequestToken), digest = token.empty() ? std::string() : digest_of(in);
  Millis now = cx.now();
  Throttle& throttle = cx.state<State>().throttle;
  for (const Write& w : writes) FB_TRY(throttle.admit(*w.table.table, Throttle::Kind::write, now));
  TableUsages usage;
  bool repeated = false;
  FB_TRY(cx.write([&](store::Txn& tx) -> Result<void> {
    usage.list.clear();
    if (!token.empty()) {
      FB_ASSIGN(known, known_token(tx, cx.scope(), token, digest, now));
      repeated = known;
      if (known) {
        add_rereads(tx, writes, usage);
        return {};
      }
    }
    std::vector<Reason> reasons(writes.size());
    bool failed = false;
    size_t bytes = 0;
    for (size_t i = 0; i < writes.size(); i++) {
      if (writes[i].refused) {
        reasons[i] = reason_of(*writes[i].refused);
        failed = true;
        continue;
      }
      auto done = perform(cx, tx, writes[i], now, unsigned(i));
      if (done) {
        if (done->after) bytes += item_size(*done->after);
        if (bytes > kMaxTransaction) return fail(too_large());
        FB_TRY(throttle.admit_indexes(*writes[i].table.table, done->usage.global, now));
        add_doubled(usage[writes[i].table->name], done->usage);
        continue;
      }
      if (done.error().code == "ResourceNotFoundException" || done.error().status == 501) return fail(std::move(done.error()));
      reasons[i] = reason_of(done.error());
      failed = true;
    }
    if (failed) return fail(cancelled(reasons));
    if (!token.empty()) remember_token(tx, cx.scope(), token, digest, now);
    return {};
  }));
  charge(throttle, writes, usage, repeated ? Throttle::Kind::read : Throttle::Kind::write, now);
  tell_usage(cx, in.ReturnConsumedCapacity, usage, repeated ? Units::read : Units::write, out.ConsumedCapacity);
  for (const Write& w : writes) {
    if (!metrics_wanted(in.ReturnItemCollectionMetrics, *w.table.table)) continue;
    List<svc::ItemCollectionMetrics>* list = nullptr;
    for (auto& e : out.ItemCollectionMetrics)
      if (e.key == w.table->name) list = &e.value;
    if (!list) list = &out.ItemCollectionMetrics.add(cx.arena(), cx.str(w.table->name));
    fill_metrics(cx, in.ReturnItemCollectionMetrics, *w.table.table, w.key, list->add(cx.arena()));
  }
  return {};
}

Result<void> TransactGetItems(Context& cx, const svc::TransactGetItemsInput& in, svc::TransactGetItemsOutput& out) {
  struct Get { TableRef table = {}; ItemKey key = {}; std::optional<std::vector<Path>> projection = {}; };
  std::deque<Expressions> expressions;
  std::vector<Get> gets;
  std::set<std::string> seen;
  for (const auto& item : in.TransactItems) {
    const auto& g = *item.Get;
    Expressions& e = expressions.emplace_back();
    FB_TRY(e.begin(g.ExpressionAttributeNames, nullptr, {{"ProjectionExpression", g.ProjectionExpression.has()}}));
    FB_ASSIGN(projection, e.projection(g.ProjectionExpression));
    gets.emplace_back().projection = std::move(projection);
    FB_TRY(e.finish());
  }
  std::vector<Reason> reasons(gets.size());
  bool failed = false;
  for (size_t i = 0; i < gets.size(); i++) {
    const auto& g = *in.TransactItems[i].Get;
    FB_ASSIGN(table, find_table(cx, g.TableName));
    gets[i].table = std::move(table);
    auto key = read_key(*gets[i].table.table, g.Key);
    if (!key) {
      if (!is_schema_mismatch(key.error())) return fail(std::move(key.error()));
      reasons[i] = reason_of(key.error());
      failed = true;
      continue;
    }
    gets[i].key = std::move(*key);
    if (!seen.insert(identity(gets[i].table, gets[i].key)).second) return fail(same_item_twice());
  }
  if (failed) return fail(cancelled(reasons));
  Throttle& throttle = cx.state<State>().throttle;
  for (const Get& g : gets) FB_TRY(throttle.admit(*g.table.table, Throttle::Kind::read, cx.now()));
  TableUsages usage;
  size_t bytes = 0;
  out.Responses.reserve(cx.arena(), uint32_t(gets.size()));
  cx.read([&](store::Reader& reader) {
    for (const Get& g : gets) {
      auto& answer = out.Responses.add(cx.arena());
      auto item = get_item(reader, g.table.scope, *g.table.table, g.key);
      size_t size = item ? item_size(*item) : 0;
      bytes += size;
      usage[g.table->name].table += 2 * read_units(size, true);
      throttle.charge(*g.table.table, Throttle::Kind::read, 2 * read_units(size, true), cx.now());
      if (!item) continue;
      std::string shown = g.projection ? project(*item, *g.projection) : *item;
      if (!shown.empty()) decode_copy(cx.arena(), shown, answer.Item);
    }
  });
  if (bytes > kMaxTransaction) return fail(invalid("Collection size of items in transaction exceeded the limit of 4 MB"));
  tell_usage(cx, in.ReturnConsumedCapacity, usage, Units::read, out.ConsumedCapacity);
  return {};
}

}  // namespace fogbank::dynamodb
