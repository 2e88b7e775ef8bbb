// PutLogEvents: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html
#include <algorithm>

#include "base/strings.h"
#include "gateway/context.h"
#include "gen/logs/operations.h"
#include "services/logs/access.h"
#include "services/logs/batches.h"
#include "services/logs/errors.h"
#include "services/logs/sequence.h"

namespace fogbank::logs {
namespace {

constexpr size_t kMaxPutBytes = 1 << 20;
constexpr Millis kHour = 3600'000, kDay = 24 * kHour;
constexpr Millis kOldest = 14 * kDay, kNewest = 2 * kHour;

Result<void> check_events(const List<svc::InputLogEvent>& events) {
  size_t bytes = 0;
  for (size_t i = 0; i < events.size(); i++) {
    bytes += events[i].message.view().size() + kEventOverhead;
    if (i && *events[i].timestamp < *events[i - 1].timestamp) {
      return fail(invalid_parameter("Log events in a single PutLogEvents request must be in chronological order."));
    }
  }
  if (bytes > kMaxPutBytes) return fail(invalid_parameter(cat("Upload too large: ", bytes, " bytes exceeds limit of ", kMaxPutBytes)));
  if (*events[events.size() - 1].timestamp - *events[0].timestamp > kDay) {
    return fail(invalid_parameter("The batch of log events in a single PutLogEvents request cannot span more than 24 hours."));
  }
  return {};
}

/// Which events are taken: [from, to); what lies before is too old or expired, what lies behind is too new.
struct Taken { size_t too_old = 0, expired = 0, to = 0; size_t from() const { return std::max(too_old, expired); } };

Taken sort_out(const List<svc::InputLogEvent>& events, Millis now, Millis oldest) {
  auto first_from = [&](Millis time) {
    return size_t(std::partition_point(events.begin(), events.end(), [&](const svc::InputLogEvent& e) { return *e.timestamp < time; }) - events.begin());
  };
  Taken out;
  out.too_old = first_from(now - kOldest);
  out.expired = first_from(oldest);
  out.to = first_from(now + kNewest + 1);
  return out;
}

void tell_rejected(Context& cx, const Taken& taken, size_t count, svc::PutLogEventsResponse& out) {
  if (!taken.from() && taken.to == count) return;
  auto& info = cx.make(out.rejectedLogEventsInfo);
  if (taken.to < count) info.tooNewLogEventStartIndex = int32_t(taken.to);
  if (taken.too_old) info.tooOldLogEventEndIndex = int32_t(taken.too_old);
  if (taken.expired > taken.too_old) info.expiredLogEventEndIndex = int32_t(taken.expired);
}

struct Appended { std::vector<NewEvent> events; BatchKey key; };

void append_batches(Context& cx, store::Txn& tx, const Scope& scope, uint64_t group, Stream& stream, const Appended& given) {
  const auto& events = given.events;
  bool first = stream.batches == 0;
  stream.first_event = first ? events.front().time : std::min(stream.first_event, events.front().time);
  stream.last_event = first ? events.back().time : std::max(stream.last_event, events.back().time);
  stream.last_ingestion = cx.now();
  int64_t bytes = 0;
  size_t from = 0;
  for (size_t to : cut_batches(events)) {
    BatchPlace place{group, stream.id, events[from].time, ++stream.batches};
    tx.put(batch_key(scope, group, stream.id, place.first, place.sequence), write_batch(place, events, from, to, cx.now(), given.key, cx.random()));
    stream.max_span = std::max<int64_t>(stream.max_span, events[to - 1].time - place.first);
    for (; from < to; from++) bytes += int64_t(events[from].message.size() + kEventOverhead);
  }
  add_bytes(tx, scope, group, bytes);
}

}  // namespace

Result<void> PutLogEvents(Context& cx, const svc::PutLogEventsRequest& in, svc::PutLogEventsResponse& out) {
  const NamedGroup& named = target(cx);
  if (in.entity) return fail(not_served("The entity of log events"));
  FB_TRY(check_events(in.logEvents));
  if (!named.group) return fail(no_such_group());
  Appended given;
  Secret data_key;
  if (const DataKey* key = named.group->current_data_key()) {
    auto opened = kms::service_decrypt(cx, key_use(named.scope, named.name), key->ciphertext);
    if (!opened) return fail(opened.error().status >= 500 ? std::move(opened.error()) : key_not_usable(group_arn(named.scope, named.name)));
    data_key = std::move(*opened);
    given.key = {key->generation, data_key.view()};
  }
  Taken taken = sort_out(in.logEvents, cx.now(), named.group->oldest(cx.now()));
  for (size_t i = taken.from(); i < taken.to; i++) given.events.push_back({*in.logEvents[i].timestamp, in.logEvents[i].message});
  std::string token;
  FB_TRY(cx.write([&](store::Txn& tx) -> Result<void> {
    FB_ASSIGN(group, group_in(cx, tx, named));
    if (group->id != named.group->id || group->kms_key != named.group->kms_key) {
      return fail("ServiceUnavailableException", "The service cannot complete the request.", 503);   // changed meanwhile: the client tries again
    }
    store::Key key = stream_key(named.scope, group->id, in.logStreamName);
    auto stream = tx.get_as<Stream>(key);
    if (!stream) return fail(no_such_stream());
    if (!given.events.empty()) {
      append_batches(cx, tx, named.scope, group->id, *stream, given);
      tx.put_record(key, *stream);
    }
    token = sequence_token(*stream);
    return {};
  }));
  out.nextSequenceToken = cx.str(token);
  tell_rejected(cx, taken, in.logEvents.size(), out);
  return {};
}

}  // namespace fogbank::logs
