#include "services/sqs/receive.h"

#include <map>
#include <stdexcept>

#include "services/sqs/caches.h"
#include "services/sqs/deduplication.h"
#include "services/sqs/messages.h"
#include "services/sqs/queue_url.h"
#include "services/sqs/redrive.h"
#include "services/sqs/tasks.h"

namespace fogbank::sqs {
namespace {

constexpr size_t kMaxDead = 200;       ///< purged or expired messages that one transaction drops in passing
constexpr size_t kMaxGivenUp = 50;     ///< messages that one transaction moves to the dead-letter queue
constexpr size_t kMaxGivenUpBytes = 1 << 20;
constexpr size_t kPeeked = 10;
constexpr size_t kSpareGroups = 10;    ///< looked at beyond those that are needed: some turn out to be empty

Message decoded(std::string_view bytes) {
  auto message = decode<Message>(bytes);
  if (!message) throw std::runtime_error("a stored message is damaged");
  return std::move(*message);
}

/// One transaction's work on a queue.
class Take {
 public:
  Take(Context& cx, store::Txn& tx, const Queue& queue, std::string_view name, const Wish& wish, Opened& opened)
      : cx_(cx), tx_(tx), queue_(queue), name_(name), wish_(wish), opened_(opened), now_(cx.now()), change_{cx.scope(), queue, now_},
        visibility_(wish.visibility.value_or(queue.visibility_timeout) * 1000) {
    out.queue_id = queue.id;
    out.fifo = queue.fifo;
  }

  Takings out;

  void standard();
  void fifo();
  /// The messages that an earlier receive with this id was given, if all are as it left them.
  bool again();

 private:
  struct Dead { Place place; bool moved, apart; };

  bool full() const { return out.messages.size() >= wish_.max; }
  bool cleared_enough() const { return dead_ >= kMaxDead || given_up_ >= kMaxGivenUp || given_up_bytes_ >= kMaxGivenUpBytes; }
  QueuePtr target();
  bool must_give_up(const Message& m) { return exhausted(queue_, m) && target(); }
  void give_up_message(Message message, uint64_t seq);
  void mark_received(Message& m);
  void fill(Taken& t);
  size_t take_from_group(const std::string& group);
  void remember();

