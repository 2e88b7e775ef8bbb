// Filter patterns: the guide's own examples first, then the corners.
#include "lang/log_filter/log_filter.h"

#include <doctest/doctest.h>

#include <map>

using fogbank::log_filter::Pattern;
using fogbank::log_filter::Values;

namespace {

bool matches(std::string_view pattern, std::string_view message) {
  auto compiled = Pattern::compile(pattern);
  if (!compiled) FAIL(std::string(pattern), ": ", compiled.error());
  return compiled->matches(message);
}
std::string refusal(std::string_view pattern) {
  auto compiled = Pattern::compile(pattern);
  return compiled ? std::string() : compiled.error();
}

constexpr std::string_view kTrail = R"({"eventType": "UpdateTrail", "sourceIPAddress": "111.111.111.111", "arrayKey": ["value", "another value"],
  "objectList": [{"name": "a", "id": 1}, {"name": "b", "id": 2}], "SomeObject": null, "ThisFlag": true, "cluster.name": "c"})";
constexpr std::string_view kUsers = R"({"user": {"id": 1, "email": "John.Stiles@example.com"}, "users": [{"id": 2, "email": "John.Doe@example.com"},
  {"id": 3, "email": "Jane.Doe@example.com"}], "actions": ["GET", "PUT", "DELETE"], "coordinates": [[0, 1, 2], [4, 5, 6], [7, 8, 9]], "latency": 55.5})";
constexpr std::string_view kAccess = R"(127.0.0.1 - frank [10/Oct/2000:13:25:15 -0700] "GET /index.html HTTP/1.0" 404 1534)";

}  // namespace

TEST_CASE("an_empty_pattern_matches_everything") {
  CHECK(matches("", "x"));
  CHECK(matches("  ", ""));
  CHECK(Pattern::compile("")->everything());
  CHECK_FALSE(Pattern::compile("a")->everything());
}

TEST_CASE("all_terms_have_to_be_in_the_message_in_their_case_and_anywhere") {
  CHECK(matches("ERROR", "[ERROR] A fatal exception has occurred"));
  CHECK(matches("ERROR", "Exiting with ERRORCODE: -1"));
  CHECK_FALSE(matches("ERROR", "error"));
  CHECK(matches("ERROR Exception", "[ERROR] Caught IllegalArgumentException"));
  CHECK_FALSE(matches("ERROR Exception", "[ERROR] nothing"));
}

TEST_CASE("phrases_are_found_as_they_stand") {
  CHECK(matches(R"("INTERNAL SERVER ERROR")", "[ERROR 500] INTERNAL SERVER ERROR"));
  CHECK_FALSE(matches(R"("INTERNAL SERVER ERROR")", "INTERNAL  SERVER ERROR"));
  CHECK(matches(R"("a\"b")", "xa\"by"));
  CHECK(matches(R"("\\d")", "x\\d"));
  CHECK(matches("\"\u00e4\"", "b\u00e4r"));
}

TEST_CASE("a_minus_excludes_and_question_marks_are_alternatives") {
  CHECK_FALSE(matches("ERROR -Exiting", "Exiting with ERRORCODE: -1"));
  CHECK_FALSE(matches(R"("ERROR" - "Exiting")", "Exiting with ERRORCODE: -1"));
  CHECK(matches("ERROR -Exiting", "ERROR"));
  CHECK(matches("-DEBUG", "anything"));
  for (const char* m : {"ERROR WARN message", "ERROR message", "WARN message"}) CHECK(matches("?ERROR ?WARN", m));
  CHECK_FALSE(matches("?ERROR ?WARN", "INFO"));
  CHECK(matches(R"(?"status 500" ?WARN)", "status 500"));
  // Beside a term that is asked for, question marks do not count.
  CHECK(matches("?ERROR INFO", "INFO"));
  CHECK_FALSE(matches("?ERROR INFO", "ERROR"));
}

TEST_CASE("regular_expressions_stand_between_percent_signs") {
  CHECK(matches("%AUTHORIZED%", "[ERROR 401] UNAUTHORIZED REQUEST"));
  CHECK(matches("%\\d{1,3}\\.\\d{1,3}%", "from 10.1.0.0"));
  CHECK_FALSE(matches("%^ERROR%", "an ERROR"));
  CHECK(matches("-%[Ee]rror% warn", "warn"));
  CHECK(matches("%\\x28%", "f(x)"));
  CHECK(refusal("%something!%") == "Invalid character(s) in term '%something!%'");
  CHECK(refusal("%(a)%") == "Invalid character(s) in term '%(a)%'");
  CHECK(refusal("%a") != "");
  CHECK(refusal("%%") != "");
  CHECK(refusal("%[%") != "");
}

