// Validation texts against what the services were recorded to answer, and the styles' own rules.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

#include "base/strings.h"
#include "wire/codec.h"
#include "wire/dynamic_model.h"
#include "wire/slots.h"

using namespace fogbank;
using namespace fogbank::wire;

namespace {

/// One "Value 'x' at 'y' failed to satisfy constraint: z" of a recorded text.
struct Violation { std::string value, path, constraint; bool null = false, hidden = false; };

std::optional<Violation> parse_violation(std::string_view s) {
  Violation v;
  size_t at = s.rfind("at '", s.find("' failed to satisfy constraint: "));
  size_t failed = s.find("' failed to satisfy constraint: ");
  if (!s.starts_with("Value ") || at == std::string_view::npos || failed == std::string_view::npos || at > failed) return std::nullopt;
  std::string_view value = s.substr(6, at - 6);
  v.path = s.substr(at + 4, failed - at - 4);
  v.constraint = s.substr(failed + 32);
  if (value.empty()) v.hidden = true;
  else if (value == "null ") v.null = true;
  else v.value = value.substr(1, value.size() - 3);
  return v;
}

/// Makes a model in which exactly this is wrong: a structure per piece of the path, the constraint at its end.
class OneViolation {
 public:
  explicit OneViolation(const Violation& v) : v_(v) {}

  const Shape* build(void*& input) {
    std::vector<std::string_view> pieces = split(v_.path, '.');
    input = zeroed(arena_, 64);
    return structure(pieces, 0, input);
  }
  Arena& arena() { return arena_; }

 private:
  const Shape* structure(const std::vector<std::string_view>& pieces, size_t i, void* base) {
    auto* f = arena_.make<Field>();
    f->name = f->wire_name = f->query_name = arena_.copy(pieces[i]).data();
    f->validate = true;
    f->sensitive = v_.hidden;
    bool last = i + 1 == pieces.size();
    bool element = i + 2 < pieces.size() && pieces[i + 2] == "member";
    f->shape = last ? leaf(base, *f) : element ? collection(pieces, i + 1, base) : nested(pieces, i + 1, base);
    f->kind = f->shape->kind;
    auto* s = shape(Kind::structure, 64);
    s->fields = std::span<const Field>(f, 1);
    return s;
  }

  const Shape* nested(const std::vector<std::string_view>& pieces, size_t i, void* slot) {
    slot_as<RawPtr>(slot).ptr = zeroed(arena_, 64);
    return structure(pieces, i, slot_as<RawPtr>(slot).ptr);
  }

  /// "1.member.x" of a list, "key.member.x" of a map.
  const Shape* collection(const std::vector<std::string_view>& pieces, size_t i, void* slot) {
    auto index = parse_int(pieces[i]);
    auto* s = shape(index ? Kind::list : Kind::map, sizeof(RawList));
    auto* element = shape(Kind::structure, 64);
    s->element = element;
    auto& list = slot_as<RawList>(slot);
    size_t n = index ? static_cast<size_t>(*index) : 1;
    char* entry = nullptr;
    for (size_t k = 0; k < n; k++) entry = add_entry(list, stride_of(*s), arena_);
    if (!index) *reinterpret_cast<Str*>(entry) = Str(arena_.copy(pieces[i]));
    const Shape* inner = structure(pieces, i + 2, value_of(*s, entry));
    *element = *inner;
    return s;
  }

  const Shape* leaf(void* slot, Field& f) {
    if (v_.null) {
      f.required = true;
      return shape(Kind::text, sizeof(Str));
    }
    auto* c = arena_.make<Constraints>();
    bool number = v_.constraint.find("have value") != std::string::npos;
    auto* s = shape(number ? Kind::integer : v_.hidden && v_.constraint.find("length") != std::string::npos ? Kind::blob : Kind::text, sizeof(Str));
    s->constraints = c;
    if (number) slot_as<Opt<int32_t>>(slot) = static_cast<int32_t>(*parse_int(v_.value));
    else if (s->kind == Kind::blob) slot_as<Blob>(slot) = Blob(arena_.copy(std::string(5000, 'x')));
    else slot_as<Str>(slot) = Str(arena_.copy(v_.value));
    constrain(*c);
    return s;
  }