  Context& cx_;
  store::Txn& tx_;
  const Queue& queue_;
  std::string_view name_;
  const Wish& wish_;
  Opened& opened_;
  const Millis now_;
  const FifoChange change_;
  const Millis visibility_;
  std::optional<QueuePtr> target_;   ///< the dead-letter queue, once looked up
  size_t dead_ = 0, given_up_ = 0, given_up_bytes_ = 0;
};

QueuePtr Take::target() {
  if (!target_) target_ = cx_.state<State>().queues.get(tx_, queue_key(cx_.scope(), queue_.redrive.target));
  return *target_;
}

void Take::give_up_message(Message message, uint64_t seq) {
  const std::string& to = queue_.redrive.target;
  Message whole = with_content(tx_, cx_.scope(), queue_.id, seq, std::move(message));
  given_up_bytes_ += content_bytes(whole.content);
  const bool sealed = whole.seal && whole.seal->by_kms();
  QueuePtr queue = target();
  give_up(tx_, {cx_.scope(), to, *queue, now_}, queue_arn(cx_.scope(), name_), std::move(whole), given_up_++);
  if (sealed && !queue->sealed) {
    Queue changed = *queue;
    changed.sealed = true;
    tx_.put_record(queue_key(cx_.scope(), to), changed);
    target_.reset();
    queue = target();
  }
  plan_tasks(tx_, cx_.scope(), to, *queue, now_);
  target_.reset();  // its record may have changed
  tx_.signal(arrival_key(cx_.scope(), queue->id));
}

void Take::mark_received(Message& m) {
  m.receive_count++;
  if (!m.first_received) m.first_received = now_;
  m.received = now_;
  m.nonce = cx_.random().next();
}

void Take::fill(Taken& t) {
  if (!t.message.apart) return;
  auto content = tx_.get_as<Content>(body_key(cx_.scope(), queue_.id, t.place.seq));
  if (!content) throw std::runtime_error("a message's body is missing");
  t.message.content = std::move(*content);  // after the record was written: it stays apart
}

void Take::standard() {
  std::vector<Taken> found, exhausted_ones;
  std::vector<Dead> dead;
  store::Key from = messages_from(cx_.scope(), queue_.id, earliest_alive(queue_, now_)), to = messages_key(cx_.scope(), queue_.id).after_prefix();
  tx_.scan(from, to, store::Order::ascending, [&](std::string_view key, std::string_view bytes, store::Version) {
    Place place = place_of(key);
    if (place.visible_at > now_) {
      if (place.seq <= queue_.purge_mark) return true;
      out.next = place.visible_at;
      return false;
    }
    Message message = decoded(bytes);
    if (gone(queue_, place.seq, message.sent, now_)) {
      dead.push_back({place, message.moved, message.apart});
      return !(out.more = ++dead_ == kMaxDead);
    }
    if (must_give_up(message)) {
      exhausted_ones.push_back({place, std::move(message)});
      return !(out.more = exhausted_ones.size() == kMaxGivenUp);
    }
    if (!can_open(opened_, message)) return !(out.unopened = true);
    found.push_back({place, std::move(message)});
    return found.size() < wish_.max;
  });
  for (const Dead& d : dead) erase_message(tx_, cx_.scope(), queue_.id, d.place, d.moved, d.apart);
  for (Taken& t : exhausted_ones) {
    if (given_up_bytes_ >= kMaxGivenUpBytes) {
      out.more = true;
      break;
    }
    bool moved = t.message.moved, apart = t.message.apart;
    give_up_message(std::move(t.message), t.place.seq);
    erase_message(tx_, cx_.scope(), queue_.id, t.place, moved, apart);
  }
  for (Taken& t : found) {
    mark_received(t.message);
    if (t.message.moved) tx_.erase(moved_key(cx_.scope(), queue_.id, t.place.seq));  // of an earlier receive's handle
    t.message.moved = false;
    Place hidden{now_ + visibility_, t.place.seq};
    move_message(tx_, cx_.scope(), queue_.id, t.place, hidden, t.message);
    t.place = hidden;
    fill(t);
    out.messages.push_back(std::move(t));
  }
}

/// Takes what the front of a group gives; returns how many messages it took.
size_t Take::take_from_group(const std::string& group) {
  struct Front { uint64_t seq; Message message; bool dead; };
  std::vector<Front> front;
  size_t wanted = wish_.max - out.messages.size(), takeable = 0;
  bool unopened = false;
  store::Key from = fifo_message_key(cx_.scope(), queue_.id, group, queue_.purge_mark + 1);
  store::Key to = fifo_group_messages_key(cx_.scope(), queue_.id, group).after_prefix();
  tx_.scan(from, to, store::Order::ascending, [&](std::string_view key, std::string_view bytes, store::Version) {
    Message m = decoded(bytes);
    uint64_t seq = fifo_place_of(key).seq;
    bool dead = gone(queue_, seq, m.sent, now_);
    if (!dead) {
      if (visible_at(queue_, m.sent, m.visible_at) > now_) return false;
      bool given_up = must_give_up(m);
      if (!given_up && !can_open(opened_, m)) return !(unopened = true);
      if (!given_up && ++takeable > wanted) return false;
    }
    front.push_back({seq, std::move(m), dead});
    return !(out.more = front.size() == kMaxGivenUp);
  });
  size_t taken = 0;
  uint64_t first = 0;
  bool cleared = false;
  for (Front& f : front) {
    if (f.dead || must_give_up(f.message)) {
      bool apart = f.message.apart;
      if (f.dead) dead_++;
      else give_up_message(std::move(f.message), f.seq);
      erase_fifo_message(tx_, cx_.scope(), queue_.id, group, f.seq, apart);
      cleared = true;
      if (cleared_enough()) break;
      continue;
    }
    mark_received(f.message);
    f.message.visible_at = now_ + visibility_;
    tx_.put_record(fifo_message_key(cx_.scope(), queue_.id, group, f.seq), f.message);
    if (!taken++) first = f.seq;
    Taken t{{f.message.visible_at, f.seq}, std::move(f.message)};
    fill(t);
    out.messages.push_back(std::move(t));
  }
  if (taken) hide_group(tx_, change_, group, first, now_ + visibility_, int64_t(taken));
  else if (!unopened || cleared) place_group(tx_, change_, group, 0);
  out.unopened = out.unopened || unopened;
  if (cleared && cleared_enough()) out.more = true;
  return taken;
}

void Take::fifo() {
  if (!wish_.attempt_id.empty() && again()) return;
  ReadyGroups ready = ready_groups(tx_, change_, wish_.max + kSpareGroups);
  out.next = ready.next;
  for (const std::string& group : ready.groups) {
    if (full() || cleared_enough()) break;
    take_from_group(group);
  }
  if (!full() && ready.groups.size() == wish_.max + kSpareGroups) out.more = true;
  if (!wish_.attempt_id.empty() && !out.messages.empty()) remember();
}

void Take::remember() {
  Attempt attempt;
  attempt.at = now_;
  for (const Taken& t : out.messages) attempt.given.push_back({t.message.group, t.place.seq, t.message.nonce, t.message.visible_at, {}});
  remember_attempt(tx_, change_, wish_.attempt_id, attempt);
  plan_tasks(tx_, cx_.scope(), name_, queue_, now_);
}

bool Take::again() {
  auto attempt = find_attempt(tx_, change_, wish_.attempt_id);
  if (!attempt) return false;
  std::vector<Taken> given;
  for (const Attempt::Given& g : attempt->given) {
    auto m = tx_.get_as<Message>(fifo_message_key(cx_.scope(), queue_.id, g.group, g.seq));
    bool same = m && m->nonce == g.nonce && m->visible_at == g.visible_at && m->visible_at > now_ && !gone(queue_, g.seq, m->sent, now_);
    if (same && !can_open(opened_, *m)) {
      if (OpenKeyPtr open = find_open(cx_, *m->seal)) opened_.emplace(m->seal->data_key, std::move(open));
    }
    if (!same || !can_open(opened_, *m)) return false;
    given.push_back({{now_ + visibility_, g.seq}, std::move(*m)});
  }
  std::map<std::string, int64_t> groups;
  for (size_t i = 0; i < given.size(); i++) {
    Taken& t = given[i];
    t.message.visible_at = attempt->given[i].visible_at = now_ + visibility_;
    tx_.put_record(fifo_message_key(cx_.scope(), queue_.id, t.message.group, t.place.seq), t.message);
    groups[t.message.group]++;
    fill(t);
  }
  for (const auto& [group, n] : groups) place_group(tx_, change_, group, n);
  remember_attempt(tx_, change_, wish_.attempt_id, *attempt);
  out.messages = std::move(given);
  return true;
}

}  // namespace

Result<Takings> take(Context& cx, store::Txn& tx, std::string_view name, const Wish& wish, Opened& opened) {
  FB_ASSIGN(queue, find_queue(cx, tx, name));
  Take take(cx, tx, *queue, name, wish, opened);
  if (queue->fifo) take.fifo();
  else take.standard();
  // Visible still: for the next in line.
  if (!take.out.messages.empty() && wish.visibility.value_or(queue->visibility_timeout) == 0) tx.signal(arrival_key(cx.scope(), queue->id));
  return std::move(take.out);
}

void peek(store::Reader& reader, const FifoChange& c, const std::function<void(const Message&)>& visit) {
  size_t seen = 0;
  auto look = [&](uint64_t seq, const Message& m) {
    if (gone(c.queue, seq, m.sent, c.now) || exhausted(c.queue, m)) return true;
    visit(m);
    return ++seen < kPeeked;
  };
  if (!c.queue.fifo) {
    store::Key from = messages_from(c.scope, c.queue.id, earliest_alive(c.queue, c.now));
    store::Key to = messages_from(c.scope, c.queue.id, c.now + 1);
    reader.scan(from, to, store::Order::ascending, [&](std::string_view key, std::string_view bytes, store::Version) {
      return look(place_of(key).seq, decoded(bytes));
    });
    return;
  }
  for (const std::string& group : ready_groups(reader, c, kPeeked).groups) {
    if (seen >= kPeeked) return;
    store::Key from = fifo_message_key(c.scope, c.queue.id, group, c.queue.purge_mark + 1);
    reader.scan(from, fifo_group_messages_key(c.scope, c.queue.id, group).after_prefix(), store::Order::ascending,
                [&](std::string_view key, std::string_view bytes, store::Version) {
                  Message m = decoded(bytes);
                  return visible_at(c.queue, m.sent, m.visible_at) <= c.now && look(fifo_place_of(key).seq, m);
                });
  }
}

}  // namespace fogbank::sqs
