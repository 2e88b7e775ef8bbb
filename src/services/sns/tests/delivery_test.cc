// Publications on their way, on a store that runs write functions again at random, and on SQLite.
#include <algorithm>

#include "services/sns/tests/service.h"

using namespace fogbank;
using namespace fogbank::sns;

TEST_CASE("each queue gets a message once, in its envelope or raw") {
  for (bool hostile : {true, false}) {
    for (uint64_t seed = 1; seed <= (hostile ? 10 : 1); seed++) {
      Service s(hostile, seed);
      std::string topic = s.topic();
      s.subscribe(topic, "sqs", s.queue("a", topic));
      s.subscribe(topic, "sqs", s.queue("b", topic), {{"RawMessageDelivery", "true"}});
      s.subscribe(topic, "sqs", s.queue("c", topic), {{"RawMessageDelivery", "true"}, {"FilterPolicy", R"({"x":["y"]})"}});
      for (const char* m : {"1", "2", "3"}) CHECK(s.publish(topic, m));
      s.t.drain();
      CHECK(s.bodies("a") == "<1>,<2>,<3>");
      CHECK(s.bodies("b") == "1,2,3");
      CHECK(s.bodies("c") == "");
    }
  }
}

TEST_CASE("what a queue's policy refuses goes to the dead-letter queue or is lost") {
  Service s(true);
  std::string topic = s.topic(), other = s.topic("other");
  std::string dead = cat(R"({"deadLetterTargetArn":")", s.queue("dead", topic), R"("})");
  s.subscribe(topic, "sqs", s.queue("a", other), {{"RedrivePolicy", dead}});
  s.subscribe(topic, "sqs", s.queue("b", other));
  s.subscribe(topic, "sqs", make_arn(s.t.scope(), "sqs", "missing"), {{"RedrivePolicy", dead}, {"RawMessageDelivery", "true"}});
  CHECK(s.publish(topic, "m"));
  s.t.drain();
  std::string got = s.bodies("dead");
  CHECK((got == "<m>,m" || got == "m,<m>"));
  CHECK(s.bodies("a") == "");
  CHECK(s.bodies("b") == "");
  CHECK(s.t.drain() == 0);   // nothing is tried again
}

TEST_CASE("more subscribers than one step takes") {
  Service s(true);
  std::string topic = s.topic();
  for (int i = 0; i < 30; i++) s.subscribe(topic, "sqs", s.queue(cat("q", i), topic), {{"RawMessageDelivery", "true"}});
  std::string big(100'000, 'x');
  CHECK(s.publish(topic, big));
  CHECK(s.publish(topic, "small"));
  s.t.drain();
  for (int i = 0; i < 30; i++) {
    std::string got = s.bodies(cat("q", i));
    CHECK(got.size() == big.size() + 6);
  }
}

TEST_CASE("a fifo topic keeps the order of its groups") {
  for (uint64_t seed = 1; seed <= 5; seed++) {
    Service s(true, seed);
    std::string topic = s.topic("t.fifo", {{"FifoTopic", "true"}, {"ContentBasedDeduplication", "true"}});
    s.subscribe(topic, "sqs", s.queue("q.fifo", topic), {{"RawMessageDelivery", "true"}});
    for (int i = 0; i < 12; i++) CHECK(s.publish(topic, cat("m", i), i % 2 ? "odd" : "even"));
    CHECK(s.publish(topic, "m3", "odd"));   // a repetition
    s.t.drain();
    std::string got = s.bodies("q.fifo");
    std::string even, odd;
    for (auto m : split(got, ',')) append((m.back() - '0') % 2 ? odd : even, m, ' ');
    CHECK(even == "m0 m2 m4 m6 m8 m10 ");
    CHECK(odd == "m1 m3 m5 m7 m9 m11 ");
    CHECK(s.records(kSeen) == 12);
    s.advance(kDeduplication + 1);
    CHECK(s.records(kSeen) == 0);
    CHECK(s.publish(topic, "m3", "odd"));
    s.t.drain();
    CHECK(s.bodies("q.fifo") == "m3");
    CHECK(s.delete_topic(topic));
    s.advance(kDeduplication + 1);
    CHECK(s.records(kSeen) == 0);
  }
}

TEST_CASE("mails are in the mailbox exactly if their cause is committed") {
  Service s(true);
  std::string topic = s.topic();
  s.subscribe(topic, "email", "a@example.com");
  REQUIRE(s.mails().size() == 1);
  std::string body = s.mails()[0].body;
  size_t at = body.find("&Token=") + 7;
  svc::ConfirmSubscriptionInput in{};
  in.TopicArn = s.str(topic);
  in.Token = s.str(body.substr(at, 288));
  CHECK_MESSAGE(s.call<op::ConfirmSubscription>(in, auth::Principal{}), s.error);
  for (int i = 0; i < 5; i++) CHECK(s.publish(topic, cat("m", i)));
  CHECK(s.mails().size() == 6);
  CHECK(s.mails()[5].body.starts_with("m4\n\n--\n"));
}

TEST_CASE("subscriptions end with time, and leave nothing") {
  Service s(true);
  std::string topic = s.topic();
  s.subscribe(topic, "email", "a@example.com");
  CHECK(s.attribute(topic, "SubscriptionsPending") == "1");
  CHECK(s.records(kTokens) == 1);
  s.advance(kConfirmWithin + 1);
  CHECK(s.attribute(topic, "SubscriptionsPending") == "0");
  CHECK(s.records(kTokens) == 0);
  std::string subscription = s.subscribe(topic, "sqs", s.queue("q", topic));
  CHECK(s.attribute(topic, "SubscriptionsConfirmed") == "1");
  CHECK(s.delete_topic(topic));
  CHECK(s.records(kSubscriptions) == 1);   // stays for three days
  CHECK(s.topic() == topic);
  CHECK(s.publish(topic, "not for the old one"));
  CHECK(s.bodies("q") == "");
  CHECK(s.subscribe(topic, "sqs", make_arn(s.t.scope(), "sqs", "q")) != subscription);
  s.advance(kOrphanAfter + 1);
  CHECK(s.records(kSubscriptions) == 1);
  CHECK(s.publish(topic, "new"));
  CHECK(s.bodies("q") == "<new>");
  CHECK(s.delete_topic(topic));
  s.advance(kOrphanAfter + 1);
  for (const auto* table : {&kTopics, &kPolicies, &kSubscriptions, &kEndpoints, &kOwned, &kTokens, &kRevisions, &kSeen}) CHECK_MESSAGE(s.records(*table) == 0, table->name);
}

TEST_CASE("unsubscribing and subscribing again") {
  Service s(true);
  std::string topic = s.topic();
  std::string queue = s.queue("q", topic);
  std::string first = s.subscribe(topic, "sqs", queue, {{"RawMessageDelivery", "true"}});
  CHECK(s.subscribe(topic, "sqs", queue) == first);
  CHECK(s.subscribe(topic, "sqs", queue, {{"RawMessageDelivery", "false"}}) == "");
  CHECK(s.error == "InvalidParameter: Invalid parameter: Attributes Reason: Subscription already exists with different attributes");
  CHECK(s.publish(topic, "1"));
  CHECK(s.unsubscribe(first));
  CHECK(s.unsubscribe(first));
  CHECK(s.publish(topic, "2"));
  CHECK(s.bodies("q") == "1");
  CHECK(s.subscribe(topic, "sqs", queue) != first);
  CHECK(s.publish(topic, "3"));
  CHECK(s.bodies("q") == "<3>");
  CHECK(s.attribute(topic, "SubscriptionsDeleted") == "1");
}