  void constrain(Constraints& c) {
    std::string_view t = v_.constraint;
    std::string_view last = t.substr(t.rfind(' ') + 1);
    if (t.find("less than or equal to ") != std::string_view::npos) { c.has_max = true; c.max = *parse_int(last); }
    else if (t.find("greater than or equal to ") != std::string_view::npos) { c.has_min = true; c.min = *parse_int(last); }
    else if (t.starts_with("Member must satisfy regular expression pattern: ")) { c.pattern = arena_.copy(t.substr(48)).data(); c.re2 = "\\x00"; }
    else if (t.starts_with("Member must satisfy enum value set: [")) {
      std::string list = replace_all(t.substr(37, t.size() - 38), ", ", ",");
      auto names = split(list, ',');
      auto** values = arena_.make<const char*>(names.size());
      for (size_t i = 0; i < names.size(); i++) values[i] = arena_.copy(names[i]).data();
      c.enum_values = std::span<const char* const>(values, names.size());
    }
  }

  Shape* shape(Kind kind, uint32_t size) {
    auto* s = arena_.make<Shape>();
    s->name = "Input";
    s->kind = kind;
    s->size = size;
    s->align = 8;
    s->payload = -1;
    s->validate = true;
    return s;
  }

  Arena arena_;
  const Violation& v_;
};

constexpr Protocol kJson[] = {Protocol::json_1_1};
constexpr Protocol kQuery[] = {Protocol::query};

std::string text_of(const Violation& v) {
  OneViolation one(v);
  void* input;
  const Shape* shape = one.build(input);
  Service service{};
  service.name = "recorded";
  service.protocols = kJson;
  service.validation = "smithy";
  Operation op{};
  op.name = "Op";
  op.input = shape;
  auto r = validate(service, op, input);
  return r ? "accepted" : r.error().message;
}

/// A model from botocore's JSON with the constraints and flags that the generator adds.
struct Checked {
  Arena arena;
  Shape shape{};
  std::vector<Field> fields;
  Operation op{};
  Service service{};

  explicit Checked(const char* style, std::span<const Protocol> protocols = kJson) {
    shape.name = "OpRequest";
    shape.kind = Kind::structure;
    shape.payload = -1;
    shape.validate = true;
    op.name = "CreateThing";
    op.input = &shape;
    service.name = "test";
    service.validation = style;
    service.protocols = protocols;
  }
  Shape* scalar(Kind kind, Constraints c) {
    auto* s = arena.make<Shape>();
    s->name = "S";
    s->kind = kind;
    s->size = kind == Kind::text || kind == Kind::blob ? sizeof(Str) : sizeof(Opt<double>);
    s->align = 8;
    s->payload = -1;
    s->validate = true;
    auto* own = arena.make<Constraints>();
    *own = c;
    s->constraints = own;
    return s;
  }
  Shape* collection(Kind kind, const Shape* element, const Shape* key = nullptr) {
    auto* s = arena.make<Shape>();
    s->name = "C";
    s->kind = kind;
    s->size = sizeof(RawList);
    s->align = 8;
    s->payload = -1;
    s->validate = true;
    s->element = element;
    s->map_key = key;
    return s;
  }
  void add(const char* name, const Shape* s, bool required = false, Location location = Location::body) {
    Field f{};
    f.name = f.wire_name = f.query_name = name;
    f.shape = s;
    f.kind = s->kind;
    f.offset = static_cast<uint32_t>(fields.size() * 16);
    f.required = required;
    f.validate = true;
    f.location = location;
    fields.push_back(f);
  }
  void* make() {
    shape.fields = fields;
    shape.size = static_cast<uint32_t>(fields.size() * 16);
    return zeroed(arena, shape.size);
  }
  ApiError check(const void* input) {
    auto r = validate(service, op, input);
    return r ? ApiError("none", "") : r.error();
  }
};

Constraints between(int64_t min, int64_t max) {
  Constraints c;
  c.has_min = c.has_max = true;
  c.min = min;
  c.max = max;
  return c;
}

const char* const kColours[] = {"red", "blue"};

}  // namespace

