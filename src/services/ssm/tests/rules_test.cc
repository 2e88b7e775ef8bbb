// Rules without a server: names, references, policies, filters, public parameters, patterns.
#include <doctest/doctest.h>

#include "base/strings.h"
#include "gateway/testing.h"
#include "services/ssm/filters.h"
#include "services/ssm/names.h"
#include "services/ssm/policies.h"
#include "services/ssm/public_parameters.h"
#include "wire/patterns.h"

namespace fogbank::ssm {
namespace {

const Scope kHome{Partition("aws"), AccountId("111111111111"), Region("us-east-1")};

std::string code_of(Result<void> r) { return r ? "" : r.error().code; }

/// "space name selector", or the code.
std::string meant(std::string_view given) {
  auto r = read_reference(kHome, given);
  if (!r) return r.error().code;
  return cat(r->space == Space::account ? "account " : r->space == Space::service ? "service " : "secret ", r->name, ' ', r->selector);
}

}  // namespace

TEST_CASE("names_that_may_be_created") {
  for (const char* good : {"x", "/x", "/a/b", "A.b_c-1", "/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15"}) CHECK_MESSAGE(check_new_name(kHome, good), good);
  for (const char* bad : {"", "/", "a/b", "/a/", "//a", "a b", "\xc3\xa4", "AwS", "/ssm", "SSM/x", "/Ssm/x", "x:1"})
    CHECK_MESSAGE(code_of(check_new_name(kHome, bad)) == "ValidationException", bad);
  CHECK(code_of(check_new_name(kHome, "/aws/x")) == "AccessDeniedException");
  CHECK(code_of(check_new_name(kHome, "/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16")) == "HierarchyLevelLimitExceededException");
  size_t most = 1011 - std::string("arn:aws:ssm:us-east-1:111111111111:parameter/").size();
  CHECK(check_new_name(kHome, std::string(most, 'x')));
  CHECK_FALSE(check_new_name(kHome, std::string(most + 1, 'x')));
}

TEST_CASE("references_name_a_parameter_a_version_or_a_label") {
  CHECK(meant("x") == "account x ");
  CHECK(meant(" /a/b ") == "account /a/b ");
  CHECK(meant("x:7") == "account x 7");
  CHECK(meant("/a/b:prod") == "account /a/b prod");
  CHECK(meant("arn:aws:ssm:us-east-1:111111111111:parameter/a/b:3") == "account /a/b 3");
  CHECK(meant("arn:aws:ssm:us-east-1::parameter/aws/service/x") == "service /aws/service/x ");
  CHECK(meant("/aws/reference/secretsmanager/a@b:AWSPREVIOUS") == "secret /aws/reference/secretsmanager/a@b AWSPREVIOUS");
  CHECK(meant("arn:aws:ssm:eu-west-1:111111111111:parameter/a") == "ParameterNotFound");
  for (const char* bad : {"x:1:2", "x:", "x:1a", "a/b", "{x}", "arn:aws:sqs:us-east-1:111111111111:q", "ssmx"}) CHECK_MESSAGE(meant(bad) == "ValidationException", bad);
}

TEST_CASE("below_a_path") {
  CHECK(below("/a/b", "/a", false));
  CHECK(below("/a/b", "/a/", false));
  CHECK_FALSE(below("/a/b/c", "/a", false));
  CHECK(below("/a/b/c", "/a", true));
  CHECK_FALSE(below("/ab/c", "/a", true));
  CHECK_FALSE(below("/a", "/a", true));
  CHECK(below("x", "/", false));
  CHECK_FALSE(below("/a/b", "/", false));
  CHECK(below("/a/b", "/", true));
}

TEST_CASE("policies_are_kept_as_compact_json") {
  auto p = read_policies(R"([ {"Type":"Expiration", "Version":"1.0","Attributes":{"Timestamp":"2030-01-02T03:04:05.000Z"}} ])");
  REQUIRE(p);
  CHECK(p->texts == std::vector<std::string>{R"({"Type":"Expiration","Version":"1.0","Attributes":{"Timestamp":"2030-01-02T03:04:05.000Z"}})"});
  CHECK(iso8601(p->expires) == "2030-01-02T03:04:05Z");
  CHECK(policy_type(p->texts[0]) == "Expiration");
  for (const char* none : {"[]", "[{}]"}) {
    auto empty = read_policies(none);
    REQUIRE(empty);
    CHECK(empty->texts.empty());
  }
  for (const char* bad : {"", "x", "1", "{}", "[1]", "[[]]", R"([{"Type":1}])"}) CHECK_MESSAGE(!read_policies(bad), bad);
  CHECK_FALSE(read_policies(std::string(100000, '[')));
}

TEST_CASE("user_patterns_match_whole_texts") {
  using wire::match_user_pattern, wire::UserMatch;
  CHECK(match_user_pattern("\\d{1,4}", "1234") == UserMatch::yes);
  CHECK(match_user_pattern("\\d{1,4}", "12345") == UserMatch::no);
  CHECK(match_user_pattern("^a$", "a") == UserMatch::yes);
  CHECK(match_user_pattern("(", "a") == UserMatch::invalid);
  CHECK(match_user_pattern("^(?!aws).*$", "a") == UserMatch::unsupported);
  CHECK(match_user_pattern("(a)\\1", "aa") == UserMatch::unsupported);
  CHECK(match_user_pattern("((a{1000}){1000}){1000}", "a") == UserMatch::invalid);
}

TEST_CASE("public_parameters_are_found_and_scanned_in_order") {
  testing::TestCore t;
  PublicParameters p(t.core());
  constexpr std::string_view kAmi = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64";
  std::string east, north;
  CHECK(p.get("us-east-1", kAmi, [&](const PublicParameter& one) { east = one.value; CHECK(one.version > 1); CHECK(one.modified > 0); return true; }));
  CHECK(p.get("eu-north-1", kAmi, [&](const PublicParameter& one) { north = one.value; return true; }));
  CHECK(east.starts_with("ami-"));
  CHECK(east != north);
  CHECK_FALSE(p.get("nowhere-1", kAmi, [](const PublicParameter&) { return true; }));
  CHECK_FALSE(p.get("us-east-1", "/aws/service/ami-amazon-linux-latest", [](const PublicParameter&) { return true; }));
  CHECK(p.names_image("us-east-1", east));
  CHECK_FALSE(p.names_image("us-east-1", north));
  CHECK_FALSE(p.names_image("us-east-1", ""));

  std::string last;
  size_t all = 0, rest = 0;
  p.scan("us-east-1", "/aws/service/global-infrastructure/", {}, [&](const PublicParameter& one) {
    CHECK(last < one.name);
    last = one.name;
    return ++all < 30000;
  });
  CHECK(all == 30000);
  p.scan("us-east-1", "/aws/service/global-infrastructure/", last, [&](const PublicParameter& one) { CHECK(one.name > last); rest++; return true; });
  CHECK(rest > 20000);   // regions and services together
}

}  // namespace fogbank::ssm
