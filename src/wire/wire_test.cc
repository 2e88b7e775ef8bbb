// Behaviour that the published vectors do not cover: errors as each protocol writes them, malformed and hostile input, masking, copies.
#include <doctest/doctest.h>

#include <cmath>

#include "base/encoding.h"
#include "base/strings.h"
#include "wire/codec.h"
#include "wire/sample_model.h"

using namespace fogbank;
using namespace fogbank::wire;

namespace {

Result<void*> read(Protocol p, std::string_view body, Arena& arena) { return read_input(p, Sample::rpc, {"POST", "/", "", nullptr, body}, arena); }

std::string refusal(Protocol p, std::string_view body) {
  Arena arena;
  auto r = read(p, body, arena);
  return r ? "accepted" : cat(r.error().code, ": ", r.error().message);
}

const Node& node(const Result<void*>& r) { return *static_cast<Node*>(*r); }

Message written(Protocol p, const ApiError& e, const Service& service = Sample::service, const Operation* op = &Sample::rpc) {
  Message m;
  write_error(p, &service, op, e, "req-1", m);
  return m;
}

ApiError missing() {
  return ApiError("ThingMissing", "No <such> thing").with("Resource", "a&b").with("RetryAfter", "3").with("Detail", "{\"text\":\"t\"}").with("Extra", "x");
}

Service named(const char* name) {
  Service s = Sample::service;
  s.name = name;
  return s;
}

std::string nested(std::string_view open, std::string_view close, int depth) {
  std::string s;
  for (int i = 0; i < depth; i++) s += open;
  for (int i = 0; i < depth; i++) s += close;
  return s;
}

}  // namespace

