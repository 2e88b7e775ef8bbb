// Attribute values between the API's structs and compact bytes (expression/value.h). Stateless; decoding allocates in the call's arena.
#pragma once
#include <string>
#include <string_view>

#include "base/arena.h"
#include "base/error.h"
#include "gen/dynamodb/types.h"
#include "services/dynamodb/expression/number.h"
#include "services/dynamodb/expression/value.h"

namespace fogbank::dynamodb {

/// Appends a value, checked as DynamoDB checks what it is given.
Result<void> encode_value(const svc::AttributeValue& v, std::string& out, int depth = 0);
/// An item's content.
Result<std::string> encode_item(const Map<svc::AttributeValue>& item);

/// The structs borrow from `v`, which must live as long as the answer (in its arena). AV: AttributeValue of this or another model.
template <class AV> void decode_value(Arena& arena, Value v, AV& out);
template <class AV> void decode_item(Arena& arena, std::string_view content, Map<AV>& out) {
  out.reserve(arena, uint32_t(count_members(content)));
  std::string_view name;
  for (Value v; next_member(content, name, v);) decode_value(arena, v, out.add(arena, Str(name)));
}
/// The same of bytes that do not live long: they are copied first.
template <class AV> void decode_copy(Arena& arena, std::string_view content, Map<AV>& out) { decode_item(arena, arena.copy(content), out); }

inline Str number_str(Arena& arena, std::string_view number) { return Str(arena.copy(number_text(number))); }

template <class AV> void decode_value(Arena& arena, Value v, AV& out) {
  std::string_view in = v.content(), text;
  switch (v.type()) {
    case Type::none: break;
    case Type::string: out.S = Str(in); break;
    case Type::number: out.N = number_str(arena, in); break;
    case Type::binary: out.B = Blob(in); break;
    case Type::null: out.NULL_ = true; break;
    case Type::false_: out.BOOL = false; break;
    case Type::true_: out.BOOL = true; break;
    case Type::list:
      out.L.reserve(arena, 0);
      for (Value e; next_value(in, e);) decode_value(arena, e, out.L.add(arena));
      break;
    case Type::map: decode_item(arena, in, out.M); break;
    case Type::string_set:
      while (next_text(in, text)) out.SS.push(arena, Str(text));
      break;
    case Type::number_set:
      while (next_text(in, text)) out.NS.push(arena, number_str(arena, text));
      break;
    case Type::binary_set:
      while (next_text(in, text)) out.BS.push(arena, Blob(text));
      break;
  }
}

}  // namespace fogbank::dynamodb
