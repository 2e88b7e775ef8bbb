#include "services/dynamodbstreams/iterators.h"

#include "base/encoding.h"
#include "base/strings.h"

namespace fogbank::dynamodbstreams {
namespace {

ApiError invalid_iterator() { return ApiError("ValidationException", "Invalid ShardIterator"); }

}  // namespace

Result<StreamAddress> stream_address(std::string_view text) {
  auto arn = parse_arn(text);
  if (arn && arn->service == "dynamodb" && arn->resource.starts_with("table/")) {
    std::string_view rest = arn->resource.substr(6);
    size_t at = rest.find("/stream/");
    if (at != std::string_view::npos && at > 0 && is_account_id(arn->account))
      return StreamAddress{{Partition(arn->partition), AccountId(arn->account), Region(arn->region)}, std::string(rest.substr(0, at)), std::string(rest.substr(at + 8))};
  }
  return fail("ValidationException", cat("Invalid StreamArn: ", text));
}

std::string arn_of(const StreamAddress& a) { return make_arn(a.scope, "dynamodb", cat("table/", a.table, "/stream/", a.label)); }

ApiError no_stream(std::string_view arn) { return ApiError("ResourceNotFoundException", cat("Requested resource not found: Stream: ", arn, " not found")); }

Result<dynamodb::Stream> find_stream(store::Reader& reader, const StreamAddress& a) {
  auto stream = reader.get_as<dynamodb::Stream>(dynamodb::stream_key(a.scope, a.table, a.label));
  if (!stream) return fail(no_stream(arn_of(a)));
  return *stream;
}

std::string iterator_text(const Iterator& i) { return cat(arn_of(i.stream), "|1|", base64(cat(i.sequence, ',', i.made))); }

Result<Iterator> read_iterator(std::string_view text) {
  auto parts = split(text, '|');
  if (parts.size() != 3 || parts[1] != "1") return fail(invalid_iterator());
  auto address = stream_address(parts[0]);
  auto place = unbase64(parts[2]);
  if (!address || !place) return fail(invalid_iterator());
  auto numbers = split(*place, ',');
  if (numbers.size() != 2) return fail(invalid_iterator());
  auto sequence = parse_int(numbers[0]), made = parse_int(numbers[1]);
  if (!sequence || *sequence < 0 || !made) return fail(invalid_iterator());
  return Iterator{std::move(*address), uint64_t(*sequence), *made};
}

}  // namespace fogbank::dynamodbstreams
