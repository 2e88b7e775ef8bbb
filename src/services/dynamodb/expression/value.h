// Attribute values as compact bytes, read in place.
//
//   value   = type [varint length, content]        NULL, FALSE and TRUE have no content
//   content = text or bytes | number (number.h) | list: value* | map: (varint length, name, value)* | set: (varint length, element)*
//   item    = the content of a map
//
// Members of maps and elements of sets are kept in bytewise order without duplicates, so equal values have equal bytes. Bytes come from
// encoders only (wire_values.h, Encoder, update.cc); readers stop at the end of damaged bytes. Pure functions, thread-safe.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"

namespace fogbank::dynamodb {

enum class Type : uint8_t { none = 0, string = 1, number, binary, null, false_, true_, list, map, string_set, number_set, binary_set };

inline constexpr int kMaxNesting = 32;          ///< levels of an attribute, its scalars among them
inline constexpr size_t kMaxItemSize = 400 * 1024;

/// "S", "N", "B", "NULL", "BOOL", "L", "M", "SS", "NS", "BS"
const char* type_name(Type t);
/// "STRING", "NUMBER", …, as some texts say it.
const char* long_type_name(Type t);
/// The type of a name ("BOOL": true_); none if there is no such type.
Type type_named(std::string_view name);
inline bool is_set(Type t) { return t >= Type::string_set; }
inline bool is_scalar_key(Type t) { return t == Type::string || t == Type::number || t == Type::binary; }

/// A varint that may be followed by anything.
void put_length(std::string& out, size_t n);
size_t length_bytes(size_t n);

/// One value somewhere in memory that it does not own. Null: no value.
class Value {
 public:
  Value() = default;
  explicit Value(std::string_view bytes) : bytes_(bytes) {}
  explicit operator bool() const { return !bytes_.empty(); }
  std::string_view bytes() const { return bytes_; }
  Type type() const { return bytes_.empty() ? Type::none : Type(bytes_[0]); }
  /// false_ and true_ are one type.
  bool same_type(Value o) const;
  std::string_view content() const;
  friend bool operator==(Value a, Value b) { return a.bytes_ == b.bytes_; }

 private:
  std::string_view bytes_;
};

/// Takes the next value, or the next length-prefixed text, off the front; false at the end (or where bytes are damaged).
bool next_value(std::string_view& in, Value& out);
bool next_text(std::string_view& in, std::string_view& out);
/// Takes the next member of a map's content.
inline bool next_member(std::string_view& in, std::string_view& name, Value& value) { return next_text(in, name) && next_value(in, value); }

/// A member of a map's content by name.
Value find_member(std::string_view map, std::string_view name);
/// An element of a list's content by index.
Value list_element(std::string_view list, size_t index);
/// Members of a map, elements of a list or set.
size_t count_members(std::string_view map);
size_t count_elements(Value v);
bool set_contains(std::string_view set, std::string_view element);

/// Bytes that DynamoDB counts.
size_t value_size(Value v);
size_t item_size(std::string_view item);
/// Levels that a value has: 1 for a scalar or an empty list.
int nesting(Value v);

void put_value(std::string& out, Type t, std::string_view content);
inline std::string make_value(Type t, std::string_view content) { std::string out; put_value(out, t, content); return out; }
void put_member(std::string& out, std::string_view name, std::string_view value);

/// A set's content from elements in any order; duplicates are dropped (the number dropped is told).
std::string make_set(std::vector<std::string_view> elements, size_t* duplicates = nullptr);
/// A map's content from members in any order; of equal names the last one counts.
std::string make_map(std::vector<std::pair<std::string_view, std::string_view>>& members);
/// Sorted-set algebra on contents.
std::string set_union(std::string_view a, std::string_view b);
std::string set_difference(std::string_view a, std::string_view b);

/// Orders two values of one type among S, N, B: less than 0, 0, more than 0.
int compare_scalars(Value a, Value b);

/// JSON of the API: {"S":"a"}, and of an item {"a":{"S":"b"}}.
void append_json(std::string& out, Value v);
std::string item_json(std::string_view item);
/// As error texts show it: {S:a}
std::string shown(Value v);

}  // namespace fogbank::dynamodb
