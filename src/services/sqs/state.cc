#include "services/sqs/state.h"

#include <algorithm>
#include <stdexcept>

namespace fogbank::sqs {

store::Key queue_key(const Scope& scope, std::string_view name) { return store::key(scope, kQueues, name); }
store::Key policy_key(const Scope& scope, std::string_view name) { return store::key(scope, kPolicies, name); }
store::Key deleted_key(const Scope& scope, std::string_view name) { return store::key(scope, kDeleted, name); }
store::Key messages_key(const Scope& scope, uint64_t queue_id) { return store::key(scope, kMessages, queue_id); }
store::Key message_key(const Scope& scope, uint64_t queue_id, Place place) {
  return store::key(scope, kMessages, queue_id, uint64_t(place.visible_at), place.seq);
}
store::Key messages_from(const Scope& scope, uint64_t queue_id, Millis visible_at) {
  return store::key(scope, kMessages, queue_id, uint64_t(std::max<Millis>(0, visible_at)));
}
store::Key body_key(const Scope& scope, uint64_t queue_id, uint64_t seq) { return store::key(scope, kBodies, queue_id, seq); }
store::Key moved_key(const Scope& scope, uint64_t queue_id, uint64_t seq) { return store::key(scope, kMoved, queue_id, seq); }
store::Key arrival_key(const Scope& scope, uint64_t queue_id) { return store::key(scope, kArrivals, queue_id); }
store::Key sources_key(const Scope& scope, std::string_view dead_letter_queue) { return store::key(scope, kSources, dead_letter_queue); }
store::Key source_key(const Scope& scope, std::string_view dead_letter_queue, std::string_view queue) {
  return store::key(scope, kSources, dead_letter_queue, queue);
}

Place place_of(std::string_view message_key) {
  auto parts = store::key_parts(message_key);
  if (parts.size() != 3) throw std::invalid_argument("not the key of a message");
  return {Millis(store::number_part(parts[1])), store::number_part(parts[2])};
}

Millis earliest_alive(const Queue& queue, Millis now) { return std::max(queue.purged_at, now - queue.retention * 1000 + 1); }

}  // namespace fogbank::sqs
