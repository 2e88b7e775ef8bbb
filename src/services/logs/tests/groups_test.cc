// Groups, streams, tags, policies and keys: rules and decisions.
#include <doctest/doctest.h>

#include "gen/iam/operations.h"
#include "gen/kms/operations.h"
#include "services/logs/tests/service.h"

namespace fogbank::logs {
namespace {

using testing::Service;

Str text(Service& s, std::string_view t) { return s.str(t); }

/// A key whose policy lets CloudWatch Logs use it for groups whose names begin so; "" lets it use none.
std::string make_key(Service& s, std::string_view groups) {
  kms::svc::CreateKeyRequest in{};
  std::string more = groups.empty() ? std::string() : cat(R"(,{"Effect":"Allow","Principal":{"Service":"logs.us-east-1.amazonaws.com"},"Action":["kms:Decrypt","kms:GenerateDataKey*"],
    "Resource":"*","Condition":{"ArnLike":{"kms:EncryptionContext:aws:logs:arn":"arn:aws:logs:us-east-1:)", s.t.scope().account, ":log-group:", groups, R"(*"}}})");
  in.Policy = text(s, cat(R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::)", s.t.scope().account,
                          R"(:root"},"Action":"kms:*","Resource":"*"})", more, "]}"));
  auto* out = s.call<kms::op::CreateKey>(in);
  return out ? std::string(out->KeyMetadata->Arn) : s.error;
}

bool create_under(Service& s, std::string_view group, std::string_view key) {
  svc::CreateLogGroupRequest in{};
  in.logGroupName = text(s, group);
  in.kmsKeyId = text(s, key);
  return s.call<op::CreateLogGroup>(in);
}

bool put_policy(Service& s, std::string_view name, std::string_view json) {
  svc::PutResourcePolicyRequest in{};
  in.policyName = text(s, name);
  in.policyDocument = text(s, json);
  return s.call<op::PutResourcePolicy>(in);
}

bool put_as(Service& s, const auth::Principal& who, std::string_view group, std::string_view stream) {
  svc::PutLogEventsRequest in{};
  in.logGroupName = text(s, group);
  in.logStreamName = text(s, stream);
  auto& e = in.logEvents.add(s.t.arena());
  e.timestamp = s.now();
  e.message = "x";
  return s.call<op::PutLogEvents>(in, who);
}

}  // namespace

TEST_CASE("groups_and_streams_exist_once") {
  Service s;
  REQUIRE(s.create_group("g"));
  CHECK_FALSE(s.create_group("g"));
  CHECK(s.error == "ResourceAlreadyExistsException: The specified log group already exists");
  REQUIRE(s.create_stream("g", "s"));
  CHECK_FALSE(s.create_stream("g", "s"));
  CHECK(s.error == "ResourceAlreadyExistsException: The specified log stream already exists");
  CHECK_FALSE(s.create_stream("none", "s"));
  CHECK(s.error == "ResourceNotFoundException: The specified log group does not exist.");
  CHECK_FALSE(s.delete_stream("g", "none"));
  CHECK(s.error == "ResourceNotFoundException: The specified log stream does not exist.");
  CHECK_FALSE(s.create_group(std::string(513, 'g')));
  CHECK(s.error == "InvalidParameterException: Invalid LogGroup or LogStream, both must have length less than or equal to 512.");
  CHECK_FALSE(s.create_stream("g", std::string(513, 's')));
  CHECK_FALSE(s.create_stream("g", "a:b"));
  CHECK_FALSE(s.create_group("a b"));
  CHECK(s.create_group(std::string(512, 'g')));
}

TEST_CASE("a_protected_group_is_not_deleted") {
  Service s;
  REQUIRE(s.create_group("g"));
  svc::PutLogGroupDeletionProtectionRequest in{};
  in.logGroupIdentifier = text(s, cat("arn:aws:logs:us-east-1:", s.t.scope().account, ":log-group:g"));
  in.deletionProtectionEnabled = true;
  REQUIRE(s.call<op::PutLogGroupDeletionProtection>(in));
  CHECK_FALSE(s.delete_group("g"));
  CHECK(s.error.starts_with("ValidationException"));
  in.deletionProtectionEnabled = false;
  REQUIRE(s.call<op::PutLogGroupDeletionProtection>(in));
  CHECK(s.delete_group("g"));
}

