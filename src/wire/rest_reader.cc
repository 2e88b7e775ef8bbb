#include "base/encoding.h"
#include "base/strings.h"
#include "wire/json.h"
#include "wire/query.h"
#include "wire/rest.h"
#include "wire/scalars.h"
#include "wire/slots.h"

namespace fogbank::wire {

namespace {

tl::unexpected<ApiError> bad_value(Protocol protocol, const Field& f, std::string_view text) {
  std::string value(utf8_prefix(text, 200));
  if (protocol == Protocol::rest_xml) {
    bool number = f.kind == Kind::integer || f.kind == Kind::longint;
    std::string message = number ? cat("Provided ", f.wire_name, " not an integer or within integer range") : cat("Invalid value for ", f.wire_name);
    return fail(ApiError("InvalidArgument", message).with("ArgumentName", f.wire_name).with("ArgumentValue", value));
  }
  return fail("SerializationException", cat("Unable to parse the value '", value, "' of '", f.wire_name, "' as ", kind_name(f.kind)));
}

bool json_value(const Field& f, std::string_view text, void* slot, Arena& arena) {
  auto json = unbase64(trim(text));
  if (!json || f.kind != Kind::text) return false;
  slot_as<Str>(slot) = Str(arena.copy(*json));
  return true;
}

/// The next entry of a list header; quoted entries may hold commas, HTTP dates hold one.
bool next_entry(std::string_view& rest, Kind kind, bool iso, std::string& entry) {
  rest = trim(rest);
  entry.clear();
  if (rest.empty()) return false;
  if (rest[0] == '"' && kind == Kind::text) {
    size_t i = 1;
    for (; i < rest.size() && rest[i] != '"'; i++) {
      if (rest[i] == '\\' && i + 1 < rest.size()) i++;
      entry += rest[i];
    }
    size_t comma = rest.find(',', std::min(i, rest.size() - 1));
    rest = comma == std::string_view::npos ? std::string_view() : rest.substr(comma + 1);
    return true;
  }
  size_t comma = rest.find(',');
  bool dated = kind == Kind::timestamp && !iso && comma != std::string_view::npos && !(rest[0] >= '0' && rest[0] <= '9');
  if (dated) comma = rest.find(',', comma + 1);
  entry = trim(rest.substr(0, comma));
  rest = comma == std::string_view::npos ? std::string_view() : rest.substr(comma + 1);
  return true;
}

bool header_value(const Field& f, std::string_view text, void* slot, Arena& arena) {
  if (f.json_value) return json_value(f, text, slot, arena);
  if (f.kind != Kind::list) return parse_scalar(f.kind, f.kind == Kind::text ? text : trim(text), slot, arena);
  auto& list = slot_as<RawList>(slot);
  const Shape& element = *f.shape->element;
  if (!is_scalar(element.kind)) return false;
  size_t stride = stride_of(*f.shape);
  make_present(list, stride, arena);
  std::string entry;
  while (next_entry(text, element.kind, element.time == TimeFormat::iso8601, entry))
    if (!parse_scalar(element.kind, arena.copy(entry), add_entry(list, stride, arena), arena)) return false;
  return true;
}

bool querystring_value(const Field& f, const Param& p, void* slot, Arena& arena) {
  if (f.kind != Kind::list) return parse_scalar(f.kind, p.value, slot, arena);
  const Shape& element = *f.shape->element;
  return is_scalar(element.kind) && parse_scalar(element.kind, p.value, add_entry(slot_as<RawList>(slot), stride_of(*f.shape), arena), arena);
}

/// A map in the query string takes the parameters that no other member names.
bool querystring_map(const Field& f, const Shape& shape, const std::vector<Param>& params, void* slot, Arena& arena) {
  auto& map = slot_as<RawList>(slot);
  size_t stride = stride_of(*f.shape);
  const Shape& element = *f.shape->element;
  auto named = [&](const Param& p) {
    return std::any_of(shape.fields.begin(), shape.fields.end(), [&](const Field& o) { return o.location == Location::querystring && o.kind != Kind::map && p.key == o.wire_name; });
  };
  for (const Param& p : params) {
    if (named(p)) continue;
    char* entry = nullptr;
    for (size_t i = 0; i < map.count && !entry; i++)
      if (key_of(entry_at(map, stride, i)) == p.key) entry = entry_at(map, stride, i);
    bool again = entry != nullptr;
    if (!entry) *reinterpret_cast<Str*>(entry = add_entry(map, stride, arena)) = Str(p.key);
    void* value = entry + sizeof(Str);
    if (element.kind == Kind::list && is_scalar(element.element->kind)) {
      if (!parse_scalar(element.element->kind, p.value, add_entry(slot_as<RawList>(value), stride_of(element), arena), arena)) return false;
    } else if (!again && (!is_scalar(element.kind) || !parse_scalar(element.kind, p.value, value, arena))) {
      return false;
    }
  }
  return true;
}

Result<void> read_querystring(Protocol protocol, const Shape& shape, std::string_view uri, std::string_view query, void* base, Arena& arena) {
  bool any = false;
  for (const Field& f : shape.fields) any |= f.location == Location::querystring;
  if (!any) return {};
  std::vector<Param> params;
  if (!split_params(query, params, arena)) return fail("InvalidRequest", "The query string has too many parameters");
  for (const Param& p : params)
    if (!is_text(p.key) || !is_text(p.value)) return fail("InvalidRequest", "The query string is not valid UTF-8");
  size_t mark = uri.find('?');
  std::vector<Param> fixed;  // "?list-type=2" belongs to the route
  if (mark != std::string_view::npos) split_params(uri.substr(mark + 1), fixed, arena);
  auto is_fixed = [&](const Param& p) { return std::any_of(fixed.begin(), fixed.end(), [&](const Param& x) { return x.key == p.key && x.value == p.value; }); };
  params.erase(std::remove_if(params.begin(), params.end(), is_fixed), params.end());
  for (const Field& f : shape.fields) {
    if (f.location != Location::querystring) continue;
    void* slot = member_slot(base, f);
    if (f.kind == Kind::map) {
      if (!querystring_map(f, shape, params, slot, arena)) return bad_value(protocol, f, "");
      continue;
    }
    for (const Param& p : params)
      if (p.key == f.wire_name && !querystring_value(f, p, slot, arena)) return bad_value(protocol, f, p.value);
  }
  return {};
}

Result<void> read_labels(Protocol protocol, const Operation& op, std::string_view path, void* base, Arena& arena) {
  if (std::string_view(op.uri).find('{') == std::string_view::npos) return {};
  std::vector<std::pair<std::string_view, std::string>> labels;
  match_uri(op.uri, path, &labels);  // resolution has matched it already; what is missing is found by validation
  for (const auto& [name, value] : labels) {
    for (const Field& f : op.input->fields) {
      if (f.location != Location::uri || name != f.wire_name) continue;
      if (!is_text(value) && protocol == Protocol::rest_xml) return fail(ApiError("InvalidURI", "Couldn't parse the specified URI.", 400).with("URI", std::string(path)));
      if (!is_text(value) || !parse_scalar(f.kind, arena.copy(value), member_slot(base, f), arena)) return bad_value(protocol, f, value);
    }
  }
  return {};
}

Result<void> read_payload(Protocol protocol, const Field& f, std::string_view body, bool answer, void* base, Arena& arena) {
  void* slot = member_slot(base, f);
  if (f.streaming || body.empty()) return {};
  if (f.kind == Kind::blob) { slot_as<Blob>(slot) = Blob(body); return {}; }
  if (f.kind == Kind::text) {
    if (!is_text(body)) return bad_value(protocol, f, "");
    slot_as<Str>(slot) = Str(body);
    return {};
  }
  if (protocol == Protocol::rest_xml) {
    if (f.kind != Kind::structure) return fail("MalformedXML", "The XML you provided was not well-formed or did not validate against our published schema");
    XmlOptions options;
    if (!answer) options.payload = &f;
    return read_xml(*f.shape, make_structure(*f.shape, slot, false, arena), body, nullptr, arena, options);
  }
  JsonOptions options;
  options.rest = true;
  if (f.kind == Kind::structure) {
    if (trim(body) == "null") return {};
    return read_json(*f.shape, make_structure(*f.shape, slot, false, arena), body, arena, options);
  }
  return read_json_value(*f.shape, slot, body, arena, options);
}

Result<void> read_body(Protocol protocol, const Shape& shape, std::string_view body, bool answer, void* base, Arena& arena) {
  if (shape.payload >= 0) return read_payload(protocol, shape.fields[shape.payload], body, answer, base, arena);
  bool any = false;
  for (const Field& f : shape.fields) any |= travels_in_body(f, answer);
  if (!any || body.empty()) return {};
  if (protocol == Protocol::rest_xml) {
    XmlOptions options;
    options.body_only = true;
    options.answer = answer;
    return trim(body).empty() ? Result<void>{} : read_xml(shape, base, body, nullptr, arena, options);
  }
  JsonOptions options;
  options.rest = options.body_only = true;
  options.answer = answer;
  return read_json(shape, base, body, arena, options);
}

}  // namespace

Result<void> read_rest_headers(Protocol protocol, const Shape& shape, const std::vector<Header>* headers, void* base, Arena& arena) {
  if (!headers) return {};
  for (const Field& f : shape.fields) {
    void* slot = member_slot(base, f);
    if (f.location == Location::header) {
      for (const Header& h : *headers)
        if (iequals(h.name, f.wire_name) && (!is_text(h.value) || !header_value(f, h.value, slot, arena))) return bad_value(protocol, f, h.value);
    } else if (f.location == Location::headers && f.kind == Kind::map && f.shape->element->kind == Kind::text) {
      std::string_view prefix = f.wire_name;
      auto& map = slot_as<RawList>(slot);
      for (const Header& h : *headers) {
        if (!starts_with_i(h.name, prefix)) continue;
        if (!is_text(h.value)) return bad_value(protocol, f, h.value);
        char* entry = add_entry(map, stride_of(*f.shape), arena);
        *reinterpret_cast<Str*>(entry) = Str(h.name.substr(prefix.size()));
        slot_as<Str>(entry + sizeof(Str)) = Str(h.value);
      }
    }
  }
  return {};
}

Result<void> read_rest_input(Protocol protocol, const Operation& op, const RequestParts& request, void* base, Arena& arena) {
  FB_TRY(read_labels(protocol, op, request.path, base, arena));
  FB_TRY(read_querystring(protocol, *op.input, op.uri, request.query, base, arena));
  FB_TRY(read_rest_headers(protocol, *op.input, request.headers, base, arena));
  return read_body(protocol, *op.input, request.body, false, base, arena);
}

Result<void> read_rest_output(Protocol protocol, const Operation& op, const ResponseParts& response, void* base, Arena& arena) {
  for (const Field& f : op.output->fields)
    if (f.location == Location::status_code && f.kind == Kind::integer) slot_as<Opt<int32_t>>(member_slot(base, f)) = response.status;
  FB_TRY(read_rest_headers(protocol, *op.output, response.headers, base, arena));
  return read_body(protocol, *op.output, response.body, true, base, arena);
}

}  // namespace fogbank::wire
