#include <doctest/doctest.h>

#include "base/strings.h"
#include "gateway/access.h"
#include "gateway/effects.h"
#include "gateway/gateway.h"
#include "gateway/resolve.h"
#include "gateway/testing.h"
#include "gen/iam/operations.h"
#include "gen/sqs/operations.h"
#include "gen/sts/operations.h"

using namespace fogbank;

TEST_CASE("no_two_services_claim_the_same_request") {
  Resolver r(all_services());
  for (const auto& c : r.conflicts()) FAIL_CHECK(c);
  CHECK(r.by_folder("s3"));
}

namespace {
ResolvedHead resolve(std::string_view method, std::string_view target, std::string_view host, std::string_view signing, std::vector<wire::Header> headers = {}) {
  static Resolver r(all_services());
  HeadSignals s;
  s.method = method;
  s.host = host;
  size_t q = target.find('?');
  s.path = target.substr(0, q);
  s.query = q == std::string_view::npos ? std::string_view() : target.substr(q + 1);
  s.signing_name = signing;
  for (const auto& h : headers) {
    if (iequals(h.name, "x-amz-target")) s.target = h.value;
    if (iequals(h.name, "content-type")) s.content_type = h.value;
    if (iequals(h.name, "smithy-protocol")) s.smithy_protocol = h.value;
  }
  s.headers = &headers;
  return r.resolve(s);
}
std::string name(const ResolvedHead& h) {
  if (!h.service) return "-";
  return cat(h.service->folder, ":", h.op ? h.op->wire->name : h.unknown_operation, h.not_served ? " (not served)" : "");
}
}  // namespace

TEST_CASE("requests_reach_the_operation_they_mean") {
  CHECK(name(resolve("GET", "/", "localhost:4566", "s3")) == "s3:ListBuckets");
  CHECK(name(resolve("PUT", "/b/k", "localhost:4566", "s3")) == "s3:PutObject");
  CHECK(name(resolve("PUT", "/b/k/with/slashes", "localhost:4566", "s3")) == "s3:PutObject");
  CHECK(name(resolve("PUT", "/b/k", "localhost:4566", "s3", {{"x-amz-copy-source", "b/x"}})) == "s3:CopyObject");
  CHECK(name(resolve("PUT", "/b/k?partNumber=1&uploadId=u", "localhost:4566", "s3")) == "s3:UploadPart");
  CHECK(name(resolve("PUT", "/b/k?partNumber=1&uploadId=u", "localhost:4566", "s3", {{"x-amz-copy-source", "b/x"}})) == "s3:UploadPartCopy");
  CHECK(name(resolve("GET", "/b?list-type=2&prefix=x", "localhost:4566", "s3")) == "s3:ListObjectsV2");
  CHECK(name(resolve("GET", "/b/", "localhost:4566", "s3")) == "s3:ListObjects");
  CHECK(name(resolve("GET", "/b?inventory", "localhost:4566", "s3")) == "s3:ListBucketInventoryConfigurations (not served)");
  CHECK(name(resolve("GET", "/key", "b.s3.localhost:4566", "s3")) == "s3:GetObject");
  CHECK(name(resolve("GET", "/", "b.s3.eu-west-1.amazonaws.com", "s3")) == "s3:ListObjects");
  CHECK(name(resolve("POST", "/b/k?uploads", "localhost:4566", "s3")) == "s3:CreateMultipartUpload");
  CHECK(name(resolve("POST", "/b/k?uploadId=x", "localhost:4566", "s3")) == "s3:CompleteMultipartUpload");
  CHECK(name(resolve("POST", "/b?delete", "localhost:4566", "s3")) == "s3:DeleteObjects");
  CHECK(name(resolve("GET", "/b/k?x-id=GetObject", "localhost:4566", "")) == "s3:GetObject");
  CHECK(name(resolve("POST", "/", "localhost:4566", "sqs", {{"X-Amz-Target", "AmazonSQS.SendMessage"}, {"Content-Type", "application/x-amz-json-1.0"}})) == "sqs:SendMessage");
  CHECK(name(resolve("POST", "/", "localhost:4566", "dynamodb", {{"X-Amz-Target", "DynamoDB_20120810.ExecuteStatement"}})) == "dynamodb:ExecuteStatement (not served)");
  CHECK(resolve("GET", "/?Action=ConfirmSubscription&Token=x", "localhost:4566", "").protocol == wire::Protocol::query);
  CHECK(name(resolve("GET", "/?Action=ConfirmSubscription&Token=x", "localhost:4566", "")) == "-");   // the action tells
  CHECK(name(resolve("GET", "/b?Action=x", "localhost:4566", "")) == "s3:ListObjects");
  CHECK(resolve("POST", "/", "localhost:4566", "sqs", {{"Content-Type", "application/x-www-form-urlencoded"}}).protocol == wire::Protocol::query);
  CHECK(resolve("POST", "/", "localhost:4566", "iam").protocol == wire::Protocol::query);
  CHECK(name(resolve("POST", "/", "localhost:4566", "nosuchservice")) == "-");
}