TEST_CASE("retention_takes_the_documented_days_only") {
  Service s;
  REQUIRE(s.create_group("g"));
  CHECK(s.retention("g", 3653));
  CHECK_FALSE(s.retention("g", 2));
  CHECK(s.error.find("Value '2' at 'retentionInDays' failed to satisfy constraint: Member must satisfy enum value set: [1, 3, 5,") != std::string::npos);
  CHECK_FALSE(s.retention("none", 1));
}

TEST_CASE("streams_are_listed_by_name_or_by_their_last_event") {
  Service s;
  REQUIRE(s.create_group("g"));
  for (int i = 0; i < 5; i++) REQUIRE(s.create_stream("g", cat("s", i)));
  for (int i : {3, 1, 4}) {
    s.t.core().clock().advance_to(s.now() + 1000);
    REQUIRE(s.put("g", cat("s", i), {{s.now(), "x"}}));
  }
  auto names = [&](bool by_time, bool descending, int limit) {
    std::string out, token;
    for (int pages = 0; pages < 10; pages++) {
      svc::DescribeLogStreamsRequest in{};
      in.logGroupName = "g";
      if (by_time) in.orderBy = "LastEventTime";
      in.descending = descending;
      in.limit = limit;
      if (!token.empty()) in.nextToken = text(s, token);
      auto* page = s.call<op::DescribeLogStreams>(in);
      if (!page) return s.error;
      for (const auto& one : page->logStreams) append(out, one.logStreamName, ' ');
      if (!page->nextToken) return out;
      token = std::string(page->nextToken);
    }
    return std::string("no end");
  };
  for (int limit : {1, 2, 50}) {
    CHECK(names(false, false, limit) == "s0 s1 s2 s3 s4 ");
    CHECK(names(false, true, limit) == "s4 s3 s2 s1 s0 ");
    CHECK(names(true, true, limit) == "s4 s1 s3 s2 s0 ");
    CHECK(names(true, false, limit) == "s0 s2 s3 s1 s4 ");
  }
}

TEST_CASE("resource_policies_let_services_in_and_nobody_else") {
  Service s;
  REQUIRE(s.create_group("/aws/route53/x"));
  REQUIRE(s.create_stream("/aws/route53/x", "s"));
  auth::Principal route53 = auth::service_principal("route53.amazonaws.com", "arn:aws:route53:::hostedzone/Z", s.t.scope().account.str());
  auth::Principal events = auth::service_principal("events.amazonaws.com", "arn:aws:events:us-east-1:1:rule/r", s.t.scope().account.str());
  CHECK_FALSE(put_as(s, route53, "/aws/route53/x", "s"));
  CHECK(s.error.starts_with("AccessDeniedException"));
  REQUIRE(put_policy(s, "a", cat(R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"route53.amazonaws.com"},"Action":"logs:PutLogEvents",
    "Resource":"arn:aws:logs:us-east-1:)", s.t.scope().account, R"(:log-group:/aws/route53/*"}]})")));
  CHECK(put_as(s, route53, "/aws/route53/x", "s"));
  CHECK_FALSE(put_as(s, events, "/aws/route53/x", "s"));
  REQUIRE(put_policy(s, "b", R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"events.amazonaws.com"},"Action":"logs:*","Resource":"*"}]})"));
  CHECK(put_as(s, events, "/aws/route53/x", "s"));
  CHECK(put_as(s, route53, "/aws/route53/x", "s"));
  svc::DeleteResourcePolicyRequest gone{};
  gone.policyName = "a";
  REQUIRE(s.call<op::DeleteResourcePolicy>(gone));
  CHECK_FALSE(put_as(s, route53, "/aws/route53/x", "s"));
  CHECK_FALSE(s.call<op::DeleteResourcePolicy>(gone));
  CHECK(s.error == "ResourceNotFoundException: Policy with name [a] does not exist.");
  CHECK_FALSE(put_policy(s, "c", "{}"));
  CHECK(s.error.starts_with("InvalidParameterException"));
}

