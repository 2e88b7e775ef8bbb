// A small model made by hand, for tests and fuzz targets: one recursive structure with a member of every kind, bound to every place.
// Include it in one file of a program only.
#pragma once
#include <cstddef>

#include "wire/model.h"

namespace fogbank::wire {
namespace {

struct Node {
  Str text, secret;
  Opt<int32_t> number;
  Opt<int64_t> big;
  Opt<bool> flag;
  Opt<float> single;
  Opt<double> wide;
  Blob bytes;
  Opt<int64_t> at;
  List<Str> names;
  List<Str> flat;
  Map<Str> tags;
  Map<Opt<int32_t>> counts;
  Ptr<Node> child;
  List<Node> nodes;
  Map<Node> by_name;
  List<List<Str>> matrix;
  Document any;
  Str attribute;
};

/// What travels beside a body.
struct Bound {
  Str label, greedy, header;
  Opt<int64_t> dated;
  List<Str> listed;
  List<Opt<int64_t>> times;
  Str json;
  Map<Str> prefixed;
  Opt<int32_t> query;
  List<Str> queries;
  Map<List<Str>> others;
  Opt<int32_t> status;
  Ptr<Node> body;
};

struct Sample {
  static const Shape text, number, big, flag, single, wide, bytes, at, any, names, matrix, tags, counts, nodes, by_name, lists_by_name, times, node, bound, problem;
  static const Field node_fields[], bound_fields[], problem_fields[];
  static const Shape* const errors[];
  static const Operation rpc, rest;
  static const Service service;
};

/// A modelled error with members of several kinds.
struct Problem {
  Str message, Resource;
  Opt<int32_t> RetryAfter;
  Ptr<Node> Detail;
};

constexpr Shape scalar(const char* name, Kind kind, uint32_t size) { return {.name = name, .kind = kind, .size = size, .align = 8, .payload = -1}; }
constexpr Shape list_of(const char* name, const Shape* element) {
  return {.name = name, .kind = Kind::list, .size = sizeof(List<Str>), .align = 8, .element = element, .element_name = "member", .payload = -1};
}
constexpr Shape map_of(const char* name, const Shape* element) {
  return {.name = name, .kind = Kind::map, .size = sizeof(Map<Str>), .align = 8, .element = element, .map_key = &Sample::text,
          .element_name = "value", .key_name = "key", .payload = -1};
}
constexpr Field member(const char* name, const Shape* shape, Kind kind, size_t offset) {
  return {.name = name, .wire_name = name, .query_name = name, .shape = shape, .offset = static_cast<uint32_t>(offset), .kind = kind};
}
constexpr Field placed(const char* name, const char* wire_name, const Shape* shape, Kind kind, size_t offset, Location location) {
  Field f = member(name, shape, kind, offset);
  f.wire_name = wire_name;
  f.location = location;
  return f;
}
constexpr Field secret(Field f) { f.sensitive = true; return f; }
constexpr Field flattened(Field f) { f.flattened = true; return f; }
constexpr Field attribute(Field f) { f.xml_attribute = true; return f; }
constexpr Field json_text(Field f) { f.json_value = true; return f; }

const Shape Sample::text = scalar("Text", Kind::text, sizeof(Str));
const Shape Sample::number = scalar("Number", Kind::integer, sizeof(Opt<int32_t>));
const Shape Sample::big = scalar("Big", Kind::longint, sizeof(Opt<int64_t>));
const Shape Sample::flag = scalar("Flag", Kind::boolean, sizeof(Opt<bool>));
const Shape Sample::single = scalar("Single", Kind::float32, sizeof(Opt<float>));
const Shape Sample::wide = scalar("Wide", Kind::float64, sizeof(Opt<double>));
const Shape Sample::bytes = scalar("Bytes", Kind::blob, sizeof(Blob));
const Shape Sample::at = scalar("At", Kind::timestamp, sizeof(Opt<int64_t>));
const Shape Sample::any = scalar("Any", Kind::document, sizeof(Document));
const Shape Sample::names = list_of("Names", &Sample::text);
const Shape Sample::matrix = list_of("Matrix", &Sample::names);
const Shape Sample::times = list_of("Times", &Sample::at);
const Shape Sample::tags = map_of("Tags", &Sample::text);
const Shape Sample::counts = map_of("Counts", &Sample::number);
const Shape Sample::lists_by_name = map_of("ListsByName", &Sample::names);
const Shape Sample::nodes = list_of("Nodes", &Sample::node);
const Shape Sample::by_name = map_of("NodesByName", &Sample::node);

const Field Sample::node_fields[] = {
    member("text", &Sample::text, Kind::text, offsetof(Node, text)),
    secret(member("secret", &Sample::text, Kind::text, offsetof(Node, secret))),
    member("number", &Sample::number, Kind::integer, offsetof(Node, number)),
    member("big", &Sample::big, Kind::longint, offsetof(Node, big)),
    member("flag", &Sample::flag, Kind::boolean, offsetof(Node, flag)),
    member("single", &Sample::single, Kind::float32, offsetof(Node, single)),
    member("wide", &Sample::wide, Kind::float64, offsetof(Node, wide)),
    member("bytes", &Sample::bytes, Kind::blob, offsetof(Node, bytes)),
    member("at", &Sample::at, Kind::timestamp, offsetof(Node, at)),
    member("names", &Sample::names, Kind::list, offsetof(Node, names)),
    flattened(member("flat", &Sample::names, Kind::list, offsetof(Node, flat))),
    member("tags", &Sample::tags, Kind::map, offsetof(Node, tags)),
    flattened(member("counts", &Sample::counts, Kind::map, offsetof(Node, counts))),
    member("child", &Sample::node, Kind::structure, offsetof(Node, child)),
    member("nodes", &Sample::nodes, Kind::list, offsetof(Node, nodes)),
    member("byName", &Sample::by_name, Kind::map, offsetof(Node, by_name)),
    member("matrix", &Sample::matrix, Kind::list, offsetof(Node, matrix)),
    member("any", &Sample::any, Kind::document, offsetof(Node, any)),
    attribute(member("attribute", &Sample::text, Kind::text, offsetof(Node, attribute))),
};
const Shape Sample::node = {.name = "Node", .kind = Kind::structure, .size = sizeof(Node), .align = 8, .fields = Sample::node_fields, .payload = -1};

const Field Sample::bound_fields[] = {
    placed("label", "Label", &Sample::text, Kind::text, offsetof(Bound, label), Location::uri),
    placed("greedy", "Greedy", &Sample::text, Kind::text, offsetof(Bound, greedy), Location::uri),
    placed("header", "x-header", &Sample::text, Kind::text, offsetof(Bound, header), Location::header),
    placed("dated", "x-date", &Sample::at, Kind::timestamp, offsetof(Bound, dated), Location::header),
    placed("listed", "x-list", &Sample::names, Kind::list, offsetof(Bound, listed), Location::header),
    placed("times", "x-times", &Sample::times, Kind::list, offsetof(Bound, times), Location::header),
    json_text(placed("json", "x-json", &Sample::text, Kind::text, offsetof(Bound, json), Location::header)),
    placed("prefixed", "x-meta-", &Sample::tags, Kind::map, offsetof(Bound, prefixed), Location::headers),
    placed("query", "n", &Sample::number, Kind::integer, offsetof(Bound, query), Location::querystring),
    placed("queries", "q", &Sample::names, Kind::list, offsetof(Bound, queries), Location::querystring),
    placed("others", "others", &Sample::lists_by_name, Kind::map, offsetof(Bound, others), Location::querystring),
    placed("status", "status", &Sample::number, Kind::integer, offsetof(Bound, status), Location::status_code),
    placed("body", "body", &Sample::node, Kind::structure, offsetof(Bound, body), Location::payload),
};
const Shape Sample::bound = {.name = "Bound", .kind = Kind::structure, .size = sizeof(Bound), .align = 8, .fields = Sample::bound_fields, .payload = 12};

const Field Sample::problem_fields[] = {
    member("message", &Sample::text, Kind::text, offsetof(Problem, message)),
    member("Resource", &Sample::text, Kind::text, offsetof(Problem, Resource)),
    member("RetryAfter", &Sample::number, Kind::integer, offsetof(Problem, RetryAfter)),
    member("Detail", &Sample::node, Kind::structure, offsetof(Problem, Detail)),
};
const Shape Sample::problem = {.name = "ThingMissing", .kind = Kind::structure, .size = sizeof(Problem), .align = 8, .fields = Sample::problem_fields,
                               .payload = -1, .is_error = true, .error_sender = true, .error_status = 404, .error_code = "Sample.NoSuchThing"};
const Shape* const Sample::errors[] = {&Sample::problem};

const Operation Sample::rpc = {.name = "PutNode", .method = "POST", .uri = "/", .input = &Sample::node, .output = &Sample::node, .errors = Sample::errors,
                               .result_wrapper = "PutNodeResult", .status = 200};
const Operation Sample::rest = {.name = "PutBound", .method = "PUT", .uri = "/things/{Label}/of/{Greedy+}?fixed", .input = &Sample::bound,
                                .output = &Sample::bound, .errors = Sample::errors, .status = 201};
constexpr Protocol kSampleProtocols[] = {Protocol::json_1_1};
const Service Sample::service = {.name = "sample", .id = "Sample", .target_prefix = "Sample_20200101", .version = "2020-01-01",
                                 .xml_namespace = "https://sample.example/doc/", .protocols = kSampleProtocols, .query_compatible = true};

}  // namespace
}  // namespace fogbank::wire
