// FilterLogEvents: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html
//
// Events of all streams in the order of time (`interleaved` has no effect, as at AWS). One call reads a bounded amount; a page may then hold
// few events, or none, and a token.
#include <stdexcept>

#include "base/strings.h"
#include "gateway/context.h"
#include "gen/logs/operations.h"
#include "services/logs/access.h"
#include "services/logs/errors.h"
#include "services/logs/reading.h"
#include "services/logs/tokens.h"

namespace fogbank::logs {
namespace {

constexpr size_t kReadPerCall = 8 << 20;
constexpr size_t kReadPerStream = 64 << 10;   ///< at least
constexpr size_t kStreamsAtOnce = 200;

Result<Position> start_of(const svc::FilterLogEventsRequest& in, uint64_t group) {
  FB_ASSIGN(text, read_token('f', in.nextToken));
  size_t colon = text.find(':');
  auto id = colon == std::string::npos ? std::nullopt : parse_int(std::string_view(text).substr(0, colon));
  auto place = id ? read_digits(std::string_view(text).substr(colon + 1)) : std::nullopt;
  if (!place || uint64_t(*id) != group) return fail(invalid_token());
  return *place;
}

class Search {
 public:
  Search(store::Reader& reader, const ReadQuery& query, Window& window) : reader_(reader), query_(query), window_(window) {}

  Result<void> named(const List<Str>& names) {
    std::vector<Stream> streams;
    for (const Str& name : names) {
      auto stream = reader_.get_as<Stream>(stream_key(query_.scope, query_.group, name));
      if (!stream) return fail(no_such_stream());
      bool again = std::any_of(streams.begin(), streams.end(), [&](const Stream& s) { return s.id == stream->id; });
      if (!again) streams.push_back(std::move(*stream));
    }
    return read(streams);
  }

  /// All streams whose names begin so, some at a time.
  Result<void> beginning(std::string_view prefix) {
    store::Key all = streams_of(query_.scope, query_.group).begins(prefix);
    store::Key from = all;
    for (bool more = true; more;) {
      std::vector<Stream> streams;
      more = false;
      reader_.scan(from, all.after_prefix(), store::Order::ascending, [&](std::string_view key, std::string_view bytes, store::Version) {
        if (streams.size() == kStreamsAtOnce) {
          from = store::Key::raw(std::string(key), false);
          more = true;
          return false;
        }
        auto stream = decode<Stream>(bytes);
        if (!stream) throw std::runtime_error("a stored log stream is damaged");
        if (stream->batches && stream->last_event >= query_.from && stream->first_event < query_.to) streams.push_back(std::move(*stream));
        return true;
      });
      FB_TRY(read(streams));
    }
    return {};
  }

 private:
  /// The budget is shared: a stream that does not get to its end cuts the window, and the others need not be read beyond that.
  Result<void> read(const std::vector<Stream>& streams) {
    for (const Stream& s : streams) {
      size_t share = std::max(budget_ / 2, kReadPerStream), left = share;
      FB_TRY(read_stream(reader_, query_, s, window_, left));
      budget_ -= std::min(budget_, share - left);
    }
    return {};
  }

  store::Reader& reader_;
  const ReadQuery& query_;
  Window& window_;
  size_t budget_ = kReadPerCall;
};

}  // namespace

Result<void> FilterLogEvents(Context& cx, const svc::FilterLogEventsRequest& in, svc::FilterLogEventsResponse& out) {
  const NamedGroup& named = target(cx);
  if (in.unmask.value_or(false)) return fail(not_served("unmask, a part of data protection,"));
  if (in.logStreamNames && in.logStreamNamePrefix) return fail(invalid_parameter("logStreamNamePrefix and logStreamNames are mutually exclusive parameters."));
  FB_TRY(check_length(in.logStreamNamePrefix));
  auto pattern = log_filter::Pattern::compile(in.filterPattern);
  if (!pattern) return fail(invalid_parameter(cat("Invalid filter pattern: ", pattern.error())));
  if (!named.group) return fail(no_such_group());
  if (named.group->log_class != "STANDARD") return fail(invalid_parameter("FilterLogEvents is only supported for log groups of the Standard log class."));
  DataKeys keys(cx, named.scope, *named.group);
  Window window(false, size_t(in.limit.value_or(int32_t(kMaxPageEvents))), kMaxPageBytes);
  ReadQuery q;
  q.scope = named.scope;
  q.group = named.group->id;
  q.from = std::max(in.startTime.value_or(0), named.group->oldest(cx.now()));
  if (in.endTime) q.to = *in.endTime == INT64_MAX ? INT64_MAX : *in.endTime + 1;
  if (in.nextToken) {
    FB_ASSIGN(start, start_of(in, q.group));
    q.start = start;
  }
  if (!pattern->everything()) q.pattern = &*pattern;
  q.keys = &keys;
  Result<void> result;
  cx.read([&](store::Reader& reader) {
    Search search(reader, q, window);
    result = in.logStreamNames ? search.named(in.logStreamNames) : search.beginning(in.logStreamNamePrefix.view());
  });
  FB_TRY(std::move(result));
  out.events.reserve(cx.arena(), uint32_t(window.events().size()));
  for (const auto& [place, event] : window.events()) {
    auto& one = out.events.add(cx.arena());
    one.logStreamName = cx.str(event.stream);
    one.timestamp = place.time;
    one.message = cx.str(event.message);
    one.ingestionTime = event.ingested;
    one.eventId = cx.str(position_digits(place));
  }
  out.searchedLogStreams.reserve(cx.arena(), 0);   // always empty, as at AWS since 2020
  if (window.cut()) out.nextToken = cx.str(write_token('f', cat(q.group, ':', position_digits(*window.cut()))));
  return {};
}

}  // namespace fogbank::logs
