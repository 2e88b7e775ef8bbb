// Patterns against the verdicts that AWS gave, and what the verdicts leave open.
#include "lang/event_pattern/pattern.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>

#include "base/strings.h"

using namespace fogbank;
using namespace fogbank::event_pattern;

namespace {

std::string refusal(std::string_view text, Dialect dialect = Dialect::sns) {
  auto p = compile(text, dialect);
  return p ? "" : p.error().message;
}

bool matches(std::string_view pattern, std::string_view event, Dialect dialect = Dialect::event_bridge) {
  auto p = compile(pattern, dialect);
  REQUIRE_MESSAGE(p.has_value(), pattern);
  auto e = parse_json(event);
  REQUIRE_MESSAGE(e.has_value(), event);
  return (*p)->matches(*e);
}

std::string first_line(std::string_view s) { return std::string(s.substr(0, s.find('\n'))); }

/// What is said of a pattern of EventBridge, first line.
std::string event_bridge_says(std::string_view text) {
  JsonFault fault;
  if (!parse_json(text, &fault)) return fault.message;
  return first_line(refusal(text, Dialect::event_bridge));
}

}  // namespace

TEST_CASE("patterns meet the verdicts that AWS gave") {
  const char* data = std::getenv("FOGBANK_TEST_DATA");
  std::ifstream file(cat(data ? data : FOGBANK_SOURCE_DIR "/../shared/data", "/event-patterns/cases.jsonl"));
  if (!file) {
    MESSAGE("skipped: no event-patterns/cases.jsonl in FOGBANK_TEST_DATA");
    return;
  }
  int seen = 0;
  for (std::string line; std::getline(file, line); seen++) {
    auto c = parse_json(line);
    REQUIRE(c.has_value());
    const std::string &name = c->get("name")->text, &verdict = c->get("verdict")->text;
    if (name == "content_wildcard_complex_EXC") continue;   // how EventBridge weighs wildcards is not known
    if (verdict == "error") {
      std::string wanted = first_line(c->get("error")->get("message")->text), says = event_bridge_says(c->get("patternText")->text);
      CHECK_MESSAGE(wanted == cat("Event pattern is not valid. Reason: ", says), name);
    } else {
      CHECK_MESSAGE(matches(write_json(*c->get("pattern")), write_json(*c->get("event"))) == (verdict == "match"), name);
    }
  }
  CHECK(seen > 50);
}

TEST_CASE("a refusal names how far AWS's parser had read") {
  auto column = [](std::string_view text) {
    std::string s = refusal(text);
    return s.substr(s.rfind(' ') + 1);
  };
  CHECK(column(R"({"a":[{"suffix":100}]})") == "20]");            // behind a number
  CHECK(column(R"({"a":[{"suffix":["b"]}]})") == "18]");          // behind a bracket
  CHECK(column(R"({"a":{"suffix":"b"}})") == "17]");              // behind the quote of a text that is not looked at
  CHECK(column(R"({"a":[{"numeric":["x"]}]})") == "23]");         // one token further
  CHECK(column(R"({"a":[{"suffix":"b","prefix":"c"}]})") == "31]");  // a name, and the quote of its value
  CHECK(refusal("{\"a\":\n [[1]]}") == "Match value must be String, number, true, false, or null\n at [Source: (String)\"{\"a\":\n [[1]]}\"; line: 2, column: 4]");
}

TEST_CASE("filter policies know fewer expressions than rules") {
  CHECK(first_line(refusal(R"({"a":[{"wildcard":"b*"}]})")) == "Unrecognized match type wildcard");
  CHECK(first_line(refusal(R"({"a":[{"anything-but":{"suffix":"b"}}]})")) == "Unsupported anything-but pattern: suffix");
  CHECK(refusal(R"({"a":[{"anything-but":{"prefix":"b"}}]})").empty());
  CHECK(refusal("{}").empty());
  CHECK(first_line(refusal("{}", Dialect::event_bridge)) == "Empty objects are not allowed");
}

