// Who may use a queue: queue policies, other accounts, permissions.
#include "services/sqs/tests/service.h"

using namespace fogbank;
using namespace fogbank::sqs;

namespace {

struct Access : Service {
  using Service::Service;
  /// The first account's queue, used by another account.
  auth::Principal stranger() { return auth::development_principal("222222222222"); }
  std::string foreign_send() {
    svc::SendMessageRequest in{};
    in.QueueUrl = "http://localhost:4566/000000000000/q";
    in.MessageBody = "m";
    return call<op::SendMessage>(in, stranger()) ? "" : error;
  }
  bool permit(std::string_view label, std::string_view account, std::string_view action) {
    svc::AddPermissionRequest in{};
    in.QueueUrl = str(url());
    in.Label = str(label);
    in.AWSAccountIds.push(t.arena(), str(account));
    in.Actions.push(t.arena(), str(action));
    return call<op::AddPermission>(in);
  }
  bool forbid(std::string_view label) {
    svc::RemovePermissionRequest in{};
    in.QueueUrl = str(url());
    in.Label = str(label);
    return call<op::RemovePermission>(in);
  }
};

}  // namespace

TEST_CASE("another_account_needs_the_queue_s_policy") {
  for (bool hostile : {true, false}) {
    Access s(hostile);
    REQUIRE(s.create());
    CHECK(s.foreign_send().starts_with("AccessDenied"));
    REQUIRE(s.permit("send", "222222222222", "SendMessage"));
    CHECK(s.foreign_send() == "");
    CHECK(s.bodies() == "m");
    CHECK_FALSE(s.permit("send", "222222222222", "SendMessage"));
    CHECK(s.error == "InvalidParameterValueException: Value send for parameter Label is invalid. Reason: Already exists.");
    svc::ReceiveMessageRequest receive{};
    receive.QueueUrl = "http://localhost:4566/000000000000/q";
    CHECK_FALSE(s.call<op::ReceiveMessage>(receive, s.stranger()));
    REQUIRE(s.forbid("send"));
    CHECK(s.get("Policy") == "absent");
    CHECK(s.foreign_send().starts_with("AccessDenied"));
    CHECK_FALSE(s.forbid("send"));
    CHECK(s.error == "InvalidParameterValueException: Value send for parameter Label is invalid. Reason: can't find label.");
  }
}

TEST_CASE("owners_operations_are_never_another_account_s") {
  Access s(true);
  REQUIRE(s.create("q", {{"Policy", R"({"Statement":[{"Effect":"Allow","Principal":"*","Action":"sqs:*","Resource":"*"}]})"}}));
  CHECK(s.foreign_send() == "");
  svc::DeleteQueueRequest in{};
  in.QueueUrl = "http://localhost:4566/000000000000/q";
  CHECK_FALSE(s.call<op::DeleteQueue>(in, s.stranger()));
  CHECK(s.error.starts_with("AccessDenied"));
  CHECK(s.bodies() == "m");
}

TEST_CASE("a_denial_in_the_queue_s_policy_binds_its_own_account") {
  Access s(true);
  REQUIRE(s.create());
  REQUIRE(s.set({{"Policy", R"({"Statement":[{"Effect":"Deny","Principal":"*","Action":"sqs:SendMessage","Resource":"*"}]})"}}));
  CHECK_FALSE(s.send("m"));
  CHECK(s.error.starts_with("AccessDenied"));
  CHECK(s.counts() == "0/0/0");
  REQUIRE(s.set({{"Policy", ""}}));
  CHECK(s.send("m"));
}

TEST_CASE("a_foreign_queue_that_does_not_exist_is_denied_and_not_told") {
  Access s(true);
  CHECK(s.foreign_send().starts_with("AccessDenied"));
}

TEST_CASE("a_policy_may_let_everybody_in") {
  Access s(true);
  REQUIRE(s.create("q", {{"Policy", R"({"Statement":[{"Effect":"Allow","Principal":"*","Action":"sqs:SendMessage","Resource":"*"}]})"}}));
  svc::SendMessageRequest in{};
  in.QueueUrl = "http://localhost:4566/000000000000/q";
  in.MessageBody = "from nobody";
  CHECK(s.call<op::SendMessage>(in, auth::Principal{}));
  svc::PurgeQueueRequest purge{};
  purge.QueueUrl = in.QueueUrl;
  CHECK_FALSE(s.call<op::PurgeQueue>(purge, auth::Principal{}));
  CHECK(s.bodies() == "from nobody");
}

TEST_CASE("another_account_s_queue_is_found_by_name_where_its_policy_allows") {
  Access s(true);
  REQUIRE(s.create());
  svc::GetQueueUrlRequest in{};
  in.QueueName = "q";
  in.QueueOwnerAWSAccountId = "000000000000";
  CHECK_FALSE(s.call<op::GetQueueUrl>(in, s.stranger()));
  REQUIRE(s.permit("find", "222222222222", "GetQueueUrl"));
  auto* out = s.call<op::GetQueueUrl>(in, s.stranger());
  REQUIRE(out);
  CHECK(out->QueueUrl == "http://localhost:4566/000000000000/q");
}
