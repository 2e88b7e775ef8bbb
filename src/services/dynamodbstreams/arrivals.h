// For what follows a stream without a connection (Lambda's event source mappings): its shard, what to watch, and sequence numbers as positions.
// Pure reading; any thread.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "services/dynamodbstreams/iterators.h"
#include "store/store.h"

namespace fogbank::dynamodbstreams {

struct StreamSource {
  StreamAddress address;
  std::string shard, hash;   ///< hash: name of the table's partition key
  store::Key key;            ///< prefix of its records: what a commit signals
};
/// An error, as the API words it, if there is no such stream (any more).
Result<StreamSource> stream_source(store::Reader& reader, std::string_view arn);

/// The position of a record, by its sequence number as the API writes it; 0 if that is none.
uint64_t position_of(std::string_view sequence_number);

}  // namespace fogbank::dynamodbstreams