TEST_CASE("fields within an array of objects match within one of them") {
  CHECK(matches(R"({"a":{"b":[1],"c":[2]}})", R"({"a":[{"b":1,"c":2},{"b":3}]})"));
  CHECK_FALSE(matches(R"({"a":{"b":[1],"c":[2]}})", R"({"a":[{"b":1,"c":0},{"b":3,"c":2}]})"));
  CHECK(matches(R"({"a":{"b":[1]}})", R"({"a":[[{"b":1}]]})"));
  CHECK_FALSE(matches(R"({"a":{"b":[{"exists":false}]}})", R"({"a":[{"b":1},{"c":2}]})"));
  CHECK(matches(R"({"a":{"b":[{"exists":false}]}})", R"({})"));
  CHECK(matches(R"({"a":{"b":[{"exists":false}]}})", R"({"a":[]})"));
}

TEST_CASE("numbers of filter policies count to the sixth digit after the point") {
  const char* equal = R"({"p":[100.123456789]})";
  CHECK(matches(equal, R"({"p":100.1234567})", Dialect::sns));
  CHECK_FALSE(matches(equal, R"({"p":100.123457})", Dialect::sns));
  CHECK_FALSE(matches(equal, R"({"p":100.1234567})", Dialect::event_bridge));
  CHECK(matches(R"({"p":[{"numeric":["=",301.5]}]})", R"({"p":3.015e2})", Dialect::sns));
  CHECK_FALSE(matches(R"({"p":[{"numeric":[">",1.5]}]})", R"({"p":1.5000001})", Dialect::sns));
  CHECK(matches(R"({"p":[{"numeric":[">",1.5,"<=",2]}]})", R"({"p":1.500001})", Dialect::sns));
  CHECK_FALSE(matches(R"({"p":[{"anything-but":[0.1]}]})", R"({"p":0.10000001})", Dialect::sns));
}

TEST_CASE("one of the alternatives must match, and all that stands beside them") {
  constexpr std::string_view pattern = R"({"s":["x"],"$or":[{"a":[1]},{"b":[{"numeric":[">",5,"<=",7]}]}]})";
  CHECK(matches(pattern, R"({"s":"x","a":1})", Dialect::sns));
  CHECK(matches(pattern, R"({"s":"x","b":7})", Dialect::sns));
  CHECK_FALSE(matches(pattern, R"({"s":"x","b":5})", Dialect::sns));
  CHECK_FALSE(matches(pattern, R"({"a":1})", Dialect::sns));
  CHECK(first_line(refusal(R"({"$or":[{"a":[1]}]})")) == "There must have at least 2 Objects in \"$or\" relationship.");
}

TEST_CASE("keys and combinations are counted as the documentation does") {
  auto p = *compile(R"({"k":{"a":{"b":["1","2","3","4"]}},"d":{"e":["1","2","3"]}})", Dialect::sns);
  CHECK(p->keys() == 2);
  CHECK(p->combinations(true) == 72);
  CHECK(p->nested());
  auto q = *compile(R"({"s":[1,2],"$or":[{"a":[1,2,3]},{"b":[1],"c":[1,2]}]})", Dialect::sns);
  CHECK(q->combinations(false) == 10);
}

TEST_CASE("networks") {
  CHECK(matches(R"({"a":[{"cidr":"10.0.0.0/25"}]})", R"({"a":"10.0.0.127"})"));
  CHECK_FALSE(matches(R"({"a":[{"cidr":"10.0.0.0/25"}]})", R"({"a":"10.0.0.128"})"));
  CHECK(matches(R"({"a":[{"cidr":"2001:db8::/32"}]})", R"({"a":"2001:0db8:1:0::1"})"));
  CHECK(refusal(R"({"a":[{"cidr":"10.0.0.0"}]})") == "Malformed CIDR, one '/' required");
}

TEST_CASE("what is no JSON is refused with the place") {
  JsonFault fault;
  CHECK_FALSE(parse_json("{invalid}", &fault));
  CHECK(fault.message == "Unexpected character ('i' (code 105)): was expecting double-quote to start field name");
  CHECK(fault.column == 2);
  CHECK_FALSE(parse_json(std::string(5000, '['), &fault));
  CHECK(parse_json(R"("\ud83d\ude00\n")")->text == "\xf0\x9f\x98\x80\n");
  CHECK(write_json(*parse_json(R"( { "a" : [ 1.50 , null, "x\"" ] } )")) == R"({"a":[1.50,null,"x\""]})");
}
