// Access to slots by shape: what every reader, writer and check of this folder is built on.
//
// A slot is the place of one value inside a generated struct, list or map (see model.h for which type it has). A structure is a
// Ptr as a member and lies inline as an element; everything else looks the same in both places. Nothing is owned here: memory
// comes from the request's arena. Internal to src/wire (and useful to code that walks values of any shape).
#pragma once
#include <cstring>

#include "base/encoding.h"
#include "wire/model.h"

namespace fogbank::wire {

/// Depth at which every reader and writer stops.
inline constexpr int kMaxDepth = 64;
/// Writers go deeper than any reader, so that what was read is never cut short.
inline constexpr int kMaxWriteDepth = 200;
/// What one message may take in its arena: short texts can stand for many large structs.
inline constexpr size_t kMaxArenaBytes = size_t(256) << 20;

/// A list or map whatever its element type.
struct RawList {
  char* items;
  uint32_t count;
  uint32_t capacity;
};
static_assert(sizeof(RawList) == sizeof(List<Str>) && sizeof(RawList) == sizeof(Map<Str>));

/// A member structure whatever its type.
struct RawPtr { void* ptr; };

template <class T> T& slot_as(void* slot) { return *static_cast<T*>(slot); }
template <class T> const T& slot_as(const void* slot) { return *static_cast<const T*>(slot); }

inline void* member_slot(void* base, const Field& f) { return static_cast<char*>(base) + f.offset; }
inline const void* member_slot(const void* base, const Field& f) { return static_cast<const char*>(base) + f.offset; }

/// The longest prefix of at most n bytes that ends between two characters of a UTF-8 text.
inline std::string_view utf8_prefix(std::string_view s, size_t n) {
  if (n >= s.size()) return s;
  while (n && (static_cast<unsigned char>(s[n]) & 0xC0) == 0x80) n--;
  return s.substr(0, n);
}

/// True if all bytes are ASCII: the usual case, eight at a time.
inline bool is_ascii(std::string_view s) {
  uint64_t seen = 0, eight;
  size_t i = 0;
  for (; i + 8 <= s.size(); i += 8) {
    std::memcpy(&eight, s.data() + i, 8);
    seen |= eight;
  }
  for (; i < s.size(); i++) seen |= static_cast<unsigned char>(s[i]) & 0x80 ? ~uint64_t(0) : 0;
  return (seen & 0x8080808080808080ull) == 0;
}
inline bool is_text(std::string_view s) { return is_ascii(s) || valid_utf8(s); }

/// The struct behind a slot: null if an absent member.
inline const void* structure_of(const void* slot, bool element) { return element ? slot : slot_as<RawPtr>(slot).ptr; }

/// present(), without a call for the kinds that are pointers.
inline bool has_value(Kind kind, const void* slot) {
  constexpr uint32_t kPointers = 1u << int(Kind::text) | 1u << int(Kind::blob) | 1u << int(Kind::list) | 1u << int(Kind::map) | 1u << int(Kind::structure);
  if (kPointers >> int(kind) & 1) return slot_as<RawPtr>(slot).ptr != nullptr;
  return present(kind, slot);
}

inline size_t stride_of(const Shape& collection) {
  size_t size = collection.element->size;
  return collection.kind == Kind::map ? (sizeof(Str) + size + 7) & ~size_t(7) : size;
}

/// The i-th value of a list or map; a map's entry starts with its key.
inline char* entry_at(const RawList& list, size_t stride, size_t i) { return list.items + stride * i; }
inline const Str& key_of(const char* entry) { return *reinterpret_cast<const Str*>(entry); }
inline char* value_of(const Shape& collection, char* entry) { return collection.kind == Kind::map ? entry + sizeof(Str) : entry; }

inline void* zeroed(Arena& arena, size_t bytes) {
  void* p = arena.allocate(bytes ? bytes : 1, 8);
  std::memset(p, 0, bytes);
  return p;
}

/// Makes a list or map present (it may stay empty).
inline void make_present(RawList& list, size_t stride, Arena& arena) {
  if (list.items) return;
  list.items = static_cast<char*>(zeroed(arena, stride * 4));
  list.capacity = 4;
}

/// A new zeroed entry at the end.
inline char* add_entry(RawList& list, size_t stride, Arena& arena) {
  if (!list.items) make_present(list, stride, arena);
  if (list.count == list.capacity) {
    char* bigger = static_cast<char*>(arena.allocate(stride * list.capacity * 2, 8));
    std::memcpy(bigger, list.items, stride * list.count);
    list.items = bigger;
    list.capacity *= 2;
  }
  char* e = entry_at(list, stride, list.count++);
  std::memset(e, 0, stride);
  return e;
}

/// The struct of a slot, made if it is an absent member.
inline void* make_structure(const Shape& shape, void* slot, bool element, Arena& arena) {
  if (element) return slot;
  auto& p = slot_as<RawPtr>(slot);
  if (!p.ptr) p.ptr = zeroed(arena, shape.size);
  return p.ptr;
}

inline bool same_name(const char* name, std::string_view key) {
  for (size_t i = 0; i < key.size(); i++)
    if (name[i] != key[i] || name[i] == 0) return false;  // a key may hold a NUL: never look past the name's end
  return name[key.size()] == 0;
}

/// The field that `name_of` calls `key`. Starts at `hint` and leaves it behind the hit: members mostly come in the model's order.
template <class NameOf> const Field* find_field(const Shape& shape, std::string_view key, size_t& hint, NameOf name_of) {
  const Field* fields = shape.fields.data();
  size_t n = shape.fields.size();
  for (size_t i = hint; i < n; i++)
    if (same_name(name_of(fields[i]), key)) return hint = i + 1, &fields[i];
  for (size_t i = 0; i < hint && i < n; i++)
    if (same_name(name_of(fields[i]), key)) return hint = i + 1, &fields[i];
  return nullptr;
}

/// True if a member of the top structure of an HTTP-bound message is in its body. Answers have no labels and no query string: there
/// these members are in the body too.
inline bool travels_in_body(const Field& f, bool answer) {
  if (f.event_header) return false;
  return f.location == Location::body || (answer && (f.location == Location::uri || f.location == Location::querystring));
}

}  // namespace fogbank::wire
