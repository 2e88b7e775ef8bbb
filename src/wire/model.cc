#include "wire/model.h"

#include "wire/slots.h"

namespace fogbank::wire {

bool present(Kind kind, const void* slot) {
  switch (kind) {
    case Kind::boolean: return slot_as<Opt<bool>>(slot).has();
    case Kind::integer: return slot_as<Opt<int32_t>>(slot).has();
    case Kind::longint: return slot_as<Opt<int64_t>>(slot).has();
    case Kind::float32: return slot_as<Opt<float>>(slot).has();
    case Kind::float64: return slot_as<Opt<double>>(slot).has();
    case Kind::timestamp: return slot_as<Opt<int64_t>>(slot).has();
    case Kind::text: return slot_as<Str>(slot).has();
    case Kind::blob: return slot_as<Blob>(slot).has();
    case Kind::list:
    case Kind::map: return slot_as<RawList>(slot).items != nullptr;
    case Kind::structure: return slot_as<RawPtr>(slot).ptr != nullptr;
    case Kind::document: return slot_as<Document>(slot).type != Document::Type::absent;
  }
  return false;
}

bool View::has(std::string_view name) const {
  const Field* f = field(name);
  return f && data_ && present(f->kind, data_ + f->offset);
}

}  // namespace fogbank::wire
