#include <doctest/doctest.h>

#include "auth/policy/condition.h"

using namespace fogbank::policy;

namespace {

using Texts = std::vector<std::string>;

bool holds(std::string_view op, const Texts& policy, const Texts* request, bool variables = true) {
  static const Principal user = [] {
    Principal p = Principal::user("arn:aws:iam::111111111111:user/Dana", "AIDA1");
    p.tags = {{"Team", "Red*"}};
    return p;
  }();
  auto name = parse_operator(op);
  REQUIRE_MESSAGE(name, op);
  ListKeys keys;
  keys.set("x:many", Texts{"a", "b"});
  keys.set("x:arn", "arn:aws:sns:eu-west-1:111111111111:t");
  if (request) keys.set("x:key", *request);
  Action action("s3:GetObject");
  Request r{&user, &action, "*", "", &keys, false};
  return Condition(*name, "X:Key", policy, variables).holds(r);
}
bool one(std::string_view op, std::string_view policy, std::string_view request) {
  Texts values{std::string(request)};
  return holds(op, {std::string(policy)}, &values);
}

struct Case { const char *op, *policy, *request; bool expected; };

}  // namespace

TEST_CASE("operators_compare_single_values") {
  const Case cases[] = {
      {"StringEquals", "abc", "abc", true},
      {"StringEquals", "abc", "Abc", false},
      {"StringEquals", "a*", "abc", false},
      {"StringEquals", "a*", "a*", true},
      {"StringEquals", "", "", true},
      {"StringNotEquals", "abc", "abd", true},
      {"StringNotEquals", "abc", "abc", false},
      {"StringEqualsIgnoreCase", "aBc", "AbC", true},
      {"StringEqualsIgnoreCase", "aBc", "AbCd", false},
      {"StringNotEqualsIgnoreCase", "aBc", "ABC", false},
      {"StringNotEqualsIgnoreCase", "aBc", "x", true},
      {"StringLike", "a*c", "abbc", true},
      {"StringLike", "a*c", "ac", true},
      {"StringLike", "a?c", "ac", false},
      {"StringLike", "a?c", "abc", true},
      {"StringLike", "a?c", "a\xC3\xA4" "c", true},
      {"StringLike", "*", "", true},
      {"StringLike", "home/*/x*y", "home/a/b/x12y", true},
      {"StringLike", "home/*/x*y", "home/a/b/x12z", false},
      {"StringLike", "A*", "abc", false},
      {"StringLike", "*a*b*", "xxaxxbxx", true},
      {"StringLike", "*a*b*", "xxbxxaxx", false},
      {"StringNotLike", "a*", "abc", false},
      {"StringNotLike", "a*", "xbc", true},
      {"NumericEquals", "10", "10.0", true},
      {"NumericEquals", "10", "11", false},
      {"NumericNotEquals", "10", "11", true},
      {"NumericNotEquals", "10", "10", false},
      {"NumericLessThan", "10", "9.5", true},
      {"NumericLessThan", "10", "10", false},
      {"NumericLessThanEquals", "10", "10", true},
      {"NumericLessThanEquals", "10", "10.1", false},
      {"NumericGreaterThan", "10", "100", true},
      {"NumericGreaterThan", "10", "9", false},
      {"NumericGreaterThanEquals", "-1", "-1", true},
      {"NumericGreaterThanEquals", "-1", "-2", false},
      {"NumericEquals", "ten", "ten", false},
      {"NumericEquals", "10", "many", false},
      {"DateEquals", "2024-01-01T00:00:00Z", "1704067200", true},
      {"DateEquals", "2024-01-01T01:00:00+01:00", "2024-01-01T00:00:00Z", true},
      {"DateEquals", "2024-01-01", "2024-01-01T00:00:00.000Z", true},
      {"DateEquals", "2024-01-01", "2024-01-02", false},
      {"DateNotEquals", "2024-01-01", "2024-01-02", true},
      {"DateLessThan", "2024-01-01T00:00:00Z", "2023-12-31T23:59:59Z", true},
      {"DateLessThan", "2024-01-01T00:00:00Z", "2024-01-01T00:00:00Z", false},
      {"DateLessThanEquals", "2024-01-01T00:00:00Z", "2024-01-01T00:00:00Z", true},
      {"DateGreaterThan", "1704067200", "2024-01-01T00:00:01Z", true},
      {"DateGreaterThan", "1704067200", "2024-01-01T00:00:00Z", false},
      {"DateGreaterThanEquals", "1704067200", "2024-01-01T00:00:00Z", true},
      {"DateGreaterThanEquals", "1704067200", "yesterday", false},
      {"Bool", "true", "true", true},
      {"Bool", "True", "true", true},
      {"Bool", "true", "false", false},
      {"Bool", "false", "false", true},
      {"BinaryEquals", "aGVsbG8=", "aGVsbG8=", true},
      {"BinaryEquals", "aGVsbG8=", "aGVsbG8", true},
      {"BinaryEquals", "aGVsbG8=", "aGVsbG9v", false},
      {"IpAddress", "203.0.113.0/24", "203.0.113.77", true},
      {"IpAddress", "203.0.113.7/24", "203.0.113.77", true},
      {"IpAddress", "203.0.113.0/24", "203.0.114.77", false},
      {"IpAddress", "203.0.113.5", "203.0.113.5", true},
      {"IpAddress", "203.0.113.5", "203.0.113.6", false},
      {"IpAddress", "0.0.0.0/0", "9.9.9.9", true},
      {"IpAddress", "0.0.0.0/0", "2001:db8::1", false},
      {"IpAddress", "10.0.0.0/9", "10.127.255.255", true},
      {"IpAddress", "10.0.0.0/9", "10.128.0.0", false},
      {"IpAddress", "2001:DB8:1234:5678::/64", "2001:db8:1234:5678::9", true},
      {"IpAddress", "2001:DB8:1234:5678::/64", "2001:db8:1234:5679::9", false},
      {"IpAddress", "203.0.113.0/24", "::ffff:203.0.113.9", true},
      {"IpAddress", "203.0.113.0/24", "not an address", false},
      {"IpAddress", "203.0.113.0/33", "203.0.113.1", false},
      {"NotIpAddress", "203.0.113.0/24", "203.0.113.77", false},
      {"NotIpAddress", "203.0.113.0/24", "198.51.100.1", true},
      {"ArnEquals", "arn:aws:sns:*:111111111111:t*", "arn:aws:sns:eu-west-1:111111111111:topic", true},
      {"ArnLike", "arn:aws:sns:*:111111111111:t*", "arn:aws:sns:eu-west-1:111111111111:topic", true},
      {"ArnLike", "arn:aws:sns:*:111111111111:t*", "arn:aws:sns:eu-west-1:222222222222:topic", false},
      {"ArnLike", "arn:aws:sns:*:t", "arn:aws:sns:eu-west-1:111111111111:t", false},
      {"ArnLike", "arn:aws:x:*:111122223333:finance/*", "arn:aws:x:us-east-2:999999999999:store/abc:111122223333:finance/doc", false},
      {"StringLike", "arn:aws:x:*:111122223333:finance/*", "arn:aws:x:us-east-2:999999999999:store/abc:111122223333:finance/doc", true},
      {"ArnLike", "arn:aws:logs:*:*:log-group:*", "arn:aws:logs:eu-west-1:111111111111:log-group:a:log-stream:b", true},
      {"ArnLike", "arn:aws:sns:*", "arn:aws:sns:eu-west-1:111111111111:t", true},
      {"ArnLike", "*", "arn:aws:sns:eu-west-1:111111111111:t", true},
      {"ArnLike", "arn:aws:s3:::b", "b", false},
      {"ArnLike", "ARN:aws:s3:::b", "arn:aws:s3:::b", false},
      {"ArnNotLike", "arn:aws:sns:*:*:t", "arn:aws:sns:eu-west-1:111111111111:u", true},
      {"ArnNotEquals", "arn:aws:sns:*:*:t", "arn:aws:sns:eu-west-1:111111111111:t", false},
      {"Null", "true", "x", false},
      {"Null", "false", "x", true},
  };
  for (const Case& c : cases) {
    CAPTURE(c.op);
    CAPTURE(c.policy);
    CAPTURE(c.request);
    CHECK(one(c.op, c.policy, c.request) == c.expected);
  }
}

