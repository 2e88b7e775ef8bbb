// The rules beside the operations: names, words of filters, rotation schedules, passwords, labels.
#include <doctest/doctest.h>

#include <set>

#include "base/random.h"
#include "services/secretsmanager/filters.h"
#include "services/secretsmanager/passwords.h"
#include "services/secretsmanager/resolve.h"
#include "services/secretsmanager/rotation_rules.h"
#include "services/secretsmanager/stages.h"

namespace fogbank::secretsmanager {

TEST_CASE("words_begin_after_signs_and_at_capitals") {
  using Words = std::vector<std::string_view>;
  CHECK(words_of("my/test") == Words{"my", "test"});
  CHECK(words_of("MyTestPhrase") == Words{"My", "Test", "Phrase"});
  CHECK(words_of("uat/COMPANYthings") == Words{"uat", "COMPAN", "Ythings"});
  CHECK(words_of("COMPANY") == Words{"COMPANY"});
  CHECK(words_of("+ +") == Words{});
  CHECK(words_of("") == Words{});
}

TEST_CASE("names_have_letters_digits_and_some_signs") {
  for (const char* good : {"a", "Valid/_+=.@-Name", "x!", "-"}) CHECK(check_name(good));
  for (const char* bad : {"", " a", "a b", "a*", "a:b", "a\\", "\xc3\xa9"}) CHECK_FALSE(check_name(bad));
}

TEST_CASE("windows_follow_the_schedule") {
  struct { const char* schedule; int days; const char* duration; const char* after; const char* start; const char* end; } cases[] = {
      {"", 30, "", "2026-01-10T15:30:00Z", "2026-02-09T00:00:00Z", "2026-02-09T23:59:59Z"},
      {"", 1, "3h", "2026-01-10T15:30:00Z", "2026-01-11T00:00:00Z", "2026-01-11T02:59:59Z"},
      {"rate(10 days)", 0, "", "2026-02-27T00:00:00Z", "2026-03-09T00:00:00Z", "2026-03-09T23:59:59Z"},
      {"rate(4 hours)", 0, "", "2026-01-10T15:30:00Z", "2026-01-10T19:00:00Z", "2026-01-10T19:59:59Z"},
      {"rate(6 hours)", 0, "2h", "2026-01-10T23:30:00Z", "2026-01-11T05:00:00Z", "2026-01-11T06:59:59Z"},
      {"cron(0 8 1 * ? *)", 0, "", "2026-01-10T15:30:00Z", "2026-02-01T08:00:00Z", "2026-02-01T23:59:59Z"},
      {"cron(0 8 1 * ? *)", 0, "", "2026-01-01T08:00:00Z", "2026-02-01T08:00:00Z", "2026-02-01T23:59:59Z"},
      {"cron(0 8 1 * ? *)", 0, "", "2026-01-01T07:59:59Z", "2026-01-01T08:00:00Z", "2026-01-01T23:59:59Z"},
      {"cron(0 16 1,15 * ? *)", 0, "2h", "2026-01-01T20:00:00Z", "2026-01-15T16:00:00Z", "2026-01-15T17:59:59Z"},
      {"cron(0 /8 * * ? *)", 0, "", "2026-01-10T15:30:00Z", "2026-01-10T16:00:00Z", "2026-01-10T16:59:59Z"},
      {"cron(0 4/6 * * ? *)", 0, "", "2026-01-10T23:30:00Z", "2026-01-11T04:00:00Z", "2026-01-11T04:59:59Z"},
      {"cron(0 0 ? * SUN#1 *)", 0, "", "2026-01-10T15:30:00Z", "2026-02-01T00:00:00Z", "2026-02-01T23:59:59Z"},
      {"cron(0 2 ? * 6L *)", 0, "", "2026-01-10T15:30:00Z", "2026-01-30T02:00:00Z", "2026-01-30T23:59:59Z"},
      {"cron(0 2 L 2 ? *)", 0, "", "2026-03-01T00:00:00Z", "2027-02-28T02:00:00Z", "2027-02-28T23:59:59Z"},
      {"cron(0 2 29 2 ? *)", 0, "", "2026-03-01T00:00:00Z", "2028-02-29T02:00:00Z", "2028-02-29T23:59:59Z"},
      {"cron(0 12 ? JAN-MAR MON-FRI *)", 0, "", "2026-03-31T12:00:00Z", "2027-01-01T12:00:00Z", "2027-01-01T23:59:59Z"},
  };
  for (const auto& c : cases) {
    RotationSettings r;
    r.schedule = c.schedule;
    r.days = c.days;
    r.duration = c.duration;
    Window w = next_window(r, *parse_iso8601(c.after));
    CHECK_MESSAGE(iso8601(w.start) == c.start, c.schedule);
    CHECK_MESSAGE(iso8601(w.end) == c.end, c.schedule);
  }
  RotationSettings never;
  never.schedule = "cron(0 2 30 2 ? *)";
  CHECK(next_window(never, 0).start == 0);
  CHECK(next_window(RotationSettings(), 0).start == 0);
}

TEST_CASE("schedules_are_rates_of_four_hours_and_more_or_crons_at_full_hours") {
  for (const char* good : {"rate(4 hours)", "rate(1 day)", "rate(999 days)", "cron(0 /8 * * ? *)", "cron(0 8 1 * ? *)", "cron(0 4 ? * SUN *)", "cron(0 1 ? * 3L *)",
                           "cron(0 8-17/4 1,15 JAN-JUN ? *)", "cron(0 0 L * ? *)", "cron(0 16 ? * MON#2 *)"})
    CHECK_MESSAGE(valid_schedule(good), good);
  for (const char* bad : {"", "rate", "rate()", "rate(3 hours)", "rate(0 days)", "rate(1000 days)", "rate(1 week)", "rate(99999999999999999999 days)", "cron(5 8 1 * ? *)", "cron(0 24 1 * ? *)",
                          "cron(0 8 1 * ? 2026)", "cron(0 8 1 *)", "cron(0 8 32 * ? *)", "cron(0 8 ? * SUN#6 *)", "cron(0 8 ? * - *)", "cron(0 , * * ? *)", "at(2026-01-01)"})
    CHECK_MESSAGE(!valid_schedule(bad), bad);
}

TEST_CASE("a_password_has_each_included_type_and_nothing_excluded") {
  SeededRandom random(7);
  for (int i = 0; i < 200; i++) {
    svc::GetRandomPasswordRequest rules{};
    rules.PasswordLength = 4;
    auto p = random_password(random, rules);
    REQUIRE(p);
    CHECK(p->size() == 4);
    CHECK(p->find_first_of("abcdefghijklmnopqrstuvwxyz") != std::string::npos);
    CHECK(p->find_first_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ") != std::string::npos);
    CHECK(p->find_first_of("0123456789") != std::string::npos);
    rules.ExcludeUppercase = rules.ExcludeLowercase = rules.ExcludePunctuation = true;
    rules.ExcludeCharacters = "012345";
    p = random_password(random, rules);
    REQUIRE(p);
    CHECK(p->find_first_not_of("6789") == std::string::npos);
  }
  svc::GetRandomPasswordRequest rules{};
  CHECK(random_password(random, rules)->size() == 32);
  rules.PasswordLength = 3;
  CHECK(random_password(random, rules).error().message == "Password length is too short based on the required types.");
  rules.RequireEachIncludedType = false;
  CHECK(random_password(random, rules)->size() == 3);
  rules.ExcludeUppercase = rules.ExcludeLowercase = rules.ExcludePunctuation = rules.ExcludeNumbers = true;
  CHECK(random_password(random, rules).error().code == "InvalidParameterException");
}

TEST_CASE("awscurrent_leaves_awsprevious_behind_and_takes_awspending_along") {
  StoredSecret s;
  move_label(s, "AWSCURRENT", "one");
  CHECK(labels_of(s, "one") == std::vector<std::string>{"AWSCURRENT"});
  move_label(s, "AWSPENDING", "two");
  move_label(s, "AWSCURRENT", "two");
  CHECK(labels_of(s, "one") == std::vector<std::string>{"AWSPREVIOUS"});
  CHECK(labels_of(s, "two") == std::vector<std::string>{"AWSCURRENT", "AWSPENDING"});
  move_label(s, "AWSCURRENT", "three");
  CHECK(labels_of(s, "one").empty());
  CHECK(labels_of(s, "two") == std::vector<std::string>{"AWSPREVIOUS"});
  move_label(s, "AWSCURRENT", "two");
  CHECK(labels_of(s, "two") == std::vector<std::string>{"AWSCURRENT"});
  CHECK(labels_of(s, "three") == std::vector<std::string>{"AWSPREVIOUS"});
  move_label(s, "AWSCURRENT", "two");   // to where it is: nothing changes
  CHECK(labels_of(s, "three") == std::vector<std::string>{"AWSPREVIOUS"});
}

}  // namespace fogbank::secretsmanager