TEST_CASE("violations_read_as_the_services_were_recorded_to_write_them") {
  const char* env = std::getenv("FOGBANK_TEST_DATA");
  std::string file = cat(env ? std::string(env) : cat(FOGBANK_SOURCE_DIR, "/../shared/data"), "/recorded/errors.jsonl");
  if (!std::filesystem::exists(file)) { MESSAGE("skipped: no recorded errors in ", file); return; }
  std::ifstream in(file);
  std::string line;
  int compared = 0;
  while (std::getline(in, line)) {
    Arena arena;
    const Document* d = parse_document(line, arena);
    std::string_view message = get_text(d, "message");
    if (!message.starts_with("1 validation error detected: Value ") || get_text(d, "kind") == "states" || message.ends_with('.')) continue;
    auto v = parse_violation(message.substr(29));
    if (!v || v->value.starts_with('[') || v->value.starts_with('{')) continue;  // collections have cases of their own below
    if (v->value.find('<') != std::string::npos) continue;  // a placeholder, not the value
    CHECK(text_of(*v) == message);
    compared++;
  }
  CHECK(compared > 80);
}

TEST_CASE("several_violations_are_counted_and_listed") {
  Checked c("smithy");
  Constraints colour;
  colour.enum_values = kColours;
  c.add("ThingName", c.scalar(Kind::text, between(2, 5)), true);
  c.add("Colour", c.scalar(Kind::text, colour));
  c.add("Weight", c.scalar(Kind::float64, between(0, 1)));
  char* in = static_cast<char*>(c.make());
  slot_as<Str>(in + 16) = Str("green");
  slot_as<Opt<double>>(in + 32) = 2.0;
  ApiError e = c.check(in);
  CHECK(e.code == "ValidationException");
  CHECK(e.status == 400);
  CHECK(e.message == "3 validation errors detected: Value null at 'thingName' failed to satisfy constraint: Member must not be null; "
                     "Value 'green' at 'colour' failed to satisfy constraint: Member must satisfy enum value set: [red, blue]; "
                     "Value '2.0' at 'weight' failed to satisfy constraint: Member must have value less than or equal to 1.0");
  slot_as<Str>(in) = Str("äöüßé");  // five characters in ten bytes
  slot_as<Str>(in + 16) = Str("red");
  slot_as<Opt<double>>(in + 32) = 0.5;
  CHECK(c.check(in).code == "none");
}

TEST_CASE("elements_keys_and_values_are_worded_as_recorded") {
  Checked c("smithy");
  Constraints key = between(1, 1024);
  key.pattern = key.re2 = "[0-9]+";
  c.add("AdditionalVersionWeights", c.collection(Kind::map, c.scalar(Kind::float64, between(0, 1)), c.scalar(Kind::text, key)));
  Constraints architecture;
  static const char* const kArchitectures[] = {"x86_64", "arm64"};
  architecture.enum_values = kArchitectures;
  c.add("CompatibleArchitectures", c.collection(Kind::list, c.scalar(Kind::text, architecture)));
  char* in = static_cast<char*>(c.make());
  auto& weights = slot_as<Map<Opt<double>>>(in);
  weights.add(c.arena, Str("$LATEST")) = 0.5;
  CHECK(c.check(in).message == "1 validation error detected: Value '{$LATEST=0.5}' at 'additionalVersionWeights' failed to satisfy constraint: Map keys must satisfy "
                               "constraint: [Member must have length less than or equal to 1024, Member must have length greater than or equal to 1, Member must satisfy "
                               "regular expression pattern: [0-9]+]");
  weights.items[0].key = Str("2");
  weights.items[0].value = -1.0;
  CHECK(c.check(in).message == "1 validation error detected: Value '{2=-1.0}' at 'additionalVersionWeights' failed to satisfy constraint: Map value must satisfy "
                               "constraint: [Member must have value less than or equal to 1.0, Member must have value greater than or equal to 0.0, Member must not be null]");
  weights.items[0].value = 1.0;
  slot_as<List<Str>>(in + 16).push(c.arena, Str("invalidarch"));
  CHECK(c.check(in).message == "1 validation error detected: Value '[invalidarch]' at 'compatibleArchitectures' failed to satisfy constraint: Member must satisfy "
                               "constraint: [Member must satisfy enum value set: [x86_64, arm64], Member must not be null]");
}

