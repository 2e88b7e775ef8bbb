#include "wire/cbor.h"

#include <cmath>

#include "base/encoding.h"
#include "wire/scalars.h"
#include "wire/slots.h"

namespace fogbank::wire {

namespace {

enum Major : uint8_t { kUnsigned, kNegative, kBytes, kText, kArray, kMap, kTag, kSimple };
constexpr uint8_t kFalse = 20, kTrue = 21, kNull = 22, kUndefined = 23, kHalf = 25, kFloat = 26, kDouble = 27, kIndefinite = 31;

struct Head {
  uint8_t major = 0, info = 0;
  uint64_t value = 0;
  bool indefinite() const { return info == kIndefinite; }
  bool is_break() const { return major == kSimple && info == kIndefinite; }
  bool is_null() const { return major == kSimple && (info == kNull || info == kUndefined); }
};

double half_to_double(uint16_t h) {
  int exponent = (h >> 10) & 31, fraction = h & 1023;
  double v = exponent == 0 ? std::ldexp(fraction, -24) : exponent != 31 ? std::ldexp(fraction + 1024, exponent - 25) : fraction ? std::nan("") : INFINITY;
  return h & 0x8000 ? -v : v;
}

class Reader {
 public:
  Reader(std::string_view bytes, Arena& arena) : bytes_(bytes), arena_(arena) {}

  bool top(const Shape& shape, char* base) {
    Head h;
    if (!head(h)) return false;
    if (!h.is_null() && (h.major != kMap || !structure(shape, base, h, 0))) return false;
    return at_ == bytes_.size();
  }

 private:
  bool head(Head& h) {
    if (at_ >= bytes_.size()) return false;
    uint8_t b = static_cast<uint8_t>(bytes_[at_++]);
    h.major = b >> 5;
    h.info = b & 31;
    h.value = h.info;
    if (h.info < 24) return true;
    if (h.info == kIndefinite) return h.major == kSimple || (h.major >= kBytes && h.major <= kMap);
    if (h.info > 27) return false;
    size_t n = size_t(1) << (h.info - 24);
    if (bytes_.size() - at_ < n) return false;
    h.value = 0;
    for (size_t i = 0; i < n; i++) h.value = h.value << 8 | static_cast<uint8_t>(bytes_[at_++]);
    return true;
  }

  /// The head of a value behind its tags; a timestamp's tag is not asked for.
  bool value_head(Head& h) {
    for (int i = 0; i < 8; i++) {
      if (!head(h)) return false;
      if (h.major != kTag) return true;
    }
    return false;
  }

  /// Calls `each` for every item of an array or map (once per pair).
  template <class F> bool items(const Head& h, F each) {
    if (h.indefinite()) {
      for (;;) {
        if (at_ >= bytes_.size()) return false;
        if (static_cast<uint8_t>(bytes_[at_]) == 0xFF) { at_++; return true; }
        if (!each()) return false;
      }
    }
    if (h.value > bytes_.size() - at_) return false;  // every item takes a byte at least
    for (uint64_t i = 0; i < h.value; i++)
      if (!each()) return false;
    return true;
  }

  bool string(const Head& h, std::string_view& out) {
    if (!h.indefinite()) {
      if (h.value > bytes_.size() - at_) return false;
      out = h.value ? bytes_.substr(at_, h.value) : std::string_view("");
      at_ += h.value;
    } else {
      std::string joined;
      for (;;) {
        Head piece;
        if (!head(piece)) return false;
        if (piece.is_break()) break;
        std::string_view s;
        if (piece.major != h.major || piece.indefinite() || !string(piece, s)) return false;
        joined += s;
      }
      out = arena_.copy(joined);
    }
    return h.major != kText || is_text(out);
  }

  bool skip(const Head& h, int depth) {
    if (depth >= kMaxDepth) return false;
    Head x;
    std::string_view s;
    switch (h.major) {
      case kBytes:
      case kText: return string(h, s);
      case kTag: return head(x) && skip(x, depth + 1);
      case kArray: return items(h, [&] { return head(x) && skip(x, depth + 1); });
      case kMap: return items(h, [&] { return head(x) && skip(x, depth + 1) && head(x) && skip(x, depth + 1); });
      default: return !h.is_break();
    }
  }

  bool structure(const Shape& shape, char* base, const Head& map, int depth) {
    if (depth >= kMaxDepth) return false;
    size_t hint = 0;
    return items(map, [&] {
      Head h;
      std::string_view key;
      if (!head(h) || h.major != kText || !string(h, key) || !value_head(h)) return false;
      const Field* f = find_field(shape, key, hint, [](const Field& x) { return x.wire_name; });
      return f ? value(*f->shape, base + f->offset, false, h, depth + 1) : skip(h, depth + 1);
    });
  }

