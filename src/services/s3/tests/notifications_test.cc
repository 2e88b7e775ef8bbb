// Event notifications from end to end: test events, configuration, deliveries to real queues.
#include <doctest/doctest.h>

#include "base/encoding.h"
#include "gateway/testing.h"
#include "gen/s3/operations.h"
#include "gen/sqs/operations.h"

using namespace fogbank;
using fogbank::testing::TestCore;

namespace {

Str S(std::string_view v) { return Str(v); }
template <class T> std::string code(const Result<T>& r) { return r ? "" : r.error().code; }

struct Fixture {
  TestCore t;
  Fixture() {
    s3::svc::CreateBucketRequest in{};
    in.Bucket = "bucket";
    REQUIRE(t.call<s3::op::CreateBucket>(in));
  }
  static std::string arn(std::string_view queue) { return cat("arn:aws:sqs:us-east-1:000000000000:", queue); }
  static std::string url(std::string_view queue) { return cat("http://localhost:4566/000000000000/", queue); }
  void create_queue(std::string_view name, bool open) {
    sqs::svc::CreateQueueRequest in{};
    in.QueueName = name;
    std::string policy = cat(R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"s3.amazonaws.com"},"Action":"sqs:SendMessage","Resource":")",
                             arn(name), R"(","Condition":{"ArnLike":{"aws:SourceArn":"arn:aws:s3:::bucket"},"StringEquals":{"aws:SourceAccount":"000000000000"}}}]})");
    if (open) in.Attributes.add(t.arena(), "Policy") = S(policy);
    auto made = t.call<sqs::op::CreateQueue>(in);
    REQUIRE_MESSAGE(made, code(made));
  }
  /// Asks for a configuration with one rule per queue; runs the tasks and the waiting call to its end.
  Result<Outcome> configure(const std::vector<std::string>& arns, Str prefix = {}) {
    s3::svc::PutBucketNotificationConfigurationRequest in{};
    in.Bucket = "bucket";
    in.NotificationConfiguration = t.arena().make<s3::svc::NotificationConfiguration>();
    int n = 0;
    for (const auto& a : arns) {
      auto& q = in.NotificationConfiguration->QueueConfigurations.add(t.arena());
      q.QueueArn = S(a);
      q.Id = S(t.arena().copy(cat("rule-", n)));
      q.Events.push(t.arena(), n++ ? "s3:ObjectRemoved:*" : "s3:ObjectCreated:*");
      if (!prefix) continue;
      q.Filter = t.arena().make<s3::svc::NotificationConfigurationFilter>();
      q.Filter->Key = t.arena().make<s3::svc::S3KeyFilter>();
      q.Filter->Key->FilterRules.push(t.arena(), {"prefix", prefix});
    }
    auto first = t.call<s3::op::PutBucketNotificationConfiguration>(in);
    if (!first) return fail(first.error());
    if (!t.parked()) return Outcome::done();
    CHECK(configured() == before_);
    t.drain();
    auto outcome = t.core().chain().run_handler(t.last());
    t.core().chain().finish(t.last(), outcome ? Result<void>() : Result<void>(fail(outcome.error())));
    t.core().chain().commit();
    before_ = configured();
    return outcome;
  }
  size_t configured() {
    s3::svc::GetBucketNotificationConfigurationRequest in{};
    in.Bucket = "bucket";
    // Not through call(): that would replace the waiting call.
    size_t n = 0;
    TestCore* core = &t;
    Call probe;
    probe.core = &core->core();
    probe.service = &s3::kServiceInfo;
    probe.op = &s3::op::GetBucketNotificationConfiguration::info();
    probe.principal = std::make_shared<auth::Principal>(auth::development_principal("000000000000"));
    probe.caller = probe.target = core->scope();
    probe.input = &in;
    auto r = core->core().chain().run_validated(probe);
    if (r) n = static_cast<const s3::svc::NotificationConfiguration*>(probe.output)->QueueConfigurations.size();
    return n;
  }
  /// Takes one message off a queue; empty: none.
  std::string receive(std::string_view queue) {
    sqs::svc::ReceiveMessageRequest in{};
    std::string at = url(queue);
    in.QueueUrl = S(at);
    auto r = t.call<sqs::op::ReceiveMessage>(in);
    if (!r || t.parked() || (*r)->Messages.empty()) return "";
    std::string body((*r)->Messages[0].Body.view()), handle((*r)->Messages[0].ReceiptHandle.view());
    sqs::svc::DeleteMessageRequest del{};
    del.QueueUrl = S(at);
    del.ReceiptHandle = S(handle);
    CHECK(t.call<sqs::op::DeleteMessage>(del));
    return body;
  }
  void put(std::string_view key) {
    s3::svc::PutObjectRequest in{};
    in.Bucket = "bucket";
    in.Key = key;
    t.set_body("hello");
    REQUIRE(t.call<s3::op::PutObject>(in));
  }
  size_t before_ = 0;
};

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("a destination is tested before it is taken, and then gets the events it asked for") {
  Fixture f;
  f.create_queue("made", true);
  f.create_queue("removed", true);
  auto r = f.configure({f.arn("made"), f.arn("removed")}, "in/");
  REQUIRE_MESSAGE(r, code(r));
  CHECK_FALSE(r->parked);
  CHECK(f.configured() == 2);
  CHECK(has(f.receive("made"), "\"Event\":\"s3:TestEvent\""));
  CHECK(has(f.receive("removed"), "\"Event\":\"s3:TestEvent\""));
  f.put("in/a b");
  f.put("out/x");
  s3::svc::DeleteObjectRequest del{};
  del.Bucket = "bucket";
  del.Key = "in/a b";
  REQUIRE(f.t.call<s3::op::DeleteObject>(del));
  f.t.drain();
  std::string made = f.receive("made"), removed = f.receive("removed");
  CHECK(has(made, "\"eventName\":\"ObjectCreated:Put\""));
  CHECK(has(made, "\"key\":\"in/a+b\",\"size\":5"));
  CHECK(has(made, "\"configurationId\":\"rule-0\""));
  CHECK(has(removed, "\"eventName\":\"ObjectRemoved:Delete\""));
  CHECK(f.receive("made").empty());
  CHECK(f.receive("removed").empty());
  REQUIRE(f.configure({}));
  CHECK(f.configured() == 0);
  f.put("in/later");
  f.t.drain();
  CHECK(f.receive("made").empty());
}

TEST_CASE("destinations that do not accept are named and nothing changes") {
  Fixture f;
  f.create_queue("open", true);
  f.create_queue("closed", false);
  auto r = f.configure({f.arn("open"), f.arn("missing")});
  REQUIRE_FALSE(r);
  CHECK(r.error().message == "Unable to validate the following destination configurations");
  REQUIRE(r.error().members.size() == 2);
  CHECK(r.error().members[0] == std::pair<std::string, std::string>("ArgumentName1", f.arn("missing")));
  CHECK(r.error().members[1] == std::pair<std::string, std::string>("ArgumentValue1", "The destination queue does not exist"));
  r = f.configure({f.arn("closed")});
  REQUIRE_FALSE(r);
  CHECK(r.error().members[1].second == "Permissions on the destination queue do not allow S3 to publish notifications from this bucket");
  r = f.configure({"arn:aws:sqs:eu-west-1:000000000000:open"});
  REQUIRE_FALSE(r);
  CHECK(r.error().members[1].second == "The notification destination service region is not valid for the bucket location constraint");
  CHECK(code(f.configure({"invalid_arn"})) == "InvalidArgument");
  CHECK(f.configured() == 0);
}
