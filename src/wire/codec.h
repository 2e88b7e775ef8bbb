// One reader and one writer per protocol, both ways. A wire bug has one home.
//
// Readers take whole bodies (streaming payloads are not theirs), borrow from them and from the arena, and answer malformed input with
// the protocol's own error (SerializationException, MalformedXML, …) as an ApiError. Writers append to a string. Nothing here knows
// HTTP sockets, stores or services. All functions are thread-safe and bounded: depth 64, and what the body's size bounds.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/header.h"
#include "wire/model.h"

namespace fogbank::wire {

using Header = HeaderView;

/// What a reader needs of a request. `path` is the part that the route matches (still percent-encoded, without bucket host prefixes:
/// resolution has put those back), `query` without '?'. Body views must be followed by nothing special (simdjson padding is copied).
struct RequestParts {
  std::string_view method, path, query;
  const std::vector<Header>* headers = nullptr;
  std::string_view body;
};

/// Reads the input of an operation. `labels` are not needed: the route's uri is matched again for its labels.
Result<void*> read_input(Protocol protocol, const Operation& op, const RequestParts& request, Arena& arena);

/// An answer or a request made by a writer: header lines "Name: value\r\n" (Content-Type included) and the body.
struct Message {
  int status = 200;
  std::string headers;
  std::string body;
  // requests only:
  std::string method, path_and_query;
};
/// Writes the output of an operation (without a streaming payload, whose bytes the gateway sends). `request_id` goes where the
/// protocol puts it (x-amzn-RequestId header by the gateway; ResponseMetadata for query; none here for the others).
void write_output(Protocol protocol, const Service& service, const Operation& op, const void* output, std::string_view request_id, Message& out);
/// Writes an error. A modelled error (by its code, among op's errors) gets its modelled status unless the ApiError's own differs from
/// 400/500 defaults; query-compatible services get the x-amzn-query-error header. `op` may be null (not resolved).
void write_error(Protocol protocol, const Service* service, const Operation* op, const ApiError& error, std::string_view request_id, Message& out);

/// S3's second request id (header x-amz-id-2, <HostId> in errors), derived from the first.
std::string extended_request_id(std::string_view request_id);

/// The client's side: for in-process tests, golden tests and processes that we call.
void write_input(Protocol protocol, const Service& service, const Operation& op, const void* input, Message& out);
struct ResponseParts { int status = 200; const std::vector<Header>* headers = nullptr; std::string_view body; };
Result<void*> read_output(Protocol protocol, const Operation& op, const ResponseParts& response, Arena& arena);
ApiError read_error(Protocol protocol, const Operation& op, const ResponseParts& response);

/// Compact JSON of a value, sensitive members masked: access records, logs. Stops with "…" beyond `limit` bytes.
void to_masked_json(const Shape& shape, const void* value, std::string& out, size_t limit);
/// Compact JSON of a value with model member names (nothing masked).
void to_json(const Shape& shape, const void* value, std::string& out);
/// The reverse of to_json: used where an API takes JSON text of another API's shape.
Result<void*> from_json(const Shape& shape, std::string_view json, Arena& arena);

/// Deep copy into an arena.
void* deep_copy(const Shape& shape, const void* value, Arena& arena);

/// Checks constraints as the service does and answers with its texts ("1 validation error detected: Value 'x' at 'y' failed to satisfy
/// constraint: …"). See validate.cc for the styles. Success means that the handler need not check them again.
Result<void> validate(const Service& service, const Operation& op, const void* input);

/// Matches `path` against an operation's uri; fills labels (percent-decoded) in order of their appearance.
bool match_uri(std::string_view uri_pattern, std::string_view path, std::vector<std::pair<std::string_view, std::string>>* labels);

// Event streams: frames of headers and payload with two CRC32s.
struct EventHeader { std::string name; std::string text; };   // only text headers are written; others are read as text
void write_event(std::string& out, const std::vector<EventHeader>& headers, std::string_view payload);
struct EventFrame { std::vector<EventHeader> headers; std::string_view payload; size_t consumed = 0; };
/// Nothing yet (needs more bytes): consumed = 0. A damaged frame: an error.
Result<EventFrame> read_event(std::string_view bytes);
/// One member of an event stream union as a frame, by its shape.
void write_event_message(Protocol protocol, const Field& member, const void* value, std::string& out);
/// An exception in a stream that has begun.
void write_event_error(Protocol protocol, const ApiError& error, std::string& out);
/// A frame as the event stream's union, with one member set (none, if the model does not know the event).
Result<void*> read_event_message(Protocol protocol, const Shape& stream, const EventFrame& event, Arena& arena);

}  // namespace fogbank::wire
