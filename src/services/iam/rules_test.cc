#include "services/iam/rules.h"

#include <doctest/doctest.h>

#include "auth/policy/document.h"
#include "services/iam/managed.h"
#include "services/iam/trust.h"

using namespace fogbank;
using namespace fogbank::iam;

TEST_CASE("a_policy_arn_is_taken_apart_with_its_path") {
  auto p = parse_policy_arn("arn:aws:iam::111111111111:policy/a/b/name");
  REQUIRE(p);
  CHECK(p->path == "/a/b/");
  CHECK(p->name == "name");
  CHECK_FALSE(p->aws_managed());
  CHECK(parse_policy_arn("arn:aws:iam::aws:policy/AdministratorAccess")->aws_managed());
}

TEST_CASE("what_is_no_policy_arn_is_refused_with_the_services_text") {
  auto text = parse_policy_arn("just-the-name-of-a-policy");
  REQUIRE_FALSE(text);
  CHECK(text.error().code == "ValidationError");
  CHECK(text.error().message == "Invalid ARN:  Could not be parsed!");
  for (std::string_view bad : {"arn:aws:iam::111111111111:user/x", "arn:aws:iam::111111111111:policy/", "arn:aws:iam::111111111111:policyx",
                               "arn:aws:s3:::policy/x", "arn:aws:iam:eu-west-1:111111111111:policy/x", "arn:aws:iam::1:policy/x"}) {
    auto p = parse_policy_arn(bad);
    REQUIRE_FALSE(p);
    CHECK(p.error().code == "InvalidInput");
  }
}

TEST_CASE("tags_of_users_and_roles_have_no_case_and_are_replaced") {
  std::vector<Tag> tags{{"Department", "finance"}};
  REQUIRE(merge_tags(tags, {{"department", "hr"}}, true));
  CHECK(tags == std::vector<Tag>{{"department", "hr"}});
  REQUIRE(merge_tags(tags, {{"DEPARTMENT", "it"}}, false));
  CHECK(tags.size() == 2);
  remove_tags(tags, {"Department"}, true);
  CHECK(tags.empty());
}

TEST_CASE("double_reserved_and_too_many_tags_are_refused") {
  std::vector<Tag> tags;
  CHECK(merge_tags(tags, {{"a", "1"}, {"A", "2"}}, true).error().message == "Duplicate tag keys found. Please note that Tag keys are case insensitive.");
  CHECK(merge_tags(tags, {{"aws:x", "1"}}, true).error().code == "InvalidInput");
  std::vector<Tag> fifty;
  for (int i = 0; i < 50; i++) fifty.push_back({std::to_string(i), ""});
  REQUIRE(merge_tags(tags, fifty, true));
  auto more = merge_tags(tags, {{"one more", ""}}, true);
  REQUIRE_FALSE(more);
  CHECK(more.error().code == "LimitExceeded");
  CHECK(more.error().status == 409);
}

TEST_CASE("version_ids_are_v_and_a_number") {
  CHECK(version_number("v12") == 12);
  CHECK(version_id(12) == "v12");
  for (std::string_view bad : {"", "v", "12", "v0", "v01", "v-1", "v1.x", "v99999999999999999999"}) CHECK_FALSE(version_number(bad));
}

TEST_CASE("markers_come_back_and_stay_within_the_models_bound") {
  auto m = parse_marker(make_marker("name", "/path/"));
  REQUIRE(m);
  CHECK(m->first == "name");
  CHECK(m->second == "/path/");
  std::string longest = make_marker(std::string(128, 'n'), std::string(512, '/'));
  CHECK(longest.size() <= 320);
  CHECK(parse_marker(longest)->second.empty());
  CHECK_FALSE(parse_marker("not a marker"));
  CHECK_FALSE(parse_marker(""));
}

TEST_CASE("aws_principals_are_found_where_they_stand_and_only_there") {
  std::string json = R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":["arn:one", "a\u0072n:two"],"Service":"x"},)"
                     R"("Action":"sts:AssumeRole","Condition":{"StringEquals":{"AWS":"arn:not","Principal":"{"}}},)"
                     R"({"NotPrincipal" : { "AWS" : "arn:three" }},{"Principal":"*"}]})";
  auto found = aws_principals(json);
  REQUIRE(found.size() == 3);
  CHECK(found[0].value == "arn:one");
  CHECK(json.substr(found[0].offset, found[0].length) == "\"arn:one\"");
  CHECK(found[1].value == "arn:two");
  CHECK(json.substr(found[1].offset, found[1].length) == R"("a\u0072n:two")");
  CHECK(found[2].value == "arn:three");
}

TEST_CASE("broken_json_ends_the_search_for_principals") {
  std::string json = R"({"Version":"x","Statement":{"Principal":{"AWS":["arn:one","arn:two"]},"Action":[1,{"a":[true,null]}]}})";
  for (size_t n = 0; n <= json.size(); n++) {
    for (char junk : {'\0', '"', '{', '}', '[', ']', ',', '\\'}) {
      std::string text = json.substr(0, n) + junk + json.substr(std::min(json.size(), n + 1));
      for (const auto& p : aws_principals(text)) CHECK(p.offset + p.length <= text.size() + 1);
    }
  }
}

TEST_CASE("managed_policies_of_aws_are_there_sorted_and_compile") {
  auto all = managed_policies();
  REQUIRE(all.size() > 1000);
  const ManagedPolicy* admin = find_managed("arn:aws:iam::aws:policy/AdministratorAccess");
  REQUIRE(admin);
  CHECK(admin->path == "/");
  CHECK(admin->created > 0);
  CHECK(admin->id.size() == 21);
  CHECK(compiled_managed(admin->arn));
  CHECK(compiled_managed(admin->arn) == compiled_managed(admin->arn));
  CHECK_FALSE(find_managed("arn:aws:iam::aws:policy/NoSuchPolicy"));
  for (size_t i = 1; i < all.size(); i++) CHECK(all[i - 1].name < all[i].name);
  CHECK(managed_after("AdministratorAccess").front().name > "AdministratorAccess");
  CHECK(managed_after("zzzz").empty());
}