TEST_CASE("a_missing_key_fails_positive_and_satisfies_negated_operators") {
  const Texts values{"1"};
  for (const char* op : {"StringEquals", "StringLike", "StringEqualsIgnoreCase", "NumericEquals", "NumericLessThan", "DateEquals", "DateGreaterThan", "Bool",
                         "BinaryEquals", "IpAddress", "ArnEquals", "ArnLike", "ForAnyValue:StringEquals", "ForAnyValue:StringNotEquals"}) {
    CAPTURE(op);
    CHECK_FALSE(holds(op, values, nullptr));
    CHECK(holds(std::string(op) + "IfExists", values, nullptr));
  }
  for (const char* op : {"StringNotEquals", "StringNotLike", "StringNotEqualsIgnoreCase", "NumericNotEquals", "DateNotEquals", "NotIpAddress", "ArnNotEquals",
                         "ArnNotLike", "ForAllValues:StringEquals", "ForAllValues:StringNotEquals", "ForAllValues:ArnLike"}) {
    CAPTURE(op);
    CHECK(holds(op, values, nullptr));
    CHECK(holds(std::string(op) + "IfExists", values, nullptr));
  }
  CHECK(holds("Null", {"true"}, nullptr));
  CHECK_FALSE(holds("Null", {"false"}, nullptr));
}

