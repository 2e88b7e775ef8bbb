#include "services/dynamodbstreams/arrivals.h"

#include "services/dynamodb/streams.h"

namespace fogbank::dynamodbstreams {

Result<StreamSource> stream_source(store::Reader& reader, std::string_view arn) {
  FB_ASSIGN(address, stream_address(arn));
  FB_ASSIGN(stream, find_stream(reader, address));
  return StreamSource{address, dynamodb::shard_id(stream), stream.hash, dynamodb::stream_records(address.scope, stream.id)};
}

uint64_t position_of(std::string_view sequence_number) { return dynamodb::sequence_number(sequence_number).value_or(0); }

}  // namespace fogbank::dynamodbstreams
