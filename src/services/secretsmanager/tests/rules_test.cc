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