TEST_CASE("the_error_of_a_service_that_is_not_here_takes_the_protocol_that_the_request_shows") {
  auto protocol = [](std::string_view signing, std::string_view method, std::vector<wire::Header> headers) {
    auto head = resolve(method, "/", "localhost:4566", signing, std::move(headers));
    CHECK_FALSE(head.service);
    return head.protocol;
  };
  CHECK(protocol("nosuch", "POST", {{"X-Amz-Target", "NoSuch_20200101.List"}, {"Content-Type", "application/x-amz-json-1.0"}}) == wire::Protocol::json_1_0);
  CHECK(protocol("nosuch", "POST", {{"X-Amz-Target", "NoSuch_20200101.List"}, {"Content-Type", "application/x-amz-json-1.1"}}) == wire::Protocol::json_1_1);
  CHECK(protocol("nosuch", "POST", {{"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"}}) == wire::Protocol::query);
  CHECK(protocol("nosuch", "GET", {}) == wire::Protocol::rest_json);
  CHECK(protocol("nosuch", "GET", {{"Accept", "application/xml"}}) == wire::Protocol::rest_xml);
  CHECK(protocol("cloudfront", "GET", {}) == wire::Protocol::rest_xml);
  CHECK(resolve("POST", "/service/NoSuch/operation/List", "localhost:4566", "nosuch", {{"smithy-protocol", "rpc-v2-cbor"}}).protocol == wire::Protocol::rpc_v2_cbor);
}

TEST_CASE("hosts_name_buckets_only_where_they_should") {
  CHECK(bucket_of_host("localhost:4566") == "");
  CHECK(bucket_of_host("fogbank.localhost:4566") == "");
  CHECK(bucket_of_host("s3.localhost") == "");
  CHECK(bucket_of_host("my.bucket.fogbank.localhost") == "my.bucket");
  CHECK(bucket_of_host("b.s3.localhost:4566") == "b");
  CHECK(bucket_of_host("s3.us-east-1.amazonaws.com") == "");
  CHECK(bucket_of_host("a.b.s3.us-east-1.amazonaws.com") == "a.b");
  CHECK(bucket_of_host("b.s3.localhost.localstack.cloud:4566") == "b");
  CHECK(bucket_of_host("127.0.0.1:4566") == "");
  CHECK(own_host("127.0.0.1:4566"));
  CHECK(own_host("[::1]:4566"));
  CHECK(own_host("b.s3.localhost"));
  CHECK_FALSE(own_host("evil.example.com"));
  CHECK_FALSE(own_host("localhost.evil.com:4566"));
}

TEST_CASE("an_access_record_is_found_by_its_request_id_after_the_commit") {
  for (bool hostile : {true, false}) {
    testing::TestCore t(hostile);
    auto out = t.call<sts::op::GetCallerIdentity>({});
    REQUIRE(out);
    CHECK((*out)->Account == "000000000000");
    std::string id = t.last().request_id;
    sqs::svc::CreateQueueRequest in{};
    in.QueueName = "q";
    REQUIRE(t.call<sqs::op::CreateQueue>(in));
    auto r = t.core().access().find(id);
    REQUIRE(r);
    CHECK(r->operation == "GetCallerIdentity");
    CHECK(r->read_only);
    auto w = t.core().access().find(t.last().request_id);
    REQUIRE(w);
    CHECK_FALSE(w->read_only);
    CHECK(w->decision.find("AdministratorAccess") != std::string::npos);
    CHECK_FALSE(t.core().access().find(new_request_id(system_random())));
    CHECK_FALSE(t.core().access().find("no such id"));
  }
}

namespace fogbank {
// Steps of the chain one by one, so that something can happen between them.
class ChainTest {
 public:
  static Result<void> authorise(Chain& chain, Call& call) { return chain.authorise(call); }
};
}  // namespace fogbank

