// The API model as constant tables: what the generator writes (codegen/) and what readers, writers and validation walk.
//
// A Shape describes how a value is kept in memory (a slot inside a generated struct) and how each protocol writes it.
// Slots:  boolean Opt<bool> · integer Opt<int32_t> · longint Opt<int64_t> · float32 Opt<float> · float64 Opt<double> · text Str ·
//         blob Blob · timestamp Opt<int64_t> (milliseconds since 1970) · list List<slot of element> · map Map<slot of element> ·
//         structure Ptr<T> as a member, T itself (inline, zeroed) as an element of a list or map · document Document.
// All tables are constant, without initialisers that run; everything is thread-safe. Source: botocore's service models.
#pragma once
#include <cstdint>
#include <span>
#include <string_view>

#include "base/arena.h"

namespace fogbank::wire {

enum class Kind : uint8_t { boolean, integer, longint, float32, float64, text, blob, timestamp, list, map, structure, document };
enum class Protocol : uint8_t { json_1_0, json_1_1, query, ec2, rest_json, rest_xml, rpc_v2_cbor };
/// Where a member of an input or output travels. `payload` is the member that is the whole body.
enum class Location : uint8_t { body, header, headers, querystring, uri, status_code, payload };
enum class TimeFormat : uint8_t { standard, iso8601, rfc822, unix_seconds };  ///< standard: the protocol's own for that place

/// An open value (Smithy document), kept in the arena.
struct Document {
  enum class Type : uint8_t { absent, null, boolean, number, text, array, object };
  Type type;
  bool boolean;
  bool integral;          ///< number: `integer` holds it exactly, else `number`
  int64_t integer;
  double number;
  Str text;
  List<Document> array;
  Map<Document> object;
};

struct Shape;

/// Bounds as the model gives them. Lengths are characters of text, bytes of blobs, elements of lists and maps.
struct Constraints {
  bool has_min = false, has_max = false;
  int64_t min = 0, max = 0;
  const char* pattern = nullptr;              ///< as validation texts print it (from the model)
  const char* re2 = nullptr;                  ///< the same for RE2 (whole-text match); null if `pattern` is null or checked by hand
  std::span<const char* const> enum_values;   ///< in the model's order
};

struct Field {
  const char* name;                ///< member name in the model and in the struct
  const char* wire_name;           ///< on the wire: locationName or name; for location `headers` the prefix
  const char* query_name;          ///< in query bodies, both ways; ec2: in inputs only. Same as wire_name unless the model or a correction says otherwise
  const Shape* shape;
  uint32_t offset;                 ///< of the slot in the struct
  Kind kind;                       ///< shape->kind, kept here for speed
  Location location;
  TimeFormat time;                 ///< member's timestampFormat, else the shape's, else standard
  bool required : 1;
  bool flattened : 1;              ///< on the member or on the shape
  bool xml_attribute : 1;
  bool streaming : 1;              ///< body not kept in the struct; see Form::body_in and Context::body()
  bool idempotency_token : 1;
  bool json_value : 1;             ///< a header that carries base64 of JSON
  bool sensitive : 1;              ///< masked in access records and logs
  bool event_payload : 1, event_header : 1;
  bool validate : 1;               ///< the member or something below it has constraints
  const char* xml_namespace;       ///< uri, or null
  const char* xml_prefix;          ///< prefix of that namespace, or null
};

struct Shape {
  const char* name;
  Kind kind;
  uint32_t size;                   ///< of an element slot of this shape, in bytes (a structure: of the struct)
  uint32_t align;
  std::span<const Field> fields;   ///< structure: in the model's order
  const Shape* element;            ///< list: member; map: value
  const Shape* map_key;            ///< map: key (a text shape)
  const char* element_name;        ///< list: locationName of the member, or "member"; map: locationName of the value, or "value"
  const char* key_name;            ///< map: locationName of the key, or "key"
  const Constraints* constraints;  ///< null: none
  TimeFormat time;
  bool flattened : 1;
  bool is_union : 1;
  bool event_stream : 1;
  bool event : 1;
  bool sensitive : 1;
  bool validate : 1;               ///< it or something below it has constraints or required members
  bool box : 1;
  const char* xml_name;            ///< locationName of the structure, or null
  const char* xml_namespace;
  int payload;                     ///< structure: index of the field with location payload, or -1
  // errors only
  bool is_error : 1;
  bool error_sender : 1;           ///< fault: the caller's
  int error_status;                ///< HTTP status, 0 if the model gives none
  const char* error_code;          ///< code on the wire, or the shape's name
};

/// One operation of a service.
struct Operation {
  const char* name;
  const char* method;              ///< "POST"
  const char* uri;                 ///< "/{Bucket}/{Key+}?uploads", as in the model
  const Shape* input;              ///< never null: an operation without input has an empty one
  const Shape* output;
  std::span<const Shape* const> errors;
  const char* result_wrapper;      ///< query: "<Op>Result", or null
  const char* input_xml_name;      ///< rest-xml: root element of the body when the input itself is the body
  const char* input_xml_namespace;
  int status;                      ///< HTTP status of success
  bool streaming_input : 1;        ///< the payload is a stream (any size)
  bool streaming_output : 1;
  bool event_stream_output : 1;
  bool unsigned_allowed : 1;       ///< authtype none
  bool checksum_required : 1;
};

/// The route of an operation of the model that the manifest does not list. `required_query` and `required_headers` name (comma between)
/// the wire names of its required input members with these locations: S3 tells operations of one route apart by them.
struct UnservedRoute {
  const char* name;
  const char* method;
  const char* uri;
  const char* required_query;    ///< "partNumber,uploadId", or ""
  const char* required_headers;  ///< "x-amz-copy-source", or ""
};

struct Service {
  const char* name;                ///< folder in botocore's data: "s3"
  const char* id;                  ///< serviceId: "S3", "CloudWatch"
  const char* signing_name;        ///< "s3"; also the default IAM prefix
  const char* endpoint_prefix;     ///< "monitoring"
  const char* target_prefix;       ///< "AmazonSQS", or null
  const char* version;             ///< "2012-11-05"
  const char* xml_namespace;       ///< of query and rest-xml answers, or null
  std::span<const Protocol> protocols;   ///< all that the model lists, preferred first
  bool query_compatible;           ///< awsQueryCompatible
  bool global;                     ///< endpoint without a Region (signatures use us-east-1)
  std::span<const Operation> operations;  ///< the served ones, in the order of the manifest
  std::span<const UnservedRoute> not_served;  ///< the model's other operations, so that a request for one is named and not mistaken for another
  const char* validation;          ///< manifest's validation style
};

/// A value of a structure, read by name; for code that serves many operations (authorisation, access records, checks).
class View {
 public:
  View() = default;
  View(const void* data, const Shape* shape) : data_(static_cast<const char*>(data)), shape_(shape) {}
  const Shape& shape() const { return *shape_; }
  const void* data() const { return data_; }
  bool valid() const { return data_ != nullptr; }
  const Field* field(std::string_view name) const {
    if (shape_) for (const Field& f : shape_->fields) if (name == f.name) return &f;
    return nullptr;
  }
  /// The slot of a member as its type, or null if there is no such member (of that kind).
  template <class T> const T* slot(std::string_view name) const {
    const Field* f = field(name);
    return f && data_ ? reinterpret_cast<const T*>(data_ + f->offset) : nullptr;
  }
  /// Text of a member; absent if the member is missing, of another kind, or not set.
  Str text(std::string_view name) const {
    const Field* f = field(name);
    return f && data_ && f->kind == Kind::text ? *reinterpret_cast<const Str*>(data_ + f->offset) : Str{};
  }
  View child(std::string_view name) const {
    const Field* f = field(name);
    if (!f || !data_ || f->kind != Kind::structure) return {};
    return View(reinterpret_cast<const Ptr<char>*>(data_ + f->offset)->ptr, f->shape);
  }
  bool has(std::string_view name) const;   ///< set, whatever its kind
  template <class T> const T& as() const { return *reinterpret_cast<const T*>(data_); }

 private:
  const char* data_ = nullptr;
  const Shape* shape_ = nullptr;
};

/// True if a slot of that kind holds a value.
bool present(Kind kind, const void* slot);

}  // namespace fogbank::wire
