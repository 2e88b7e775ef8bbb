// GetShardIterator, GetRecords: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_GetRecords.html
#include "base/encoding.h"
#include "gateway/context.h"
#include "gen/dynamodbstreams/operations.h"
#include "services/dynamodb/streams.h"
#include "services/dynamodb/wire_values.h"
#include "services/dynamodbstreams/iterators.h"

namespace fogbank::dynamodbstreams {
namespace {

constexpr Millis kIteratorLife = 15 * 60 * 1000;
constexpr int64_t kMaxRecords = 1000;
constexpr int64_t kMaxBytes = 1 << 20;

/// Behind the newest record.
uint64_t latest(store::Reader& reader, const Scope& scope, const dynamodb::Stream& s) {
  uint64_t next = s.first;
  store::Key prefix = dynamodb::stream_records(scope, s.id);
  reader.scan(prefix, prefix.after_prefix(), store::Order::descending, [&](std::string_view key, std::string_view, store::Version) {
    next = store::number_part(store::key_parts(key).at(1)) + 1;
    return false;
  });
  return next;
}

ApiError trimmed() { return {"TrimmedDataAccessException", "The operation attempted to read past the oldest stream record in a shard."}; }

bool is_trimmed(const std::optional<dynamodb::StreamRecord>& r, Millis now) { return !r || r->time + dynamodb::kStreamRetention <= now; }

/// A sequence number that a client has kept: of a record that is still there, or the shard's beginning.
Result<void> check_kept(store::Reader& reader, const Scope& scope, const dynamodb::Stream& s, uint64_t sequence, Millis now) {
  if (sequence == s.first) return {};
  if (is_trimmed(reader.get_as<dynamodb::StreamRecord>(dynamodb::stream_record_key(scope, s.id, sequence)), now)) return fail(trimmed());
  return {};
}

Result<uint64_t> first_sequence(const svc::GetShardIteratorInput& in, store::Reader& reader, const Scope& scope, const dynamodb::Stream& s, Millis now) {
  std::string_view type = in.ShardIteratorType;
  if (type == "TRIM_HORIZON") return uint64_t(0);
  if (type == "LATEST") return latest(reader, scope, s);
  if (!in.SequenceNumber) return fail("ValidationException", cat("SequenceNumber is required for ShardIteratorType ", type));
  auto n = dynamodb::sequence_number(in.SequenceNumber);
  if (!n) return fail("ValidationException", "Invalid SequenceNumber");
  FB_TRY(check_kept(reader, scope, s, *n, now));
  return type == "AT_SEQUENCE_NUMBER" ? *n : *n + 1;
}

void fill(Context& cx, const StreamAddress& address, std::string_view view, uint64_t sequence, const dynamodb::StreamRecord& r, svc::Record& out) {
  constexpr const char* kNames[] = {"INSERT", "MODIFY", "REMOVE"};
  out.eventID = cx.str(hex(r.event_id));
  out.eventName = kNames[r.kind >= 0 && r.kind < 3 ? r.kind : 0];
  out.eventVersion = "1.1";
  out.eventSource = "aws:dynamodb";
  out.awsRegion = cx.str(address.scope.region.str());
  auto& d = cx.make(out.dynamodb);
  d.ApproximateCreationDateTime = r.time / 1000 * 1000;
  dynamodb::decode_copy(cx.arena(), r.keys, d.Keys);
  if (r.has_new) dynamodb::decode_copy(cx.arena(), r.new_image, d.NewImage);
  if (r.has_old) dynamodb::decode_copy(cx.arena(), r.old_image, d.OldImage);
  d.SequenceNumber = cx.str(dynamodb::sequence_text(sequence));
  d.SizeBytes = r.size;
  d.StreamViewType = cx.str(view);
  if (!r.expired) return;
  auto& who = cx.make(out.userIdentity);
  who.PrincipalId = "dynamodb.amazonaws.com";
  who.Type = "Service";
}

}  // namespace

Result<void> GetShardIterator(Context& cx, const svc::GetShardIteratorInput& in, svc::GetShardIteratorOutput& out) {
  FB_ASSIGN(address, stream_address(in.StreamArn));
  Result<uint64_t> sequence = uint64_t(0);
  cx.read([&](store::Reader& reader) {
    sequence = [&]() -> Result<uint64_t> {
      FB_ASSIGN(stream, find_stream(reader, address));
      if (in.ShardId != dynamodb::shard_id(stream))
        return fail("ResourceNotFoundException", cat("Requested resource not found: Shard: ", in.ShardId.view(), " in Stream: ", in.StreamArn.view(), " not found"));
      return first_sequence(in, reader, address.scope, stream, cx.now());
    }();
  });
  FB_ASSIGN(n, std::move(sequence));
  out.ShardIterator = cx.str(iterator_text({address, n, cx.now()}));
  return {};
}

Result<void> GetRecords(Context& cx, const svc::GetRecordsInput& in, svc::GetRecordsOutput& out) {
  if (in.Limit && *in.Limit > kMaxRecords) {
    return fail("ValidationException", cat("1 validation error detected: Value '", *in.Limit, "' at 'limit' failed to satisfy constraint: Member must have value less than or equal to ", kMaxRecords));
  }
  FB_ASSIGN(at, read_iterator(in.ShardIterator));
  Millis now = cx.now();
  if (at.made + kIteratorLife <= now || at.made > now + kIteratorLife)
    return fail("ExpiredIteratorException", "Iterator expired. The iterator was created more than 15 minutes ago.");
  int64_t limit = in.Limit ? *in.Limit : kMaxRecords, bytes = 0;
  out.Records.reserve(cx.arena(), 0);
  Result<dynamodb::Stream> found = fail(no_stream(arn_of(at.stream)));
  uint64_t next = at.sequence;
  bool more = false, past_oldest = false;
  cx.read([&](store::Reader& reader) {
    found = find_stream(reader, at.stream);
    if (!found) return;
    store::Key from = dynamodb::stream_record_key(at.stream.scope, found->id, at.sequence), to = dynamodb::stream_records(at.stream.scope, found->id).after_prefix();
    reader.scan(from, to, store::Order::ascending, [&](std::string_view key, std::string_view stored, store::Version) {
      uint64_t sequence = store::number_part(store::key_parts(key).at(1));
      auto r = decode<dynamodb::StreamRecord>(stored);
      if (is_trimmed(r, now)) {   // whether or not the task that erases it has run
        past_oldest = past_oldest || at.sequence != 0;   // 0: the oldest that is there, whichever it is
        next = sequence + 1;
        return true;
      }
      if (int64_t(out.Records.size()) >= limit || (bytes > 0 && bytes + r->size > kMaxBytes)) {
        more = true;
        return false;
      }
      bytes += r->size;
      next = sequence + 1;
      fill(cx, at.stream, found->view, sequence, *r, out.Records.add(cx.arena()));
      return true;
    });
  });
  FB_ASSIGN(stream, std::move(found));
  if (past_oldest) return fail(trimmed());
  if (!stream.ended || more) out.NextShardIterator = cx.str(iterator_text({at.stream, next, now}));   // a closed shard comes to an end
  return {};
}

}  // namespace fogbank::dynamodbstreams
