// Stream records: written with the change that they tell of. DynamoDB Streams (src/services/dynamodbstreams) reads them.
//
// A stream has one shard that begins with it and ends when it is disabled. Sequence numbers are the transaction's version times 4,096
// plus the place in it, so they grow without a counter that all writers would share.
#pragma once
#include <string>

#include "services/dynamodb/items.h"

namespace fogbank::dynamodb {

inline constexpr Millis kStreamRetention = 24 * 3600 * 1000;

void append_stream_record(store::Txn& tx, const Change& change);
/// As the API writes it: 21 digits.
std::string sequence_text(uint64_t sequence);
/// Nothing if it is none.
std::optional<uint64_t> sequence_number(std::string_view text);
std::string shard_id(const Stream& stream);

}  // namespace fogbank::dynamodb
