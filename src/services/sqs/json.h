// JSON texts inside attributes and policies as documents in an arena. Bounded by wire's reader. Pure.
#pragma once
#include <optional>
#include <string_view>

#include "wire/codec.h"
#include "wire/model.h"

namespace fogbank::sqs {

/// The shape of any JSON value.
inline const wire::Shape& any_json() {
  static constexpr wire::Shape shape{.name = "Json", .kind = wire::Kind::document, .size = sizeof(wire::Document), .align = alignof(wire::Document), .payload = -1};
  return shape;
}

/// The value of a JSON text, or null if it is none.
inline const wire::Document* parse_json(std::string_view text, Arena& arena) {
  auto document = wire::from_json(any_json(), text, arena);
  return document ? static_cast<const wire::Document*>(*document) : nullptr;
}

}  // namespace fogbank::sqs
