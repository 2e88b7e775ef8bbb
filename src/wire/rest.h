// HTTP bindings of rest-json and rest-xml: labels, query string, headers, status and payload. Internal to src/wire. Thread-safe.
#pragma once
#include "wire/codec.h"
#include "wire/xml.h"

namespace fogbank::wire {

Result<void> read_rest_input(Protocol protocol, const Operation& op, const RequestParts& request, void* base, Arena& arena);
Result<void> read_rest_output(Protocol protocol, const Operation& op, const ResponseParts& response, void* base, Arena& arena);
void write_rest_input(Protocol protocol, const Service& service, const Operation& op, const void* input, Message& out);
void write_rest_output(Protocol protocol, const Service& service, const Operation& op, const void* output, Message& out);

/// Header members and prefix headers of a structure, from a message's headers.
Result<void> read_rest_headers(Protocol protocol, const Shape& shape, const std::vector<Header>* headers, void* base, Arena& arena);
/// Appends the header members as lines. Returns true if one of them was Content-Type.
bool write_rest_headers(const Shape& shape, const void* base, std::string& out);

/// "Name: value\r\n", with characters that would break the line replaced by spaces.
void append_header(std::string& out, std::string_view name, std::string_view value);
inline bool is_s3(const Service& s) { return std::string_view(s.name) == "s3"; }

}  // namespace fogbank::wire
