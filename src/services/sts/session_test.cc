#include "services/sts/session.h"

#include <doctest/doctest.h>

using namespace fogbank;
using namespace fogbank::sts;

namespace {
using Tags = std::vector<std::pair<std::string, std::string>>;

std::string message(const Result<SessionTags>& r) { return r ? "" : r.error().message; }
}  // namespace

TEST_CASE("texts_that_are_no_arn_are_invalid_role_arns") {
  for (std::string_view bad : {"nothing-valid-in-here", "arn:a:::something/test-role", "arn::b:::something/test-role", "arn:a::::something/test-role",
                               "arn:a:a::aaaaaaaaaa:"}) {
    auto r = check_role_arn(bad);
    REQUIRE_FALSE(r);
    CHECK(r.error().code == "ValidationError");
    CHECK(r.error().message == std::string(bad) + " is invalid");
  }
  CHECK(check_role_arn("arn:aws:iam::111111111111:role/x"));
}

TEST_CASE("durations_are_bounded_by_the_role_and_by_chaining") {
  CHECK(check_duration(3600, 3600, false));
  CHECK(check_duration(43200, 43200, false));
  CHECK(check_duration(3601, 3600, false).error().message == "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.");
  CHECK(check_duration(3600, 43200, true));
  CHECK(check_duration(3601, 43200, true).error().message ==
        "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.");
}

TEST_CASE("session_tags_have_no_case_and_transitive_ones_must_be_passed") {
  auth::Principal caller;
  CHECK(message(session_tags(caller, {{"a", "1"}, {"A", "2"}}, {})) == "Duplicate tag keys found. Please note that Tag keys are case insensitive.");
  CHECK(message(session_tags(caller, {{"a", "1"}}, {"b"})) == "The specified transitive tag key must be included in the requested tags.");
  auto ok = session_tags(caller, {{"a", "1"}, {"b", "2"}}, {"A"});
  REQUIRE(ok);
  CHECK(ok->tags.size() == 2);
  CHECK(ok->transitive == std::vector<std::string>{"A"});
}

TEST_CASE("transitive_tags_go_on_to_the_next_session_and_cannot_be_replaced") {
  auth::Principal caller;
  caller.session_tags = {{"team", "red"}, {"shift", "night"}};
  caller.transitive_tags = {"Team"};
  auto next = session_tags(caller, {{"shift", "day"}}, {});
  REQUIRE(next);
  CHECK(next->tags == std::map<std::string, std::string>{{"shift", "day"}, {"team", "red"}});
  CHECK(next->transitive == std::vector<std::string>{"team"});
  auto clash = session_tags(caller, {{"TEAM", "blue"}}, {});
  REQUIRE_FALSE(clash);
  CHECK(clash.error().code == "InvalidParameterValue");
}

TEST_CASE("packed_size_grows_with_what_is_passed") {
  CHECK(packed_size({}) == 0);
  CHECK(packed_size({"", {}, {{"Project", "Automation"}}}) == 1);
  std::string longest(2048, 'x'), longer(2049, 'x');
  CHECK(packed_size({longest, {}, {}}) <= 100);
  CHECK(check_sizes({longest, {}, {}}));
  CHECK(check_sizes({longer, {}, {}}).error().code == "ValidationError");
  Tags many;
  for (int i = 0; i < 50; i++) many.emplace_back(std::string(128, 'k'), std::string(256, 'v'));
  CHECK(packed_size({"", {}, many}) > 100);
  CHECK(check_sizes({"", {}, many}).error().code == "PackedPolicyTooLarge");
  CHECK(check_sizes({"", std::vector<std::string>(10, "arn:aws:iam::aws:policy/x"), {}}));
  CHECK(check_sizes({"", std::vector<std::string>(11, "arn:aws:iam::aws:policy/x"), {}}).error().message.ends_with("Member must have length less than or equal to 10"));
}

TEST_CASE("sessions_of_root_last_an_hour_at_most") {
  auth::Principal user, root;
  user.kind = auth::PrincipalKind::user;
  root.kind = auth::PrincipalKind::root;
  CHECK(user_duration(user, std::nullopt) == 43200);
  CHECK(user_duration(user, 129600) == 129600);
  CHECK(user_duration(root, std::nullopt) == 3600);
  CHECK(user_duration(root, 43200) == 3600);
  CHECK(user_duration(root, 900) == 900);
}
