#include "base/encoding.h"
#include "base/strings.h"
#include "wire/query.h"
#include "wire/scalars.h"
#include "wire/slots.h"

namespace fogbank::wire {

namespace {

/// Keeps the path of the current value in one string that grows and shrinks.
class Writer {
 public:
  Writer(std::string& out, bool ec2) : out_(out), ec2_(ec2) {}

  void structure(const Shape& shape, const void* base, int depth) {
    if (!base || depth >= kMaxWriteDepth) return;
    for (const Field& f : shape.fields) {
      const void* slot = member_slot(base, f);
      if (!has_value(f.kind, slot)) continue;
      bool flattened = f.flattened || ec2_;
      with(f.query_name, [&] { value(*f.shape, f.time, slot, false, flattened, depth); });
    }
  }

 private:
  template <class F> void with(std::string_view piece, F f) {
    size_t before = path_.size();
    if (before) path_ += '.';
    path_ += piece;
    f();
    path_.resize(before);
  }

  void parameter(std::string_view value) {
    out_ += '&';
    percent_encode_to(out_, path_);
    out_ += '=';
    percent_encode_to(out_, value);
  }

  void value(const Shape& shape, TimeFormat time, const void* slot, bool element, bool flattened, int depth) {
    if (depth >= kMaxWriteDepth) return;
    switch (shape.kind) {
      case Kind::structure: return structure(shape, structure_of(slot, element), depth + 1);
      case Kind::list:
      case Kind::map: return collection(shape, slot_as<RawList>(slot), flattened, depth + 1);
      case Kind::document: return;
      default: break;
    }
    if (!has_value(shape.kind, slot)) return;
    std::string text;
    append_scalar(text, shape.kind, slot, time_text(time, TimeText::iso8601));
    parameter(text);
  }

  void collection(const Shape& shape, const RawList& list, bool flattened, int depth) {
    bool keyed = shape.kind == Kind::map;
    if (!list.count) {
      if (!keyed && !ec2_) parameter("");  // an empty list can be said, an empty map cannot
      return;
    }
    size_t before = path_.size();
    if (!flattened) append(path_, '.', keyed ? "entry" : shape.element_name);
    for (size_t i = 0; i < list.count; i++) {
      char* entry = entry_at(list, stride_of(shape), i);
      with(cat(i + 1), [&] {
        if (!keyed) return value(*shape.element, shape.element->time, entry, true, ec2_, depth);
        with(shape.key_name, [&] { parameter(key_of(entry)); });
        with(shape.element_name, [&] { value(*shape.element, shape.element->time, entry + sizeof(Str), true, ec2_, depth); });
      });
    }
    path_.resize(before);
  }

  std::string& out_;
  bool ec2_;
  std::string path_;
};

}  // namespace

void write_query(const Shape& structure, const void* base, bool ec2, std::string& out) { Writer(out, ec2).structure(structure, base, 0); }

}  // namespace fogbank::wire
