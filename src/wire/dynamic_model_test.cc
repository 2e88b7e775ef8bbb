#include "wire/dynamic_model.h"

#include <cmath>
#include <fstream>
#include <sstream>

#include "base/strings.h"
#include "wire/codec.h"
#include "wire/json.h"
#include "wire/scalars.h"
#include "wire/slots.h"

namespace fogbank::wire {

namespace {

constexpr Shape kAny{.name = "Any", .kind = Kind::document, .size = sizeof(Document), .align = 8};

struct SlotSize { uint32_t size, align; };
SlotSize slot_size(Kind k) {
  switch (k) {
    case Kind::boolean: return {sizeof(Opt<bool>), alignof(Opt<bool>)};
    case Kind::integer: return {sizeof(Opt<int32_t>), alignof(Opt<int32_t>)};
    case Kind::longint:
    case Kind::timestamp: return {sizeof(Opt<int64_t>), alignof(Opt<int64_t>)};
    case Kind::float32: return {sizeof(Opt<float>), alignof(Opt<float>)};
    case Kind::float64: return {sizeof(Opt<double>), alignof(Opt<double>)};
    case Kind::document: return {sizeof(Document), 8};
    case Kind::structure: return {sizeof(void*), 8};
    default: return {sizeof(Str), 8};
  }
}

Kind kind_of(std::string_view type, bool document) {
  static const std::map<std::string_view, Kind> kKinds = {
      {"structure", Kind::structure}, {"list", Kind::list},    {"map", Kind::map},       {"string", Kind::text},       {"character", Kind::text},
      {"integer", Kind::integer},     {"long", Kind::longint}, {"float", Kind::float32}, {"double", Kind::float64},    {"boolean", Kind::boolean},
      {"timestamp", Kind::timestamp}, {"blob", Kind::blob}};
  return document ? Kind::document : kKinds.at(type);
}

TimeFormat time_format(std::string_view s) {
  return s == "iso8601" ? TimeFormat::iso8601 : s == "rfc822" ? TimeFormat::rfc822 : s == "unixTimestamp" ? TimeFormat::unix_seconds : TimeFormat::standard;
}

Location location_of(std::string_view s) {
  return s == "header" ? Location::header : s == "headers" ? Location::headers : s == "querystring" ? Location::querystring : s == "uri" ? Location::uri
       : s == "statusCode" ? Location::status_code : Location::body;
}

Protocol protocol_of(std::string_view name, std::string_view json_version) {
  if (name == "ec2") return Protocol::ec2;
  if (name == "query") return Protocol::query;
  if (name == "rest-json") return Protocol::rest_json;
  if (name == "rest-xml") return Protocol::rest_xml;
  if (name == "smithy-rpc-v2-cbor") return Protocol::rpc_v2_cbor;
  return json_version == "1.0" ? Protocol::json_1_0 : Protocol::json_1_1;
}

}  // namespace

const Document* parse_document(std::string_view json, Arena& arena) {
  auto r = from_json(kAny, json, arena);
  return r ? static_cast<const Document*>(*r) : nullptr;
}

std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream s;
  s << in.rdbuf();
  return s.str();
}

const Document* get(const Document* object, std::string_view name) {
  return object && object->type == Document::Type::object ? object->object.find(name) : nullptr;
}

std::string_view get_text(const Document* object, std::string_view name, std::string_view otherwise) {
  const Document* d = get(object, name);
  return d && d->type == Document::Type::text ? d->text.view() : otherwise;
}

bool get_flag(const Document* object, std::string_view name) {
  const Document* d = get(object, name);
  return d && d->type == Document::Type::boolean && d->boolean;
}

DynamicModel::DynamicModel(const Document* metadata, const Document* shapes) : shapes_(shapes) {
  protocol_ = protocol_of(get_text(metadata, "protocol"), get_text(metadata, "jsonVersion"));
  service_.name = service_.id = keep(get_text(metadata, "serviceId", "test"));
  service_.target_prefix = keep_or_null(metadata, "targetPrefix");
  service_.version = keep_or_null(metadata, "apiVersion");
  service_.xml_namespace = keep_or_null(metadata, "xmlNamespace");
  service_.protocols = std::span<const Protocol>(&protocol_, 1);
  service_.query_compatible = get(metadata, "awsQueryCompatible") != nullptr;
}

const char* DynamicModel::keep(std::string_view s) { return arena_.copy(s).data(); }

const char* DynamicModel::keep_or_null(const Document* object, std::string_view name) {
  std::string_view s = get_text(object, name);
  return s.data() ? keep(s) : nullptr;
}

const Shape* DynamicModel::shape(std::string_view name) {
  if (auto it = built_.find(name); it != built_.end()) return it->second;
  Shape* s = arena_.make<Shape>();
  built_.emplace(std::string(name), s);
  build(*s, name, get(shapes_, name));
  return s;
}

