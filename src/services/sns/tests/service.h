// For tests of the operations: a server over one of the stores with a clock of its own, and short ways to call SNS and SQS.
#pragma once
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "gateway/mailbox.h"
#include "gateway/testing.h"
#include "gen/sns/operations.h"
#include "gen/sqs/operations.h"
#include "lang/event_pattern/json.h"
#include "services/sns/state.h"

namespace fogbank::sns {

using Pairs = std::initializer_list<std::pair<const char*, std::string>>;

struct Service {
  testing::TestCore t;
  std::string error;   ///< of the last call: "code: message", or ""

  explicit Service(bool hostile, uint64_t seed = 1) : t(hostile, seed) { t.core().clock().freeze(); }

  void advance(Millis ms) {
    t.core().clock().advance_to(t.core().now() + ms);
    t.drain();
  }
  Str str(std::string_view s) { return Str(t.arena().copy(s)); }
  template <class Op> const typename Op::Output* call(const typename Op::Input& in) { return note(t.call<Op>(in)); }
  template <class Op> const typename Op::Output* call(const typename Op::Input& in, const auth::Principal& who) { return note(t.call<Op>(in, who)); }

  std::string topic(std::string_view name = "t", Pairs attributes = {}) {
    svc::CreateTopicInput in{};
    in.Name = str(name);
    for (const auto& [k, v] : attributes) in.Attributes.add(t.arena(), k) = str(v);
    auto* out = call<op::CreateTopic>(in);
    return out ? std::string(out->TopicArn) : "";
  }
  bool delete_topic(std::string_view arn) {
    svc::DeleteTopicInput in{};
    in.TopicArn = str(arn);
    return call<op::DeleteTopic>(in);
  }
  /// A queue that lets the topic send; its ARN.
  std::string queue(std::string_view name, std::string_view topic_arn) {
    sqs::svc::CreateQueueRequest in{};
    in.QueueName = str(name);
    std::string arn = make_arn(t.scope(), "sqs", name);
    if (name.ends_with(".fifo")) in.Attributes.add(t.arena(), "FifoQueue") = Str("true");
    std::string policy = cat(R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"sns.amazonaws.com"},"Action":"sqs:SendMessage","Resource":")", arn,
                             R"(","Condition":{"ArnEquals":{"aws:SourceArn":")", topic_arn, R"("}}}]})");
    in.Attributes.add(t.arena(), "Policy") = str(policy);
    CHECK_MESSAGE(call<sqs::op::CreateQueue>(in), error);
    return arn;
  }
  std::string subscribe(std::string_view topic_arn, std::string_view protocol, std::string_view endpoint, Pairs attributes = {}) {
    svc::SubscribeInput in{};
    in.TopicArn = str(topic_arn);
    in.Protocol = str(protocol);
    in.Endpoint = str(endpoint);
    in.ReturnSubscriptionArn = true;
    for (const auto& [k, v] : attributes) in.Attributes.add(t.arena(), k) = str(v);
    auto* out = call<op::Subscribe>(in);
    return out ? std::string(out->SubscriptionArn) : "";
  }
  bool unsubscribe(std::string_view arn) {
    svc::UnsubscribeInput in{};
    in.SubscriptionArn = str(arn);
    return call<op::Unsubscribe>(in);
  }
  bool publish(std::string_view topic_arn, std::string_view message, std::string_view group = {}) {
    svc::PublishInput in{};
    in.TopicArn = str(topic_arn);
    in.Message = str(message);
    if (!group.empty()) in.MessageGroupId = str(group);
    bool ok = call<op::Publish>(in);
    return ok;
  }
  /// Bodies in the queue, "a,b"; envelopes are shown as their Message in angle brackets. Received messages are deleted.
  std::string bodies(std::string_view name) {
    std::string out;
    for (;;) {
      sqs::svc::ReceiveMessageRequest in{};
      in.QueueUrl = str(cat("http://localhost:4566/", t.scope().account, '/', name));
      in.MaxNumberOfMessages = 10;
      auto* got = call<sqs::op::ReceiveMessage>(in);
      if (!got || got->Messages.empty()) return out;
      std::vector<std::string> handles;
      for (const auto& m : got->Messages) {
        auto json = event_pattern::parse_json(m.Body);
        const event_pattern::Json* inner = json ? json->get("Message") : nullptr;
        append(out, out.empty() ? "" : ",", inner ? cat('<', inner->text, '>') : std::string(m.Body));
        handles.emplace_back(m.ReceiptHandle);
      }
      for (const auto& handle : handles) {
        sqs::svc::DeleteMessageRequest gone{};
        gone.QueueUrl = str(cat("http://localhost:4566/", t.scope().account, '/', name));
        gone.ReceiptHandle = str(handle);
        CHECK(call<sqs::op::DeleteMessage>(gone));
      }
    }
  }
  std::string attribute(std::string_view topic_arn, std::string_view name) {
    svc::GetTopicAttributesInput in{};
    in.TopicArn = str(topic_arn);
    auto* out = call<op::GetTopicAttributes>(in);
    if (!out) return error;
    const Str* v = out->Attributes.find(name);
    return v ? std::string(*v) : "absent";
  }
  std::vector<Mail> mails() {
    std::vector<Mail> out;
    t.store().read([&](store::Reader& r) {
      out.clear();
      each_mail(r, {}, [&](const Mail& m) { out.push_back(m); return true; });
    });
    return out;
  }
  size_t records(const store::Table& table) {
    size_t n = 0;
    t.store().read([&](store::Reader& r) {
      n = 0;
      r.scan_prefix(store::key(t.scope(), table), [&](auto, auto, auto) { n++; return true; });
    });
    return n;
  }

 private:
  template <class Out> const Out* note(Result<const Out*> r) {
    error = r ? "" : cat(r.error().code, ": ", r.error().message);
    return r ? *r : nullptr;
  }
};

}  // namespace fogbank::sns
