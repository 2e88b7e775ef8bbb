#include "services/logs/reading.h"

#include <algorithm>

#include "base/strings.h"
#include "services/kms/service_keys.h"
#include "services/logs/access.h"
#include "services/logs/batches.h"
#include "services/logs/errors.h"

namespace fogbank::logs {
namespace {

constexpr size_t kTimeDigits = 15, kStreamDigits = 14, kSequenceDigits = 17, kIndexDigits = 9;

void put_digits(std::string& out, uint64_t n, size_t digits) {
  std::string text = cat(n);
  out.append(digits - std::min(digits, text.size()), '0');
  out += text;
}

/// One record of a stream put into the window.
Result<void> take_batch(const ReadQuery& q, const Stream& stream, Window& window, const BatchPlace& place, std::string_view record) {
  BatchHead head = read_head(record);
  if (head.last < q.from) return {};
  std::string_view key;
  if (head.generation) {
    FB_ASSIGN(opened, q.keys->key(head.generation));
    key = opened;
  }
  each_event(place, head, key, [&](uint32_t index, Millis time, std::string_view message) {
    if (time < q.from) return true;
    if (time >= q.to) return false;
    Position p{time, place.stream, place.sequence, index};
    if (q.start && (window.backward() ? p >= *q.start : p < *q.start)) return true;
    if (!window.admits(p)) return window.backward();   // forward, those behind it are not admitted either
    if (!q.pattern || q.pattern->matches(message)) window.add(p, {head.ingested, stream.name, std::string(message)});
    return true;
  });
  return {};
}

}  // namespace

std::string position_digits(const Position& p) {
  std::string out = "3";
  put_digits(out, uint64_t(p.time), kTimeDigits);
  put_digits(out, p.stream, kStreamDigits);
  put_digits(out, p.sequence, kSequenceDigits);
  put_digits(out, p.index, kIndexDigits);
  return out;
}

std::optional<Position> read_digits(std::string_view digits) {
  if (digits.size() != 1 + kTimeDigits + kStreamDigits + kSequenceDigits + kIndexDigits || digits.front() != '3') return std::nullopt;
  digits.remove_prefix(1);
  auto take = [&](size_t n) -> std::optional<int64_t> {
    auto value = parse_int(digits.substr(0, n));
    if (value && (*value < 0 || digits.front() == '-' || digits.front() == '+')) value.reset();
    digits.remove_prefix(n);
    return value;
  };
  auto time = take(kTimeDigits), stream = take(kStreamDigits), sequence = take(kSequenceDigits), index = take(kIndexDigits);
  if (!time || !stream || !sequence || !index) return std::nullopt;
  return Position{*time, uint64_t(*stream), uint64_t(*sequence), uint32_t(*index)};
}

void Window::add(const Position& p, Event event) {
  if (!admits(p)) return;
  bytes_ += event.message.size() + kEventOverhead;
  events_.emplace(p, std::move(event));
  while (events_.size() > max_events_ || (bytes_ > max_bytes_ && events_.size() > 1)) {
    auto last = backward_ ? events_.begin() : std::prev(events_.end());
    bytes_ -= last->second.message.size() + kEventOverhead;
    cut_ = last->first;
    events_.erase(last);
  }
}

void Window::cut_at(const Position& p) {
  if (!admits(p)) return;
  cut_ = p;
  auto drop = [&](auto from, auto to) {
    for (auto e = from; e != to; ++e) bytes_ -= e->second.message.size() + kEventOverhead;
    events_.erase(from, to);
  };
  if (backward_) drop(events_.begin(), events_.upper_bound(p));
  else drop(events_.lower_bound(p), events_.end());
}

DataKeys::DataKeys(Context& cx, const Scope& scope, const Group& group) {
  for (const DataKey& k : group.data_keys) {
    auto opened = kms::service_decrypt(cx, key_use(scope, group.name), k.ciphertext);
    if (!opened && opened.error().status < 500) opened = fail(key_not_usable(group_arn(scope, group.name)));
    keys_.emplace(k.generation, std::move(opened));
  }
}

Result<std::string_view> DataKeys::key(int64_t generation) const {
  auto found = keys_.find(generation);
  // The group got a new key between the decision and this read.
  if (found == keys_.end()) return fail("ServiceUnavailableException", "The service cannot complete the request.", 503);
  if (!found->second) return fail(found->second.error());
  return found->second->view();
}

Result<void> read_stream(store::Reader& reader, const ReadQuery& q, const Stream& stream, Window& window, size_t& budget) {
  if (!stream.batches || stream.last_event < q.from || stream.first_event >= q.to) return {};
  Result<void> result;
  store::Key all = batches_of(q.scope, q.group, stream.id);
  Millis from = q.from, to = q.to;
  if (q.start && !window.backward()) from = std::max(from, q.start->time);
  if (q.start && window.backward()) to = std::min(to, q.start->time + 1);
  store::Key first = batch_key(q.scope, q.group, stream.id, from - stream.max_span, 0);
  store::Key end = to == INT64_MAX ? all.after_prefix() : batch_key(q.scope, q.group, stream.id, to, 0);
  auto visit = [&](std::string_view key, std::string_view record, store::Version) {
    BatchPlace place = batch_place(key);
    Position at{place.first, place.stream, place.sequence, 0};
    if (window.backward()) {
      if (window.full() && !window.events().empty() && place.first + stream.max_span < window.events().begin()->first.time) return false;
    } else {
      bool beyond_start = place.first > from;
      if (!window.admits(at)) return false;
      if (window.full() && !window.events().empty() && window.events().rbegin()->first < at) {
        window.cut_at(at);
        return false;
      }
      if (budget < record.size() && beyond_start) {
        window.cut_at(at);
        return false;
      }
    }
    budget -= std::min(budget, record.size());
    result = take_batch(q, stream, window, place, record);
    return bool(result);
  };
  reader.scan(first, end, window.backward() ? store::Order::descending : store::Order::ascending, visit);
  return result;
}

}  // namespace fogbank::logs
