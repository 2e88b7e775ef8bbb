#include "store/task_table.h"

#include <limits>

#include "base/strings.h"

namespace fogbank::store {
namespace {

// A row's number: 43 bits of milliseconds (until the year 2248) and 20 bits that order the tasks of one.
constexpr int kSequenceBits = 20;
constexpr uint64_t kSequenceMask = (1ull << kSequenceBits) - 1;
constexpr Millis kLastDue = (1ll << 43) - 2;
constexpr Millis kNever = std::numeric_limits<Millis>::max();

Millis due_of(int64_t row) { return row >> kSequenceBits; }
Millis within_range(Millis due) { return std::clamp<Millis>(due, 0, kLastDue); }

/// Lanes of different accounts are different.
std::string lane_key(const Task& task) {
  return task.lane.empty() ? std::string() : cat(task.scope.partition, '/', task.scope.account, '/', task.lane);
}

Task decoded(int64_t row, uint64_t id, std::string_view body) {
  std::optional<Task> task = decode<Task>(body);
  if (!task) throw std::runtime_error(cat("task ", id, " is damaged"));
  task->id = id;
  task->due = due_of(row);
  return std::move(*task);
}

}  // namespace

TaskTable::TaskTable(sqlite::Connection& db)
    : db_(db), insert_(db.prepare("INSERT INTO task(row, id, queue, ready, lane, body) VALUES(?, ?, ?, ?, ?, ?)")),
      remove_(db.prepare("DELETE FROM task WHERE row = ?")),
      by_row_(db.prepare("SELECT id, queue, ready, lane, body FROM task WHERE row = ?")),
      moved_(db.prepare("SELECT row FROM task_moved WHERE id = ?")),
      put_moved_(db.prepare("INSERT OR REPLACE INTO task_moved(id, row) VALUES(?, ?)")),
      erase_moved_(db.prepare("DELETE FROM task_moved WHERE id = ?")),
      in_lane_(db.prepare("SELECT row FROM task WHERE lane = ? AND ready = ? ORDER BY row LIMIT 1")),
      set_ready_(db.prepare("UPDATE task SET ready = ? WHERE row = ?")),
      fetch_(db.prepare("SELECT row, id, body FROM task WHERE queue = ? AND ready = 1 AND row >= ? ORDER BY row")),
      last_(db.prepare("SELECT max(row) FROM task WHERE row BETWEEN ? AND ?")),
      last_moved_(db.prepare("SELECT max(id) FROM task_moved WHERE id BETWEEN ? AND ?")),
      put_queue_(db.prepare("INSERT INTO task_queue(queue, account, kind, recurring) VALUES(?, ?, ?, ?)")) {
  reload(true);
}

void TaskTable::reload(bool forget_leases) {
  counter_.load(db_, "last_task", 4096);
  queues_.clear();
  queue_by_name_.clear();
  queue_by_number_.clear();
  sqlite::Statement all = db_.prepare("SELECT queue, account, kind, recurring FROM task_queue ORDER BY queue");
  while (all.step()) {
    Queue q{all.integer(0), std::string(all.bytes(1)), std::string(all.bytes(2)), all.integer(3) != 0};
    queue_by_name_[{q.account, q.kind, q.recurring}] = queues_.size();
    queue_by_number_[q.number] = queues_.size();
    queues_.push_back(std::move(q));
  }
  durable_queues_ = queues_.size();
  pending_last_.clear();
  if (forget_leases) {
    leases_.clear();
    return;
  }
  std::erase_if(leases_, [&](uint64_t id) { return !locate(id); });
}

uint64_t TaskTable::last_row_of(Millis due) {
  const int64_t first = due << kSequenceBits, end = first | int64_t(kSequenceMask);
  uint64_t last = 0;
  for (sqlite::Statement* s : {&last_, &last_moved_}) {
    sqlite::Using u(*s);
    if (u->bind(1, first).bind(2, end).step()) last = std::max(last, uint64_t(u->integer(0)));
  }
  if (auto found = pending_last_.find(due); found != pending_last_.end()) last = std::max(last, found->second);
  return last;
}

uint64_t TaskTable::new_id(Millis due) {
  due = within_range(due);
  const uint64_t count = counter_.next();
  uint64_t row = uint64_t(due) << kSequenceBits | (count & kSequenceMask);
  if (count > kSequenceMask) {  // the sequence has come round: look where this millisecond's rows end; a full one flows into the next
    for (uint64_t last; (last = last_row_of(due)) >= row; due = due_of(int64_t(row))) {
      row = last + 1;
      if (due_of(int64_t(row)) == due) break;
    }
  }
  pending_last_[due_of(int64_t(row))] = row;
  return row;
}

void TaskTable::committed() {
  counter_.committed();
  pending_last_.clear();
  durable_queues_ = queues_.size();
}

void TaskTable::rolled_back() {
  counter_.rolled_back();
  pending_last_.clear();
  for (; queues_.size() > durable_queues_; queues_.pop_back()) {
    const Queue& q = queues_.back();
    queue_by_number_.erase(q.number);
    queue_by_name_.erase({q.account, q.kind, q.recurring});
  }
}

size_t TaskTable::queue_of(const Task& task) {
  auto [at, fresh] = queue_by_name_.try_emplace({task.scope.account.value, task.kind, task.recurring}, queues_.size());
  if (fresh) {
    const int64_t number = queues_.empty() ? 1 : queues_.back().number + 1;
    queues_.push_back({number, task.scope.account.value, task.kind, task.recurring, kNever});
    queue_by_number_[number] = at->second;
    put_queue_.bind(1, number).bind_text(2, task.scope.account.value).bind_text(3, task.kind).bind(4, task.recurring).run();
  }
  return at->second;
}

size_t TaskTable::queue_index(int64_t number) const {
  auto found = queue_by_number_.find(number);
  if (found == queue_by_number_.end()) throw std::runtime_error("a task's queue is missing");
  return found->second;
}

std::optional<TaskTable::Located> TaskTable::locate(uint64_t id) {
  int64_t row = int64_t(id);
  {
    sqlite::Using s(moved_);
    if (s->bind(1, int64_t(id)).step()) row = s->integer(0);
  }
  sqlite::Using s(by_row_);
  if (!s->bind(1, row).step()) return std::nullopt;
  const uint64_t found = s->null(0) ? uint64_t(row) : uint64_t(s->integer(0));
  if (found != id) return std::nullopt;
  return Located{row, queue_index(s->integer(1)), s->integer(2) != 0, std::string(s->bytes(3))};
}

void TaskTable::apply(const TaskChange& change) {
  const Task& task = change.task;
  if (change.kind == TaskChange::schedule) return insert(int64_t(task.id), task, false);
  std::optional<Located> old = locate(task.id);
  if (!old) return;
  if (change.kind == TaskChange::cancel) {
    remove(*old, task.id);
    if (old->ready) promote(old->lane);
    return;
  }
  const bool same_row = due_of(old->row) == within_range(task.due);
  const int64_t row = same_row ? old->row : int64_t(new_id(task.due));
  const bool keeps_lane = task.held && old->ready && old->lane == lane_key(task);
  remove(*old, task.id);
  if (old->ready && !keeps_lane) promote(old->lane);
  insert(row, task, keeps_lane);
}

void TaskTable::remove(const Located& task, uint64_t id) {
  remove_.bind(1, task.row).run();
  if (task.row != int64_t(id)) erase_moved_.bind(1, int64_t(id)).run();
}

/// True if the new task is the one of its lane that may be claimed.
bool TaskTable::takes_the_lane(int64_t row, const std::string& lane) {
  int64_t first;
  {
    sqlite::Using s(in_lane_);
    if (!s->bind(1, lane).bind(2, 1).step()) return true;
    first = s->integer(0);
  }
  if (first < row) return false;
  {
    sqlite::Using s(by_row_);
    if (!s->bind(1, first).step()) return true;
    const uint64_t id = s->null(0) ? uint64_t(first) : uint64_t(s->integer(0));
    if (leases_.contains(id) || decoded(first, id, s->bytes(4)).held) return false;
  }
  set_ready_.bind(1, 0).bind(2, first).run();
  return true;
}

void TaskTable::insert(int64_t row, const Task& task, bool keeps_lane) {
  const std::string lane = lane_key(task), body = encode(task);
  const size_t queue = queue_of(task);
  const bool ready = lane.empty() || keeps_lane || takes_the_lane(row, lane);
  insert_.bind(1, row).bind(3, queues_[queue].number).bind(4, ready).bind(6, body);
  if (row == int64_t(task.id)) insert_.bind_null(2); else insert_.bind(2, int64_t(task.id));
  if (lane.empty()) insert_.bind_null(5); else insert_.bind(5, lane);
  insert_.run();
  if (row != int64_t(task.id)) put_moved_.bind(1, int64_t(task.id)).bind(2, row).run();
  if (ready) lower(queue, due_of(row));
}

/// The lane's next task becomes claimable.
void TaskTable::promote(const std::string& lane) {
  if (lane.empty()) return;
  int64_t row;
  {
    sqlite::Using s(in_lane_);
    if (!s->bind(1, lane).bind(2, 0).step()) return;
    row = s->integer(0);
  }
  set_ready_.bind(1, 1).bind(2, row).run();
  sqlite::Using s(by_row_);
  if (s->bind(1, row).step()) lower(queue_index(s->integer(1)), due_of(row));
}

/// Unclaimed tasks of a queue that are due, and where they end: the queue's exact earliest due time.
std::vector<TaskTable::Row> TaskTable::fetch(size_t queue, Millis now, size_t limit) {
  Queue& q = queues_[queue];
  std::vector<Row> rows;
  sqlite::Using s(fetch_);
  s->bind(1, q.number).bind(2, q.earliest == kNever ? std::numeric_limits<int64_t>::max() : q.earliest << kSequenceBits);
  q.earliest = kNever;
  while (s->step()) {
    const int64_t row = s->integer(0);
    const uint64_t id = s->null(1) ? uint64_t(row) : uint64_t(s->integer(1));
    if (leases_.contains(id)) continue;
    if (rows.size() == limit || due_of(row) > now) {
      q.earliest = due_of(row);
      break;
    }
    rows.push_back({row, id, std::string(s->bytes(2))});
  }
  return rows;
}

/// Claims the oldest of one account's queues.
size_t TaskTable::claim_of(const std::vector<size_t>& queues, Millis now, size_t limit, std::vector<Task>& out) {
  std::vector<std::pair<Row, size_t>> found;
  for (size_t queue : queues) {
    if (queues_[queue].earliest > now) continue;
    for (Row& row : fetch(queue, now, limit)) found.emplace_back(std::move(row), queue);
  }
  if (queues.size() > 1) std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.first.row < b.first.row; });
  for (size_t i = 0; i < found.size(); i++) {
    auto& [row, queue] = found[i];
    if (i >= limit) {
      lower(queue, due_of(row.row));
      continue;
    }
    leases_.insert(row.id);
    out.push_back(decoded(row.row, row.id, row.body));
  }
  return std::min(limit, found.size());
}

