// Error answers of every protocol. A modelled error is filled as a struct of its shape and written by the protocol's own writer, so its
// members have the same names, places (headers too) and formats as in any answer; members that the model does not know follow as text.
#include "base/encoding.h"
#include "base/strings.h"
#include "wire/cbor.h"
#include "wire/errors.h"
#include "wire/json.h"
#include "wire/rest.h"
#include "wire/slots.h"

namespace fogbank::wire {

namespace {

/// An ApiError with what the model says about it.
struct Answer {
  Arena arena;
  const Shape* shape = nullptr;
  void* base = nullptr;             ///< the shape's struct, filled
  bool message_modelled = false;    ///< the message is in `base`
  std::vector<const std::pair<std::string, std::string>*> extra;
  std::string_view name, code;      ///< shape's name or the error's code; code of the query protocol
  std::string_view message;
  bool sender = true;
};

bool fill_member(const Field& f, const std::string& text, void* base, Arena& arena) {
  void* slot = member_slot(base, f);
  if (f.kind == Kind::text) { slot_as<Str>(slot) = Str(text); return true; }
  JsonOptions options;
  options.model_names = true;
  if (f.kind == Kind::structure) return read_json(*f.shape, make_structure(*f.shape, slot, false, arena), text, arena, options).has_value();
  return read_json_value(*f.shape, slot, text, arena, options).has_value();
}

const Field* member_named(const Shape& shape, std::string_view name) {
  for (const Field& f : shape.fields)
    if (name == f.name || name == f.wire_name) return &f;
  return nullptr;
}

/// Lambda's modelled errors say whose fault they are.
void fill_lambda_type(const Service* service, Answer& a) {
  if (!service || std::string_view(service->name) != "lambda") return;
  const Field* f = member_named(*a.shape, "Type");
  if (f && f->kind == Kind::text && !present(f->kind, member_slot(a.base, *f)))
    slot_as<Str>(member_slot(a.base, *f)) = Str(a.sender ? "User" : "Service");
}

void describe(const Service* service, const Operation* op, const ApiError& error, Answer& a) {
  a.shape = error_shape(op, error.code);
  a.name = a.shape ? std::string_view(a.shape->name) : std::string_view(error.code);
  a.code = !error.query_code.empty() ? std::string_view(error.query_code) : a.shape ? std::string_view(wire_code(*a.shape)) : std::string_view(error.code);
  a.message = error.message;
  a.sender = error.sender;
  if (!a.shape) {
    for (const auto& m : error.members) a.extra.push_back(&m);
    return;
  }
  a.sender = error.sender && a.shape->error_sender;
  a.base = zeroed(a.arena, a.shape->size);
  if (const Field* f = message_field(*a.shape); f && !error.message.empty()) {
    slot_as<Str>(member_slot(a.base, *f)) = Str(error.message);
    a.message_modelled = true;
  }
  bool typeless = false;   // an empty Type: AWS leaves it out of this one
  for (const auto& m : error.members) {
    if (m.first == "Type" && m.second.empty()) {
      typeless = true;
      continue;
    }
    const Field* f = member_named(*a.shape, m.first);
    if (!f || !fill_member(*f, m.second, a.base, a.arena)) a.extra.push_back(&m);
  }
  if (!typeless) fill_lambda_type(service, a);
}

int status_of(const ApiError& error, const Answer& a) {
  bool own = error.status != 400 && error.status != 500;
  if (!a.shape || own) return error.status;
  if (a.shape->error_status) return a.shape->error_status;
  return a.shape->error_sender ? error.status : 500;
}

/// Services that name the namespace of their errors, as far as clients have been seen to depend on it.
struct Namespace { std::string_view service, prefix; };
constexpr Namespace kNamespaces[] = {
    {"sqs", "com.amazonaws.sqs#"},
    {"dynamodb", "com.amazonaws.dynamodb.v20120810#"},
    {"dynamodbstreams", "com.amazonaws.dynamodb.v20120810#"},
};

std::string type_name(const Service* service, const Answer& a) {
  std::string_view prefix;
  for (const Namespace& n : kNamespaces)
    if (service && n.service == service->name) prefix = n.prefix;
  if (!a.shape) {
    if (a.name == "SerializationException" || a.name == "UnknownOperationException") prefix = "com.amazon.coral.service#";
    else if (!prefix.empty()) prefix = a.name == "ValidationException" ? "com.amazon.coral.validate#" : "com.amazon.coral.service#";
  }
  return cat(prefix, a.name);
}

/// The members as JSON behind what stands in `out` already ("{" or "{"__type":…").
void append_json_members(const Answer& a, bool body_only, std::string& out) {
  bool first = out.back() == '{';
  auto comma = [&] { if (!first) out += ','; first = false; };
  if (!a.message_modelled && !a.message.empty()) {
    comma();
    out += "\"message\":";
    append_json_string(out, a.message);
  }
  if (a.base) {
    std::string members;
    JsonOptions options;
    options.body_only = body_only;
    write_json(*a.shape, a.base, members, options);
    if (members.size() > 2) {
      comma();
      out.append(members, 1, members.size() - 2);
    }
  }
  for (const auto* m : a.extra) {
    comma();
    append_json_string(out, m->first);
    out += ':';
    append_json_string(out, m->second);
  }
  out += '}';
}

void query_error_header(const Service* service, const Answer& a, Message& out) {
  if (service && service->query_compatible) append_header(out.headers, "x-amzn-query-error", cat(a.code, ';', a.sender ? "Sender" : "Receiver"));
}

void write_json_error(Protocol protocol, const Service* service, const Answer& a, Message& out) {
  append_header(out.headers, "Content-Type", protocol == Protocol::json_1_0 ? "application/x-amz-json-1.0" : "application/x-amz-json-1.1");
  query_error_header(service, a, out);
  out.body += "{\"__type\":";
  append_json_string(out.body, type_name(service, a));
  append_json_members(a, false, out.body);
}

void write_rest_json_error(const Answer& a, Message& out) {
  append_header(out.headers, "x-amzn-ErrorType", a.name);
  if (a.base) write_rest_headers(*a.shape, a.base, out.headers);
  append_header(out.headers, "Content-Type", "application/json");
  out.body += '{';
  append_json_members(a, true, out.body);
}

void write_cbor_error(const Service* service, const Answer& a, Message& out) {
  append_header(out.headers, "smithy-protocol", "rpc-v2-cbor");
  append_header(out.headers, "Content-Type", "application/cbor");
  query_error_header(service, a, out);
  bool own_message = !a.message_modelled && !a.message.empty();
  size_t count = 1 + own_message + a.extra.size();
  if (a.base) for (const Field& f : a.shape->fields) count += present(f.kind, member_slot(a.base, f));
  append_cbor_map(out.body, count);
  append_cbor_text(out.body, "__type");
  append_cbor_text(out.body, type_name(service, a));
  if (own_message) {
    append_cbor_text(out.body, "message");
    append_cbor_text(out.body, a.message);
  }
  if (a.base) {
    for (const Field& f : a.shape->fields) {
      if (!present(f.kind, member_slot(a.base, f))) continue;
      append_cbor_text(out.body, f.wire_name);
      write_cbor_value(*f.shape, member_slot(a.base, f), false, out.body);
    }
  }
  for (const auto* m : a.extra) {
    append_cbor_text(out.body, m->first);
    append_cbor_text(out.body, m->second);
  }
}

/// <Code>, <Message> and the further members; the message keeps this name whatever the model calls it.
void append_xml_error(Answer& a, bool typed, std::string& out) {
  out += "<Error>";
  if (typed) append_xml_element(out, "Type", a.sender ? "Sender" : "Receiver");
  append_xml_element(out, "Code", a.code);
  append_xml_element(out, "Message", a.message);
  if (a.base) {
    if (const Field* f = message_field(*a.shape)) slot_as<Str>(member_slot(a.base, *f)) = Str{};
    XmlOptions options;
    options.body_only = true;
    write_xml_members(*a.shape, a.base, out, options);
  }
  for (const auto* m : a.extra) append_xml_element(out, m->first, m->second);
}

/// SQS ends its errors in an empty element, but for two operations.
bool has_detail(const Service* service, const Operation* op) {
  if (!service || std::string_view(service->name) != "sqs") return false;
  std::string_view name = op ? op->name : "";
  return name != "DeleteMessageBatch" && name != "ChangeMessageVisibilityBatch";
}

void write_query_error(const Service* service, const Operation* op, Answer& a, std::string_view request_id, Message& out) {
  append_header(out.headers, "Content-Type", "text/xml");
  out.body += "<ErrorResponse";
  if (service && service->xml_namespace) append(out.body, " xmlns=\"", service->xml_namespace, '"');
  out.body += '>';
  append_xml_error(a, true, out.body);
  if (has_detail(service, op)) out.body += "<Detail/>";
  append(out.body, "</Error><RequestId>", request_id, "</RequestId></ErrorResponse>");
}

void write_ec2_error(Answer& a, std::string_view request_id, Message& out) {
  append_header(out.headers, "Content-Type", "text/xml;charset=UTF-8");
  out.body += "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response><Errors>";
  append_xml_error(a, false, out.body);
  append(out.body, "</Error></Errors><RequestID>", request_id, "</RequestID></Response>");
}

void write_rest_xml_error(const Service* service, Answer& a, std::string_view request_id, Message& out) {
  if (a.base) write_rest_headers(*a.shape, a.base, out.headers);
  append_header(out.headers, "Content-Type", "application/xml");
  out.body += "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
  bool s3 = service && is_s3(*service), control = service && std::string_view(service->name) == "s3control";
  if (!s3) {
    out.body += "<ErrorResponse";
    if (service && service->xml_namespace) append(out.body, " xmlns=\"", service->xml_namespace, '"');
    out.body += '>';
  }
  append_xml_error(a, !s3 && !control, out.body);
  if (!s3) out.body += "</Error>";
  append_xml_element(out.body, "RequestId", request_id);
  if (s3 || control) append_xml_element(out.body, "HostId", extended_request_id(request_id));
  out.body += s3 ? "</Error>" : "</ErrorResponse>";
}

}  // namespace

const Shape* error_shape(const Operation* op, std::string_view code) {
  if (!op) return nullptr;
  for (const Shape* s : op->errors)
    if (code == s->name || (s->error_code && code == s->error_code)) return s;
  return nullptr;
}

const Field* message_field(const Shape& shape) {
  for (const Field& f : shape.fields)
    if (f.kind == Kind::text && iequals(f.wire_name, "message")) return &f;
  return nullptr;
}

std::string extended_request_id(std::string_view request_id) {
  Sha256 a = sha256(request_id), b = sha256(as_view(a));
  return base64(cat(as_view(a), as_view(b).substr(0, 24)));
}

void write_error(Protocol protocol, const Service* service, const Operation* op, const ApiError& error, std::string_view request_id, Message& out) {
  Answer a;
  describe(service, op, error, a);
  out.status = status_of(error, a);
  if (out.status == 304) return;  // never has a body
  switch (protocol) {
    case Protocol::json_1_0:
    case Protocol::json_1_1: return write_json_error(protocol, service, a, out);
    case Protocol::query: return write_query_error(service, op, a, request_id, out);
    case Protocol::ec2: return write_ec2_error(a, request_id, out);
    case Protocol::rest_json: return write_rest_json_error(a, out);
    case Protocol::rest_xml: return write_rest_xml_error(service, a, request_id, out);
    case Protocol::rpc_v2_cbor: return write_cbor_error(service, a, out);
  }
}

}  // namespace fogbank::wire