/// The target of a list's or map's reference; traits of the reference make a shape of their own.
const Shape* DynamicModel::element(const Document* ref) {
  const Shape* target = shape(get_text(ref, "shape"));
  const Document* ns = get(ref, "xmlNamespace");
  if (!ns) return target;
  Shape* own = arena_.make<Shape>();
  *own = *target;
  own->xml_namespace = ns->type == Document::Type::text ? keep(ns->text) : keep_or_null(ns, "uri");
  return own;
}

Field DynamicModel::field(std::string_view name, const Document* member) {
  std::string_view target_name = get_text(member, "shape");
  const Document* target = get(shapes_, target_name);
  bool structure = get_text(target, "type") == "structure";
  auto trait = [&](std::string_view t) { std::string_view own = get_text(member, t); return own.data() || structure ? own : get_text(target, t); };
  Field f{};
  f.name = keep(name);
  std::string_view location_name = trait("locationName");
  f.location = location_of(trait("location"));
  f.wire_name = location_name.data() ? keep(location_name) : f.location == Location::headers ? "" : f.name;
  std::string query(get_text(member, "queryName", f.wire_name));
  if (!get(member, "queryName") && !query.empty()) query[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(query[0])));
  const Document* list = get_flag(target, "flattened") || get_flag(member, "flattened") ? get(target, "member") : nullptr;
  std::string_view element_name = location_name.data() ? std::string_view() : get_text(list, "locationName");
  f.query_name = protocol_ == Protocol::ec2 ? keep(query) : element_name.data() ? keep(element_name) : f.wire_name;
  f.shape = shape(target_name);
  f.kind = f.shape->kind;
  f.time = time_format(trait("timestampFormat"));
  f.flattened = get_flag(member, "flattened") || f.shape->flattened;
  f.xml_attribute = get_flag(member, "xmlAttribute") || get_flag(target, "xmlAttribute");
  f.json_value = get_flag(member, "jsonvalue");
  f.event_payload = get_flag(member, "eventpayload");
  f.event_header = get_flag(member, "eventheader");
  f.streaming = get_flag(target, "streaming") && f.kind != Kind::blob;  // blobs of tests are small: keep them in the struct
  const Document* ns = get(member, "xmlNamespace");
  if (!ns) ns = get(target, "xmlNamespace");
  if (ns && ns->type == Document::Type::text) f.xml_namespace = keep(ns->text);
  else if (ns) { f.xml_namespace = keep_or_null(ns, "uri"); f.xml_prefix = keep_or_null(ns, "prefix"); }
  return f;
}

void DynamicModel::build(Shape& out, std::string_view name, const Document* def) {
  out.name = keep(name);
  out.kind = kind_of(get_text(def, "type"), get_flag(def, "document"));
  SlotSize own = slot_size(out.kind);
  out.size = own.size;
  out.align = own.align;
  out.payload = -1;
  out.time = time_format(get_text(def, "timestampFormat"));
  out.flattened = get_flag(def, "flattened");
  out.event_stream = get_flag(def, "eventstream");
  out.xml_name = keep_or_null(def, "locationName");
  if (const Document* ns = get(def, "xmlNamespace")) out.xml_namespace = ns->type == Document::Type::text ? keep(ns->text) : keep_or_null(ns, "uri");
  if (out.kind == Kind::list) {
    out.element = element(get(def, "member"));
    out.element_name = keep(get_text(get(def, "member"), "locationName", "member"));
  } else if (out.kind == Kind::map) {
    out.element = element(get(def, "value"));
    out.map_key = shape(get_text(get(def, "key"), "shape"));
    out.element_name = keep(get_text(get(def, "value"), "locationName", "value"));
    out.key_name = keep(get_text(get(def, "key"), "locationName", "key"));
  } else if (out.kind == Kind::structure) {
    const Document* members = get(def, "members");
    size_t n = members ? members->object.size() : 0;
    Field* fields = arena_.make<Field>(n);
    uint32_t at = 0;
    for (size_t i = 0; i < n; i++) {
      const auto& m = members->object[i];
      fields[i] = field(m.key, &m.value);
      SlotSize s = slot_size(fields[i].kind);
      at = (at + s.align - 1) & ~(s.align - 1);
      fields[i].offset = at;
      at += s.size;
      if (get_text(def, "payload") == m.key.view()) { out.payload = static_cast<int>(i); fields[i].location = Location::payload; }
    }
    out.fields = std::span<const Field>(fields, n);
    out.size = (at + 7) & ~7u;
    if (!out.size) out.size = 8;
    out.align = 8;
  }
  const Document* error = get(def, "error");
  out.is_error = get_flag(def, "exception") || error;
  out.error_sender = !get_flag(def, "fault");
  out.error_code = keep_or_null(error, "code");
  if (const Document* status = get(error, "httpStatusCode")) out.error_status = static_cast<int>(status->integer);
}

