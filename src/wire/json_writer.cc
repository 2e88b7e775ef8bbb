// Structs to compact JSON, appended to a string that the caller may reuse. Members in the model's order; absent ones are left out.
#include <cmath>

#include "base/encoding.h"
#include "base/strings.h"
#include "wire/codec.h"
#include "wire/json.h"
#include "wire/scalars.h"
#include "wire/slots.h"

namespace fogbank::wire {

namespace {

constexpr std::string_view kMasked = "\"HIDDEN_DUE_TO_SECURITY_REASONS\"";  // as CloudTrail writes it

class Writer {
 public:
  Writer(std::string& out, JsonOptions options) : out_(out), options_(options), start_(out.size()) {}

  void structure(const Shape& shape, const void* base, int depth) {
    out_ += '{';
    bool first = true;
    for (const Field& f : shape.fields) {
      const void* slot = member_slot(base, f);
      if (!has_value(f.kind, slot)) continue;
      if (depth == 0 && options_.body_only && !travels_in_body(f, options_.answer)) continue;
      if (full()) break;
      if (!first) out_ += ',';
      first = false;
      out_ += '"';
      out_ += options_.model_names ? f.name : f.wire_name;
      out_ += "\":";
      if (f.kind == Kind::text && !options_.mask) append_json_string(out_, slot_as<Str>(slot));
      else if (options_.mask && (f.sensitive || f.shape->sensitive)) out_ += kMasked;
      else value(*f.shape, f.time, slot, false, depth);
    }
    out_ += '}';
  }

  void value(const Shape& shape, TimeFormat time, const void* slot, bool element, int depth) {
    if (depth >= kMaxWriteDepth) { out_ += "null"; return; }
    if (shape.kind == Kind::structure) return structure(shape, structure_of(slot, element), depth + 1);
    if (!has_value(shape.kind, slot)) { out_ += "null"; return; }
    if (options_.mask && shape.sensitive) { out_ += kMasked; return; }
    switch (shape.kind) {
      case Kind::text: return string(slot_as<Str>(slot));
      case Kind::blob: return blob(slot_as<Blob>(slot));
      case Kind::list: return list(shape, slot_as<RawList>(slot), depth + 1);
      case Kind::map: return map(shape, slot_as<RawList>(slot), depth + 1);
      case Kind::document: return document(slot_as<Document>(slot), depth + 1);
      case Kind::timestamp: return timestamp(time, slot_as<Opt<int64_t>>(slot).value);
      case Kind::float32: return floating(slot_as<Opt<float>>(slot).value, slot_as<Opt<float>>(slot).value);
      case Kind::float64: return floating(slot_as<Opt<double>>(slot).value, 0.0f, true);
      default: return append_scalar(out_, shape.kind, slot, TimeText::unix_seconds);
    }
  }

 private:
  bool full() const { return out_.size() - start_ > options_.limit; }
  size_t room() const { return full() ? 0 : options_.limit - (out_.size() - start_); }

  void string(std::string_view s) { append_json_string(out_, utf8_prefix(s, room())); }
  void blob(std::string_view bytes) {
    out_ += '"';
    append_base64(out_, bytes.substr(0, room()));
    out_ += '"';
  }

  void timestamp(TimeFormat format, int64_t millis) {
    TimeText t = options_.model_names ? TimeText::unix_seconds : time_text(format, TimeText::unix_seconds);
    if (t == TimeText::unix_seconds) return append_time(out_, millis, t);
    out_ += '"';
    append_time(out_, millis, t);
    out_ += '"';
  }

  void floating(double d, float f, bool wide = false) {
    bool quoted = !std::isfinite(d);
    if (quoted) out_ += '"';
    if (wide) append_double(out_, d);
    else append_float(out_, f);
    if (quoted) out_ += '"';
  }

