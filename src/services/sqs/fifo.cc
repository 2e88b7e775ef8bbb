#include "services/sqs/fifo.h"

#include <algorithm>
#include <stdexcept>

namespace fogbank::sqs {
namespace {

constexpr size_t kSkippedExpired = 100;   ///< messages that a group's placing passes over; then a receive or the sweep clears the rest

store::Key ready_key(const Scope& scope, uint64_t queue_id, const Group& g) {
  return store::key(scope, kReady, queue_id, g.kind, uint64_t(std::max<Millis>(0, g.time)), g.head);
}

std::optional<Group> find_group(store::Reader& reader, const FifoChange& c, std::string_view group) {
  return reader.get_as<Group>(group_key(c.scope, c.queue.id, group));
}

void put_group(store::Txn& tx, const FifoChange& c, std::string_view group, const std::optional<Group>& old, const Group& to, int64_t in_flight) {
  bool stays = old && old->same_place(to);
  if (old && !stays) tx.erase(ready_key(c.scope, c.queue.id, *old));
  tx.put_record(ready_key(c.scope, c.queue.id, to), Ready{std::string(group), in_flight, {}});
  if (!stays) tx.put_record(group_key(c.scope, c.queue.id, group), to);
}

struct Head {
  uint64_t seq = 0;
  MessageHead message;
  bool expired = false;   ///< too many expired ones to pass over: this is one of them
};

/// The first message that is not purged or expired.
std::optional<Head> first_message(store::Reader& reader, const FifoChange& c, std::string_view group) {
  std::optional<Head> found;
  size_t skipped = 0;
  store::Key from = fifo_message_key(c.scope, c.queue.id, group, c.queue.purge_mark + 1);
  store::Key to = fifo_group_messages_key(c.scope, c.queue.id, group).after_prefix();
  reader.scan(from, to, store::Order::ascending, [&](std::string_view key, std::string_view bytes, store::Version) {
    auto head = decode<MessageHead>(bytes);
    if (!head) throw std::runtime_error("a stored message is damaged");
    uint64_t seq = fifo_place_of(key).seq;
    bool expired = gone(c.queue, seq, head->sent, c.now);
    if (expired && ++skipped < kSkippedExpired) return true;
    found = Head{seq, *head, expired};
    return false;
  });
  return found;
}

}  // namespace

store::Key fifo_messages_key(const Scope& scope, uint64_t queue_id) { return store::key(scope, kFifoMessages, queue_id); }
store::Key fifo_group_messages_key(const Scope& scope, uint64_t queue_id, std::string_view group) {
  return store::key(scope, kFifoMessages, queue_id, group);
}
store::Key fifo_message_key(const Scope& scope, uint64_t queue_id, std::string_view group, uint64_t seq) {
  return store::key(scope, kFifoMessages, queue_id, group, seq);
}
store::Key groups_key(const Scope& scope, uint64_t queue_id) { return store::key(scope, kGroups, queue_id); }
store::Key group_key(const Scope& scope, uint64_t queue_id, std::string_view group) { return store::key(scope, kGroups, queue_id, group); }
store::Key ready_prefix(const Scope& scope, uint64_t queue_id) { return store::key(scope, kReady, queue_id); }

FifoPlace fifo_place_of(std::string_view message_key) {
  auto parts = store::key_parts(message_key);
  if (parts.size() != 3) throw std::invalid_argument("not the key of a FIFO message");
  return {std::move(parts[1]), store::number_part(parts[2])};
}

void group_grew(store::Txn& tx, const FifoChange& c, std::string_view group, uint64_t seq, Millis sent) {
  auto old = find_group(tx, c, group);
  if (old && old->head > c.queue.purge_mark) return;
  put_group(tx, c, group, old, {kFresh, sent, seq, {}}, 0);
}

void hide_group(store::Txn& tx, const FifoChange& c, std::string_view group, uint64_t head, Millis time, int64_t in_flight) {
  put_group(tx, c, group, find_group(tx, c, group), {kTimed, time, head, {}}, in_flight);
}

void place_group(store::Txn& tx, const FifoChange& c, std::string_view group, int64_t in_flight) {
  auto old = find_group(tx, c, group);
  auto head = first_message(tx, c, group);
  if (!head) {
    if (!old) return;
    tx.erase(ready_key(c.scope, c.queue.id, *old));
    tx.erase(group_key(c.scope, c.queue.id, group));
    return;
  }
  Millis visible = head->expired ? c.now : visible_at(c.queue, head->message.sent, head->message.visible_at);
  bool delayed = visible > c.now && !head->message.visible_at;
  put_group(tx, c, group, old, delayed ? Group{kFresh, head->message.sent, head->seq, {}} : Group{kTimed, std::max(visible, c.now), head->seq, {}}, in_flight);
}

int64_t in_flight_of(store::Reader& reader, const FifoChange& c, std::string_view group) {
  auto g = find_group(reader, c, group);
  auto ready = g ? reader.get_as<Ready>(ready_key(c.scope, c.queue.id, *g)) : std::nullopt;
  return ready ? ready->in_flight : 0;
}

ReadyGroups ready_groups(store::Reader& reader, const FifoChange& c, size_t limit) {
  struct Candidate { Millis ready; std::string group; };
  std::vector<Candidate> found;
  ReadyGroups out;
  for (uint64_t kind : {kFresh, kTimed}) {
    const Millis delay = kind == kFresh ? c.queue.delay * 1000 : 0;
    size_t n = 0;
    reader.scan_prefix(store::key(c.scope, kReady, c.queue.id, kind), [&](std::string_view key, std::string_view bytes, store::Version) {
      Millis ready = Millis(store::number_part(store::key_parts(key).at(2))) + delay;
      if (ready > c.now) {
        if (!out.next || ready < *out.next) out.next = ready;
        return false;
      }
      auto record = decode<Ready>(bytes);
      if (!record) throw std::runtime_error("a stored message group is damaged");
      found.push_back({ready, std::move(record->group)});
      return ++n < limit;
    });
  }
  std::stable_sort(found.begin(), found.end(), [](const Candidate& a, const Candidate& b) { return a.ready < b.ready; });
  for (Candidate& f : found) {
    if (out.groups.size() == limit) break;
    out.groups.push_back(std::move(f.group));
  }
  return out;
}

int64_t count_fifo_in_flight(store::Store& store, const Scope& scope, const Queue& queue, Millis now, int64_t limit) {
  constexpr size_t kCountedPerRead = 50'000;   // so that no snapshot is held for long
  int64_t count = 0;
  store::Key from = store::key(scope, kReady, queue.id, kTimed, uint64_t(now + 1)), to = store::key(scope, kReady, queue.id, kTimed).after_prefix();
  for (bool more = true; more;) {
    size_t seen = 0;
    more = false;
    store.read([&](store::Reader& reader) {
      reader.scan(from, to, store::Order::ascending, [&](std::string_view key, std::string_view bytes, store::Version) {
        if (seen++ == kCountedPerRead) {
          from = store::Key::raw(std::string(key), false);
          return !(more = true);
        }
        if (auto ready = decode<Ready>(bytes)) count += ready->in_flight;
        return count < limit;
      });
    });
  }
  return count;
}

}  // namespace fogbank::sqs
