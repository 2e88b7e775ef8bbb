// JSON bodies: json 1.0, json 1.1, rest-json, and JSON texts of shapes used inside the program. Internal to src/wire; the public
// functions are in codec.h. Thread-safe: parsers are kept per thread and hold nothing between calls.
#pragma once
#include <string>
#include <string_view>

#include "base/error.h"
#include "wire/model.h"

namespace fogbank::wire {

struct JsonOptions {
  bool model_names = false;  ///< members by their model names instead of the wire's
  bool body_only = false;    ///< of the top structure only the members that travel in the body
  bool answer = false;       ///< with body_only: an output, not an input
  bool rest = false;         ///< error texts of rest-json services
  bool mask = false;         ///< writer: sensitive members are replaced
  size_t limit = SIZE_MAX;   ///< writer: stop somewhere beyond this many bytes
};

/// Reads an object into a zeroed struct. An empty body is an empty object. Unknown members are skipped, null is absent.
Result<void> read_json(const Shape& structure, void* base, std::string_view body, Arena& arena, JsonOptions options = {});
/// Reads a value of any shape into an element slot.
Result<void> read_json_value(const Shape& shape, void* slot, std::string_view json, Arena& arena, JsonOptions options = {});

void write_json(const Shape& structure, const void* base, std::string& out, JsonOptions options = {});
/// Writes an element slot of any shape.
void write_json_value(const Shape& shape, const void* slot, std::string& out, JsonOptions options = {});
/// A quoted and escaped text.
void append_json_string(std::string& out, std::string_view s);

}  // namespace fogbank::wire
