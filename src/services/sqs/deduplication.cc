#include "services/sqs/deduplication.h"

namespace fogbank::sqs {
namespace {

uint64_t window_of(Millis t) { return uint64_t(t / kDedupWindow); }

store::Key dedup_key(const FifoChange& c, uint64_t window, std::string_view group, std::string_view id) {
  return store::key(c.scope, kDedups, c.queue.id, window, c.queue.dedup_by_group ? group : std::string_view(), id);
}
store::Key attempt_key(const FifoChange& c, uint64_t window, std::string_view id) { return store::key(c.scope, kAttempts, c.queue.id, window, id); }

}  // namespace

std::optional<Dedup> find_dedup(store::Reader& reader, const FifoChange& c, std::string_view group, std::string_view id) {
  const uint64_t window = window_of(c.now);
  for (uint64_t w : {window, window - 1}) {
    auto found = reader.get_as<Dedup>(dedup_key(c, w, group, id));
    if (found && c.now - found->sent < kDedupWindow && found->seq > c.queue.purge_mark) return found;
  }
  return std::nullopt;
}

void remember_dedup(store::Txn& tx, const FifoChange& c, std::string_view group, std::string_view id, const Dedup& dedup) {
  tx.put_record(dedup_key(c, window_of(dedup.sent), group, id), dedup);
}

std::optional<Attempt> find_attempt(store::Reader& reader, const FifoChange& c, std::string_view id) {
  const uint64_t window = window_of(c.now);
  for (uint64_t w : {window, window - 1}) {
    auto found = reader.get_as<Attempt>(attempt_key(c, w, id));
    if (found && c.now - found->at < kDedupWindow) return found;
  }
  return std::nullopt;
}

void remember_attempt(store::Txn& tx, const FifoChange& c, std::string_view id, const Attempt& attempt) {
  tx.put_record(attempt_key(c, window_of(attempt.at), id), attempt);
}

Forgotten forget_windows(store::Txn& tx, const Scope& scope, uint64_t queue_id, Millis now, size_t limit) {
  std::vector<store::Key> over;
  Forgotten out;
  const uint64_t window = window_of(now);
  for (const store::Table* table : {&kDedups, &kAttempts}) {
    tx.scan_prefix(store::key(scope, *table, queue_id), [&](std::string_view key, std::string_view, store::Version) {
      if (store::number_part(store::key_parts(key).at(1)) + 1 >= window) {
        out.something_left = true;
        return false;
      }
      if (over.size() == limit) {
        out.more_due = out.something_left = true;
        return false;
      }
      over.push_back(store::Key::raw(std::string(key), false));
      return true;
    });
  }
  for (const store::Key& key : over) tx.erase(key);
  return out;
}

}  // namespace fogbank::sqs
