// Event streams (application/vnd.amazon.eventstream): frames of typed headers and a payload between two CRC32s.
// Format: Amazon's "Event stream encoding"; all numbers big-endian:
//   total length u32 · headers length u32 · CRC32 of these 8 bytes · headers · payload · CRC32 of everything before.
#include "base/encoding.h"
#include "base/strings.h"
#include "wire/cbor.h"
#include "wire/codec.h"
#include "wire/json.h"
#include "wire/rest.h"
#include "wire/scalars.h"
#include "wire/slots.h"

namespace fogbank::wire {

namespace {

constexpr size_t kPrelude = 12, kMaxFrame = 24u << 20, kMaxHeaders = 128u << 10;
enum Type : uint8_t { kTrue, kFalse, kByte, kShort, kInt, kLong, kBytes, kString, kTimestamp, kUuid };

void put(std::string& out, uint64_t v, int bytes) {
  for (int shift = bytes * 8 - 8; shift >= 0; shift -= 8) out += static_cast<char>(v >> shift);
}

uint64_t get(std::string_view s, size_t at, int bytes) {
  uint64_t v = 0;
  for (int i = 0; i < bytes; i++) v = v << 8 | static_cast<uint8_t>(s[at + i]);
  return v;
}

void put_name(std::string& out, std::string_view name, Type type) {
  put(out, name.size(), 1);
  out += name;
  put(out, type, 1);
}

void put_text(std::string& out, std::string_view name, std::string_view text, Type type = kString) {
  text = utf8_prefix(text, 32767);
  put_name(out, name, type);
  put(out, text.size(), 2);
  out += text;
}

/// A header of an event's member, typed as its shape.
void put_member(std::string& out, const Field& f, const void* slot) {
  switch (f.kind) {
    case Kind::boolean: return put_name(out, f.wire_name, slot_as<Opt<bool>>(slot).value ? kTrue : kFalse);
    case Kind::integer: put_name(out, f.wire_name, kInt); return put(out, static_cast<uint32_t>(slot_as<Opt<int32_t>>(slot).value), 4);
    case Kind::longint: put_name(out, f.wire_name, kLong); return put(out, static_cast<uint64_t>(slot_as<Opt<int64_t>>(slot).value), 8);
    case Kind::timestamp: put_name(out, f.wire_name, kTimestamp); return put(out, static_cast<uint64_t>(slot_as<Opt<int64_t>>(slot).value), 8);
    case Kind::blob: return put_text(out, f.wire_name, slot_as<Blob>(slot), kBytes);
    case Kind::text: return put_text(out, f.wire_name, slot_as<Str>(slot));
    default: return;
  }
}

void frame(std::string& out, std::string_view headers, std::string_view payload) {
  size_t start = out.size();
  put(out, headers.size() + payload.size() + kPrelude + 4, 4);
  put(out, headers.size(), 4);
  put(out, crc32(std::string_view(out).substr(start)), 4);
  out += headers;
  out += payload;
  put(out, crc32(std::string_view(out).substr(start)), 4);
}

tl::unexpected<ApiError> damaged(const char* why) { return fail("InvalidEventStream", cat("The event stream is damaged: ", why)); }

/// One header as text; false if it does not fit.
bool read_header(std::string_view s, size_t& at, EventHeader& out) {
  auto left = [&] { return s.size() - at; };
  if (left() < 1) return false;
  size_t n = get(s, at, 1);
  if (left() < n + 2) return false;
  out.name = s.substr(at + 1, n);
  at += 1 + n;
  uint8_t type = static_cast<uint8_t>(s[at++]);
  static constexpr uint8_t kFixed[] = {0, 0, 1, 2, 4, 8, 2, 2, 8, 16};
  if (type > kUuid || left() < kFixed[type]) return false;
  size_t size = kFixed[type];
  if (type == kBytes || type == kString) {
    size = get(s, at, 2);
    at += 2;
    if (left() < size) return false;
  }
  std::string_view raw = s.substr(at, size);
  at += size;
  switch (type) {
    case kTrue: out.text = "true"; return true;
    case kFalse: out.text = "false"; return true;
    case kByte: out.text = cat(static_cast<int>(static_cast<int8_t>(get(raw, 0, 1)))); return true;
    case kShort: out.text = cat(static_cast<int>(static_cast<int16_t>(get(raw, 0, 2)))); return true;
    case kInt: out.text = cat(static_cast<int32_t>(get(raw, 0, 4))); return true;
    case kLong: out.text = cat(static_cast<int64_t>(get(raw, 0, 8))); return true;
    case kBytes: out.text = base64(raw); return true;
    case kString: out.text = raw; return is_text(raw);
    case kTimestamp: out.text.clear(); append_time(out.text, static_cast<int64_t>(get(raw, 0, 8)), TimeText::unix_seconds); return true;
    default: out.text = hex(raw); return true;
  }
}

const char* structure_type(Protocol p) {
  return p == Protocol::rest_xml ? "text/xml" : p == Protocol::rpc_v2_cbor ? "application/cbor" : "application/json";
}

void write_structure(Protocol protocol, const Shape& shape, const void* base, bool top, std::string& out) {
  if (protocol == Protocol::rpc_v2_cbor) return write_cbor(shape, base, out);
  if (protocol == Protocol::rest_xml) {
    if (!shape.fields.empty()) write_xml_root(shape.xml_name ? shape.xml_name : shape.name, nullptr, nullptr, shape, base, out, {});
    return;
  }
  JsonOptions options;
  options.body_only = top;
  write_json(shape, base, out, options);
}

Result<void> read_structure(Protocol protocol, const Shape& shape, void* base, std::string_view payload, Arena& arena) {
  if (payload.empty()) return {};
  if (protocol == Protocol::rpc_v2_cbor) return read_cbor(shape, base, payload, arena);
  if (protocol == Protocol::rest_xml) return read_xml(shape, base, payload, nullptr, arena, {});
  return read_json(shape, base, payload, arena);
}

std::string_view header_of(const EventFrame& e, std::string_view name) {
  for (const EventHeader& h : e.headers)
    if (h.name == name) return h.text;
  return {};
}

Result<void> read_event_payload(Protocol protocol, const Field& f, void* base, std::string_view payload, Arena& arena) {
  void* slot = member_slot(base, f);
  if (f.kind == Kind::blob) { slot_as<Blob>(slot) = Blob(payload); return {}; }
  if (f.kind == Kind::text) {
    if (!is_text(payload)) return damaged("text is not UTF-8");
    slot_as<Str>(slot) = Str(payload);
    return {};
  }
  if (f.kind != Kind::structure) return damaged("payload of an unknown kind");
  return read_structure(protocol, *f.shape, make_structure(*f.shape, slot, false, arena), payload, arena);
}

}  // namespace

void write_event(std::string& out, const std::vector<EventHeader>& headers, std::string_view payload) {
  std::string block;
  for (const EventHeader& h : headers) put_text(block, h.name, h.text);
  frame(out, block, payload);
}

Result<EventFrame> read_event(std::string_view bytes) {
  EventFrame e;
  if (bytes.size() < kPrelude) return e;
  if (crc32(bytes.substr(0, 8)) != get(bytes, 8, 4)) return damaged("checksum of the prelude");
  size_t total = get(bytes, 0, 4), headers = get(bytes, 4, 4);
  if (total > kMaxFrame || headers > kMaxHeaders || total < kPrelude + 4 + headers) return damaged("length");
  if (bytes.size() < total) return e;
  if (crc32(bytes.substr(0, total - 4)) != get(bytes, total - 4, 4)) return damaged("checksum of the message");
  std::string_view block = bytes.substr(kPrelude, headers);
  for (size_t at = 0; at < block.size();) {
    EventHeader h;
    if (!read_header(block, at, h)) return damaged("header");
    e.headers.push_back(std::move(h));
  }
  e.payload = bytes.substr(kPrelude + headers, total - kPrelude - headers - 4);
  e.consumed = total;
  return e;
}

void write_event_message(Protocol protocol, const Field& member, const void* value, std::string& out) {
  const Shape& event = *member.shape;
  const Field* payload = nullptr;
  bool body = false;
  for (const Field& f : event.fields) {
    if (f.event_payload) payload = &f;
    body |= !f.event_payload && !f.event_header;
  }
  std::string headers, content;
  put_text(headers, ":message-type", "event");
  put_text(headers, ":event-type", member.wire_name);
  for (const Field& f : event.fields)
    if (f.event_header && present(f.kind, member_slot(value, f))) put_member(headers, f, member_slot(value, f));
  if (payload) {
    const void* slot = member_slot(value, *payload);
    const char* type = payload->kind == Kind::blob ? "application/octet-stream" : payload->kind == Kind::text ? "text/plain" : structure_type(protocol);
    put_text(headers, ":content-type", type);
    if (payload->kind == Kind::blob) content = slot_as<Blob>(slot).view();
    else if (payload->kind == Kind::text) content = slot_as<Str>(slot).view();
    else if (present(payload->kind, slot)) write_structure(protocol, *payload->shape, structure_of(slot, false), false, content);
  } else if (body || protocol != Protocol::rest_xml) {
    put_text(headers, ":content-type", structure_type(protocol));
    write_structure(protocol, event, value, true, content);
  }
  frame(out, headers, content);
}

void write_event_error(Protocol protocol, const ApiError& error, std::string& out) {
  std::string headers, content;
  put_text(headers, ":message-type", "exception");
  put_text(headers, ":exception-type", error.code);
  put_text(headers, ":content-type", structure_type(protocol));
  if (protocol == Protocol::rpc_v2_cbor) {
    append_cbor_map(content, 1);
    append_cbor_text(content, "message");
    append_cbor_text(content, error.message);
  } else if (protocol == Protocol::rest_xml) {
    content += "<Error>";
    append_xml_element(content, "Code", error.code);
    append_xml_element(content, "Message", error.message);
    content += "</Error>";
  } else {
    content += "{\"message\":";
    append_json_string(content, error.message);
    content += '}';
  }
  frame(out, headers, content);
}

Result<void*> read_event_message(Protocol protocol, const Shape& stream, const EventFrame& event, Arena& arena) {
  void* base = zeroed(arena, stream.size);
  std::string_view type = header_of(event, ":event-type");
  for (const Field& f : stream.fields) {
    if (type != f.wire_name || f.kind != Kind::structure) continue;
    const Shape& shape = *f.shape;
    void* value = make_structure(shape, member_slot(base, f), false, arena);
    const Field* payload = nullptr;
    for (const Field& m : shape.fields) {
      if (m.event_payload) payload = &m;
      if (!m.event_header) continue;
      for (const EventHeader& h : event.headers)
        if (h.name == m.wire_name && !parse_scalar(m.kind, arena.copy(h.text), member_slot(value, m), arena)) return damaged("header of another type");
    }
    if (payload) FB_TRY(read_event_payload(protocol, *payload, value, event.payload, arena));
    else FB_TRY(read_structure(protocol, shape, value, event.payload, arena));
    return base;
  }
  return base;  // an event that this model does not know
}

}  // namespace fogbank::wire
