// Shard iterators: where a reader stands in a stream. An iterator is text that the client gives back; nothing is kept. It is good for
// fifteen minutes by the virtual clock. Stateless.
#pragma once
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/scope.h"
#include "services/dynamodb/state.h"
#include "store/store.h"

namespace fogbank::dynamodbstreams {

/// arn:…:table/<table>/stream/<label>
struct StreamAddress {
  Scope scope;
  std::string table, label;
};
Result<StreamAddress> stream_address(std::string_view arn);
std::string arn_of(const StreamAddress& a);
ApiError no_stream(std::string_view arn);
Result<dynamodb::Stream> find_stream(store::Reader& reader, const StreamAddress& a);

struct Iterator {
  StreamAddress stream;
  uint64_t sequence = 0;      ///< of the next record: this one or a later one
  Millis made = 0;
};
std::string iterator_text(const Iterator& i);
Result<Iterator> read_iterator(std::string_view text);

}  // namespace fogbank::dynamodbstreams
