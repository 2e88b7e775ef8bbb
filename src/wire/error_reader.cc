// The client's side of error answers.
#include <cstddef>

#include "base/strings.h"
#include "wire/cbor.h"
#include "wire/errors.h"
#include "wire/json.h"
#include "wire/rest.h"
#include "wire/slots.h"
#include "wire/xml.h"

namespace fogbank::wire {

namespace {

/// What error bodies of the JSON and CBOR protocols say besides the modelled members, read through tables like any answer.
struct Probe { Str type, code, upper_code, message, upper_message; };
constexpr Shape kText{.name = "String", .kind = Kind::text, .size = sizeof(Str), .align = 8};
constexpr Field probe_field(const char* name, size_t offset) {
  return Field{.name = name, .wire_name = name, .query_name = name, .shape = &kText, .offset = static_cast<uint32_t>(offset), .kind = Kind::text};
}
constexpr Field kProbeFields[] = {
    probe_field("__type", offsetof(Probe, type)),       probe_field("code", offsetof(Probe, code)),
    probe_field("Code", offsetof(Probe, upper_code)),   probe_field("message", offsetof(Probe, message)),
    probe_field("Message", offsetof(Probe, upper_message)),
};
constexpr Shape kProbe{.name = "Error", .kind = Kind::structure, .size = sizeof(Probe), .align = 8, .fields = kProbeFields, .payload = -1};

/// "aws.protocoltests#FooError:http://internal.amazon.com/" names FooError.
std::string_view bare(std::string_view type) {
  type = type.substr(0, type.find(':'));
  size_t hash = type.rfind('#');
  return trim(hash == std::string_view::npos ? type : type.substr(hash + 1));
}

std::string_view header_of(const ResponseParts& r, std::string_view name) {
  if (r.headers)
    for (const Header& h : *r.headers)
      if (iequals(h.name, name)) return h.value;
  return {};
}

void add_members(const Shape& shape, void* base, ApiError& out) {
  for (const Field& f : shape.fields)
    if (f.location == Location::status_code && f.kind == Kind::integer) slot_as<Opt<int32_t>>(member_slot(base, f)) = out.status;
  const Field* message = message_field(shape);
  for (const Field& f : shape.fields) {
    const void* slot = member_slot(base, f);
    if (&f == message || !present(f.kind, slot)) continue;
    std::string text;
    if (f.kind == Kind::text) text = slot_as<Str>(slot).view();
    else if (f.kind == Kind::structure) to_json(*f.shape, structure_of(slot, false), text);
    else to_json(*f.shape, slot, text);
    out.members.emplace_back(f.name, std::move(text));
  }
}

ApiError read_rpc_error(Protocol protocol, const Operation& op, const ResponseParts& r) {
  Arena arena;
  Probe probe{};
  auto read = [&](const Shape& shape, void* base) {
    if (protocol == Protocol::rpc_v2_cbor) return read_cbor(shape, base, r.body, arena).has_value();
    JsonOptions options;
    options.body_only = protocol == Protocol::rest_json;
    return read_json(shape, base, r.body, arena, options).has_value();
  };
  bool ok = read(kProbe, &probe);
  std::string_view type = header_of(r, "x-amzn-errortype");
  if (type.empty()) type = probe.type ? probe.type : probe.code ? probe.code : probe.upper_code;
  ApiError out(std::string(bare(type)), std::string((probe.message ? probe.message : probe.upper_message).view()), r.status);
  if (std::string_view query = header_of(r, "x-amzn-query-error"); !query.empty()) {
    out.query_code = query.substr(0, query.find(';'));
    out.sender = query.find(";Receiver") == std::string_view::npos;
  }
  if (out.code.empty()) out.code = cat(r.status);
  const Shape* shape = ok ? error_shape(&op, out.code) : nullptr;
  if (!shape) return out;
  void* base = zeroed(arena, shape->size);
  bool bound = protocol == Protocol::rest_json && read_rest_headers(protocol, *shape, r.headers, base, arena).has_value();
  if (read(*shape, base) || bound) add_members(*shape, base, out);
  return out;
}

ApiError read_xml_answer(Protocol protocol, const Operation& op, const ResponseParts& r) {
  Arena arena;
  XmlError e;
  if (!read_xml_error(r.body, e, nullptr, nullptr, arena)) return ApiError(cat(r.status), "", r.status);
  ApiError out(e.code, e.message, r.status);
  if (!e.type.empty()) out.sender = e.type == "Sender";
  const Shape* shape = error_shape(&op, e.code);
  if (!shape) return out;
  void* base = zeroed(arena, shape->size);
  bool bound = protocol == Protocol::rest_xml && read_rest_headers(protocol, *shape, r.headers, base, arena).has_value();
  if (read_xml_error(r.body, e, shape, base, arena) || bound) add_members(*shape, base, out);
  return out;
}

}  // namespace

ApiError read_error(Protocol protocol, const Operation& op, const ResponseParts& response) {
  bool xml = protocol == Protocol::query || protocol == Protocol::ec2 || protocol == Protocol::rest_xml;
  return xml ? read_xml_answer(protocol, op, response) : read_rpc_error(protocol, op, response);
}

}  // namespace fogbank::wire
