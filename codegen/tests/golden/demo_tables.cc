// Written by codegen/ from the API model demo 2020-01-02 and demo/service.toml.
#include "gen/demo/tables.h"

#include <cstddef>

#include "gen/demo/types.h"

namespace fogbank::demo {
namespace {

using namespace wire;

constexpr const char* const kEnums[] = {
  "red",
  "what\077\"\\",
};

constexpr Constraints kConstraints[] = {
  {.has_min = true, .has_max = true, .min = 1, .max = 20, .pattern = "[\\u0020-\\u007E]+", .re2 = "[\\x{0020}-\\x{007E}]+"},
  {.has_min = true},
  {.has_max = true, .max = 9223372036854775807},
  {.enum_values = {kEnums + 0, 2}},
};

constexpr Field kFields[] = {
  {.name = "Name", .wire_name = "Name", .query_name = "Name", .shape = &kShapes[1], .offset = offsetof(svc::Thing, Name), .kind = Kind::text, .required = true, .validate = true},
  {.name = "default", .wire_name = "default", .query_name = "default", .shape = &kShapes[2], .offset = offsetof(svc::Thing, default_), .kind = Kind::boolean},
  {.name = "NULL", .wire_name = "NULL", .query_name = "NULL", .shape = &kShapes[3], .offset = offsetof(svc::Thing, NULL_), .kind = Kind::integer, .validate = true},
  {.name = "Thing", .wire_name = "Thing", .query_name = "Thing", .shape = &kShapes[0], .offset = offsetof(svc::Thing, Thing), .kind = Kind::structure, .validate = true},
  {.name = "Parts", .wire_name = "Parts", .query_name = "Parts", .shape = &kShapes[4], .offset = offsetof(svc::Thing, Parts), .kind = Kind::list, .validate = true},
  {.name = "ByName", .wire_name = "ByName", .query_name = "ByName", .shape = &kShapes[5], .offset = offsetof(svc::Thing, ByName), .kind = Kind::map, .validate = true},
  {.name = "Grid", .wire_name = "Grid", .query_name = "Grid", .shape = &kShapes[7], .offset = offsetof(svc::Thing, Grid), .kind = Kind::list},
  {.name = "List", .wire_name = "List", .query_name = "List", .shape = &kShapes[10], .offset = offsetof(svc::Thing, List), .kind = Kind::structure},
  {.name = "Times", .wire_name = "Times", .query_name = "Times", .shape = &kShapes[12], .offset = offsetof(svc::Thing, Times), .kind = Kind::list},
  {.name = "Blobs", .wire_name = "Blobs", .query_name = "Blobs", .shape = &kShapes[14], .offset = offsetof(svc::Thing, Blobs), .kind = Kind::map},
  {.name = "Any", .wire_name = "Any", .query_name = "Any", .shape = &kShapes[16], .offset = offsetof(svc::Thing, Any), .kind = Kind::document},
  {.name = "Big", .wire_name = "Big", .query_name = "Big", .shape = &kShapes[17], .offset = offsetof(svc::Thing, Big), .kind = Kind::longint, .validate = true},
  {.name = "Weight", .wire_name = "Weight", .query_name = "Weight", .shape = &kShapes[9], .offset = offsetof(svc::Thing, Weight), .kind = Kind::float64},
  {.name = "Created", .wire_name = "Created", .query_name = "Created", .shape = &kShapes[13], .offset = offsetof(svc::Thing, Created), .kind = Kind::timestamp, .time = TimeFormat::iso8601},
  {.name = "Secret", .wire_name = "Secret", .query_name = "Secret", .shape = &kShapes[18], .offset = offsetof(svc::Thing, Secret), .kind = Kind::text, .sensitive = true},
  {.name = "Token", .wire_name = "Token", .query_name = "Token", .shape = &kShapes[6], .offset = offsetof(svc::Thing, Token), .kind = Kind::text, .idempotency_token = true},
  {.name = "Tags", .wire_name = "Tags", .query_name = "Tag", .shape = &kShapes[19], .offset = offsetof(svc::Thing, Tags), .kind = Kind::list, .flattened = true},
  {.name = "Old", .wire_name = "Older", .query_name = "Older", .shape = &kShapes[19], .offset = offsetof(svc::Thing, Old), .kind = Kind::list, .flattened = true},
  {.name = "Attributes", .wire_name = "Attributes", .query_name = "Attributes", .shape = &kShapes[11], .offset = offsetof(svc::Thing, Attributes), .kind = Kind::map, .flattened = true},
  {.name = "Map", .wire_name = "Map", .query_name = "Map", .shape = &kShapes[11], .offset = offsetof(svc::List, Map), .kind = Kind::map},
  {.name = "Str", .wire_name = "Str", .query_name = "Str", .shape = &kShapes[6], .offset = offsetof(svc::List, Str), .kind = Kind::text},
  {.name = "message", .wire_name = "message", .query_name = "message", .shape = &kShapes[6], .offset = offsetof(svc::ThingGone, message), .kind = Kind::text},
  {.name = "Color", .wire_name = "Color", .query_name = "Color", .shape = &kShapes[24], .offset = offsetof(svc::WatchRequest, Color), .kind = Kind::text, .validate = true},
  {.name = "Events", .wire_name = "Events", .query_name = "Events", .shape = &kShapes[26], .offset = offsetof(svc::WatchResponse, Events), .kind = Kind::structure, .location = Location::payload},
  {.name = "Seen", .wire_name = "Seen", .query_name = "Seen", .shape = &kShapes[27], .offset = offsetof(svc::Events, Seen), .kind = Kind::structure},
  {.name = "Payload", .wire_name = "Payload", .query_name = "Payload", .shape = &kShapes[15], .offset = offsetof(svc::Seen, Payload), .kind = Kind::blob, .event_payload = true},
  {.name = "Kind", .wire_name = "Kind", .query_name = "Kind", .shape = &kShapes[6], .offset = offsetof(svc::Seen, Kind), .kind = Kind::text, .event_header = true},
};

constexpr const Shape* const kErrors[] = {
  &kShapes[20],
};

constexpr UnservedRoute kNotServed[] = {
  {"NotYet", "GET", "/things/{Id}\077x", "page", "x-source"},
};

constexpr Protocol kProtocols[] = {
  Protocol::json_1_1,
  Protocol::query,
};

}  // namespace

constinit const wire::Shape kShapes[28] = {
  {.name = "Thing", .kind = Kind::structure, .size = sizeof(svc::Thing), .align = alignof(svc::Thing), .fields = {kFields + 0, 19}, .validate = true, .payload = -1},
  {.name = "ThingName", .kind = Kind::text, .size = sizeof(fogbank::Str), .align = alignof(fogbank::Str), .constraints = &kConstraints[0], .validate = true, .payload = -1},
  {.name = "Flag", .kind = Kind::boolean, .size = sizeof(fogbank::Opt<bool>), .align = alignof(fogbank::Opt<bool>), .box = true, .payload = -1},
  {.name = "Count", .kind = Kind::integer, .size = sizeof(fogbank::Opt<int32_t>), .align = alignof(fogbank::Opt<int32_t>), .constraints = &kConstraints[1], .validate = true, .payload = -1},
  {.name = "ThingList", .kind = Kind::list, .size = sizeof(fogbank::List<char>), .align = alignof(fogbank::List<char>), .element = &kShapes[0], .element_name = "member", .validate = true, .payload = -1},
  {.name = "ThingMap", .kind = Kind::map, .size = sizeof(fogbank::List<char>), .align = alignof(fogbank::List<char>), .element = &kShapes[0], .map_key = &kShapes[6], .element_name = "Item", .key_name = "key", .validate = true, .payload = -1},
  {.name = "Text", .kind = Kind::text, .size = sizeof(fogbank::Str), .align = alignof(fogbank::Str), .payload = -1},
  {.name = "Rows", .kind = Kind::list, .size = sizeof(fogbank::List<char>), .align = alignof(fogbank::List<char>), .element = &kShapes[8], .element_name = "member", .payload = -1},
  {.name = "Row", .kind = Kind::list, .size = sizeof(fogbank::List<char>), .align = alignof(fogbank::List<char>), .element = &kShapes[9], .element_name = "member", .payload = -1},
  {.name = "Weight", .kind = Kind::float64, .size = sizeof(fogbank::Opt<double>), .align = alignof(fogbank::Opt<double>), .payload = -1},
  {.name = "List", .kind = Kind::structure, .size = sizeof(svc::List), .align = alignof(svc::List), .fields = {kFields + 19, 2}, .payload = -1},
  {.name = "TextMap", .kind = Kind::map, .size = sizeof(fogbank::List<char>), .align = alignof(fogbank::List<char>), .element = &kShapes[6], .map_key = &kShapes[6], .element_name = "V", .key_name = "K", .payload = -1},
  {.name = "TimeList", .kind = Kind::list, .size = sizeof(fogbank::List<char>), .align = alignof(fogbank::List<char>), .element = &kShapes[13], .element_name = "member", .payload = -1},
  {.name = "Time", .kind = Kind::timestamp, .size = sizeof(fogbank::Opt<int64_t>), .align = alignof(fogbank::Opt<int64_t>), .payload = -1},
  {.name = "BlobMap", .kind = Kind::map, .size = sizeof(fogbank::List<char>), .align = alignof(fogbank::List<char>), .element = &kShapes[15], .map_key = &kShapes[6], .element_name = "value", .key_name = "key", .payload = -1},
  {.name = "Bytes", .kind = Kind::blob, .size = sizeof(fogbank::Blob), .align = alignof(fogbank::Blob), .payload = -1},
  {.name = "Anything", .kind = Kind::document, .size = sizeof(fogbank::wire::Document), .align = alignof(fogbank::wire::Document), .payload = -1},
  {.name = "Big", .kind = Kind::longint, .size = sizeof(fogbank::Opt<int64_t>), .align = alignof(fogbank::Opt<int64_t>), .constraints = &kConstraints[2], .validate = true, .payload = -1},
  {.name = "Secret", .kind = Kind::text, .size = sizeof(fogbank::Str), .align = alignof(fogbank::Str), .sensitive = true, .payload = -1},
  {.name = "TagList", .kind = Kind::list, .size = sizeof(fogbank::List<char>), .align = alignof(fogbank::List<char>), .element = &kShapes[6], .element_name = "Tag", .flattened = true, .payload = -1},
  {.name = "ThingGone", .kind = Kind::structure, .size = sizeof(svc::ThingGone), .align = alignof(svc::ThingGone), .fields = {kFields + 21, 1}, .payload = -1, .is_error = true, .error_sender = true, .error_status = 410, .error_code = "Gone"},
  {.name = "PingInput", .kind = Kind::structure, .size = sizeof(svc::PingInput), .align = alignof(svc::PingInput), .payload = -1},
  {.name = "PingOutput", .kind = Kind::structure, .size = sizeof(svc::PingOutput), .align = alignof(svc::PingOutput), .payload = -1},
  {.name = "WatchRequest", .kind = Kind::structure, .size = sizeof(svc::WatchRequest), .align = alignof(svc::WatchRequest), .fields = {kFields + 22, 1}, .validate = true, .payload = -1},
  {.name = "Color", .kind = Kind::text, .size = sizeof(fogbank::Str), .align = alignof(fogbank::Str), .constraints = &kConstraints[3], .validate = true, .payload = -1},
  {.name = "WatchResponse", .kind = Kind::structure, .size = sizeof(svc::WatchResponse), .align = alignof(svc::WatchResponse), .fields = {kFields + 23, 1}, .payload = 0},
  {.name = "Events", .kind = Kind::structure, .size = sizeof(svc::Events), .align = alignof(svc::Events), .fields = {kFields + 24, 1}, .event_stream = true, .payload = -1},
  {.name = "Seen", .kind = Kind::structure, .size = sizeof(svc::Seen), .align = alignof(svc::Seen), .fields = {kFields + 25, 2}, .event = true, .payload = -1},
};

constinit const wire::Operation kOperations[3] = {
  {.name = "PutThing", .method = "POST", .uri = "/", .input = &kShapes[0], .output = &kShapes[0], .errors = {kErrors + 0, 1}, .result_wrapper = "PutThingResult", .status = 201, .checksum_required = true},
  {.name = "Ping", .method = "POST", .uri = "/", .input = &kShapes[21], .output = &kShapes[22], .status = 200},
  {.name = "WatchThings", .method = "POST", .uri = "/", .input = &kShapes[23], .output = &kShapes[25], .result_wrapper = "WatchThingsResult", .status = 200, .event_stream_output = true, .unsigned_allowed = true},
};

constinit const wire::Service kService = {.name = "demo", .id = "Demo", .signing_name = "demo", .endpoint_prefix = "demo", .target_prefix = "Demo_2020", .version = "2020-01-02", .protocols = {kProtocols, 2}, .query_compatible = true, .operations = {kOperations, 3}, .not_served = {kNotServed, 1}, .validation = "smithy"};

}  // namespace fogbank::demo
