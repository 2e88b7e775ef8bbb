// DescribeStream, ListStreams: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_DescribeStream.html
#include "gateway/context.h"
#include "gen/dynamodbstreams/operations.h"
#include "services/dynamodb/streams.h"
#include "services/dynamodbstreams/iterators.h"

namespace fogbank::dynamodbstreams {
namespace {

void describe_keys(Context& cx, const dynamodb::Stream& s, List<svc::KeySchemaElement>& out) {
  auto& hash = out.add(cx.arena());
  hash.AttributeName = cx.str(s.hash);
  hash.KeyType = "HASH";
  if (s.range.empty()) return;
  auto& range = out.add(cx.arena());
  range.AttributeName = cx.str(s.range);
  range.KeyType = "RANGE";
}

/// The stream's one shard follows another one only by ExclusiveStartShardId, and has no children.
bool shows_shard(const svc::DescribeStreamInput& in, const std::string& shard) {
  if (in.ShardFilter) return false;
  return !in.ExclusiveStartShardId || in.ExclusiveStartShardId.view() < std::string_view(shard);
}

}  // namespace

Result<void> DescribeStream(Context& cx, const svc::DescribeStreamInput& in, svc::DescribeStreamOutput& out) {
  FB_ASSIGN(address, stream_address(in.StreamArn));
  Result<dynamodb::Stream> found = fail(no_stream(in.StreamArn));
  cx.read([&](store::Reader& reader) { found = find_stream(reader, address); });
  FB_ASSIGN(s, std::move(found));
  auto& d = cx.make(out.StreamDescription);
  d.StreamArn = cx.str(in.StreamArn);
  d.StreamLabel = cx.str(s.label);
  d.StreamStatus = s.ended ? "DISABLED" : "ENABLED";
  d.StreamViewType = cx.str(s.view);
  d.CreationRequestDateTime = s.created;
  d.TableName = cx.str(s.table);
  describe_keys(cx, s, d.KeySchema);
  d.Shards.reserve(cx.arena(), 1);
  std::string shard = dynamodb::shard_id(s);
  if (!shows_shard(in, shard)) return {};
  auto& one = d.Shards.add(cx.arena());
  one.ShardId = cx.str(shard);
  auto& range = cx.make(one.SequenceNumberRange);
  range.StartingSequenceNumber = cx.str(dynamodb::sequence_text(s.first));
  if (s.ended) range.EndingSequenceNumber = cx.str(dynamodb::sequence_text(s.last));
  return {};
}

Result<void> ListStreams(Context& cx, const svc::ListStreamsInput& in, svc::ListStreamsOutput& out) {
  size_t limit = size_t(in.Limit.value_or(100));
  out.Streams.reserve(cx.arena(), 0);
  store::Key prefix = store::key(cx.scope(), dynamodb::kStreams), from = prefix;
  if (in.TableName) prefix << in.TableName.view(), from = prefix;
  if (in.ExclusiveStartStreamArn) {
    FB_ASSIGN(start, stream_address(in.ExclusiveStartStreamArn));
    from = store::Key::raw(dynamodb::stream_key(cx.scope(), start.table, start.label).bytes() + '\0', false);
  }
  cx.read([&](store::Reader& reader) {
    reader.scan(from, prefix.after_prefix(), store::Order::ascending, [&](std::string_view, std::string_view bytes, store::Version) {
      auto s = decode<dynamodb::Stream>(bytes);
      if (!s) return true;
      if (out.Streams.size() == limit) {
        out.LastEvaluatedStreamArn = out.Streams[limit - 1].StreamArn;
        return false;
      }
      auto& one = out.Streams.add(cx.arena());
      one.StreamArn = cx.str(arn_of({cx.scope(), s->table, s->label}));
      one.TableName = cx.str(s->table);
      one.StreamLabel = cx.str(s->label);
      return true;
    });
  });
  return {};
}

}  // namespace fogbank::dynamodbstreams