TEST_CASE("a_group_s_own_policy_has_revisions") {
  Service s;
  REQUIRE(s.create_group("g"));
  REQUIRE(s.create_stream("g", "s"));
  auth::Principal events = auth::service_principal("events.amazonaws.com", "arn:aws:events:us-east-1:1:rule/r", s.t.scope().account.str());
  svc::PutResourcePolicyRequest in{};
  in.resourceArn = text(s, cat("arn:aws:logs:us-east-1:", s.t.scope().account, ":log-group:g"));
  in.policyDocument = R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"events.amazonaws.com"},"Action":"logs:PutLogEvents","Resource":"*"}]})";
  auto* out = s.call<op::PutResourcePolicy>(in);
  REQUIRE(out);
  CHECK(out->resourcePolicy->policyScope == "RESOURCE");
  std::string revision(out->revisionId);
  CHECK(put_as(s, events, "g", "s"));
  in.expectedRevisionId = "another";
  CHECK_FALSE(s.call<op::PutResourcePolicy>(in));
  CHECK(s.error.starts_with("OperationAbortedException"));
  in.expectedRevisionId = text(s, revision);
  CHECK(s.call<op::PutResourcePolicy>(in));
  svc::DeleteResourcePolicyRequest gone{};
  gone.resourceArn = in.resourceArn;
  REQUIRE(s.call<op::DeleteResourcePolicy>(gone));
  CHECK_FALSE(put_as(s, events, "g", "s"));
}

TEST_CASE("events_of_a_group_with_a_key_are_encrypted_and_need_the_key_s_policy") {
  Service s(false);
  std::string key = make_key(s, "app/"), closed = make_key(s, "");
  CHECK_FALSE(create_under(s, "app/x", closed));
  CHECK(s.error == cat("AccessDeniedException: The specified KMS key does not exist or is not allowed to be used with Arn 'arn:aws:logs:us-east-1:", s.t.scope().account, ":log-group:app/x'"));
  CHECK_FALSE(create_under(s, "other", key));
  CHECK_FALSE(create_under(s, "app/x", "alias/x"));
  REQUIRE(create_under(s, "app/x", key));
  REQUIRE(s.create_stream("app/x", "s"));
  REQUIRE(s.put("app/x", "s", {{s.now(), "a secret line"}}));
  bool in_the_clear = false;
  s.t.store().read([&](store::Reader& reader) {
    reader.scan_prefix(store::key(s.t.scope(), kBatches), [&](std::string_view, std::string_view bytes, store::Version) {
      in_the_clear |= bytes.find("secret") != std::string_view::npos;
      return true;
    });
  });
  CHECK_FALSE(in_the_clear);
  CHECK(s.all("app/x", "s") == std::vector<std::string>{"a secret line"});
  // Without the key new events are not encrypted, and the old ones still need it.
  svc::DisassociateKmsKeyRequest off{};
  off.logGroupName = "app/x";
  REQUIRE(s.call<op::DisassociateKmsKey>(off));
  REQUIRE(s.put("app/x", "s", {{s.now(), "plain"}}));
  CHECK(s.all("app/x", "s").size() == 2);
  kms::svc::DisableKeyRequest disable{};
  disable.KeyId = text(s, key);
  REQUIRE(s.call<kms::op::DisableKey>(disable));
  CHECK(s.all("app/x", "s")[0].starts_with("AccessDeniedException"));
  CHECK(s.put("app/x", "s", {{s.now(), "plain"}}));
  svc::AssociateKmsKeyRequest on{};
  on.logGroupName = "app/x";
  on.kmsKeyId = text(s, key);
  CHECK_FALSE(s.call<op::AssociateKmsKey>(on));
  kms::svc::EnableKeyRequest enable{};
  enable.KeyId = text(s, key);
  REQUIRE(s.call<kms::op::EnableKey>(enable));
  REQUIRE(s.call<op::AssociateKmsKey>(on));
  REQUIRE(s.put("app/x", "s", {{s.now(), "again"}}));
  CHECK(s.all("app/x", "s").size() == 4);
}

TEST_CASE("a_group_of_another_account_is_refused") {
  Service s;
  svc::GetLogEventsRequest in{};
  in.logGroupIdentifier = "arn:aws:logs:us-east-1:999999999999:log-group:g";
  in.logStreamName = "s";
  CHECK_FALSE(s.call<op::GetLogEvents>(in));
  CHECK(s.error.starts_with("AccessDeniedException"));
  in.logGroupName = "g";
  CHECK_FALSE(s.call<op::GetLogEvents>(in));
  CHECK(s.error == "InvalidParameterException: Should provider either name or id, but not both");
  in.logGroupIdentifier = {};
  in.logGroupName = {};
  CHECK_FALSE(s.call<op::GetLogEvents>(in));
}

}  // namespace fogbank::logs