TEST_CASE("styles_differ_in_code_path_and_strictness") {
  Checked logs("logs");
  logs.add("limit", logs.scalar(Kind::integer, between(1, 10)), true);
  CHECK(logs.check(logs.make()).code == "InvalidParameterException");

  Checked query("smithy", kQuery);
  query.add("Name", query.scalar(Kind::text, between(1, 10)), true);
  CHECK(query.check(query.make()).code == "ValidationError");

  Checked gateway("apigateway");
  gateway.add("restApiId", gateway.scalar(Kind::text, between(1, 3)), true, Location::uri);
  gateway.add("type", gateway.scalar(Kind::text, between(1, 3)), true);
  CHECK(gateway.check(gateway.make()).message ==
        "2 validation errors detected: Value null at 'createThingInput.type' failed to satisfy constraint: Member must not be null; "
        "Value null at 'restApiId' failed to satisfy constraint: Member must not be null");

  Checked sqs("sqs");
  sqs.add("QueueUrl", sqs.scalar(Kind::text, between(1, 3)), true);
  ApiError e = sqs.check(sqs.make());
  CHECK(e.code == "MissingRequiredParameterException");
  CHECK(e.query_code == "MissingParameter");
  CHECK(e.message == "The request must contain the parameter QueueUrl.");

  Checked reasons("organizations");
  Constraints id = between(2, 4);
  id.pattern = id.re2 = "[a-z]+";
  reasons.add("Id", reasons.scalar(Kind::text, id), true);
  reasons.add("Size", reasons.scalar(Kind::integer, between(1, 20)));
  auto reason = [&](const void* input) {
    ApiError got = reasons.check(input);
    return got.code == "InvalidInputException" && got.members.size() == 1 ? got.members[0].second : got.code;
  };
  char* organization = static_cast<char*>(reasons.make());
  CHECK(reason(organization) == "INPUT_REQUIRED");
  slot_as<Str>(organization) = Str("abcde");
  CHECK(reason(organization) == "MAX_LENGTH_EXCEEDED");
  slot_as<Str>(organization) = Str("a");
  CHECK(reason(organization) == "MIN_LENGTH_EXCEEDED");
  slot_as<Str>(organization) = Str("a1");
  CHECK(reason(organization) == "INVALID_PATTERN");
  CHECK(reasons.check(organization).message == "You provided a value that does not match the required pattern.");
  slot_as<Str>(organization) = Str("ab");
  slot_as<Opt<int32_t>>(organization + 16) = 21;
  CHECK(reason(organization) == "MAX_VALUE_EXCEEDED");

  Checked none("none");
  none.add("Name", none.scalar(Kind::text, between(1, 3)), true);
  CHECK(none.check(none.make()).code == "none");

  Checked s3("s3");
  Constraints colour;
  colour.enum_values = kColours;
  s3.add("Payer", s3.scalar(Kind::text, colour));
  s3.add("Header", s3.scalar(Kind::text, colour), true, Location::header);
  char* in = static_cast<char*>(s3.make());
  CHECK(s3.check(in).code == "none");
  slot_as<Str>(in) = Str("green");
  CHECK(s3.check(in).code == "MalformedXML");
}
