#include "services/sqs/counting.h"

#include "services/sqs/fifo.h"

namespace fogbank::sqs {
namespace {

constexpr size_t kCountedPerRead = 50'000;

void count_one(const Queue& queue, const std::string_view key, const MessageHead& head, Millis now, Counts& counts) {
  uint64_t seq;
  Millis visible;
  if (queue.fifo) {
    seq = fifo_place_of(key).seq;
    visible = visible_at(queue, head.sent, head.visible_at);
  } else {
    Place place = place_of(key);
    seq = place.seq;
    visible = place.visible_at;
  }
  if (gone(queue, seq, head.sent, now)) return;
  if (visible <= now) counts.visible++;
  else if (queue.fifo ? head.visible_at != 0 : head.receive_count != head.receives_before) counts.in_flight++;
  else counts.delayed++;
}

}  // namespace

Counts count_messages(store::Store& store, const Scope& scope, const Queue& queue, Millis now) {
  Counts counts;
  store::Key prefix = queue.fifo ? fifo_messages_key(scope, queue.id) : messages_key(scope, queue.id);
  store::Key from = queue.fifo ? prefix : messages_from(scope, queue.id, earliest_alive(queue, now)), to = prefix.after_prefix();
  for (bool more = true; more;) {
    size_t seen = 0;
    more = false;
    store.read([&](store::Reader& reader) {
      reader.scan(from, to, store::Order::ascending, [&](std::string_view key, std::string_view bytes, store::Version) {
        if (seen++ == kCountedPerRead) {
          from = store::Key::raw(std::string(key), false);
          return !(more = true);
        }
        if (auto head = decode<MessageHead>(bytes)) count_one(queue, key, *head, now, counts);
        return true;
      });
    });
  }
  return counts;
}

}  // namespace fogbank::sqs