Operation DynamicModel::operation(const Document* given) {
  Operation op{};
  op.name = keep(get_text(given, "name"));
  const Document* http = get(given, "http");
  op.method = keep(get_text(http, "method", "POST"));
  op.uri = keep(get_text(http, "requestUri", "/"));
  op.status = get(http, "responseCode") ? static_cast<int>(get(http, "responseCode")->integer) : 200;
  auto side = [&](std::string_view which) -> const Shape* {
    if (std::string_view name = get_text(get(given, which), "shape"); !name.empty()) return shape(name);
    Shape* none = arena_.make<Shape>();
    none->name = op.name;
    none->kind = Kind::structure;
    none->size = none->align = 8;
    none->payload = -1;
    return none;
  };
  op.input = side("input");
  op.output = side("output");
  op.input_xml_name = keep_or_null(get(given, "input"), "locationName");
  op.input_xml_namespace = keep_or_null(get(get(given, "input"), "xmlNamespace"), "uri");
  op.result_wrapper = keep_or_null(get(given, "output"), "resultWrapper");
  auto payload = [&](std::string_view which, const Shape* s) {  // old vectors name it where the shape is used
    for (size_t i = 0; i < s->fields.size(); i++) {
      if (get_text(get(given, which), "payload") != s->fields[i].name) continue;
      const_cast<Shape*>(s)->payload = static_cast<int>(i);
      const_cast<Field&>(s->fields[i]).location = Location::payload;
    }
  };
  payload("input", op.input);
  payload("output", op.output);
  if (!op.result_wrapper && get(given, "output")) op.result_wrapper = keep_or_null(get(shapes_, op.output->name), "resultWrapper");
  if (!op.result_wrapper && get(given, "output")) op.result_wrapper = keep(cat(op.name, "Result"));
  if (const Document* errors = get(given, "errors")) {
    auto** list = arena_.make<const Shape*>(errors->array.size());
    for (size_t i = 0; i < errors->array.size(); i++) list[i] = shape(get_text(&errors->array[i], "shape"));
    op.errors = std::span<const Shape* const>(list, errors->array.size());
  }
  return op;
}

void DynamicModel::fill(const Shape& shape, const Document* from, void* slot, bool element, bool json_text) {
  if (!from) return;
  if (json_text && from->type != Document::Type::text) {
    std::string text;
    to_json(kAny, from, text);
    slot_as<Str>(slot) = Str(arena_.copy(text));
    return;
  }
  if (shape.kind == Kind::document) { slot_as<Document>(slot) = *from; return; }
  if (from->type == Document::Type::null) return;
  switch (shape.kind) {
    case Kind::structure: {
      void* base = make_structure(shape, slot, element, arena_);
      for (const Field& f : shape.fields) fill(*f.shape, get(from, f.name), member_slot(base, f), false, f.json_value && get(from, f.name));
      return;
    }
    case Kind::list: {
      auto& list = slot_as<RawList>(slot);
      make_present(list, stride_of(shape), arena_);
      for (const Document& d : from->array) fill(*shape.element, &d, add_entry(list, stride_of(shape), arena_), true);
      return;
    }
    case Kind::map: {
      auto& map = slot_as<RawList>(slot);
      make_present(map, stride_of(shape), arena_);
      for (const auto& e : from->object) {
        char* entry = add_entry(map, stride_of(shape), arena_);
        *reinterpret_cast<Str*>(entry) = e.key;
        fill(*shape.element, &e.value, entry + sizeof(Str), true);
      }
      return;
    }
    case Kind::text: slot_as<Str>(slot) = Str(from->text.view()); return;
    case Kind::blob: slot_as<Blob>(slot) = Blob(from->text.view()); return;
    case Kind::boolean: slot_as<Opt<bool>>(slot) = from->boolean; return;
    case Kind::integer: slot_as<Opt<int32_t>>(slot) = static_cast<int32_t>(from->integer); return;
    case Kind::longint: slot_as<Opt<int64_t>>(slot) = from->integer; return;
    case Kind::timestamp: slot_as<Opt<int64_t>>(slot) = std::llround(from->number * 1000); return;
    default:
      if (from->type == Document::Type::text) parse_scalar(shape.kind, from->text, slot, arena_);
      else if (shape.kind == Kind::float32) slot_as<Opt<float>>(slot) = static_cast<float>(from->number);
      else slot_as<Opt<double>>(slot) = from->number;
  }
}