TEST_CASE("if_exists_still_compares_a_key_that_is_there") {
  const Texts red{"red"};
  CHECK(holds("StringEqualsIfExists", {"red"}, &red));
  CHECK_FALSE(holds("StringEqualsIfExists", {"blue"}, &red));
  CHECK_FALSE(holds("StringNotEqualsIfExists", {"red"}, &red));
  CHECK_FALSE(holds("ForAllValues:StringLikeIfExists", {"b*"}, &red));
}

TEST_CASE("several_values_in_the_policy_are_alternatives") {
  const Texts b{"b"}, x{"x"};
  CHECK(holds("StringEquals", {"a", "b"}, &b));
  CHECK_FALSE(holds("StringEquals", {"a", "b"}, &x));
  CHECK_FALSE(holds("StringNotEquals", {"a", "b"}, &b));
  CHECK(holds("StringNotEquals", {"a", "b"}, &x));
  CHECK_FALSE(holds("StringEquals", {}, &b));
  CHECK(holds("StringNotEquals", {}, &b));
  const Texts ip{"198.51.100.1"};
  CHECK(holds("IpAddress", {"203.0.113.0/24", "198.51.100.0/24", "2001:db8::/32"}, &ip));
}

TEST_CASE("set_operators_quantify_over_the_values_of_the_request") {
  const Texts none{}, a{"a"}, ab{"a", "b"}, ac{"a", "c"}, cd{"c", "d"}, blank{""}, many{"a", "b", "a", "b", "a", "b"};
  const Texts policy{"a", "b"};
  struct { const char* op; const Texts* request; bool expected; } cases[] = {
      {"ForAllValues:StringEquals", &none, true}, {"ForAllValues:StringEquals", &a, true}, {"ForAllValues:StringEquals", &ab, true},
      {"ForAllValues:StringEquals", &ac, false}, {"ForAllValues:StringEquals", &cd, false}, {"ForAllValues:StringEquals", &blank, true},
      {"ForAllValues:StringEquals", &many, true},
      {"ForAnyValue:StringEquals", &none, false}, {"ForAnyValue:StringEquals", &a, true}, {"ForAnyValue:StringEquals", &ac, true},
      {"ForAnyValue:StringEquals", &cd, false}, {"ForAnyValue:StringEquals", &blank, false},
      {"ForAllValues:StringNotEquals", &none, true}, {"ForAllValues:StringNotEquals", &ac, false}, {"ForAllValues:StringNotEquals", &cd, true},
      {"ForAnyValue:StringNotEquals", &none, false}, {"ForAnyValue:StringNotEquals", &ab, false}, {"ForAnyValue:StringNotEquals", &ac, true},
      {"StringEquals", &ac, true}, {"StringEquals", &cd, false}, {"StringNotEquals", &ac, false}, {"StringNotEquals", &cd, true},
      {"StringEquals", &none, false}, {"StringNotEquals", &none, true},
  };
  for (const auto& c : cases) {
    CAPTURE(c.op);
    CAPTURE(c.request->size());
    CHECK(holds(c.op, policy, c.request) == c.expected);
  }
  CHECK(holds("Null", {"true"}, &none));
}

