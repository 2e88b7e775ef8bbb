// Written by codegen/ from the API model web 2021-03-04 and web/service.toml.
#include "gen/web/tables.h"

#include <cstddef>

#include "gen/web/types.h"

namespace fogbank::web {
namespace {

using namespace wire;

constexpr Field kFields[] = {
  {.name = "Body", .wire_name = "Body", .query_name = "Body", .shape = &kShapes[1], .offset = offsetof(svc::PutFileRequest, Body), .kind = Kind::blob, .location = Location::payload, .streaming = true},
  {.name = "Bucket", .wire_name = "Bucket", .query_name = "Bucket", .shape = &kShapes[2], .offset = offsetof(svc::PutFileRequest, Bucket), .kind = Kind::text, .location = Location::uri, .required = true},
  {.name = "Key", .wire_name = "Key", .query_name = "Key", .shape = &kShapes[2], .offset = offsetof(svc::PutFileRequest, Key), .kind = Kind::text, .location = Location::uri, .required = true},
  {.name = "Meta", .wire_name = "x-meta-", .query_name = "x-meta-", .shape = &kShapes[3], .offset = offsetof(svc::PutFileRequest, Meta), .kind = Kind::map, .location = Location::headers},
  {.name = "Type", .wire_name = "Content-Type", .query_name = "Content-Type", .shape = &kShapes[2], .offset = offsetof(svc::PutFileRequest, Type), .kind = Kind::text, .location = Location::header},
  {.name = "Bucket", .wire_name = "Bucket", .query_name = "Bucket", .shape = &kShapes[2], .offset = offsetof(svc::GetFileRequest, Bucket), .kind = Kind::text, .location = Location::uri, .required = true},
  {.name = "Key", .wire_name = "Key", .query_name = "Key", .shape = &kShapes[2], .offset = offsetof(svc::GetFileRequest, Key), .kind = Kind::text, .location = Location::uri, .required = true},
  {.name = "Count", .wire_name = "n", .query_name = "n", .shape = &kShapes[6], .offset = offsetof(svc::GetFileRequest, Count), .kind = Kind::integer, .location = Location::querystring},
  {.name = "Status", .wire_name = "Status", .query_name = "Status", .shape = &kShapes[6], .offset = offsetof(svc::GetFileOutput, Status), .kind = Kind::integer, .location = Location::status_code},
  {.name = "Owner", .wire_name = "TheOwner", .query_name = "TheOwner", .shape = &kShapes[8], .offset = offsetof(svc::GetFileOutput, Owner), .kind = Kind::structure, .xml_namespace = "http://xsi/", .xml_prefix = "xsi"},
  {.name = "Type", .wire_name = "xsi:type", .query_name = "xsi:type", .shape = &kShapes[2], .offset = offsetof(svc::Owner, Type), .kind = Kind::text, .xml_attribute = true},
};

constexpr Protocol kProtocols[] = {
  Protocol::rest_xml,
};

}  // namespace

constinit const wire::Shape kShapes[9] = {
  {.name = "PutFileRequest", .kind = Kind::structure, .size = sizeof(svc::PutFileRequest), .align = alignof(svc::PutFileRequest), .fields = {kFields + 0, 5}, .validate = true, .payload = 0},
  {.name = "Body", .kind = Kind::blob, .size = sizeof(fogbank::Blob), .align = alignof(fogbank::Blob), .payload = -1},
  {.name = "Text", .kind = Kind::text, .size = sizeof(fogbank::Str), .align = alignof(fogbank::Str), .payload = -1},
  {.name = "Meta", .kind = Kind::map, .size = sizeof(fogbank::List<char>), .align = alignof(fogbank::List<char>), .element = &kShapes[2], .map_key = &kShapes[2], .element_name = "value", .key_name = "key", .payload = -1},
  {.name = "PutFileOutput", .kind = Kind::structure, .size = sizeof(svc::PutFileOutput), .align = alignof(svc::PutFileOutput), .payload = -1},
  {.name = "GetFileRequest", .kind = Kind::structure, .size = sizeof(svc::GetFileRequest), .align = alignof(svc::GetFileRequest), .fields = {kFields + 5, 3}, .validate = true, .payload = -1},
  {.name = "Number", .kind = Kind::integer, .size = sizeof(fogbank::Opt<int32_t>), .align = alignof(fogbank::Opt<int32_t>), .payload = -1},
  {.name = "GetFileOutput", .kind = Kind::structure, .size = sizeof(svc::GetFileOutput), .align = alignof(svc::GetFileOutput), .fields = {kFields + 8, 2}, .payload = -1},
  {.name = "Owner", .kind = Kind::structure, .size = sizeof(svc::Owner), .align = alignof(svc::Owner), .fields = {kFields + 10, 1}, .xml_name = "TheOwner", .xml_namespace = "http://xsi/", .payload = -1},
};

constinit const wire::Operation kOperations[2] = {
  {.name = "PutFile", .method = "PUT", .uri = "/{Bucket}/{Key+}", .input = &kShapes[0], .output = &kShapes[4], .status = 200, .streaming_input = true},
  {.name = "GetFile", .method = "GET", .uri = "/{Bucket}/{Key+}", .input = &kShapes[5], .output = &kShapes[7], .status = 200},
};

constinit const wire::Service kService = {.name = "web", .id = "Web", .signing_name = "webby", .endpoint_prefix = "web", .version = "2021-03-04", .xml_namespace = "http://web/", .protocols = {kProtocols, 1}, .global = true, .operations = {kOperations, 2}, .validation = "none"};

}  // namespace fogbank::web