TEST_CASE("a_policy_revoked_between_authorisation_and_commit_denies") {
  testing::TestCore t(false);
  iam::svc::CreateUserRequest user{};
  user.UserName = "ann";
  auto made = t.call<iam::op::CreateUser>(user);
  REQUIRE(made);
  auth::Principal ann;
  ann.kind = auth::PrincipalKind::user;
  ann.account = "000000000000";
  ann.arn = "arn:aws:iam::000000000000:user/ann";
  ann.name = "ann";
  ann.user_id = std::string((*made)->User->UserId.view());
  iam::svc::PutUserPolicyRequest grant{};
  grant.UserName = "ann";
  grant.PolicyName = "p";
  grant.PolicyDocument = R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sqs:CreateQueue","Resource":"*"}]})";
  REQUIRE(t.call<iam::op::PutUserPolicy>(grant));
  for (bool revoke : {false, true}) {
    sqs::svc::CreateQueueRequest in{};
    in.QueueName = revoke ? "late" : "early";
    Call call;
    call.core = &t.core();
    call.service = &sqs::op::CreateQueue::service();
    call.op = &sqs::op::CreateQueue::info();
    call.facts.endpoint = "http://localhost:4566";
    call.request_id = new_request_id(system_random());
    call.principal = std::make_shared<auth::Principal>(ann);
    call.caller = call.target = t.scope();
    call.input = &in;
    REQUIRE(ChainTest::authorise(t.core().chain(), call));
    if (revoke) {
      iam::svc::DeleteUserPolicyRequest away{};
      away.UserName = "ann";
      away.PolicyName = "p";
      REQUIRE(t.call<iam::op::DeleteUserPolicy>(away));
    }
    auto outcome = t.core().chain().run_handler(call);
    CHECK(outcome.has_value() == !revoke);
    if (revoke) CHECK(outcome.error().message.find("no identity-based policy allows the sqs:createqueue action") != std::string::npos);
    t.core().chain().finish(call, outcome ? Result<void>{} : Result<void>(fail(outcome.error())));
    t.core().chain().commit();
  }
}

TEST_CASE("an_exception_while_deciding_fails_the_call_alone") {
  testing::TestCore t;
  OperationInfo op = sqs::op::CreateQueue::info();
  op.authorise = [](AuthoriseContext&, const wire::View&) -> Result<void> { throw std::runtime_error("a stored record is damaged"); };
  sqs::svc::CreateQueueRequest in{};
  in.QueueName = "q";
  Call call;
  call.core = &t.core();
  call.service = &sqs::op::CreateQueue::service();
  call.op = &op;
  call.principal = std::make_shared<auth::Principal>(auth::development_principal("000000000000"));
  call.caller = call.target = t.scope();
  call.input = &in;
  auto outcome = t.core().chain().run_validated(call);
  REQUIRE_FALSE(outcome);
  CHECK(outcome.error().code == "InternalFailure");
  CHECK(outcome.error().message.find("damaged") == std::string::npos);
}

TEST_CASE("a_denied_call_says_why_and_leaves_a_record") {
  testing::TestCore t(false);
  iam::svc::CreateUserRequest user{};
  user.UserName = "eve";
  auto made = t.call<iam::op::CreateUser>(user);
  REQUIRE(made);
  auth::Principal eve = auth::development_principal("000000000000");
  eve.development = false;
  eve.kind = auth::PrincipalKind::user;
  eve.arn = "arn:aws:iam::000000000000:user/eve";
  eve.name = "eve";
  eve.user_id = std::string((*made)->User->UserId.view());
  sqs::svc::CreateQueueRequest in{};
  in.QueueName = "q";
  auto out = t.call<sqs::op::CreateQueue>(in, eve);
  REQUIRE_FALSE(out);
  CHECK(out.error().message ==
        "User: arn:aws:iam::000000000000:user/eve is not authorized to perform: sqs:createqueue on resource: arn:aws:sqs:us-east-1:000000000000:q because no identity-based policy allows the sqs:createqueue action");
  std::string id = t.last().request_id;
  // A denied call writes nothing: its record joins the next commit.
  user.UserName = "somebody";
  REQUIRE(t.call<iam::op::CreateUser>(user));
  auto r = t.core().access().find(id);
  REQUIRE(r);
  CHECK_FALSE(r->allowed);
  CHECK(r->error_code == "AccessDeniedException");
}