TEST_CASE("json_error_has_type_message_members_and_query_code") {
  Message m = written(Protocol::json_1_1, missing());
  CHECK(m.status == 404);
  CHECK(m.headers == "Content-Type: application/x-amz-json-1.1\r\nx-amzn-query-error: Sample.NoSuchThing;Sender\r\n");
  CHECK(m.body == R"({"__type":"ThingMissing","message":"No <such> thing","Resource":"a&b","RetryAfter":3,"Detail":{"text":"t"},"Extra":"x"})");
  CHECK(written(Protocol::json_1_0, ApiError("Unheard", "of", 500)).body == R"({"__type":"Unheard","message":"of"})");
  CHECK(written(Protocol::json_1_0, ApiError("SerializationException", "")).body == R"({"__type":"com.amazon.coral.service#SerializationException"})");
}

TEST_CASE("errors_of_sqs_end_in_an_empty_detail_but_for_two_operations") {
  Service sqs = named("sqs");
  auto body = [&](const char* operation) {
    Operation op = Sample::rpc;
    op.name = operation;
    return written(Protocol::query, ApiError("Unheard", "of"), sqs, &op).body;
  };
  CHECK(body("SendMessageBatch").find("<Detail/></Error>") != std::string::npos);
  CHECK(body("DeleteMessageBatch").find("Detail") == std::string::npos);
  CHECK(body("ChangeMessageVisibilityBatch").find("Detail") == std::string::npos);
}

TEST_CASE("json_error_types_carry_the_services_namespace") {
  Service sqs = named("sqs");
  CHECK(written(Protocol::json_1_0, missing(), sqs).body.starts_with(R"({"__type":"com.amazonaws.sqs#ThingMissing",)"));
  ApiError e("MissingRequiredParameterException", "The request must contain the parameter QueueUrl.");
  e.query_code = "MissingParameter";
  Message m = written(Protocol::json_1_0, e, sqs);
  CHECK(m.headers.find("x-amzn-query-error: MissingParameter;Sender\r\n") != std::string::npos);
  Service dynamodb = named("dynamodb");
  CHECK(written(Protocol::json_1_0, ApiError("ValidationException", "v"), dynamodb).body ==
        R"({"__type":"com.amazon.coral.validate#ValidationException","message":"v"})");
}

TEST_CASE("query_error_is_wrapped_and_uses_the_query_code") {
  Message m = written(Protocol::query, missing());
  CHECK(m.status == 404);
  CHECK(m.body == "<ErrorResponse xmlns=\"https://sample.example/doc/\"><Error><Type>Sender</Type><Code>Sample.NoSuchThing</Code>"
                  "<Message>No &lt;such&gt; thing</Message><Resource>a&amp;b</Resource><RetryAfter>3</RetryAfter><Detail><text>t</text></Detail>"
                  "<Extra>x</Extra></Error><RequestId>req-1</RequestId></ErrorResponse>");
  m = written(Protocol::query, ApiError("InternalFailure", "", 500), Sample::service, nullptr);
  CHECK(m.status == 500);
  CHECK(m.body.find("<Type>Receiver</Type><Code>InternalFailure</Code>") != std::string::npos);
}

TEST_CASE("ec2_and_rest_xml_errors_have_their_own_frames") {
  ApiError e("InvalidThing", "text");
  CHECK(written(Protocol::ec2, e).body == "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response><Errors><Error><Code>InvalidThing</Code><Message>text</Message>"
                                          "</Error></Errors><RequestID>req-1</RequestID></Response>");
  CHECK(written(Protocol::rest_xml, e).body == "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ErrorResponse xmlns=\"https://sample.example/doc/\"><Error>"
                                               "<Type>Sender</Type><Code>InvalidThing</Code><Message>text</Message></Error><RequestId>req-1</RequestId></ErrorResponse>");
  Service s3 = named("s3");
  std::string body = written(Protocol::rest_xml, ApiError("NoSuchKey", "The specified key does not exist.", 404).with("Key", "a<b"), s3).body;
  CHECK(body == cat("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message><Key>a&lt;b</Key>"
                    "<RequestId>req-1</RequestId><HostId>", extended_request_id("req-1"), "</HostId></Error>"));
  CHECK(written(Protocol::rest_xml, ApiError("NotModified", "", 304), s3).body.empty());
}

TEST_CASE("rest_json_and_cbor_errors_name_the_shape") {
  Message m = written(Protocol::rest_json, missing());
  CHECK(m.headers == "x-amzn-ErrorType: ThingMissing\r\nContent-Type: application/json\r\n");
  CHECK(m.body == R"({"message":"No <such> thing","Resource":"a&b","RetryAfter":3,"Detail":{"text":"t"},"Extra":"x"})");
  m = written(Protocol::rpc_v2_cbor, ApiError("ThingMissing", "no"));
  CHECK(m.headers == "smithy-protocol: rpc-v2-cbor\r\nContent-Type: application/cbor\r\nx-amzn-query-error: Sample.NoSuchThing;Sender\r\n");
  CHECK(hex(m.body) == "a2665f5f747970656c5468696e674d697373696e67676d657373616765626e6f");
  ApiError back = read_error(Protocol::rpc_v2_cbor, Sample::rpc, {404, nullptr, m.body});
  CHECK(back.code == "ThingMissing");
  CHECK(back.message == "no");
}

TEST_CASE("an_errors_own_status_wins_over_the_models") {
  ApiError e("ThingMissing", "gone", 410);
  CHECK(written(Protocol::json_1_1, e).status == 410);
  CHECK(written(Protocol::json_1_1, ApiError("Sample.NoSuchThing", "by its code")).status == 404);
}

TEST_CASE("wrong_json_types_are_refused_in_the_services_words") {
  CHECK(refusal(Protocol::json_1_1, R"({"text":5})") == "SerializationException: NUMBER_VALUE cannot be converted to String");
  CHECK(refusal(Protocol::json_1_1, R"({"number":"5"})") == "SerializationException: STRING_VALUE cannot be converted to Integer");
  CHECK(refusal(Protocol::json_1_1, R"({"text":{}})") == "SerializationException: Start of structure or map found where not expected.");
  CHECK(refusal(Protocol::json_1_1, R"({"text":[]})") == "SerializationException: Start of list found where not expected");
  CHECK(refusal(Protocol::json_1_1, R"({"number":2147483648})") == "SerializationException: Value out of range for Integer: 2147483648");
  CHECK(refusal(Protocol::json_1_1, R"({"bytes":"*"})") == "SerializationException: Invalid base64 encoding");
  for (const char* bad : {"{", "[]", "nul", "{\"text\":\"a\"} x", "{\"text\":\"\xff\"}", "{\"text\":\"\\ud800\"}", "{\"text\":\"a\"", "{\"number\":1e400}"})
    CHECK_MESSAGE(refusal(Protocol::json_1_1, bad).starts_with("SerializationException: "), std::string(bad));
  Arena arena;
  std::vector<Header> none;
  auto r = read_input(Protocol::rest_json, Sample::rest, {"PUT", "/things/a/of/b", "", &none, R"({"text":5})"}, arena);
  REQUIRE(!r);
  CHECK(r.error().message == "class com.amazon.coral.value.json.numbers.TruncatingBigNumber can not be converted to an String");
}

TEST_CASE("json_reads_what_clients_send") {
  Arena arena;
  auto r = read(Protocol::json_1_1, R"( {"unknown":[{"x":1}],"text":null,"t\u0065xt":"escaped key","at":1440938160.123,"wide":1,"single":"NaN","number":3.0} )", arena);
  REQUIRE(r);
  CHECK(node(r).text == "escaped key");
  CHECK(*node(r).at == 1440938160123);
  CHECK(*node(r).wide == 1.0);
  CHECK(std::isnan(*node(r).single));
  CHECK(*node(r).number == 3);
  for (const char* empty : {"", "  ", "{}", "null"}) CHECK(read(Protocol::json_1_1, empty, arena));
}

TEST_CASE("nesting_beyond_the_bound_is_refused_by_every_reader") {
  CHECK(refusal(Protocol::json_1_1, nested("{\"child\":", "}", 30).insert(30 * 9, "{}")) == "accepted");
  CHECK(refusal(Protocol::json_1_1, nested("{\"child\":", "}", 80).insert(80 * 9, "{}")) == "SerializationException: Request is nested too deeply");
  CHECK(refusal(Protocol::json_1_1, cat("{\"any\":", nested("[", "]", 80), "}")) == "SerializationException: Request is nested too deeply");
  std::string deep = "text=x";
  for (int i = 0; i < 80; i++) deep = cat("child.", deep);
  CHECK(refusal(Protocol::query, deep).starts_with("MalformedInput: Request is nested too deeply"));
  std::string cbor;
  for (int i = 0; i < 80; i++) cbor += "\xa1\x65" "child";
  CHECK(refusal(Protocol::rpc_v2_cbor, cat(cbor, "\xa0")).starts_with("SerializationException"));
  Arena arena;
  auto xml = read_output(Protocol::query, Sample::rpc, {200, nullptr, cat("<R>", nested("<child>", "</child>", 80), "</R>")}, arena);
  CHECK(!xml);
}

TEST_CASE("lying_cbor_lengths_are_refused") {
  using namespace std::string_literals;
  for (const std::string& bad : {"\x81"s, "\xa1\x65names\x9a\xff\xff\xff\xff"s, "\xa1\x64text\x7b\xff\xff\xff\xff\xff\xff\xff\xff"s, "\xa1\x64text\x61\xff"s,
                                 "\xbf\x64text\x61x"s, "\xa1\x64text\x41x"s, "\xa1\x64text\x61x\x00"s, "\xff"s})
    CHECK_MESSAGE(refusal(Protocol::rpc_v2_cbor, bad).starts_with("SerializationException"), hex(bad));
}

TEST_CASE("query_lists_follow_their_numbers_and_gaps") {
  Arena arena;
  auto r = read(Protocol::query, "names.member.10=c&names.member.2=b&names.member.1=a&flat.2=y&flat.1=x&tags.entry.1.value=v&tags.entry.1.key=k&text=first&text=last"
                                 "&Action=x&names-other=1", arena);
  REQUIRE(r);
  REQUIRE(node(r).names.size() == 3);
  CHECK(node(r).names[0] == "a");
  CHECK(node(r).names[2] == "c");
  CHECK(node(r).flat[0] == "x");
  CHECK(*node(r).tags.find("k") == "v");
  CHECK(node(r).text == "last");
  CHECK(refusal(Protocol::query, "names.member.x=1") == "MalformedInput: Unexpected list element termination");
  CHECK(refusal(Protocol::query, "child=1") == "MalformedInput: Start of structure or map found where not expected.");
  CHECK(refusal(Protocol::query, "number=abc") == "MalformedInput: Value (abc) for parameter number is invalid. Must be a valid integer.");
  CHECK(refusal(Protocol::ec2, "number=abc") == "InvalidParameterValue: Value (abc) for parameter number is invalid. Must be a valid integer.");
}

TEST_CASE("rest_members_come_from_and_go_to_their_places") {
  Arena arena;
  std::string json = base64("{\"a\":1}");
  std::vector<Header> headers{{"X-Header", "h"}, {"x-date", "Sun, 30 Aug 2015 12:36:00 GMT"}, {"X-Meta-One", "1"}, {"x-json", json},
                              {"x-list", "a, \"b, \\\"c\\\"\""}, {"x-times", "Sun, 30 Aug 2015 12:36:00 GMT, Mon, 31 Aug 2015 12:36:00 GMT"}};
  auto r = read_input(Protocol::rest_json, Sample::rest, {"PUT", "/things/a%20b/of/c/d%2Fe", "fixed&n=5&q=1&q=2&z=y", &headers, R"({"text":"t"})"}, arena);
  REQUIRE(r);
  const Bound& b = *static_cast<Bound*>(*r);
  CHECK(b.label == "a b");
  CHECK(b.greedy == "c/d/e");
  CHECK(b.header == "h");
  CHECK(*b.dated == 1440938160000);
  CHECK(*b.prefixed.find("One") == "1");
  CHECK(b.json == "{\"a\":1}");
  REQUIRE(b.listed.size() == 2);
  CHECK(b.listed[1] == "b, \"c\"");
  REQUIRE(b.times.size() == 2);
  CHECK(*b.query == 5);
  CHECK(b.queries.size() == 2);
  CHECK(b.others.size() == 1);
  CHECK(b.body->text == "t");
  Message m;
  write_input(Protocol::rest_json, Sample::service, Sample::rest, *r, m);
  CHECK(m.path_and_query == "/things/a%20b/of/c/d/e?fixed&n=5&q=1&q=2&z=y");
  CHECK(m.headers.find("x-list: a, \"b, \\\"c\\\"\"\r\n") != std::string::npos);
  auto bad = read_input(Protocol::rest_xml, Sample::rest, {"PUT", "/things/a/of/b", "n=five", &headers, ""}, arena);
  REQUIRE(!bad);
  CHECK(bad.error().message == "Provided n not an integer or within integer range");
}

TEST_CASE("header_values_cannot_break_their_line") {
  Arena arena;
  auto* b = arena.make<Bound>();
  b->header = Str("a\r\nSet-Cookie: x");
  b->status = 202;
  Message m;
  write_output(Protocol::rest_json, Sample::service, Sample::rest, b, "id", m);
  CHECK(m.status == 202);
  CHECK(m.headers == "x-header: a  Set-Cookie: x\r\n");
}

TEST_CASE("uris_match_with_greedy_labels") {
  std::vector<std::pair<std::string_view, std::string>> labels;
  CHECK(match_uri("/{Bucket}/{Key+}", "/b/a//c%20d/", &labels));
  REQUIRE(labels.size() == 2);
  CHECK(labels[1].second == "a//c d/");
  CHECK_FALSE(match_uri("/{Bucket}/{Key+}", "/b/", nullptr));
  CHECK_FALSE(match_uri("/{Bucket}/{Key+}", "/b", nullptr));
  CHECK(match_uri("/{Bucket}?acl", "/b/", nullptr));
  CHECK_FALSE(match_uri("/{Bucket}", "/", nullptr));
  CHECK(match_uri("/", "/", nullptr));
  CHECK(match_uri("/a/{G+}/z", "/a/1/2/z", nullptr));
  CHECK_FALSE(match_uri("/a/{G+}/z", "/a/z", nullptr));
  CHECK_FALSE(match_uri("/a/b", "/a/b/c", nullptr));
  CHECK(match_uri("/functions/", "/functions", nullptr));
}

TEST_CASE("masked_json_hides_secrets_and_stops_at_the_limit") {
  Arena arena;
  auto r = from_json(Sample::node, R"({"text":"é","secret":"s","child":{"secret":"t"},"names":["a"]})", arena);
  REQUIRE(r);
  std::string out;
  to_masked_json(Sample::node, *r, out, 1000);
  CHECK(out == R"({"text":"é","secret":"HIDDEN_DUE_TO_SECURITY_REASONS","names":["a"],"child":{"secret":"HIDDEN_DUE_TO_SECURITY_REASONS"}})");
  out.clear();
  to_masked_json(Sample::node, *r, out, 10);
  CHECK(out == R"({"text":"…)");  // not half of the é
  node(r);
  static_cast<Node*>(*r)->text = Str(arena.copy(std::string(1 << 20, 'x')));
  out.clear();
  to_masked_json(Sample::node, *r, out, 100);
  CHECK(out.size() == 103);
}

TEST_CASE("a_deep_copy_needs_nothing_of_the_original") {
  Arena keep;
  const char* json = R"({"text":"a","tags":{"k":"v"},"child":{"names":["n"]},"nodes":[{"bytes":"AAE="}],"any":{"x":[1,"y"]},"matrix":[["m"],[]]})";
  void* copy;
  {
    Arena arena;
    auto r = from_json(Sample::node, json, arena);
    REQUIRE(r);
    copy = deep_copy(Sample::node, *r, keep);
    std::string scratch(json);
    std::memset(static_cast<Node*>(*r), 0xFF, sizeof(Node));
  }
  std::string out;
  to_json(Sample::node, copy, out);
  CHECK(out == R"({"text":"a","tags":{"k":"v"},"child":{"names":["n"]},"nodes":[{"bytes":"AAE="}],"matrix":[["m"],[]],"any":{"x":[1,"y"]}})");
}

TEST_CASE("damaged_event_frames_are_refused_and_short_ones_wait") {
  std::string frame;
  write_event(frame, {{":event-type", "child"}, {"h", "v"}}, "{\"text\":\"x\"}");
  for (size_t n = 0; n < frame.size(); n++) {
    auto r = read_event(std::string_view(frame).substr(0, n));
    REQUIRE(r);
    CHECK(r->consumed == 0);
  }
  for (size_t i = 0; i < frame.size(); i++) {
    std::string bad = frame;
    bad[i] ^= 1;
    CHECK_FALSE(read_event(bad));
  }
  std::string more = frame + "next";
  auto r = read_event(more);
  REQUIRE(r);
  CHECK(r->consumed == frame.size());
  CHECK(r->headers[1].text == "v");
  Arena arena;
  auto value = read_event_message(Protocol::rest_json, Sample::node, *r, arena);
  REQUIRE(value);
  CHECK(static_cast<Node*>(*value)->child->text == "x");
}

TEST_CASE("times_have_three_digits_where_there_is_a_fraction") {
  Arena arena;
  auto* n = arena.make<Node>();
  n->at = 1440938160120;
  std::string out;
  to_json(Sample::node, n, out);
  CHECK(out == R"({"at":1440938160.12})");
  n->at = -1500;
  out.clear();
  to_json(Sample::node, n, out);
  CHECK(out == R"({"at":-1.5})");
  Message m;
  write_output(Protocol::ec2, Sample::service, Sample::rpc, n, "id", m);
  CHECK(m.body.find("<at>1969-12-31T23:59:58.500Z</at>") != std::string::npos);
}
