#include <doctest/doctest.h>

#include "auth/policy/inspect.h"
#include "auth/policy/evaluate.h"

using namespace fogbank::policy;

namespace {

std::string keys_of(std::string_view json) {
  auto keys = mentioned_keys(json);
  if (!keys) return "refused";
  std::string out;
  for (const auto& k : *keys) out += (out.empty() ? "" : " ") + k;
  return out;
}

std::string places_of(std::string_view json) {
  std::string out;
  for (const StatementPlace& p : statement_places(json))
    out += (out.empty() ? "" : " ") + std::to_string(p.start.line) + ":" + std::to_string(p.start.column) + "-" + std::to_string(p.end.line) + ":" + std::to_string(p.end.column);
  return out;
}

}  // namespace

TEST_CASE("keys_are_those_of_conditions_and_variables_as_written_each_once") {
  CHECK(keys_of(R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Resource":["a/${aws:username}","${ s3:prefix , 'x' }/${aws:username}"],
                    "Condition":{"StringEquals":{"AWS:Username":"${aws:PrincipalTag/A B}","aws:username":["1","${*}"]},"Null":{"aws:username":"true"}}}})") ==
        "aws:username s3:prefix AWS:Username aws:PrincipalTag/A B *");
}

TEST_CASE("variables_count_in_the_modern_language_only_and_not_in_actions_or_principals") {
  CHECK(keys_of(R"({"Statement":{"Effect":"Allow","Resource":"${aws:username}"}})") == "");
  CHECK(keys_of(R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"${aws:username}","Principal":{"AWS":"${aws:userid}"}}})") == "");
  CHECK(keys_of(R"({"Version":"2012-10-17","Statement":{"Effect":"Deny","NotResource":"${aws:userid}${open"}})") == "aws:userid");
}

TEST_CASE("keys_are_found_in_documents_that_no_decision_takes") {
  CHECK(keys_of("{}") == "");
  CHECK(keys_of(R"({"Statement":[]})") == "");
  CHECK(keys_of(R"({"Statement":{"Effect":"Allow","Action":[],"Condition":{"NumericEquals":{"a:b":"nope"}}}})") == "a:b");
  CHECK(keys_of(R"({"Statement":{"Action":"*"}})") == "refused");                                                      // no Effect
  CHECK(keys_of(R"({"Statement":{"Effect":"Allow","Condition":{"MadeUp":{"a:b":"c"}}}})") == "refused");
  CHECK(keys_of(R"({"Statement":[],"Foo":1})") == "refused");
  CHECK(keys_of("[") == "refused");
  CHECK(keys_of(std::string(300 * 1024, ' ')) == "refused");
  CHECK_FALSE(parse(R"({"Statement":[]})", PolicyKind::resource));   // which a decision does not take
}

TEST_CASE("places_are_behind_brackets_braces_and_the_statement_before") {
  CHECK(places_of(R"({"Version":"2012-10-17","Statement":[{"Sid":"a"},{"Sid":"b"}]})") == "1:38-1:49 1:49-1:61");
  CHECK(places_of(R"({"Version":"2012-10-17","Statement":{"Sid":"a"}})") == "1:38-1:48");
  CHECK(places_of("{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [\n    {\n      \"Effect\": \"Allow\"\n    }\n  ]\n}") == "3:17-6:6");
}

TEST_CASE("places_are_not_misled_by_texts_and_other_elements") {
  CHECK(places_of(R"({"Id":"\"Statement\":[{","Statement":[{"Sid":"}]\\"},{"Condition":{"Null":{"Statement":["{"]}}}]})") == "1:39-1:53 1:53-1:96");
  CHECK(places_of("{\"Version\":\"2012-10-17\",\"Statement\":{\"Sid\":\"gr\xC3\xB6\xC3\x9F" "er\"}}") == "1:38-1:53");   // characters, not bytes
}

TEST_CASE("places_of_what_is_no_policy_are_none") {
  for (const char* json : {"", "{", "[]", "{\"Statement\"", "{\"Statement\":", "{\"Statement\":7}", "{\"a\":[{\"", "\\", "{\"Statement\":\"x\"}"}) CHECK(places_of(json) == "");
}

TEST_CASE("old_versions_can_be_taken_where_a_kind_demands_the_new_one") {
  constexpr const char* kOld = R"({"Statement":{"Effect":"Allow","Action":"a:b","Resource":"*"}})";
  CHECK_FALSE(parse(kOld, PolicyKind::identity));
  CompileOptions options;
  options.any_version = true;
  CHECK(parse(kOld, PolicyKind::identity, options));
}
