// Encryption: what is stored is encrypted, who may use the key, and for how long a data key is used again.
#include "services/sqs/tests/service.h"

#include "base/encoding.h"
#include "base/hash.h"
#include "gen/iam/operations.h"
#include "gen/kms/operations.h"

using namespace fogbank;
using namespace fogbank::sqs;

namespace {

namespace ks = kms::svc;
namespace is = iam::svc;

struct Sealed : Service {
  explicit Sealed(bool hostile = true) : Service(hostile) {}

  std::string new_key() {
    auto* out = call<kms::op::CreateKey>(ks::CreateKeyRequest{});
    REQUIRE(out);
    return std::string(out->KeyMetadata->Arn);
  }
  void create_sealed(const std::string& key, const char* reuse = "60", std::string_view name = "q") {
    svc::CreateQueueRequest in{};
    in.QueueName = str(name);
    if (name.ends_with(".fifo")) in.Attributes.add(t.arena(), "FifoQueue") = "true";
    in.Attributes.add(t.arena(), "KmsMasterKeyId") = str(key);
    in.Attributes.add(t.arena(), "KmsDataKeyReusePeriodSeconds") = Str(std::string_view(reuse));
    REQUIRE(call<op::CreateQueue>(in));
  }
  void disable(const std::string& key) {
    ks::DisableKeyRequest in{};
    in.KeyId = str(key);
    REQUIRE(call<kms::op::DisableKey>(in));
  }
  void remove_key(const std::string& key) {
    ks::ScheduleKeyDeletionRequest in{};
    in.KeyId = str(key);
    REQUIRE(call<kms::op::ScheduleKeyDeletion>(in));
  }
  auth::Principal user(std::string_view name, std::string_view policy) {
    is::CreateUserRequest in{};
    in.UserName = str(name);
    auto* out = call<iam::op::CreateUser>(in);
    REQUIRE(out);
    auth::Principal p;
    p.kind = auth::PrincipalKind::user;
    p.account = t.scope().account.str();
    p.name = name;
    p.arn = out->User->Arn.view();
    p.user_id = out->User->UserId.view();
    is::PutUserPolicyRequest put{};
    put.UserName = str(name);
    put.PolicyName = "p";
    put.PolicyDocument = str(policy);
    bool attached = call<iam::op::PutUserPolicy>(put);
    REQUIRE(error == "");
    REQUIRE(attached);
    return p;
  }
  std::string send_as(const auth::Principal& who) {
    svc::SendMessageRequest in{};
    in.QueueUrl = str(url());
    in.MessageBody = "from a user";
    return call<op::SendMessage>(in, who) ? "" : error;
  }
  std::string receive_as(const auth::Principal& who) {
    auto* out = call<op::ReceiveMessage>(receive_request(10, 0), who);
    return out ? cat(out->Messages.size()) : error;
  }
  bool stored_in_clear(std::string_view text) {
    bool found = false;
    t.store().read([&](store::Reader& r) {
      for (const store::Table* table : {&kMessages, &kBodies, &kFifoMessages})
        r.scan_prefix(store::key(t.scope(), *table), [&](auto, std::string_view bytes, auto) { found = found || bytes.find(text) != std::string_view::npos; return true; });
    });
    return found;
  }
};

}  // namespace