  bool value(const Shape& shape, void* slot, bool element, const Head& h, int depth) {
    if (h.is_null()) return true;
    if (h.is_break() || arena_.bytes_used() > kMaxArenaBytes) return false;
    std::string_view s;
    switch (shape.kind) {
      case Kind::structure:
        return h.major == kMap && structure(shape, static_cast<char*>(make_structure(shape, slot, element, arena_)), h, depth);
      case Kind::list: return list(shape, slot_as<RawList>(slot), h, depth);
      case Kind::map: return map(shape, slot_as<RawList>(slot), h, depth);
      case Kind::text:
        if (h.major != kText || !string(h, s)) return false;
        slot_as<Str>(slot) = Str(s);
        return true;
      case Kind::blob:
        if (h.major != kBytes || !string(h, s)) return false;
        slot_as<Blob>(slot) = Blob(s);
        return true;
      case Kind::boolean:
        if (h.major != kSimple || (h.info != kTrue && h.info != kFalse)) return false;
        slot_as<Opt<bool>>(slot) = h.info == kTrue;
        return true;
      case Kind::document: return skip(h, depth);  // the protocol has none
      default: return number(shape.kind, slot, h);
    }
  }

  bool list(const Shape& shape, RawList& out, const Head& h, int depth) {
    if (depth >= kMaxDepth || h.major != kArray) return false;
    size_t stride = stride_of(shape);
    make_present(out = RawList{}, stride, arena_);
    return items(h, [&] {
      Head e;
      return value_head(e) && value(*shape.element, add_entry(out, stride, arena_), true, e, depth + 1);
    });
  }

  bool map(const Shape& shape, RawList& out, const Head& h, int depth) {
    if (depth >= kMaxDepth || h.major != kMap) return false;
    size_t stride = stride_of(shape);
    make_present(out = RawList{}, stride, arena_);
    return items(h, [&] {
      Head e;
      std::string_view key;
      if (!head(e) || e.major != kText || !string(e, key) || !value_head(e)) return false;
      char* entry = add_entry(out, stride, arena_);
      *reinterpret_cast<Str*>(entry) = Str(key);
      return value(*shape.element, entry + sizeof(Str), true, e, depth + 1);
    });
  }

  bool number(Kind kind, void* slot, const Head& h) {
    int64_t whole = 0;
    double d = 0;
    bool exact = h.major == kUnsigned || h.major == kNegative;
    if (exact) {
      if (h.value > INT64_MAX) return false;
      whole = h.major == kUnsigned ? static_cast<int64_t>(h.value) : -1 - static_cast<int64_t>(h.value);
      d = static_cast<double>(whole);
    } else if (h.major == kSimple && h.info >= kHalf && h.info <= kDouble) {
      if (h.info == kHalf) d = half_to_double(static_cast<uint16_t>(h.value));
      else if (h.info == kFloat) { float f; uint32_t v = static_cast<uint32_t>(h.value); std::memcpy(&f, &v, 4); d = f; }
      else std::memcpy(&d, &h.value, 8);
    } else {
      return false;
    }
    switch (kind) {
      case Kind::float64: slot_as<Opt<double>>(slot) = d; return true;
      case Kind::float32: slot_as<Opt<float>>(slot) = static_cast<float>(d); return true;
      case Kind::timestamp:
        if (!(std::fabs(d) <= 253402300800.0)) return false;
        slot_as<Opt<int64_t>>(slot) = exact ? whole * 1000 : std::llround(d * 1000);
        return true;
      default: break;
    }
    if (!exact) {
      if (!(std::fabs(d) < 9.0e18) || d != std::floor(d)) return false;
      whole = static_cast<int64_t>(d);
    }
    if (kind == Kind::longint) slot_as<Opt<int64_t>>(slot) = whole;
    else if (whole != static_cast<int32_t>(whole)) return false;
    else slot_as<Opt<int32_t>>(slot) = static_cast<int32_t>(whole);
    return true;
  }

