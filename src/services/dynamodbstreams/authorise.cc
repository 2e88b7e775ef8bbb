// What is decided before the operations of DynamoDB Streams run: always on the stream. Source: Service Authorization Reference, "Amazon DynamoDB".
#include "gateway/authorise.h"
#include "gen/dynamodb/operations.h"
#include "gen/dynamodbstreams/operations.h"
#include "services/dynamodbstreams/iterators.h"

namespace fogbank::dynamodbstreams {

Result<void> by_stream(AuthoriseContext& cx, const wire::View& in) {
  StreamAddress address;
  if (in.field("StreamArn")) {
    FB_ASSIGN(a, stream_address(in.text("StreamArn")));
    address = std::move(a);
  } else {
    FB_ASSIGN(i, read_iterator(in.text("ShardIterator")));
    address = std::move(i.stream);
  }
  cx.set_target(address.scope);
  cx.require(cx.action(), arn_of(address));
  return {};
}

Result<void> load_resource(AuthoriseContext& cx, std::string_view arn, ResourceInfo& out) { return dynamodb::load_resource(cx, arn, out); }

}  // namespace fogbank::dynamodbstreams
