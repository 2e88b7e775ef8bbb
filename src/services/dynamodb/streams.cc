#include "services/dynamodb/streams.h"

#include "base/encoding.h"
#include "services/dynamodb/errors.h"

namespace fogbank::dynamodb {

std::string sequence_text(uint64_t sequence) {
  std::string digits = cat(sequence);
  return cat(std::string(21 - std::min<size_t>(21, digits.size()), '0'), digits);
}

std::optional<uint64_t> sequence_number(std::string_view text) {
  if (text.empty() || text.size() > 40) return std::nullopt;
  auto n = parse_int(text);
  if (!n || *n < 0) return std::nullopt;
  return uint64_t(*n);
}

std::string shard_id(const Stream& s) {
  std::string millis = cat(s.created);
  return cat("shardId-", std::string(20 - std::min<size_t>(20, millis.size()), '0'), millis, '-', hex(sha1(cat(s.id, s.label)).substr(0, 4)));
}

void append_stream_record(store::Txn& tx, const Change& c) {
  StreamRecord r;
  uint64_t sequence = tx.version() << 12 | (c.nth & 0xfff);
  r.kind = !c.before ? 0 : c.after ? 1 : 2;
  r.time = c.now;
  r.keys = key_item(c.table, c.key);
  r.expired = c.expired;
  r.size = int64_t(item_size(r.keys));
  bool old_wanted = c.table.stream_view == "OLD_IMAGE" || c.table.stream_view == "NEW_AND_OLD_IMAGES";
  bool new_wanted = c.table.stream_view == "NEW_IMAGE" || c.table.stream_view == "NEW_AND_OLD_IMAGES";
  if (c.before && old_wanted) {
    r.has_old = true;
    r.old_image = *c.before;
    r.size += int64_t(item_size(r.old_image));
  }
  if (c.after && new_wanted) {
    r.has_new = true;
    r.new_image = *c.after;
    r.size += int64_t(item_size(r.new_image));
  }
  r.event_id = md5(cat(c.table.stream_id, '/', sequence));
  tx.put_record(stream_record_key(c.scope, c.table.stream_id, sequence), r);
}

}  // namespace fogbank::dynamodb
