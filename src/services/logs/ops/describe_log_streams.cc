// DescribeLogStreams: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeLogStreams.html
#include <map>
#include <stdexcept>

#include "base/strings.h"
#include "gateway/context.h"
#include "gen/logs/operations.h"
#include "services/logs/access.h"
#include "services/logs/errors.h"
#include "services/logs/sequence.h"
#include "services/logs/tokens.h"

namespace fogbank::logs {
namespace {

struct Query {
  std::string_view prefix;
  bool by_time = false, descending = false;
  size_t limit = 50;
  std::optional<std::pair<Millis, std::string>> after;   ///< place of the last stream of the page before: (last event, name)
};
struct Page {
  std::vector<Stream> streams;
  bool more = false;
};

Stream decoded(std::string_view bytes) {
  auto stream = decode<Stream>(bytes);
  if (!stream) throw std::runtime_error("a stored log stream is damaged");
  return std::move(*stream);
}

Page by_name(store::Reader& reader, const Scope& scope, uint64_t group, const Query& q) {
  Page out;
  store::Key all = streams_of(scope, group).begins(q.prefix);
  store::Key from = all, to = all.after_prefix();
  if (q.after && !q.descending) from = stream_key(scope, group, q.after->second).after_prefix();
  if (q.after && q.descending) to = stream_key(scope, group, q.after->second);
  reader.scan(std::max(from, all), to, q.descending ? store::Order::descending : store::Order::ascending, [&](std::string_view, std::string_view bytes, store::Version) {
    if (out.streams.size() == q.limit) {
      out.more = true;
      return false;
    }
    out.streams.push_back(decoded(bytes));
    return true;
  });
  return out;
}

/// Looks at every stream and keeps one page. Streams without events come first.
Page by_time(store::Reader& reader, const Scope& scope, uint64_t group, const Query& q) {
  std::map<std::pair<Millis, std::string>, Stream> kept;
  Page out;
  reader.scan_prefix(streams_of(scope, group), [&](std::string_view, std::string_view bytes, store::Version) {
    Stream stream = decoded(bytes);
    std::pair<Millis, std::string> place{stream.last_event, stream.name};
    if (q.after && (q.descending ? !(place < *q.after) : !(*q.after < place))) return true;
    kept.emplace(std::move(place), std::move(stream));
    if (kept.size() > q.limit) {
      kept.erase(q.descending ? kept.begin() : std::prev(kept.end()));
      out.more = true;
    }
    return true;
  });
  for (auto& [place, stream] : kept) out.streams.push_back(std::move(stream));
  if (q.descending) std::reverse(out.streams.begin(), out.streams.end());
  return out;
}

Result<Query> read_query(const svc::DescribeLogStreamsRequest& in) {
  Query q;
  q.prefix = in.logStreamNamePrefix.view();
  q.by_time = in.orderBy == "LastEventTime";
  q.descending = in.descending.value_or(false);
  q.limit = size_t(in.limit.value_or(50));
  if (!in.nextToken) return q;
  FB_ASSIGN(place, read_token(q.by_time ? 't' : 'n', in.nextToken));
  size_t colon = place.find(':');
  auto time = colon == std::string::npos ? std::nullopt : parse_int(std::string_view(place).substr(0, colon));
  if (!time) return fail(invalid_token());
  q.after.emplace(*time, place.substr(colon + 1));
  return q;
}

void describe(Context& cx, const NamedGroup& named, const Stream& stream, svc::LogStream& out) {
  out.logStreamName = cx.str(stream.name);
  out.creationTime = stream.created;
  out.arn = cx.str(stream_arn(named.scope, named.name, stream.name));
  out.storedBytes = 0;   // as AWS answers since 2019
  if (!stream.batches) return;
  out.firstEventTimestamp = stream.first_event;
  out.lastEventTimestamp = stream.last_event;
  out.lastIngestionTime = stream.last_ingestion;
  out.uploadSequenceToken = cx.str(sequence_token(stream));
}

}  // namespace

Result<void> DescribeLogStreams(Context& cx, const svc::DescribeLogStreamsRequest& in, svc::DescribeLogStreamsResponse& out) {
  const NamedGroup& named = target(cx);
  FB_TRY(check_length(in.logStreamNamePrefix));
  if (in.orderBy == "LastEventTime" && in.logStreamNamePrefix) return fail(invalid_parameter("Cannot order by LastEventTime with a logStreamNamePrefix."));
  FB_ASSIGN(query, read_query(in));
  Result<GroupPtr> group;
  Page page;
  cx.read([&](store::Reader& reader) {
    group = group_in(cx, reader, named);
    if (group) page = (query.by_time ? by_time : by_name)(reader, named.scope, (*group)->id, query);
  });
  if (!group) return fail(std::move(group.error()));
  out.logStreams.reserve(cx.arena(), uint32_t(page.streams.size()));
  for (const Stream& s : page.streams) describe(cx, named, s, out.logStreams.add(cx.arena()));
  if (page.more) {
    const Stream& last = page.streams.back();
    out.nextToken = cx.str(write_token(query.by_time ? 't' : 'n', cat(last.last_event, ':', last.name)));
  }
  return {};
}

}  // namespace fogbank::logs
