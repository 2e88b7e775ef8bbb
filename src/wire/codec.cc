// The entry points: which protocol is read and written how.
#include "wire/codec.h"

#include "base/strings.h"
#include "wire/cbor.h"
#include "wire/json.h"
#include "wire/query.h"
#include "wire/rest.h"
#include "wire/slots.h"
#include "wire/xml.h"

namespace fogbank::wire {

namespace {

bool is_rest(Protocol p) { return p == Protocol::rest_json || p == Protocol::rest_xml; }

XmlOptions query_answer(Protocol protocol) {
  XmlOptions options;
  options.query = protocol == Protocol::query;
  if (protocol == Protocol::ec2) options.time = TimeText::iso8601_millis;
  return options;
}

void write_query_output(const Service& service, const Operation& op, const void* output, std::string_view request_id, Message& out) {
  append_header(out.headers, "Content-Type", "text/xml");
  append(out.body, '<', op.name, "Response");
  if (service.xml_namespace) append(out.body, " xmlns=\"", service.xml_namespace, '"');
  out.body += '>';
  if (op.result_wrapper) append(out.body, '<', op.result_wrapper, '>');
  write_xml_members(*op.output, output, out.body, query_answer(Protocol::query));
  if (op.result_wrapper) append(out.body, "</", op.result_wrapper, '>');
  append(out.body, "<ResponseMetadata><RequestId>", request_id, "</RequestId></ResponseMetadata></", op.name, "Response>");
}

void write_ec2_output(const Service& service, const Operation& op, const void* output, std::string_view request_id, Message& out) {
  append_header(out.headers, "Content-Type", "text/xml;charset=UTF-8");
  append(out.body, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<", op.name, "Response");
  if (service.xml_namespace) append(out.body, " xmlns=\"", service.xml_namespace, '"');
  append(out.body, "><requestId>", request_id, "</requestId>");
  write_xml_members(*op.output, output, out.body, query_answer(Protocol::ec2));
  append(out.body, "</", op.name, "Response>");
}

void rpc_request(Message& out) {
  out.method = "POST";
  out.path_and_query = "/";
}

}  // namespace

Result<void*> read_input(Protocol protocol, const Operation& op, const RequestParts& request, Arena& arena) {
  void* base = zeroed(arena, op.input->size);
  switch (protocol) {
    case Protocol::json_1_0:
    case Protocol::json_1_1: FB_TRY(read_json(*op.input, base, request.body, arena)); break;
    case Protocol::query: FB_TRY(read_query(*op.input, base, request.query, request.body, false, arena)); break;
    case Protocol::ec2: FB_TRY(read_query(*op.input, base, request.query, request.body, true, arena)); break;
    case Protocol::rest_json:
    case Protocol::rest_xml: FB_TRY(read_rest_input(protocol, op, request, base, arena)); break;
    case Protocol::rpc_v2_cbor: FB_TRY(read_cbor(*op.input, base, request.body, arena)); break;
  }
  return base;
}

void write_output(Protocol protocol, const Service& service, const Operation& op, const void* output, std::string_view request_id, Message& out) {
  out.status = op.status && is_rest(protocol) ? op.status : 200;
  switch (protocol) {
    case Protocol::json_1_0:
    case Protocol::json_1_1:
      append_header(out.headers, "Content-Type", protocol == Protocol::json_1_0 ? "application/x-amz-json-1.0" : "application/x-amz-json-1.1");
      write_json(*op.output, output, out.body);
      break;
    case Protocol::query: write_query_output(service, op, output, request_id, out); break;
    case Protocol::ec2: write_ec2_output(service, op, output, request_id, out); break;
    case Protocol::rest_json:
    case Protocol::rest_xml: write_rest_output(protocol, service, op, output, out); break;
    case Protocol::rpc_v2_cbor:
      append_header(out.headers, "smithy-protocol", "rpc-v2-cbor");
      append_header(out.headers, "Content-Type", "application/cbor");
      write_cbor(*op.output, output, out.body);
      break;
  }
}

void write_input(Protocol protocol, const Service& service, const Operation& op, const void* input, Message& out) {
  bool rpc = protocol == Protocol::json_1_0 || protocol == Protocol::json_1_1 || protocol == Protocol::rpc_v2_cbor;
  if (service.query_compatible && rpc) append_header(out.headers, "x-amzn-query-mode", "true");
  switch (protocol) {
    case Protocol::json_1_0:
    case Protocol::json_1_1:
      rpc_request(out);
      append_header(out.headers, "Content-Type", protocol == Protocol::json_1_0 ? "application/x-amz-json-1.0" : "application/x-amz-json-1.1");
      append_header(out.headers, "X-Amz-Target", cat(service.target_prefix ? service.target_prefix : "", '.', op.name));
      write_json(*op.input, input, out.body);
      break;
    case Protocol::query:
    case Protocol::ec2:
      rpc_request(out);
      append_header(out.headers, "Content-Type", "application/x-www-form-urlencoded");
      append(out.body, "Action=", op.name, "&Version=", service.version ? service.version : "");
      write_query(*op.input, input, protocol == Protocol::ec2, out.body);
      break;
    case Protocol::rest_json:
    case Protocol::rest_xml: write_rest_input(protocol, service, op, input, out); break;
    case Protocol::rpc_v2_cbor:
      out.method = "POST";
      out.path_and_query = cat("/service/", service.target_prefix ? service.target_prefix : service.id, "/operation/", op.name);
      append_header(out.headers, "smithy-protocol", "rpc-v2-cbor");
      append_header(out.headers, "Accept", "application/cbor");
      if (op.input->fields.empty()) break;
      append_header(out.headers, "Content-Type", "application/cbor");
      write_cbor(*op.input, input, out.body);
      break;
  }
}

Result<void*> read_output(Protocol protocol, const Operation& op, const ResponseParts& response, Arena& arena) {
  void* base = zeroed(arena, op.output->size);
  switch (protocol) {
    case Protocol::json_1_0:
    case Protocol::json_1_1: FB_TRY(read_json(*op.output, base, response.body, arena)); break;
    case Protocol::query:
    case Protocol::ec2:
      if (trim(response.body).empty()) break;
      FB_TRY(read_xml(*op.output, base, response.body, protocol == Protocol::query ? op.result_wrapper : nullptr, arena, query_answer(protocol)));
      break;
    case Protocol::rest_json:
    case Protocol::rest_xml: FB_TRY(read_rest_output(protocol, op, response, base, arena)); break;
    case Protocol::rpc_v2_cbor: FB_TRY(read_cbor(*op.output, base, response.body, arena)); break;
  }
  return base;
}

}  // namespace fogbank::wire