TEST_CASE("messages_of_a_queue_with_a_key_are_encrypted_in_the_store") {
  for (bool hostile : {true, false}) {
    Sealed s(hostile);
    s.create_sealed(s.new_key());
    std::string large = cat("needle", std::string(6000, 'x'));
    svc::SendMessageRequest in{};
    in.QueueUrl = s.str(s.url());
    in.MessageBody = "needle";
    auto& a = in.MessageAttributes.add(s.t.arena(), "Needle");
    a.DataType = "String";
    a.StringValue = "needle";
    REQUIRE(s.call<op::SendMessage>(in));
    REQUIRE(s.send(large));
    CHECK_FALSE(s.stored_in_clear("needle"));
    svc::ReceiveMessageRequest want = s.receive_request();
    want.MessageAttributeNames.push(s.t.arena(), "All");
    auto* out = s.call<op::ReceiveMessage>(want);
    REQUIRE(out);
    REQUIRE(out->Messages.size() == 2);
    CHECK(out->Messages[0].Body == "needle");
    CHECK(out->Messages[0].MessageAttributes.find("Needle")->StringValue == "needle");
    CHECK(out->Messages[1].Body == large);
    // Without the key, new messages are in clear, and old ones are still read.
    REQUIRE(s.set({{"KmsMasterKeyId", ""}}));
    REQUIRE(s.send("plain"));
    CHECK(s.stored_in_clear("plain"));
    s.advance(30'000);
    CHECK(s.bodies() == cat("plain,needle,", large));
  }
}

TEST_CASE("the_aws_managed_key_is_made_at_its_first_use") {
  Sealed s;
  s.create_sealed("alias/aws/sqs");
  REQUIRE(s.send("m"));
  CHECK(s.bodies() == "m");
  CHECK(s.get("KmsMasterKeyId") == "alias/aws/sqs");
  CHECK(s.get("SqsManagedSseEnabled") == "false");
}

TEST_CASE("a_data_key_is_used_again_for_its_period_and_no_longer") {
  Sealed s;
  std::string key = s.new_key();
  s.create_sealed(key, "60");
  REQUIRE(s.send("1"));
  CHECK(s.bodies(10, 0) == "1");
  s.disable(key);
  s.advance(59'999);
  CHECK(s.send("2"));
  CHECK(s.bodies(10, 0) == "1,2");
  s.advance(1);
  CHECK_FALSE(s.send("3"));
  CHECK(s.last_error.code == "KmsDisabled");
  CHECK(s.last_error.query_code == "KMS.DisabledException");
  CHECK(s.bodies() == "");
  CHECK(s.last_error.code == "KmsDisabled");
  CHECK(s.counts() == "2/0/0");                    // nothing was taken
}

TEST_CASE("kms_errors_have_sqs_names") {
  Sealed s;
  s.create_sealed("alias/none");
  CHECK_FALSE(s.send("m"));
  CHECK(s.last_error.code == "KmsNotFound");
  std::string key = s.new_key();
  REQUIRE(s.set({{"KmsMasterKeyId", s.str(key).ptr}}));
  s.remove_key(key);
  CHECK_FALSE(s.send("m"));
  CHECK(s.last_error.code == "KmsInvalidState");
  ks::CreateKeyRequest sign{};
  sign.KeySpec = "RSA_2048";
  sign.KeyUsage = "SIGN_VERIFY";
  auto* out = s.call<kms::op::CreateKey>(sign);
  REQUIRE(out);
  std::string rsa(out->KeyMetadata->Arn);
  REQUIRE(s.set({{"KmsMasterKeyId", s.str(rsa).ptr}}));
  CHECK_FALSE(s.send("m"));
  CHECK(s.last_error.code == "KmsInvalidKeyUsage");
}

TEST_CASE("senders_and_receivers_need_the_key") {
  Sealed s;
  std::string key = s.new_key();
  s.create_sealed(key);
  auto both = s.user("both", R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":["sqs:*","kms:GenerateDataKey","kms:Decrypt"],"Resource":"*","Condition":{"StringEqualsIfExists":{"kms:ViaService":"sqs.us-east-1.amazonaws.com"}}}})");
  auto none = s.user("none", R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sqs:*","Resource":"*"}})");
  CHECK(s.send_as(both) == "");
  CHECK(s.send_as(none).starts_with("KmsAccessDenied: User: "));
  CHECK(s.error.find("is not authorized to perform: kms:GenerateDataKey") != std::string::npos);
  CHECK(s.receive_as(none).starts_with("KmsAccessDenied"));
  CHECK(s.receive_as(both) == "1");
  // What was opened is the one's who opened it.
  CHECK(s.receive_as(none).starts_with("KmsAccessDenied"));
}

TEST_CASE("a_sealed_message_stays_sealed_wherever_it_goes") {
  for (const char* suffix : {"", ".fifo"}) {
    Sealed s;
    std::string dlq = cat("dlq", suffix), q = cat("q", suffix);
    bool fifo = *suffix;
    if (fifo) REQUIRE(s.create(dlq, {{"FifoQueue", "true"}}));
    else REQUIRE(s.create(dlq));
    s.create_sealed(s.new_key(), "60", q);
    std::string policy = cat(R"({"deadLetterTargetArn":"arn:aws:sqs:)", s.t.scope().region, ':', s.t.scope().account, ':', dlq, R"(","maxReceiveCount":1})");
    REQUIRE(s.set({{"RedrivePolicy", s.str(policy).ptr}}, q));
    REQUIRE(s.send_to(q, "needle", fifo ? "g" : "", fifo ? "d" : ""));
    CHECK(s.bodies_from(q, 1, 0) == "needle");
    CHECK(s.bodies_from(q, 1, 0) == "");
    CHECK_FALSE(s.stored_in_clear("needle"));
    s.advance(120'000);
    CHECK(s.bodies_from(dlq, 1, 0) == "needle");
    svc::StartMessageMoveTaskRequest in{};
    in.SourceArn = s.str(cat("arn:aws:sqs:", s.t.scope().region, ':', s.t.scope().account, ':', dlq));
    REQUIRE(s.call<op::StartMessageMoveTask>(in));
    s.t.drain();
    CHECK(s.bodies_from(q, 1, 0) == "needle");
  }
}

TEST_CASE("a_repeated_receive_of_sealed_messages") {
  Sealed s;
  s.create_sealed(s.new_key(), "300", "q.fifo");
  REQUIRE(s.send_to("q.fifo", "m", "g", "d"));
  auto first = s.receive_from("q.fifo", 1, -1, "try");
  auto second = s.receive_from("q.fifo", 1, -1, "try");
  REQUIRE(second.size() == 1);
  CHECK(second[0].handle == first[0].handle);
  CHECK(second[0].body == "m");
}

TEST_CASE("messages_of_a_new_queue_are_encrypted_under_keys_of_sqs") {
  for (const char* queue : {"q", "q.fifo"}) {
    for (bool hostile : {true, false}) {
      Sealed s(hostile);
      const bool fifo = std::string_view(queue).ends_with(".fifo");
      if (fifo) REQUIRE(s.create(queue, {{"FifoQueue", "true"}}));
      else REQUIRE(s.create(queue));
      CHECK(s.get("SqsManagedSseEnabled", queue) == "true");
      const std::string large = cat("needle", std::string(6000, 'x'));
      svc::SendMessageRequest in{};
      in.QueueUrl = s.str(s.url(queue));
      in.MessageBody = "needle";
      if (fifo) in.MessageGroupId = in.MessageDeduplicationId = "1";
      auto& a = in.MessageAttributes.add(s.t.arena(), "Needle");
      a.DataType = "String";
      a.StringValue = "needle";
      auto* sent = s.call<op::SendMessage>(in);
      REQUIRE(sent);
      const std::string digest(sent->MD5OfMessageBody);
      CHECK(digest == hex(md5("needle")));
      svc::SendMessageBatchRequest batch{};
      batch.QueueUrl = s.str(s.url(queue));
      auto& entry = batch.Entries.add(s.t.arena());
      entry.Id = "1";
      entry.MessageBody = s.str(large);
      if (fifo) entry.MessageGroupId = entry.MessageDeduplicationId = "2";
      REQUIRE(s.call<op::SendMessageBatch>(batch));
      CHECK_FALSE(s.stored_in_clear("eedle"));
      CHECK_FALSE(s.stored_in_clear(md5("needle")));   // it would tell a body to whoever guesses it
      svc::ReceiveMessageRequest want = s.receive_request();
      want.QueueUrl = s.str(s.url(queue));
      want.MessageAttributeNames.push(s.t.arena(), "All");
      auto* out = s.call<op::ReceiveMessage>(want);
      REQUIRE(out);
      REQUIRE(out->Messages.size() == 2);
      CHECK(out->Messages[0].Body == "needle");
      CHECK(out->Messages[0].MD5OfBody == digest);
      CHECK(out->Messages[0].MessageAttributes.find("Needle")->StringValue == "needle");
      CHECK(out->Messages[1].Body == large);
      CHECK(out->Messages[1].MD5OfBody == hex(md5(large)));
    }
  }
}

TEST_CASE("a_queue_whose_encryption_is_switched_keeps_every_message_readable") {
  Sealed s;
  REQUIRE(s.create());
  REQUIRE(s.send("needle 1"));
  REQUIRE(s.set({{"SqsManagedSseEnabled", "false"}}));
  REQUIRE(s.send("plain 2"));
  CHECK_FALSE(s.stored_in_clear("needle"));
  CHECK(s.stored_in_clear("plain 2"));
  REQUIRE(s.set({{"KmsMasterKeyId", s.str(s.new_key()).ptr}}));
  REQUIRE(s.send("needle 3"));
  REQUIRE(s.set({{"SqsManagedSseEnabled", "true"}}));
  REQUIRE(s.send("needle 4"));
  CHECK_FALSE(s.stored_in_clear("needle"));
  CHECK(s.bodies() == "needle 1,plain 2,needle 3,needle 4");
}

TEST_CASE("a_message_under_a_key_of_sqs_stays_so_wherever_it_goes") {
  for (const char* suffix : {"", ".fifo"}) {
    Sealed s;
    std::string dlq = cat("dlq", suffix), q = cat("q", suffix);
    bool fifo = *suffix;
    if (fifo) {
      REQUIRE(s.create(dlq, {{"FifoQueue", "true"}, {"SqsManagedSseEnabled", "false"}}));
      REQUIRE(s.create(q, {{"FifoQueue", "true"}}));
    } else {
      REQUIRE(s.create(dlq, {{"SqsManagedSseEnabled", "false"}}));
      REQUIRE(s.create(q));
    }
    std::string policy = cat(R"({"deadLetterTargetArn":"arn:aws:sqs:)", s.t.scope().region, ':', s.t.scope().account, ':', dlq, R"(","maxReceiveCount":1})");
    REQUIRE(s.set({{"RedrivePolicy", s.str(policy).ptr}}, q));
    REQUIRE(s.send_to(q, "needle", fifo ? "g" : "", fifo ? "d" : ""));
    CHECK(s.bodies_from(q, 1, 0) == "needle");
    CHECK(s.bodies_from(q, 1, 0) == "");
    s.advance(86'400'000);   // under another key from here on
    CHECK_FALSE(s.stored_in_clear("needle"));
    CHECK(s.bodies_from(dlq, 1, 0) == "needle");
    svc::StartMessageMoveTaskRequest in{};
    in.SourceArn = s.str(cat("arn:aws:sqs:", s.t.scope().region, ':', s.t.scope().account, ':', dlq));
    REQUIRE(s.call<op::StartMessageMoveTask>(in));
    s.t.drain();
    CHECK_FALSE(s.stored_in_clear("needle"));
    CHECK(s.bodies_from(q, 1, 0) == "needle");
  }
}
