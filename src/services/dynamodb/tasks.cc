#include "services/dynamodb/tasks.h"

#include <algorithm>

#include "gateway/work_task.h"
#include "gen/dynamodb/operations.h"
#include "services/dynamodb/items.h"
#include "services/dynamodb/streams.h"
#include "store/wide.h"

namespace fogbank::dynamodb {
namespace {

constexpr size_t kErasedPerRun = 500;
constexpr size_t kFilledPerRun = 100;          ///< items, and time: small steps, so that no writer waits long for the store
constexpr int64_t kFillMicros = 4000;
constexpr size_t kFilledBytes = 1 << 20;
constexpr size_t kExpiredPerRun = 20;          ///< each with its index entries and a stream record
constexpr Millis kTrimInterval = 3600 * 1000;

template <class Work> using Run = WorkRun<Work>;

Result<void> erase_some(store::Txn& tx, const Run<EraseWork>& run) {
  store::Table table{"dynamodb", run.work.table};
  std::vector<std::string> keys;
  bool more = false;
  tx.scan_prefix(store::key(run.scope, table, run.work.id), [&](std::string_view key, std::string_view, store::Version) {
    if (keys.size() >= kErasedPerRun) {
      more = true;
      return false;
    }
    keys.emplace_back(key);
    return true;
  });
  for (auto& k : keys) tx.erase(store::Key::raw(std::move(k), false));
  if (more) tx.schedule(work_task("dynamodb.erase_records", run.scope, run.work, run.now, true));
  return {};
}

/// One item into an index that is being filled. An entry that a writer has made meanwhile is the same already and is not counted twice.
void fill_one(store::Txn& tx, const Run<FillWork>& run, const Table& table, const Index& index, std::string_view item, Count& added) {
  auto in_index = index_key(index, item);
  if (!in_index) return;
  bool fits = true;
  index.each_key([&](std::string_view name, bool) { fits = fits && find_member(item, name).type() == table.type_of(name); });
  if (!fits) return;
  store::Key key = entry_key(run.scope, index.id, *in_index, key_of(table, item));
  if (tx.has(key)) return;
  std::string shown = index_item(table, index, item);
  added.items++;
  added.bytes += int64_t(item_size(shown));
  tx.put(key, stored_entry(shown));
}

void fill_expiry(store::Txn& tx, const Run<FillWork>& run, const Table& table, std::string_view item) {
  auto second = expiry_of(table, item);
  if (!second) return;
  tx.put(expiry_key(run.scope, table.id, *second, key_of(table, item)), "");
  schedule_expiry(tx, run.scope, table, *second, run.now);
}

Result<void> fill_some(store::Txn& tx, const Run<FillWork>& run) {
  store::Key record = table_key(run.scope, run.work.table);
  auto table = tx.get_as<Table>(record);
  if (!table || table->id != run.work.table_id) return {};
  Index* index = nullptr;
  for (Index& i : table->indexes)
    if (i.id == run.work.index_id) index = &i;
  if (run.work.expiries ? table->ttl_attribute.empty() : !index) return {};   // deleted meanwhile
  store::Key prefix = store::key(run.scope, kItems, table->id);
  int64_t begun = steady_micros();
  std::vector<std::pair<std::string, std::string>> items;   // keys and contents
  size_t bytes = 0;
  FillWork next = run.work;
  bool more = false;
  store::Key from = run.work.from.empty() ? prefix : store::Key::raw(run.work.from, false);
  tx.scan(from, prefix.after_prefix(), store::Order::ascending, [&](std::string_view key, std::string_view stored, store::Version) {
    if (items.size() >= kFilledPerRun || bytes >= kFilledBytes) {
      next.from = key;
      more = true;
      return false;
    }
    items.emplace_back(key, item_content(stored));
    bytes += stored.size();
    return true;
  });
  Count added;
  for (size_t i = 0; i < items.size(); i++) {
    const auto& [key, item] = items[i];
    if (i > 0 && steady_micros() - begun > kFillMicros) {   // the machine is busy: the rest is for the next step
      next.from = key;
      more = true;
      break;
    }
    if (run.work.expiries) {
      if (auto now = tx.get_as<Table>(record)) fill_expiry(tx, run, *now, item);
    } else {
      fill_one(tx, run, *table, *index, item, added);
    }
  }
  if (added.items) {
    Count c = tx.get_as<Count>(count_key(run.scope, index->id)).value_or(Count{});
    c.items += added.items;
    c.bytes += added.bytes;
    tx.put_record(count_key(run.scope, index->id), c);
  }
  if (more) {
    schedule_fill(tx, run.scope, next, run.now);
  } else if (index && !run.work.expiries) {
    index->filling = false;
    tx.put_record(record, *table);
  }
  return {};
}

Result<void> expire_some(store::Txn& tx, const Run<ExpireWork>& run) {
  store::Key record = table_key(run.scope, run.work.table);
  auto table = tx.get_as<Table>(record);
  if (!table || table->id != run.work.table_id || table->ttl_task != run.task_id) return {};
  store::widen(tx);   // large items, whose streams tell what they were
  table->ttl_task = 0;
  std::vector<std::pair<int64_t, ItemKey>> due;
  std::optional<int64_t> later;
  int64_t second_now = run.now / 1000;
  tx.scan_prefix(store::key(run.scope, kExpiries, table->id), [&](std::string_view key, std::string_view, store::Version) {
    auto parts = store::key_parts(key);
    int64_t second = int64_t(store::number_part(parts.at(1)));
    if (second > second_now || due.size() >= kExpiredPerRun) {
      later = second;
      return false;
    }
    due.emplace_back(second, ItemKey{parts.at(2), parts.at(3)});
    return true;
  });
  unsigned nth = 0;
  for (const auto& [second, key] : due) {
    auto item = get_item(tx, run.scope, *table, key);
    if (!item || expiry_of(*table, *item) != second) {
      tx.erase(expiry_key(run.scope, table->id, second, key));
      continue;
    }
    Change change{run.scope, *table, key, std::string_view(*item), {}, run.now, true, nth++};
    apply_change(tx, change, nullptr);
  }
  tx.put_record(record, *table);
  if (later) schedule_expiry(tx, run.scope, *table, *later, run.now);
  return {};
}

Result<void> trim_some(store::Txn& tx, const Run<TrimWork>& run) {
  auto stream = tx.get_as<Stream>(stream_key(run.scope, run.work.table, run.work.label));
  if (!stream || stream->id != run.work.stream_id) return {};
  std::vector<std::string> old;
  bool any_left = false;
  tx.scan_prefix(stream_records(run.scope, stream->id), [&](std::string_view key, std::string_view bytes, store::Version) {
    auto r = decode<StreamRecord>(bytes);
    if (old.size() >= kErasedPerRun || !r || r->time + kStreamRetention > run.now) {
      any_left = true;
      return false;
    }
    old.emplace_back(key);
    return true;
  });
  for (auto& k : old) tx.erase(store::Key::raw(std::move(k), false));
  if (!any_left && stream->ended && stream->ended + kStreamRetention <= run.now) {
    tx.erase(stream_key(run.scope, run.work.table, run.work.label));
    return {};
  }
  schedule_trim(tx, run.scope, run.work, old.size() >= kErasedPerRun ? run.now : run.now + kTrimInterval);
  return {};
}

}  // namespace

void schedule_erase(store::Txn& tx, const Scope& scope, const store::Table& what, uint64_t id, Millis due) {
  EraseWork work;
  work.table = what.name;
  work.id = id;
  tx.schedule(work_task("dynamodb.erase_records", scope, work, due, true));
}

void schedule_fill(store::Txn& tx, const Scope& scope, const FillWork& work, Millis due) {
  tx.schedule(work_task("dynamodb.fill_index", scope, work, due, false));
}

void schedule_trim(store::Txn& tx, const Scope& scope, const TrimWork& work, Millis due) {
  tx.schedule(work_task("dynamodb.trim_stream", scope, work, due, true));
}

void schedule_expiry(store::Txn& tx, const Scope& scope, const Table& table, int64_t second, Millis now) {
  // The table's record says which task is the one that counts; it is planned anew only when something expires earlier.
  store::Key record = table_key(scope, table.name);
  auto current = tx.get_as<Table>(record);
  if (!current || current->id != table.id) return;
  if (current->ttl_task && current->ttl_due <= second) return;
  if (current->ttl_task) tx.cancel(current->ttl_task);
  ExpireWork work;
  work.table = table.name;
  work.table_id = table.id;
  current->ttl_due = second;
  current->ttl_task = tx.schedule(work_task("dynamodb.expire_items", scope, work, std::max(now, second * 1000), true));
  tx.put_record(record, *current);
}

Result<void> erase_records(TaskContext& cx) { return finish_work<EraseWork>(cx, erase_some); }
Result<void> fill_index(TaskContext& cx) { return finish_work<FillWork>(cx, fill_some); }
Result<void> expire_items(TaskContext& cx) { return finish_work<ExpireWork>(cx, expire_some); }
Result<void> trim_stream(TaskContext& cx) { return finish_work<TrimWork>(cx, trim_some); }

Result<void> forget_token(TaskContext& cx) {
  struct Given { std::string token; Scope scope; Millis now; };
  return cx.finish(Given{cx.task().payload, cx.task().scope, cx.now()}, [](store::Txn& tx, const Given& g) -> Result<void> {
    store::Key key = token_key(g.scope, g.token);
    auto token = tx.get_as<Token>(key);
    if (token && token->at + 10 * 60 * 1000 <= g.now) tx.erase(key);   // not if it was used anew
    return {};
  });
}

}  // namespace fogbank::dynamodb