void* DynamicModel::value(const Shape& shape, const Document* from) {
  void* base = zeroed(arena_, shape.size);
  fill(shape, from, base, true);
  return base;
}

namespace {

std::string shown(const Shape& shape, const void* slot, bool element) {
  std::string out;
  if (shape.kind == Kind::structure && !element) {
    const void* base = structure_of(slot, false);
    if (!base) return "absent";
    to_json(shape, base, out);
  } else {
    to_json(shape, slot, out);
  }
  return out;
}

bool same_json(std::string_view a, std::string_view b) {
  Arena arena;
  const Document *x = parse_document(a, arena), *y = parse_document(b, arena);
  return x && y && difference(kAny, x, y).empty();
}

bool same_document(const Document& a, const Document& b) {
  if (a.type != b.type) return false;
  switch (a.type) {
    case Document::Type::boolean: return a.boolean == b.boolean;
    case Document::Type::number: return a.number == b.number;
    case Document::Type::text: return a.text == b.text.view();
    case Document::Type::array:
      if (a.array.size() != b.array.size()) return false;
      for (size_t i = 0; i < a.array.size(); i++)
        if (!same_document(a.array[i], b.array[i])) return false;
      return true;
    case Document::Type::object:
      if (a.object.size() != b.object.size()) return false;
      for (const auto& e : a.object)
        if (const Document* o = b.object.find(e.key); !o || !same_document(e.value, *o)) return false;
      return true;
    default: return true;
  }
}

template <class T> bool same_number(const void* a, const void* b) {
  T x = slot_as<Opt<T>>(a).value, y = slot_as<Opt<T>>(b).value;
  if constexpr (std::is_floating_point_v<T>) if (std::isnan(x) && std::isnan(y)) return true;
  return x == y;
}

char* entry_with_key(const Shape& shape, const RawList& map, std::string_view key) {
  for (size_t i = 0; i < map.count; i++)
    if (key_of(entry_at(map, stride_of(shape), i)) == key) return entry_at(map, stride_of(shape), i);
  return nullptr;
}

std::string collection_difference(const Shape& shape, const RawList& a, const RawList& b, const std::string& path) {
  if (a.count != b.count) return cat(path, ": ", a.count, " against ", b.count, " entries");
  size_t stride = stride_of(shape);
  for (size_t i = 0; i < a.count; i++) {
    char* x = entry_at(a, stride, i);
    char* y = entry_at(b, stride, i);
    std::string inner = cat(path, '[', i, ']');
    if (shape.kind == Kind::map) {
      y = entry_with_key(shape, b, key_of(x));
      inner = cat(path, '{', key_of(x), '}');
      if (!y) return cat(inner, ": missing");
    }
    if (std::string d = difference(*shape.element, value_of(shape, x), value_of(shape, y), true, inner); !d.empty()) return d;
  }
  return {};
}

}  // namespace

std::string difference(const Shape& shape, const void* a, const void* b, bool element, const std::string& path) {
  bool is_structure = shape.kind == Kind::structure;
  auto differs = [&] { return cat(path, ": ", shown(shape, a, element), " against ", shown(shape, b, element)); };
  if (!(is_structure && element) && present(shape.kind, a) != present(shape.kind, b)) return differs();
  if (!(is_structure && element) && !present(shape.kind, a)) return {};
  switch (shape.kind) {
    case Kind::structure:
      for (const Field& f : shape.fields) {
        const void *x = member_slot(structure_of(a, element), f), *y = member_slot(structure_of(b, element), f);
        if (f.json_value && present(f.kind, x) && present(f.kind, y) && same_json(slot_as<Str>(x), slot_as<Str>(y))) continue;
        if (std::string d = difference(*f.shape, x, y, false, cat(path, '.', f.name)); !d.empty()) return d;
      }
      return {};
    case Kind::list:
    case Kind::map: return collection_difference(shape, slot_as<RawList>(a), slot_as<RawList>(b), path);
    case Kind::text: return slot_as<Str>(a) == slot_as<Str>(b).view() ? std::string() : differs();
    case Kind::blob: return slot_as<Blob>(a).view() == slot_as<Blob>(b).view() ? std::string() : differs();
    case Kind::boolean: return same_number<bool>(a, b) ? std::string() : differs();
    case Kind::integer: return same_number<int32_t>(a, b) ? std::string() : differs();
    case Kind::longint:
    case Kind::timestamp: return same_number<int64_t>(a, b) ? std::string() : differs();
    case Kind::float32: return same_number<float>(a, b) ? std::string() : differs();
    case Kind::float64: return same_number<double>(a, b) ? std::string() : differs();
    case Kind::document: return same_document(slot_as<Document>(a), slot_as<Document>(b)) ? std::string() : differs();
  }
  return {};
}

}  // namespace fogbank::wire