TEST_CASE("terms_with_other_characters_need_quotes") {
  CHECK(refusal("a-b") == "Invalid character(s) in term 'a-b'");
  CHECK(refusal("?\u201cx\u201d") == "Invalid character(s) in term '\u201cx\u201d'");
  CHECK(refusal("?") == "Invalid character(s) in term '?'");
  CHECK(refusal("a -") == "Invalid character(s) in term '-'");
  CHECK(refusal("\"\"") == "Invalid character(s) in term '\"\"'");
  CHECK(refusal("\"a") != "");
  CHECK(refusal("\"a\"b") == "Invalid character(s) in term '\"a\"b'");
  CHECK(refusal("") == "");
}

TEST_CASE("json_conditions_look_at_values") {
  CHECK(matches(R"({ $.eventType = "UpdateTrail" })", kTrail));
  CHECK(matches("{$.eventType=Update*}", kTrail));
  CHECK(matches("{ $.eventType = *Trail }", kTrail));
  CHECK(matches("{ $.eventType = %Trail% }", kTrail));
  CHECK_FALSE(matches("{ $.eventType != %Trail% }", kTrail));
  CHECK_FALSE(matches("{ $.eventType = Up*Trail }", kTrail));
  CHECK(matches("{ $.sourceIPAddress != 123.123.* }", kTrail));
  CHECK(matches(R"({ $.arrayKey[0] = "value" })", kTrail));
  CHECK(matches(R"({ $.arrayKey[*] = "another*" })", kTrail));
  CHECK_FALSE(matches(R"({ $.arrayKey[2] = "value" })", kTrail));
  CHECK(matches("{ $.objectList[1].id = 2 }", kTrail));
  CHECK(matches("{ $.objectList[*].id = 2 }", kTrail));
  CHECK(matches("{ $.SomeObject IS NULL }", kTrail));
  CHECK(matches("{ $.SomeOtherObject NOT EXISTS }", kTrail));
  CHECK_FALSE(matches("{ $.SomeObject NOT EXISTS }", kTrail));
  CHECK(matches("{ $.ThisFlag IS TRUE }", kTrail));
  CHECK_FALSE(matches("{ $.ThisFlag IS FALSE }", kTrail));
  CHECK(matches("{ $.ThisFlag EXISTS }", kTrail));
  CHECK(matches("{ $.ThisFlag = * }", kTrail));
  CHECK(matches("{ $['cluster.name'] = c }", kTrail));
  // Objects, arrays and what is not there satisfy no comparison.
  CHECK_FALSE(matches("{ $.arrayKey != 1 }", kTrail));
  CHECK_FALSE(matches("{ $.nothing != 1 }", kTrail));
}

TEST_CASE("json_conditions_join_with_and_before_or") {
  CHECK(matches(R"({ ($.user.id = 1) && ($.users[0].email = "John.Doe@example.com") })", kUsers));
  CHECK_FALSE(matches(R"({ ($.user.id = 2 && $.users[0].email = "nonmatch") || $.actions[2] = "GET" })", kUsers));
  CHECK(matches(R"({ $.user.email = "John.Stiles@example.com" || $.coordinates[0][1] = nonmatch && $.actions[2] = nomatch })", kUsers));
  CHECK_FALSE(matches(R"({ ($.user.email = "John.Stiles@example.com" || $.coordinates[0][1] = nonmatch) && $.actions[2] = nomatch })", kUsers));
  CHECK(matches("{$.user.id=1&&$.coordinates[1][2]=6}", kUsers));
}

TEST_CASE("json_numbers_compare_as_numbers") {
  for (const char* p : {"{ $.latency >= 55 }", "{ $.latency < 10e3 }", "{ $.latency > 10e-3 }", "{ $.latency <= 55.5 }", "{ $.latency = 55.50 }", "{ $.latency != 500 }",
                        "{ $.latency < +1000 }", "{ $.latency > -1 }"})
    CHECK_MESSAGE(matches(p, kUsers), p);
  CHECK_FALSE(matches("{ $.latency > 56 }", kUsers));
  CHECK(matches("{ $.code = 400 }", R"({"code": "400"})"));
  CHECK(matches("{ $.code = 4* }", R"({"code": 404})"));
}

