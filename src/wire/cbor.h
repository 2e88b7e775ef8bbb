// CBOR bodies (RFC 8949) of the rpc-v2-cbor protocol. Internal to src/wire. Thread-safe, no state.
#pragma once
#include <string>
#include <string_view>

#include "base/error.h"
#include "wire/model.h"

namespace fogbank::wire {

/// Reads a map into a zeroed struct: any legal encoding (indefinite lengths, any float width, tags). Texts borrow the body.
Result<void> read_cbor(const Shape& structure, void* base, std::string_view body, Arena& arena);
/// Writes definite lengths, the shortest integers, timestamps as tag 1.
void write_cbor(const Shape& structure, const void* base, std::string& out);

// Pieces for error answers.
void append_cbor_map(std::string& out, size_t pairs);
void append_cbor_text(std::string& out, std::string_view s);
void write_cbor_value(const Shape& shape, const void* slot, bool element, std::string& out);

}  // namespace fogbank::wire
