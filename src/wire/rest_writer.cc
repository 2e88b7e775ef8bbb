#include "base/encoding.h"
#include "base/strings.h"
#include "wire/json.h"
#include "wire/rest.h"
#include "wire/scalars.h"
#include "wire/slots.h"

namespace fogbank::wire {

namespace {

constexpr std::string_view kXmlDeclaration = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

/// A list header's entry: quoted if it would be read as something else.
void append_entry(std::string& out, Kind kind, const void* slot, TimeFormat time) {
  std::string text;
  append_scalar(text, kind, slot, time_text(time, TimeText::rfc822));
  if (kind != Kind::text || text.find_first_of(",\"") == std::string::npos) { out += text; return; }
  out += '"';
  for (char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  out += '"';
}

std::string header_text(const Field& f, const void* slot) {
  std::string text;
  if (f.json_value && f.kind == Kind::text) {
    append_base64(text, slot_as<Str>(slot));
  } else if (f.kind == Kind::list) {
    const auto& list = slot_as<RawList>(slot);
    size_t stride = stride_of(*f.shape);
    const Shape& element = *f.shape->element;
    for (size_t i = 0; i < list.count; i++) {
      if (i) text += ", ";
      append_entry(text, element.kind, entry_at(list, stride, i), element.time);
    }
  } else {
    append_scalar(text, f.kind, slot, time_text(f.time, TimeText::rfc822));
  }
  return text;
}

/// Roots of S3's answers where neither the model nor its corrections say: the model names the output shapes, S3 its own elements.
struct Root { std::string_view operation, name; };
constexpr Root kS3Roots[] = {
    {"ListDirectoryBuckets", "ListAllMyDirectoryBucketsResult"},
    {"CreateSession", "CreateSessionResult"},
    {"GetBucketAcl", "AccessControlPolicy"},
    {"GetObjectAcl", "AccessControlPolicy"},
    {"GetBucketCors", "CORSConfiguration"},
    {"GetBucketLifecycle", "LifecycleConfiguration"},
    {"GetBucketLifecycleConfiguration", "LifecycleConfiguration"},
    {"GetBucketLogging", "BucketLoggingStatus"},
    {"GetBucketNotification", "NotificationConfiguration"},
    {"GetBucketNotificationConfiguration", "NotificationConfiguration"},
    {"GetBucketRequestPayment", "RequestPaymentConfiguration"},
    {"GetBucketTagging", "Tagging"},
    {"GetObjectTagging", "Tagging"},
    {"GetBucketVersioning", "VersioningConfiguration"},
    {"GetBucketWebsite", "WebsiteConfiguration"},
    {"GetBucketAccelerateConfiguration", "AccelerateConfiguration"},
    {"GetObjectAttributes", "GetObjectAttributesResponse"},
    {"ListBucketAnalyticsConfigurations", "ListBucketAnalyticsConfigurationResult"},
    {"ListBucketInventoryConfigurations", "ListInventoryConfigurationsResult"},
    {"ListBucketMetricsConfigurations", "ListMetricsConfigurationsResult"},
};

std::string_view output_root(const Service& service, const Operation& op) {
  if (op.output->xml_name) return op.output->xml_name;
  if (is_s3(service))
    for (const Root& r : kS3Roots)
      if (r.operation == op.name) return r.name;
  return op.output->name;
}

std::string_view payload_root(const Service& service, const Field& f) {
  if (f.shape->xml_name) return f.shape->xml_name;
  return is_s3(service) || std::string_view(f.wire_name) != f.name ? f.wire_name : f.shape->name;
}

const char* root_namespace(const Service& service, const char* own) { return own ? own : service.xml_namespace; }

XmlOptions xml_options(const Service& service, bool answer) {
  XmlOptions options;
  options.answer = answer;
  if (is_s3(service)) options.time = TimeText::iso8601_millis;
  options.body_only = true;
  return options;
}

void content_type(Message& out, bool given, std::string_view type) {
  if (!given) append_header(out.headers, "Content-Type", type);
}

void write_payload(Protocol protocol, const Service& service, const Field& f, const void* base, bool typed, Message& out) {
  const void* slot = member_slot(base, f);
  if (f.streaming || f.shape->event_stream) return;
  if (!has_value(f.kind, slot)) return;
  if (f.kind == Kind::blob) {
    content_type(out, typed, "application/octet-stream");
    out.body += slot_as<Blob>(slot).view();
  } else if (f.kind == Kind::text) {
    content_type(out, typed, "text/plain");
    out.body += slot_as<Str>(slot).view();
  } else if (protocol == Protocol::rest_json) {
    content_type(out, typed, "application/json");
    if (f.kind == Kind::structure) write_json(*f.shape, structure_of(slot, false), out.body);
    else write_json_value(*f.shape, slot, out.body);
  } else if (f.kind == Kind::structure) {
    content_type(out, typed, "application/xml");
    out.body += kXmlDeclaration;
    XmlOptions options = xml_options(service, false);
    options.body_only = false;
    const char* ns = f.xml_namespace ? f.xml_namespace : f.shape->xml_namespace;
    write_xml_root(payload_root(service, f), root_namespace(service, ns), f.xml_prefix, *f.shape, structure_of(slot, false), out.body, options);
  }
}

void append_query(std::string& path, std::string_view name, std::string_view value) {
  path += path.find('?') == std::string::npos ? '?' : '&';
  percent_encode_to(path, name);
  path += '=';
  percent_encode_to(path, value);
}

void write_querystring(const Shape& shape, const void* base, std::string& path) {
  auto scalar = [&](std::string_view name, Kind kind, const void* slot, TimeFormat time) {
    std::string text;
    append_scalar(text, kind, slot, time_text(time, TimeText::iso8601));
    append_query(path, name, text);
  };
  auto values = [&](std::string_view name, const Shape& s, TimeFormat time, const void* slot) {
    if (s.kind != Kind::list) return scalar(name, s.kind, slot, time);
    const auto& list = slot_as<RawList>(slot);
    for (size_t i = 0; i < list.count; i++) scalar(name, s.element->kind, entry_at(list, stride_of(s), i), s.element->time);
  };
  for (const Field& f : shape.fields) {
    const void* slot = member_slot(base, f);
    if (f.location != Location::querystring || !has_value(f.kind, slot)) continue;
    if (f.kind != Kind::map) { values(f.wire_name, *f.shape, f.time, slot); continue; }
    const auto& map = slot_as<RawList>(slot);
    for (size_t i = 0; i < map.count; i++) {
      char* entry = entry_at(map, stride_of(*f.shape), i);
      std::string_view key = key_of(entry);
      bool named = false;  // a named member wins over the map
      for (const Field& o : shape.fields) named |= o.location == Location::querystring && o.kind != Kind::map && key == o.wire_name && has_value(o.kind, member_slot(base, o));
      if (!named) values(key, *f.shape->element, f.shape->element->time, entry + sizeof(Str));
    }
  }
}

std::string path_of(const Operation& op, const void* base) {
  std::string path;
  std::string_view uri = op.uri;
  for (size_t i = 0; i < uri.size(); i++) {
    size_t end = uri[i] == '{' ? uri.find('}', i) : std::string_view::npos;
    if (end == std::string_view::npos) { path += uri[i]; continue; }
    std::string_view label = uri.substr(i + 1, end - i - 1);
    bool greedy = !label.empty() && label.back() == '+';
    if (greedy) label.remove_suffix(1);
    for (const Field& f : op.input->fields) {
      if (f.location != Location::uri || label != f.wire_name || !has_value(f.kind, member_slot(base, f))) continue;
      std::string text;
      append_scalar(text, f.kind, member_slot(base, f), time_text(f.time, TimeText::iso8601));
      percent_encode_to(path, text, greedy);
    }
    i = end;
  }
  return path;
}

bool has_body_members(const Shape& shape, bool answer) {
  for (const Field& f : shape.fields)
    if (travels_in_body(f, answer)) return true;
  return false;
}

bool any_body_member_set(const Shape& shape, const void* base) {
  for (const Field& f : shape.fields)
    if (f.location == Location::body && has_value(f.kind, member_slot(base, f))) return true;
  return false;
}

void write_json_body(const Shape& shape, const void* base, bool typed, bool answer, Message& out) {
  content_type(out, typed, "application/json");
  JsonOptions options;
  options.body_only = true;
  options.answer = answer;
  write_json(shape, base, out.body, options);
}

/// S3's GetBucketLocation answers with the member as the root.
bool write_bucket_location(const Service& service, const Operation& op, const void* output, Message& out) {
  if (!is_s3(service) || std::string_view(op.name) != "GetBucketLocation") return false;
  content_type(out, false, "application/xml");
  append(out.body, kXmlDeclaration, "<LocationConstraint xmlns=\"", service.xml_namespace ? service.xml_namespace : "", "\">");
  append_xml_text(out.body, View(output, op.output).text("LocationConstraint"));
  out.body += "</LocationConstraint>";
  return true;
}

}  // namespace

void append_header(std::string& out, std::string_view name, std::string_view value) {
  append(out, name, ": ");
  size_t from = out.size();
  out += value;
  for (size_t i = from; i < out.size(); i++)
    if (static_cast<unsigned char>(out[i]) < 0x20 && out[i] != '\t') out[i] = ' ';
  out += "\r\n";
}

bool write_rest_headers(const Shape& shape, const void* base, std::string& out) {
  bool typed = false;
  for (const Field& f : shape.fields) {
    const void* slot = member_slot(base, f);
    if ((f.location != Location::header && f.location != Location::headers) || !has_value(f.kind, slot)) continue;
    if (f.location == Location::header) {
      std::string text = header_text(f, slot);
      if (text.empty()) continue;
      append_header(out, f.wire_name, text);
      typed |= iequals(f.wire_name, "content-type");
    } else if (f.kind == Kind::map && f.shape->element->kind == Kind::text) {
      const auto& map = slot_as<RawList>(slot);
      for (size_t i = 0; i < map.count; i++) {
        char* entry = entry_at(map, stride_of(*f.shape), i);
        append_header(out, cat(f.wire_name, key_of(entry)), slot_as<Str>(entry + sizeof(Str)));
      }
    }
  }
  return typed;
}

void write_rest_output(Protocol protocol, const Service& service, const Operation& op, const void* output, Message& out) {
  const Shape& shape = *op.output;
  out.status = op.status ? op.status : 200;
  for (const Field& f : shape.fields)
    if (f.location == Location::status_code && f.kind == Kind::integer && has_value(f.kind, member_slot(output, f)))
      out.status = slot_as<Opt<int32_t>>(member_slot(output, f)).value;
  bool typed = write_rest_headers(shape, output, out.headers);
  if (write_bucket_location(service, op, output, out)) return;
  if (shape.payload >= 0) return write_payload(protocol, service, shape.fields[shape.payload], output, typed, out);
  if (protocol == Protocol::rest_json) {
    if (out.status == 204 || out.status == 304) return;
    if (has_body_members(shape, true) || out.status == 200) return write_json_body(shape, output, typed, true, out);
    return content_type(out, typed, "application/json");
  }
  if (!has_body_members(shape, true)) return;
  content_type(out, typed, "application/xml");
  out.body += kXmlDeclaration;
  write_xml_root(output_root(service, op), root_namespace(service, shape.xml_namespace), nullptr, shape, output, out.body, xml_options(service, true));
}

void write_rest_input(Protocol protocol, const Service& service, const Operation& op, const void* input, Message& out) {
  const Shape& shape = *op.input;
  out.method = op.method;
  out.path_and_query = path_of(op, input);
  write_querystring(shape, input, out.path_and_query);
  bool typed = write_rest_headers(shape, input, out.headers);
  if (shape.payload >= 0) return write_payload(protocol, service, shape.fields[shape.payload], input, typed, out);
  if (!has_body_members(shape, false)) return;
  if (protocol == Protocol::rest_json) return write_json_body(shape, input, typed, false, out);
  if (!any_body_member_set(shape, input)) return;
  content_type(out, typed, "application/xml");
  const char* name = op.input_xml_name ? op.input_xml_name : shape.xml_name ? shape.xml_name : shape.name;
  const char* ns = op.input_xml_namespace ? op.input_xml_namespace : shape.xml_namespace;
  write_xml_root(name, root_namespace(service, ns), nullptr, shape, input, out.body, xml_options(service, false));
}

}  // namespace fogbank::wire
