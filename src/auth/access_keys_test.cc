#include "auth/access_keys.h"

#include <doctest/doctest.h>

#include "auth/principal.h"
#include "base/strings.h"

using namespace fogbank;
using namespace fogbank::auth;

TEST_CASE("the account is read off published key ids") {
  CHECK(account_of_access_key("ASIAY34FZKBOKMUTVV7A") == "609629065308");
  CHECK(account_of_access_key("ASIAQNZGKIQY56JQ7WML") == "029608264753");
}

TEST_CASE("key ids have AWS's shape and carry their account") {
  SeededRandom random(3);
  for (std::string account : {"000000000000", "000000000001", "123456789012", "999999999999"})
    for (std::string prefix : {"AKIA", "ASIA"}) {
      std::string id = make_access_key_id(prefix, account, random);
      CHECK(id.size() == 20);
      CHECK(id.starts_with(prefix));
      CHECK(id.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") == std::string::npos);
      CHECK(account_of_access_key(id) == account);
      CHECK(make_access_key_id(prefix, account, random) != id);
    }
  CHECK(make_unique_id("AROA", "123456789012", random).size() == 21);
  CHECK(make_secret_access_key(random).size() == 40);
  CHECK(is_temporary_key("ASIAX"));
  CHECK_FALSE(is_temporary_key("AKIAX"));
}

TEST_CASE("ids that carry no account give none") {
  for (const char* id : {"", "AKIA", "AKIAIOSFODNN7EXAMPLE", "AKIAI44QH8DHBEXAMPLE", "AIDAY34FZKBOKMUTVV7A", "ASIAY34FZKBOKMUTVV7", "ASIAY34FZKBOKMUTVV7a", "ASIA7777777777777777"})
    CHECK_FALSE(account_of_access_key(id));
}

TEST_CASE("development keys are `test` and twelve digits") {
  CHECK(development_account("test") == "000000000000");
  CHECK(development_account("123456789012") == "123456789012");
  CHECK_FALSE(development_account("12345678901"));
  CHECK_FALSE(development_account("AKIAIOSFODNN7EXAMPLE"));
}

TEST_CASE("a service principal names its service, partition and source") {
  Principal p = service_principal("s3", "arn:aws-cn:s3:::bucket", "123456789012");
  CHECK(p.kind == PrincipalKind::service);
  CHECK(p.name == "s3.amazonaws.com");
  CHECK(p.partition == "aws-cn");
  CHECK(p.source_arn == "arn:aws-cn:s3:::bucket");
  CHECK(p.source_account == "123456789012");
  CHECK(p.account == "");
  CHECK(service_principal("sns.amazonaws.com", "arn:aws:sns:eu-west-1:123456789012:t", "").source_account == "123456789012");
  CHECK(service_principal("sns.amazonaws.com", "", "").name == "sns.amazonaws.com");
}

TEST_CASE("forward access keeps the caller and records the way") {
  Principal caller = development_principal("123456789012");
  Principal p = forward_access(forward_access(caller, "cloudformation"), "s3.amazonaws.com");
  CHECK(p.arn == caller.arn);
  CHECK(p.called_via == std::vector<std::string>{"cloudformation.amazonaws.com", "s3.amazonaws.com"});
  auto back = decode<Principal>(encode(p));
  REQUIRE(back);
  CHECK(encode(*back) == encode(p));
}

TEST_CASE("the development principal of an account is always the same user") {
  Principal p = development_principal("000000000000");
  CHECK(p.kind == PrincipalKind::user);
  CHECK(p.arn == "arn:aws:iam::000000000000:user/fogbank");
  CHECK(p.development);
  CHECK(p.user_id.starts_with("AIDA"));
  CHECK(p.user_id == development_principal("000000000000").user_id);
  CHECK(p.user_id != development_principal("000000000001").user_id);
  CHECK_FALSE(p.anonymous());
}
