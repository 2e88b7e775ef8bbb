// Deep copies: what outlives a request's arena without becoming a record.
#include "wire/codec.h"
#include "wire/slots.h"

namespace fogbank::wire {

namespace {

template <class T> void copy_bytes(T& s, Arena& arena) {
  if (s.ptr) s = T(arena.copy(s.view()));
}

void copy_document(Document& d, Arena& arena, int depth) {
  if (depth >= kMaxWriteDepth) { d = Document{}; return; }
  copy_bytes(d.text, arena);
  auto duplicate = [&](auto& list) {
    auto old = list;
    list = {};
    list.reserve(arena, old.count ? old.count : 1);
    list.count = old.count;
    if (old.count) std::memcpy(static_cast<void*>(list.items), static_cast<const void*>(old.items), sizeof(*old.items) * old.count);
  };
  if (d.array.items) {
    duplicate(d.array);
    for (Document& e : d.array) copy_document(e, arena, depth + 1);
  }
  if (d.object.items) {
    duplicate(d.object);
    for (auto& e : d.object) {
      copy_bytes(e.key, arena);
      copy_document(e.value, arena, depth + 1);
    }
  }
}

void copy_structure(const Shape& shape, void* base, Arena& arena, int depth);

/// The slot holds the original's bytes; what they point to is duplicated.
void copy_slot(const Shape& shape, void* slot, bool element, Arena& arena, int depth) {
  switch (shape.kind) {
    case Kind::text: return copy_bytes(slot_as<Str>(slot), arena);
    case Kind::blob: return copy_bytes(slot_as<Blob>(slot), arena);
    case Kind::document: return copy_document(slot_as<Document>(slot), arena, depth);
    case Kind::structure: {
      if (element) return copy_structure(shape, slot, arena, depth + 1);
      auto& p = slot_as<RawPtr>(slot);
      if (!p.ptr) return;
      if (depth >= kMaxWriteDepth) { p.ptr = nullptr; return; }
      void* copy = arena.allocate(shape.size ? shape.size : 1, 8);
      std::memcpy(copy, p.ptr, shape.size);
      p.ptr = copy;
      return copy_structure(shape, copy, arena, depth + 1);
    }
    case Kind::list:
    case Kind::map: {
      auto& list = slot_as<RawList>(slot);
      if (!list.items) return;
      RawList old = list;
      size_t stride = stride_of(shape);
      list.capacity = old.count ? old.count : 1;
      list.items = static_cast<char*>(zeroed(arena, stride * list.capacity));
      if (depth >= kMaxWriteDepth) { list.count = 0; return; }
      if (old.count) std::memcpy(list.items, old.items, stride * old.count);
      for (size_t i = 0; i < list.count; i++) {
        char* entry = entry_at(list, stride, i);
        if (shape.kind == Kind::map) copy_bytes(*reinterpret_cast<Str*>(entry), arena);
        copy_slot(*shape.element, value_of(shape, entry), true, arena, depth + 1);
      }
      return;
    }
    default: return;
  }
}

void copy_structure(const Shape& shape, void* base, Arena& arena, int depth) {
  for (const Field& f : shape.fields) copy_slot(*f.shape, member_slot(base, f), false, arena, depth);
}

}  // namespace

void* deep_copy(const Shape& shape, const void* value, Arena& arena) {
  void* copy = arena.allocate(shape.size ? shape.size : 1, 8);
  std::memcpy(copy, value, shape.size);
  copy_slot(shape, copy, true, arena, 0);
  return copy;
}

}  // namespace fogbank::wire
