// GetLogEvents: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetLogEvents.html
//
// Both tokens are always answered. A token names a place between two events: forward is what lies behind it, backward what lies before it. At
// the end of the stream the forward token is the one that was given, and there may be more behind it later.
#include "base/strings.h"
#include "gateway/context.h"
#include "gen/logs/operations.h"
#include "services/logs/access.h"
#include "services/logs/errors.h"
#include "services/logs/reading.h"

namespace fogbank::logs {
namespace {

struct Token { bool forward; Position place; };

std::string write_token(char direction, const Position& place) { return cat(direction, '/', position_digits(place), "/s"); }

Result<Token> read_token(std::string_view text) {
  if (!text.ends_with("/s") || (!text.starts_with("f/") && !text.starts_with("b/"))) return fail(invalid_token());
  auto place = read_digits(text.substr(2, text.size() - 4));
  if (!place) return fail(invalid_token());
  return Token{text.front() == 'f', *place};
}

}  // namespace

Result<void> GetLogEvents(Context& cx, const svc::GetLogEventsRequest& in, svc::GetLogEventsResponse& out) {
  const NamedGroup& named = target(cx);
  if (in.unmask.value_or(false)) return fail(not_served("unmask, a part of data protection,"));
  std::optional<Token> token;
  if (in.nextToken) {
    FB_ASSIGN(given, read_token(in.nextToken));
    token = given;
  }
  if (!named.group) return fail(no_such_group());
  if (named.group->log_class != "STANDARD") return fail(invalid_parameter("GetLogEvents is only supported for log groups of the Standard log class."));
  DataKeys keys(cx, named.scope, *named.group);
  bool forward = token ? token->forward : in.startFromHead.value_or(false);
  Window window(!forward, size_t(in.limit.value_or(int32_t(kMaxPageEvents))), kMaxPageBytes);
  ReadQuery q;
  q.scope = named.scope;
  q.group = named.group->id;
  q.from = std::max(in.startTime.value_or(0), named.group->oldest(cx.now()));
  q.to = in.endTime.value_or(INT64_MAX);
  if (token) q.start = token->place;
  q.keys = &keys;
  Result<void> result = fail(no_such_stream());
  uint64_t stream_id = 0;
  cx.read([&](store::Reader& reader) {
    auto stream = reader.get_as<Stream>(stream_key(named.scope, q.group, in.logStreamName));
    if (!stream) return;
    stream_id = stream->id;
    size_t budget = SIZE_MAX;   // without a pattern a page fills before much is read
    result = token && token->place.stream != stream->id ? Result<void>(fail(invalid_token())) : read_stream(reader, q, *stream, window, budget);
  });
  FB_TRY(std::move(result));
  out.events.reserve(cx.arena(), uint32_t(window.events().size()));
  for (const auto& [place, event] : window.events()) {
    auto& one = out.events.add(cx.arena());
    one.timestamp = place.time;
    one.message = cx.str(event.message);
    one.ingestionTime = event.ingested;
  }
  Position before, behind;
  if (window.events().empty()) {
    before = behind = token ? token->place : Position{q.from, stream_id, 0, 0};
  } else {
    before = window.events().begin()->first;
    behind = window.events().rbegin()->first;
    behind.index++;
  }
  out.nextForwardToken = cx.str(write_token('f', behind));
  out.nextBackwardToken = cx.str(write_token('b', before));
  return {};
}

}  // namespace fogbank::logs