std::vector<Task> TaskTable::claim(Millis now, size_t limit, const std::function<bool(std::string_view)>& wanted) {
  std::map<std::string, std::vector<size_t>, std::less<>> accounts;
  std::map<std::string_view, bool> asked;
  for (size_t i = 0; i < queues_.size(); i++) {
    if (queues_[i].earliest > now) continue;
    auto [at, fresh] = asked.try_emplace(queues_[i].kind, false);
    if (fresh) at->second = wanted(queues_[i].kind);
    if (at->second) accounts[queues_[i].account].push_back(i);
  }
  std::vector<Task> out;
  while (out.size() < limit && !accounts.empty()) {
    const size_t share = std::max<size_t>(1, (limit - out.size()) / accounts.size());
    auto at = accounts.upper_bound(last_account_);
    for (size_t n = accounts.size(); n > 0 && out.size() < limit; n--) {
      if (at == accounts.end()) at = accounts.begin();
      last_account_ = at->first;
      const size_t want = std::min(share, limit - out.size());
      if (claim_of(at->second, now, want, out) < want) at = accounts.erase(at);
      else ++at;
    }
  }
  return out;
}

void TaskTable::release(uint64_t id) {
  auto found = leases_.find(id);
  if (found == leases_.end()) return;
  // Its row may have moved since; the queue's bound only has to be low enough.
  if (std::optional<Located> task = locate(id); task && task->ready) lower(task->queue, due_of(task->row));
  leases_.erase(found);
}

