#include "services/logs/batches.h"

#include <algorithm>
#include <stdexcept>

#include "base/aead.h"
#include "base/record.h"
#include "base/strings.h"
#include "store/store.h"

namespace fogbank::logs {
namespace {

using record_detail::get_varint;
using record_detail::put_varint;

[[noreturn]] void damaged() { throw std::runtime_error("a stored batch of log events is damaged"); }

std::string associated(const BatchPlace& p) { return cat("logs|", p.group, '|', p.stream, '|', p.first, '|', p.sequence); }

struct StoredBatch {
  Millis ingested = 0;
  int64_t generation = 0;
  Millis last = 0;
  int64_t events = 0, bytes = 0;
  std::string content;
  template <class A> void fields(A& a) { a(1, ingested); a(2, generation); a(3, last); a(4, events); a(5, bytes); a(6, content); }
};

}  // namespace

BatchPlace batch_place(std::string_view key) {
  auto parts = store::key_parts(key);
  return {store::number_part(parts.at(0)), store::number_part(parts.at(1)), Millis(store::number_part(parts.at(2))), store::number_part(parts.at(3))};
}

std::vector<size_t> cut_batches(const std::vector<NewEvent>& events) {
  std::vector<size_t> ends;
  size_t first = 0, bytes = 0;
  for (size_t i = 0; i < events.size(); i++) {
    bool too_far = events[i].time - events[first].time > kBatchSpan;
    if (i > first && (too_far || bytes + events[i].message.size() > kBatchBytes)) {
      ends.push_back(i);
      first = i;
      bytes = 0;
    }
    bytes += events[i].message.size() + kEventOverhead;
  }
  if (!events.empty()) ends.push_back(events.size());
  return ends;
}

std::string write_batch(const BatchPlace& place, const std::vector<NewEvent>& events, size_t from, size_t to, Millis ingested, const BatchKey& key, Random& random) {
  StoredBatch out;
  out.ingested = ingested;
  out.generation = key.generation;
  out.last = events[to - 1].time;
  out.events = int64_t(to - from);
  for (size_t i = from; i < to; i++) {
    put_varint(out.content, uint64_t(events[i].time - place.first));
    put_varint(out.content, events[i].message.size());
    out.content.append(events[i].message);
    out.bytes += int64_t(events[i].message.size() + kEventOverhead);
  }
  if (key.generation) out.content = aead::seal(key.key, random.bytes(aead::kNonceBytes), associated(place), out.content);
  return encode(out);
}

BatchHead read_head(std::string_view record) {
  BatchHead out;
  record_detail::Field f;
  while (!record.empty()) {
    if (!record_detail::next_field(record, f)) damaged();
    if (f.number == 6 && f.kind == 2) out.content = f.bytes;
    if (f.kind != 0) continue;
    int64_t value = record_detail::unzigzag(f.scalar);
    if (f.number == 1) out.ingested = value;
    else if (f.number == 2) out.generation = value;
    else if (f.number == 3) out.last = value;
    else if (f.number == 4) out.events = uint64_t(value);
    else if (f.number == 5) out.bytes = value;
  }
  return out;
}

void each_event(const BatchPlace& place, const BatchHead& head, std::string_view key, const std::function<bool(uint32_t, Millis, std::string_view)>& visit) {
  std::optional<std::string> opened;
  std::string_view content = head.content;
  if (head.generation) {
    opened = aead::open(key, content, associated(place));
    if (!opened) damaged();
    content = *opened;
  }
  for (uint32_t i = 0; !content.empty(); i++) {
    uint64_t since, length;
    if (!get_varint(content, since) || !get_varint(content, length) || length > content.size()) damaged();
    if (!visit(i, place.first + Millis(since), content.substr(0, length))) return;
    content.remove_prefix(length);
  }
}

}  // namespace fogbank::logs
