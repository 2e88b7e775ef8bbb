#include "services/sqs/arrivals.h"

#include "services/sqs/fifo.h"
#include "services/sqs/state.h"

namespace fogbank::sqs {

std::optional<Arrival> next_arrival(store::Reader& reader, const Scope& scope, std::string_view name, Millis now) {
  auto queue = reader.get_as<Queue>(queue_key(scope, name));
  if (!queue) return std::nullopt;
  Arrival out{arrival_key(scope, queue->id), {}, queue->visibility_timeout, !queue->redrive.target.empty()};
  if (queue->fifo) {
    auto ready = ready_groups(reader, {scope, *queue, now}, 1);
    out.next = ready.groups.empty() ? ready.next : std::optional<Millis>(now);
    return out;
  }
  store::Key from = messages_from(scope, queue->id, earliest_alive(*queue, now)), to = messages_key(scope, queue->id).after_prefix();
  reader.scan(from, to, store::Order::ascending, [&](std::string_view key, std::string_view, store::Version) {
    Place place = place_of(key);
    if (place.seq <= queue->purge_mark) return true;
    out.next = place.visible_at;
    return false;
  });
  return out;
}

}  // namespace fogbank::sqs