std::optional<Millis> TaskTable::next_due(bool recurring_too) {
  while (true) {
    Queue* first = nullptr;
    for (Queue& q : queues_) {
      if (q.earliest != kNever && (recurring_too || !q.recurring) && (!first || q.earliest < first->earliest)) first = &q;
    }
    if (!first) return std::nullopt;
    const Millis bound = first->earliest;
    fetch(size_t(first - queues_.data()), -1, 0);  // makes the bound exact
    if (first->earliest == bound) return bound;
  }
}

void TaskTable::erase(const Store::ResetScope& what) {
  if (what.account.empty() && what.service.empty()) {
    db_.exec("DELETE FROM task; DELETE FROM task_moved; DELETE FROM task_queue;");
    return;
  }
  sqlite::Statement of_queue = db_.prepare("DELETE FROM task WHERE queue = ?");
  const std::string kind_prefix = what.service + ".";
  for (const Queue& q : queues_) {
    if (!what.account.empty() && q.account != what.account) continue;
    if (!what.service.empty() && q.kind.compare(0, kind_prefix.size(), kind_prefix) != 0) continue;
    of_queue.bind(1, q.number).run();
  }
  db_.exec("DELETE FROM task_moved WHERE row NOT IN (SELECT row FROM task)");
  // A lane may have lost the task that went first.
  db_.exec("UPDATE task SET ready = 1 WHERE row IN "
           "(SELECT min(row) FROM task WHERE lane IS NOT NULL GROUP BY lane HAVING max(ready) = 0)");
}

}  // namespace fogbank::store