TEST_CASE("what_is_no_json_object_matches_no_json_pattern") {
  for (const char* m : {"", "text", "{", "[1]", "{\"a\": }", "prefix {\"a\": 1}", "{\"a\": 1} trailing"}) CHECK_FALSE(matches("{ $.a = * || $.b NOT EXISTS }", m));
  CHECK(matches("{ $.a = 1 }", "  {\"a\": 1}\n"));
  CHECK_FALSE(matches("{ $.a = 1 }", std::string(100, '{')));
}

TEST_CASE("bad_json_patterns_are_refused") {
  CHECK(refusal("{$.a = 1") == "If a filter pattern starts with '{' it must end with '}'");
  for (const char* p : {"{}", "{ a = 1 }", "{ $ = 1 }", "{ $.a }", "{ $.a = }", "{ $.a > x }", "{ $.a IS 1 }", "{ $.a NOT NULL }", "{ ($.a = 1 }", "{ $.a = 1 && }", "{ $.a = 1 b }",
                        "{ $.a[x] = 1 }", "{ $.a[ = 1 }", "{ $.a = %x% && $.a = %x% && $.a = %x% }", "{ $.a = a@b }", "{ $..a = 1 }"})
    CHECK_MESSAGE(refusal(p) != "", p);
  CHECK(refusal("{" + std::string(200, '(') + "$.a = 1" + std::string(200, ')') + "}") == "Too many nested parentheses");
}

TEST_CASE("fields_are_separated_by_spaces_quotes_and_brackets_hold_together") {
  CHECK(matches("[ip, user, username, timestamp, request, status_code, bytes]", kAccess));
  CHECK_FALSE(matches("[ip, user, username, timestamp, request, status_code]", kAccess));
  CHECK(matches("[ip, user, username, timestamp, request, status_code, bytes > 1000]", kAccess));
  CHECK_FALSE(matches("[ip, user, username, timestamp, request, status_code, bytes > 2000]", kAccess));
  CHECK(matches("[ip, user, username, timestamp, request = *html*, status_code = 4*, bytes]", kAccess));
  CHECK(matches("[ip, user, username, timestamp, request, status_code = 4* && status_code != 403, bytes]", kAccess));
  CHECK(matches("[ip, user, username, timestamp, request, (status_code = 5* || status_code = 4*), bytes]", kAccess));
  CHECK(matches("[ip = %127\\.0\\.0\\.[1-9]%, ...]", kAccess));
  CHECK(matches("[..., status_code, bytes]", kAccess));
  CHECK(matches("[ip, user, ..., status_code, bytes = 1534]", kAccess));
  CHECK(matches("[w1=ERROR, w2]", "ERROR message"));
  CHECK_FALSE(matches("[w1=ERROR, w2]", "WARN message"));
  CHECK(matches("[w1=ERROR || w1=WARN, w2]", "WARN message"));
  CHECK(matches("[w1=!ERROR&&w1=!WARN, w2]", "INFO message"));
  CHECK(matches("[...]", ""));
  CHECK(matches("[a, b]", "\"open quote"));
}

TEST_CASE("bad_field_patterns_are_refused") {
  CHECK(refusal("[a, b") == "If a filter pattern starts with '[' it must end with ']'");
  for (const char* p : {"[a, ..., b, ...]", "[a = ]", "[a b]", "[a = 1 && b = 2]", "[a > x]", "[(a = 1]", "[a ? 1]"}) CHECK_MESSAGE(refusal(p) != "", p);
}

TEST_CASE("values_are_taken_out_of_what_matches") {
  Values values;
  CHECK(Pattern::compile("[..., request=*.html*, status_code=4*,]")->matches(kAccess, values));
  std::map<std::string, std::string> named(values.begin(), values.end());
  CHECK(named == std::map<std::string, std::string>{{"$1", "127.0.0.1"}, {"$2", "-"}, {"$3", "frank"}, {"$4", "10/Oct/2000:13:25:15 -0700"},
                                                    {"$request", "GET /index.html HTTP/1.0"}, {"$status_code", "404"}, {"$7", "1534"}});
  values.clear();
  CHECK(Pattern::compile("{ $.user.id = 1 && $.users[0].email = * && $.none NOT EXISTS }")->matches(kUsers, values));
  CHECK(values == Values{{"$.user.id", "1"}, {"$.users[0].email", "John.Doe@example.com"}});
  values.clear();
  CHECK_FALSE(Pattern::compile("{ $.user.id = 2 }")->matches(kUsers, values));
  CHECK(values.empty());
}
