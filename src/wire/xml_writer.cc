// Structs to XML, appended to a string. Members in the model's order; absent ones are left out.
#include <array>

#include "base/strings.h"
#include "wire/slots.h"
#include "wire/xml.h"

namespace fogbank::wire {

namespace {

class Writer {
 public:
  Writer(std::string& out, const XmlOptions& options) : out_(out), options_(options) {}

  void members(const Shape& shape, const void* base, int depth) {
    if (!base || depth >= kMaxWriteDepth) return;
    for (const Field& f : shape.fields) {
      const void* slot = member_slot(base, f);
      if (f.xml_attribute || !has_value(f.kind, slot)) continue;
      if (depth == 0 && options_.body_only && !travels_in_body(f, options_.answer)) continue;
      member(f, slot, depth);
    }
  }

  /// A structure as an element, with its attributes.
  void element(std::string_view name, const char* ns, const char* prefix, const Shape& shape, const void* base, int depth) {
    open(name, ns ? ns : shape.xml_namespace, prefix);
    if (base) attributes(shape, base);
    out_ += '>';
    members(shape, base, depth);
    close(name);
  }

 private:
  void open(std::string_view name, const char* ns, const char* prefix) {
    append(out_, '<', name);
    if (!ns) return;
    out_ += " xmlns";
    if (prefix) append(out_, ':', prefix);
    out_ += "=\"";
    append_xml_text(out_, ns);
    out_ += '"';
  }
  void close(std::string_view name) { append(out_, "</", name, '>'); }

  void attributes(const Shape& shape, const void* base) {
    for (const Field& f : shape.fields) {
      const void* slot = member_slot(base, f);
      if (!f.xml_attribute || !has_value(f.kind, slot)) continue;
      append(out_, ' ', f.wire_name, "=\"");
      std::string text;
      append_scalar(text, f.kind, slot, time_text(f.time, options_.time));
      append_attribute_text(text);
      out_ += '"';
    }
  }

  /// Line feeds and tabs would be read back as spaces.
  void append_attribute_text(std::string_view s) {
    size_t from = 0;
    for (size_t i = 0; i < s.size(); i++) {
      if (s[i] != '\n' && s[i] != '\t') continue;
      append_xml_text(out_, s.substr(from, i - from));
      append(out_, "&#", static_cast<int>(s[i]), ';');
      from = i + 1;
    }
    append_xml_text(out_, s.substr(from));
  }

  void scalar(Kind kind, const void* slot, TimeFormat time) {
    if (kind == Kind::text) append_xml_text(out_, slot_as<Str>(slot));
    else append_scalar(out_, kind, slot, time_text(time, options_.time));
  }

  void member(const Field& f, const void* slot, int depth) {
    const char* name = options_.query ? f.query_name : f.wire_name;
    if (f.kind == Kind::text && !f.xml_namespace) return append_xml_element(out_, name, slot_as<Str>(slot));
    if (f.flattened && f.kind == Kind::list) {
      return list(*f.shape, slot, name, f.xml_namespace ? f.xml_namespace : f.shape->element->xml_namespace, f.xml_prefix, depth);
    }
    if (f.flattened && f.kind == Kind::map) return map(*f.shape, slot, name, f.xml_namespace, f.xml_prefix, depth);
    value(name, f.xml_namespace, f.xml_prefix, *f.shape, f.time, slot, false, depth);
  }

  void value(std::string_view name, const char* ns, const char* prefix, const Shape& shape, TimeFormat time, const void* slot, bool inline_slot,
             int depth) {
    if (depth >= kMaxWriteDepth) return;
    if (shape.kind == Kind::structure) return element(name, ns, prefix, shape, structure_of(slot, inline_slot), depth + 1);
    open(name, ns ? ns : shape.xml_namespace, prefix);
    out_ += '>';
    if (shape.kind == Kind::list) list(shape, slot, shape.element_name, shape.element->xml_namespace, nullptr, depth + 1);
    else if (shape.kind == Kind::map) map(shape, slot, "entry", nullptr, nullptr, depth + 1);
    else if (has_value(shape.kind, slot)) scalar(shape.kind, slot, time);
    close(name);
  }

  void list(const Shape& shape, const void* slot, const char* name, const char* ns, const char* prefix, int depth) {
    const auto& l = slot_as<RawList>(slot);
    size_t stride = stride_of(shape);
    for (size_t i = 0; i < l.count; i++)
      value(name, ns, prefix, *shape.element, shape.element->time, entry_at(l, stride, i), true, depth);
  }

  void map(const Shape& shape, const void* slot, const char* name, const char* ns, const char* prefix, int depth) {
    const auto& m = slot_as<RawList>(slot);
    size_t stride = stride_of(shape);
    for (size_t i = 0; i < m.count; i++) {
      char* entry = entry_at(m, stride, i);
      open(name, ns, prefix);
      out_ += '>';
      open(shape.key_name, shape.map_key ? shape.map_key->xml_namespace : nullptr, nullptr);
      out_ += '>';
      append_xml_text(out_, key_of(entry));
      close(shape.key_name);
      value(shape.element_name, nullptr, nullptr, *shape.element, shape.element->time, entry + sizeof(Str), true, depth);
      close(name);
    }
  }

  std::string& out_;
  const XmlOptions& options_;
};

}  // namespace

void append_xml_text(std::string& out, std::string_view s) {
  static constexpr auto kPlain = [] {
    std::array<bool, 256> plain{};
    for (int c = 0; c < 256; c++)
      plain[size_t(c)] = c == '\t' || c == '\n' || (c >= 0x20 && c != '&' && c != '<' && c != '>' && c != '"');
    return plain;
  }();
  size_t from = 0;
  for (size_t i = 0; i < s.size(); i++) {
    unsigned char c = static_cast<unsigned char>(s[i]);
    if (kPlain[c]) continue;
    out.append(s, from, i - from);
    from = i + 1;
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      default: append(out, "&#", static_cast<int>(c), ';');  // a carriage return would be read back as a line feed
    }
  }
  out.append(s, from, s.size() - from);
}

void append_xml_element(std::string& out, std::string_view name, std::string_view text) {
  append(out, '<', name, '>');
  append_xml_text(out, text);
  append(out, "</", name, '>');
}

void write_xml_members(const Shape& structure, const void* base, std::string& out, const XmlOptions& options) {
  Writer(out, options).members(structure, base, 0);
}

void write_xml_root(std::string_view name, const char* xmlns, const char* prefix, const Shape& structure, const void* base, std::string& out,
                    const XmlOptions& options) {
  Writer(out, options).element(name, xmlns, prefix, structure, base, 0);
}

}  // namespace fogbank::wire
