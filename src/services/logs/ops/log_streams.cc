// CreateLogStream, DeleteLogStream:
// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogStream.html
#include "gateway/context.h"
#include "gen/logs/operations.h"
#include "services/logs/access.h"
#include "services/logs/errors.h"
#include "services/logs/tasks.h"

namespace fogbank::logs {

Result<void> CreateLogStream(Context& cx, const svc::CreateLogStreamRequest& in, svc::CreateLogStreamOutput&) {
  const NamedGroup& named = target(cx);
  return cx.write([&](store::Txn& tx) -> Result<void> {
    FB_ASSIGN(group, group_in(cx, tx, named));
    store::Key key = stream_key(named.scope, group->id, in.logStreamName);
    if (tx.has(key)) return fail(stream_exists());
    Stream stream;
    stream.id = next_id(tx, named.scope);
    stream.name = std::string(in.logStreamName);
    stream.created = cx.now();
    tx.put_record(key, stream);
    return {};
  });
}

Result<void> DeleteLogStream(Context& cx, const svc::DeleteLogStreamRequest& in, svc::DeleteLogStreamOutput&) {
  const NamedGroup& named = target(cx);
  return cx.write([&](store::Txn& tx) -> Result<void> {
    FB_ASSIGN(group, group_in(cx, tx, named));
    store::Key key = stream_key(named.scope, group->id, in.logStreamName);
    auto stream = tx.get_as<Stream>(key);
    if (!stream) return fail(no_such_stream());
    tx.erase(key);
    if (stream->batches) schedule_erase(tx, named.scope, {group->id, stream->id, {}}, cx.now());
    return {};
  });
}

}  // namespace fogbank::logs