  std::string_view bytes_;
  Arena& arena_;
  size_t at_ = 0;
};

void append_head(std::string& out, uint8_t major, uint64_t value) {
  uint8_t top = static_cast<uint8_t>(major << 5);
  if (value < 24) { out += static_cast<char>(top | value); return; }
  int size = value < 256 ? 0 : value < 65536 ? 1 : value < (uint64_t(1) << 32) ? 2 : 3;
  out += static_cast<char>(top | (24 + size));
  for (int shift = (8 << size) - 8; shift >= 0; shift -= 8) out += static_cast<char>(value >> shift);
}

void append_integer(std::string& out, int64_t v) {
  if (v >= 0) append_head(out, kUnsigned, static_cast<uint64_t>(v));
  else append_head(out, kNegative, static_cast<uint64_t>(-1 - v));
}

void append_bits(std::string& out, uint8_t info, uint64_t bits, int bytes) {
  out += static_cast<char>(kSimple << 5 | info);
  for (int shift = bytes * 8 - 8; shift >= 0; shift -= 8) out += static_cast<char>(bits >> shift);
}

void append_double_bits(std::string& out, double d) {
  uint64_t bits;
  std::memcpy(&bits, &d, 8);
  append_bits(out, kDouble, bits, 8);
}

void append_timestamp(std::string& out, int64_t millis) {
  append_head(out, kTag, 1);
  if (millis % 1000 == 0) append_integer(out, millis / 1000);
  else append_double_bits(out, static_cast<double>(millis) / 1000);
}

void append_value(const Shape& shape, const void* slot, bool element, std::string& out, int depth);

void append_structure(const Shape& shape, const void* base, std::string& out, int depth) {
  size_t count = 0;
  for (const Field& f : shape.fields) count += has_value(f.kind, member_slot(base, f));
  append_head(out, kMap, count);
  for (const Field& f : shape.fields) {
    if (!has_value(f.kind, member_slot(base, f))) continue;
    append_cbor_text(out, f.wire_name);
    append_value(*f.shape, member_slot(base, f), false, out, depth);
  }
}

void append_value(const Shape& shape, const void* slot, bool element, std::string& out, int depth) {
  bool is_structure = shape.kind == Kind::structure;
  if (depth >= kMaxWriteDepth || (!(is_structure && element) && !has_value(shape.kind, slot))) { out += static_cast<char>(0xF6); return; }
  switch (shape.kind) {
    case Kind::structure: return append_structure(shape, structure_of(slot, element), out, depth + 1);
    case Kind::list:
    case Kind::map: {
      const auto& list = slot_as<RawList>(slot);
      bool keyed = shape.kind == Kind::map;
      append_head(out, keyed ? kMap : kArray, list.count);
      for (size_t i = 0; i < list.count; i++) {
        char* entry = entry_at(list, stride_of(shape), i);
        if (keyed) append_cbor_text(out, key_of(entry));
        append_value(*shape.element, value_of(shape, entry), true, out, depth + 1);
      }
      return;
    }
    case Kind::text: return append_cbor_text(out, slot_as<Str>(slot));
    case Kind::blob:
      append_head(out, kBytes, slot_as<Blob>(slot).len);
      out += slot_as<Blob>(slot).view();
      return;
    case Kind::boolean: out += static_cast<char>(kSimple << 5 | (slot_as<Opt<bool>>(slot).value ? kTrue : kFalse)); return;
    case Kind::integer: return append_integer(out, slot_as<Opt<int32_t>>(slot).value);
    case Kind::longint: return append_integer(out, slot_as<Opt<int64_t>>(slot).value);
    case Kind::float32: {
      uint32_t bits;
      std::memcpy(&bits, &slot_as<Opt<float>>(slot).value, 4);
      return append_bits(out, kFloat, bits, 4);
    }
    case Kind::float64: return append_double_bits(out, slot_as<Opt<double>>(slot).value);
    case Kind::timestamp: return append_timestamp(out, slot_as<Opt<int64_t>>(slot).value);
    case Kind::document: out += static_cast<char>(0xF6); return;
  }
}

}  // namespace

Result<void> read_cbor(const Shape& structure, void* base, std::string_view body, Arena& arena) {
  if (body.empty() || Reader(body, arena).top(structure, static_cast<char*>(base))) return {};
  return fail("SerializationException", "Unable to parse the request body as CBOR");
}

void write_cbor(const Shape& structure, const void* base, std::string& out) { append_structure(structure, base, out, 0); }

void append_cbor_map(std::string& out, size_t pairs) { append_head(out, kMap, pairs); }

void append_cbor_text(std::string& out, std::string_view s) {
  append_head(out, kText, s.size());
  out += s;
}

void write_cbor_value(const Shape& shape, const void* slot, bool element, std::string& out) { append_value(shape, slot, element, out, 0); }

}  // namespace fogbank::wire