  void list(const Shape& shape, const RawList& l, int depth) {
    out_ += '[';
    size_t stride = stride_of(shape);
    for (size_t i = 0; i < l.count && !full(); i++) {
      if (i) out_ += ',';
      value(*shape.element, shape.element->time, entry_at(l, stride, i), true, depth);
    }
    out_ += ']';
  }

  void map(const Shape& shape, const RawList& m, int depth) {
    out_ += '{';
    size_t stride = stride_of(shape);
    for (size_t i = 0; i < m.count && !full(); i++) {
      char* entry = entry_at(m, stride, i);
      if (i) out_ += ',';
      string(key_of(entry));
      out_ += ':';
      value(*shape.element, shape.element->time, entry + sizeof(Str), true, depth);
    }
    out_ += '}';
  }

  /// A number with a fraction keeps it, so that it is read back as what it was.
  void document_number(const Document& d) {
    if (d.integral) return append(out_, d.integer);
    size_t at = out_.size();
    floating(d.number, 0.0f, true);
    if (out_.find_first_not_of("-0123456789", at) == std::string::npos) out_ += ".0";
  }

  void document(const Document& d, int depth) {
    if (depth >= kMaxWriteDepth) { out_ += "null"; return; }
    switch (d.type) {
      case Document::Type::absent:
      case Document::Type::null: out_ += "null"; return;
      case Document::Type::boolean: out_ += d.boolean ? "true" : "false"; return;
      case Document::Type::number:
        return document_number(d);
      case Document::Type::text: return string(d.text);
      case Document::Type::array:
        out_ += '[';
        for (size_t i = 0; i < d.array.size() && !full(); i++) {
          if (i) out_ += ',';
          document(d.array[i], depth + 1);
        }
        out_ += ']';
        return;
      case Document::Type::object:
        out_ += '{';
        for (size_t i = 0; i < d.object.size() && !full(); i++) {
          if (i) out_ += ',';
          string(d.object[i].key);
          out_ += ':';
          document(d.object[i].value, depth + 1);
        }
        out_ += '}';
        return;
    }
  }

  std::string& out_;
  JsonOptions options_;
  size_t start_;
};

/// Length of the replacement-free prefix; JSON needs escapes for quotes, backslashes and control characters only.
inline bool plain(unsigned char c) { return c >= 0x20 && c != '"' && c != '\\'; }

}  // namespace

void append_json_string(std::string& out, std::string_view s) {
  out += '"';
  size_t from = 0;
  for (size_t i = 0; i < s.size(); i++) {
    unsigned char c = static_cast<unsigned char>(s[i]);
    if (plain(c)) continue;
    out.append(s, from, i - from);
    from = i + 1;
    switch (c) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      case '\b': out += "\\b"; break;
      case '\f': out += "\\f"; break;
      default: {
        static constexpr char kHex[] = "0123456789abcdef";
        out += "\\u00";
        out += kHex[c >> 4];
        out += kHex[c & 15];
      }
    }
  }
  out.append(s, from, s.size() - from);
  out += '"';
}

void write_json(const Shape& structure, const void* base, std::string& out, JsonOptions options) {
  if (!base) { out += "{}"; return; }
  Writer(out, options).structure(structure, base, 0);
}

void write_json_value(const Shape& shape, const void* slot, std::string& out, JsonOptions options) {
  Writer(out, options).value(shape, shape.time, slot, true, 0);
}

void to_json(const Shape& shape, const void* value, std::string& out) {
  JsonOptions options;
  options.model_names = true;
  write_json_value(shape, value, out, options);
}

void to_masked_json(const Shape& shape, const void* value, std::string& out, size_t limit) {
  JsonOptions options;
  options.model_names = true;
  options.mask = true;
  options.limit = limit;
  size_t start = out.size();
  write_json_value(shape, value, out, options);
  if (out.size() - start <= limit) return;
  out.resize(start + utf8_prefix(std::string_view(out).substr(start), limit).size());
  out += "…";
}

}  // namespace fogbank::wire
