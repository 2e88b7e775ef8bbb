// What error answers have in common, for error_writer.cc and error_reader.cc. Internal to src/wire.
#pragma once
#include "wire/codec.h"

namespace fogbank::wire {

/// The modelled error of a code: by the shape's name or by its code on the wire. Null if the operation has none such.
const Shape* error_shape(const Operation* op, std::string_view code);
/// The member that carries the text: "message" or "Message".
const Field* message_field(const Shape& shape);
inline const char* wire_code(const Shape& shape) { return shape.error_code ? shape.error_code : shape.name; }

}  // namespace fogbank::wire