TEST_CASE("variables_are_put_in_as_literals") {
  CHECK(one("StringEquals", "${aws:username}", "Dana"));
  CHECK(one("StringEquals", "a-${AWS:UserName}-z", "a-Dana-z"));
  CHECK_FALSE(one("StringEquals", "${aws:username}", "dana"));
  CHECK(one("StringEqualsIgnoreCase", "${aws:username}", "dana"));
  CHECK(one("StringLike", "${aws:username}/*", "Dana/x"));
  CHECK(one("StringEquals", "${aws:PrincipalTag/team}", "Red*"));
  CHECK(one("StringLike", "${aws:PrincipalTag/team}", "Red*"));
  CHECK_FALSE(one("StringLike", "${aws:PrincipalTag/team}", "Reddish"));
  CHECK(one("StringEquals", "${*}${?}${$}", "*?$"));
  CHECK_FALSE(one("StringLike", "${*}", "abc"));
  CHECK(one("StringEquals", "${x:nothing, 'none'}", "none"));
  CHECK(one("StringEquals", "${x:nothing,'a, b'}", "a, b"));
  CHECK_FALSE(one("StringEquals", "${x:nothing}", ""));
  CHECK_FALSE(one("StringEquals", "${x:nothing}", "${x:nothing}"));
  CHECK(one("StringNotEquals", "${x:nothing}", "anything"));
  CHECK_FALSE(one("StringEquals", "${x:many}", "a"));
  CHECK(one("ArnLike", "${x:arn}", "arn:aws:sns:eu-west-1:111111111111:t"));
  CHECK(one("ArnLike", "arn:aws:sns:*:${aws:PrincipalAccount}:t", "arn:aws:sns:eu-west-1:111111111111:t"));
  const Texts literal{"${aws:username}"};
  CHECK(holds("StringEquals", {"${aws:username}"}, &literal, false));
  CHECK(one("StringEquals", "${unclosed", "${unclosed"));
}

TEST_CASE("patterns_of_many_stars_end_soon") {
  std::string stars, text(2000, 'a');
  for (int i = 0; i < 50'000; i++) stars += "a*";
  CHECK_FALSE(one("StringLike", stars, text));
  CHECK(one("StringLike", stars.substr(0, 2000) + "a", text));
  CHECK_FALSE(one("StringLike", stars.substr(0, 2000) + "b", text));
  CHECK(one("StringLike", std::string(1000, '*') + "a" + std::string(1999, '?'), text));
}

TEST_CASE("unknown_operators_are_refused") {
  for (const char* op : {"stringequals", "StringEqual", "ForAnyValue::StringEquals", "ForEachValue:StringEquals", "NullIfExists", "StringEqualsIfExistsIfExists", ""})
    CHECK_FALSE(parse_operator(op));
}

TEST_CASE("dates_are_read_as_iam_reads_them") {
  CHECK(parse_policy_date("1970-01-01T00:00:01Z") == 1000);
  CHECK(parse_policy_date("1969-12-31T23:59:59Z") == -1000);
  CHECK(parse_policy_date("2000-03-01") == 951868800000);
  CHECK(parse_policy_date("2016-12-13T21:20:37.593194+00:00") == 1481664037593);
  CHECK(parse_policy_date("2016-12-13T21:20:37.5Z") == 1481664037500);
  CHECK(parse_policy_date("2016-12-13T21:20-01:30") == 1481669400000);
  CHECK(parse_policy_date("0") == 0);
  CHECK(parse_policy_date("9223372036854775807") == INT64_MAX);
  for (const char* good : {"2019-07-01T13:20:15Z", "2016-12-13t2:00:00.593194+23", "-292275054", "01T", "2024-02", "2024T10Z"}) {
    CAPTURE(good);
    CHECK(parse_policy_date(good));
  }
  for (const char* bad : {"", "sdf", "234-13", "2016-12-13t2:00:00.5+1", "2016-12-13t2:00:00.1999999999+10:59", "9223372036854775808", "-292275055", "2016-12-32",
                          "2016-12-13T24:00:00Z", "2016-12-13T10:60Z", "2016-1-1-1", "-1x", "2016-12-13T10:00:00Zz", "1e5"}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_policy_date(bad));
  }
}
