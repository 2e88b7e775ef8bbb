#include "services/sqs/in_flight.h"

#include "services/sqs/fifo.h"

namespace fogbank::sqs {
namespace {

constexpr size_t kMaxQueues = 20'000;        ///< with allowances; more are forgotten and counted anew
constexpr size_t kCountedPerRead = 50'000;   ///< so that no snapshot is held for long
constexpr int64_t kPatienceUs = 1'000'000;

}  // namespace

int64_t count_in_flight(store::Store& store, const Scope& scope, const Queue& queue, Millis now, int64_t limit) {
  int64_t count = 0;
  store::Key from = messages_from(scope, queue.id, now + 1), to = messages_key(scope, queue.id).after_prefix();
  for (bool more = true; more;) {
    size_t seen = 0;
    more = false;
    store.read([&](store::Reader& reader) {
      reader.scan(from, to, store::Order::ascending, [&](std::string_view key, std::string_view bytes, store::Version) {
        if (seen++ == kCountedPerRead) {
          from = store::Key::raw(std::string(key), false);
          return !(more = true);
        }
        auto head = decode<MessageHead>(bytes);
        if (head && head->receive_count != head->receives_before && !gone(queue, place_of(key).seq, head->sent, now)) count++;
        return count < limit;
      });
    });
  }
  return count;
}

bool InFlightLimit::may_receive(store::Store& store, const Scope& scope, const Queue& queue, Millis now) {
  int64_t now_us = steady_micros();
  {
    auto allowances = allowances_.lock();
    auto it = allowances->find(queue.id);
    if (it != allowances->end() && it->second.left > 0) return true;
    if (it != allowances->end() && now_us - it->second.counted_us < kPatienceUs) return false;
  }
  int64_t left = limit_ - (queue.fifo ? count_fifo_in_flight(store, scope, queue, now, limit_) : count_in_flight(store, scope, queue, now, limit_));
  auto allowances = allowances_.lock();
  if (allowances->size() >= kMaxQueues) allowances->clear();
  (*allowances)[queue.id] = {left, now_us};
  return left > 0;
}

void InFlightLimit::received(uint64_t queue_id, size_t messages) {
  auto allowances = allowances_.lock();
  auto it = allowances->find(queue_id);
  if (it != allowances->end()) it->second.left -= int64_t(messages);
}

}  // namespace fogbank::sqs
