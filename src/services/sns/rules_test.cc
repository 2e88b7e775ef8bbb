// Rules of SNS that need no store.
#include <doctest/doctest.h>

#include "services/sns/delivery_policy.h"
#include "services/sns/envelope.h"
#include "services/sns/message.h"
#include "services/sns/names.h"
#include "services/sns/subscription_attributes.h"
#include "services/sns/subscriptions.h"
#include "services/sns/topic_policy.h"

using namespace fogbank;
using namespace fogbank::sns;

namespace {

const Scope kScope{Partition("aws"), AccountId("111111111111"), Region("eu-west-1")};

std::string delays(const RetryPolicy& p) {
  std::string out;
  for (int64_t n = 1;; n++) {
    auto d = retry_delay(p, n);
    if (!d) return out;
    append(out, out.empty() ? "" : " ", *d / 1000);
  }
}

std::string filter_fault(std::string_view filter, bool body = false) {
  Subscription s;
  s.filter = filter;
  s.filter_body = body;
  TopicAddress topic{kScope, "t"};
  auto r = check_filter(s, {"", topic});
  return r ? "" : r.error().message.substr(0, r.error().message.find('\n'));
}

}  // namespace

TEST_CASE("retries go through four phases") {
  CHECK(delays({}) == "20 20 20");
  CHECK(delays({1, 1, 0, 0, 0, 0, "linear"}) == "");
  CHECK(delays({10, 50, 10, 2, 1, 2, "linear"}) == "0 10 10 10 20 30 40 50 50 50");
  CHECK(delays({10, 50, 5, 0, 0, 0, "geometric"}) == "10 12 20 32 50");
  CHECK(delays({1, 20, 4, 0, 0, 0, "exponential"}) == "1 1 2 20");
}

TEST_CASE("queues and functions are tried for 23 days") {
  Millis all = 0;
  for (int64_t n = 1; queue_retry_delay(n); n++) all += *queue_retry_delay(n);
  CHECK(all / 86'400'000 == 23);
  CHECK(*queue_retry_delay(3) == 0);
  CHECK(*queue_retry_delay(5) == 1000);
  CHECK(*queue_retry_delay(15) == 20000);
}

TEST_CASE("delivery policies are read as they are shown") {
  auto p = read_subscription_delivery_policy(R"({"healthyRetryPolicy":{"numRetries":2,"minDelayTarget":5,"maxDelayTarget":6}})");
  REQUIRE(p);
  CHECK(subscription_policy_json(*p, false) ==
        R"({"healthyRetryPolicy":{"minDelayTarget":5,"maxDelayTarget":6,"numRetries":2,"numMaxDelayRetries":0,"numNoDelayRetries":0,"numMinDelayRetries":0,"backoffFunction":"linear"},"sicklyRetryPolicy":null,"throttlePolicy":null,"requestPolicy":null,"guaranteed":false})");
  CHECK(read_subscription_delivery_policy(subscription_policy_json(*p, true)));
  for (const char* bad : {"[]", "{", R"({"x":1})", R"({"healthyRetryPolicy":{}})", R"({"healthyRetryPolicy":{"numRetries":101}})",
                          R"({"healthyRetryPolicy":{"numRetries":1,"numNoDelayRetries":2}})", R"({"healthyRetryPolicy":{"numRetries":1,"minDelayTarget":9,"maxDelayTarget":8}})",
                          R"({"requestPolicy":{"headerContentType":"text/evil"}})", R"({"throttlePolicy":{"maxReceivesPerSecond":0}})"}) {
    CHECK_FALSE_MESSAGE(read_subscription_delivery_policy(bad), bad);
  }
}

TEST_CASE("a topic's policy may forbid that subscriptions have their own") {
  DeliveryPolicy topic, own;
  topic.retry = RetryPolicy{1, 2, 3, 0, 0, 0, "linear"};
  own.retry = RetryPolicy{4, 5, 6, 0, 0, 0, "linear"};
  CHECK(effective(topic, own).retry->retries == 6);
  topic.disable_overrides = true;
  CHECK(effective(topic, own).retry->retries == 3);
}

TEST_CASE("names") {
  CHECK(topic_address("arn:aws:sns:eu-west-1:111111111111:t", "TopicArn", "eu-west-1")->name == "t");
  CHECK(topic_address("x", "TopicArn", "eu-west-1").error().message == "Invalid parameter: TopicArn Reason: An ARN must have at least 6 elements, not 1");
  CHECK(topic_address("arn:aws:sns:eu-west-1:111111111111:t", "TopicArn", "us-east-1").error().message == "Invalid parameter: TopicArn");
  CHECK(subscription_address("arn:aws:sns:eu-west-1:111111111111:t:u")->id == "u");
  CHECK(subscription_address("arn:aws:sns:eu-west-1:111111111111:t").error().message == "Invalid parameter: SubscriptionId");
  CHECK(valid_topic_name("a-B_9", false));
  CHECK_FALSE(valid_topic_name("a.fifo", false));
  CHECK(valid_topic_name("a.fifo", true));
  CHECK_FALSE(valid_topic_name(".fifo", true));
  CHECK_FALSE(valid_topic_name(std::string(257, 'a'), false));
}

TEST_CASE("tokens tell their Region") {
  SeededRandom random(1);
  std::string token = make_token("eu-west-1", random);
  CHECK(token_shape(token));
  CHECK(token_of_region(token, "eu-west-1"));
  CHECK_FALSE(token_of_region(token, "us-east-1"));
  CHECK_FALSE(token_shape(token + "0"));
}

TEST_CASE("a filter policy keeps to its limits") {
  CHECK(filter_fault(R"({"a":["1"]})") == "");
  CHECK(filter_fault(R"({"a":{"b":["1"]}})") == "Invalid parameter: FilterPolicy: Filter policy scope MessageAttributes does not support nested filter policy");
  CHECK(filter_fault(R"({"a":{"b":["1"]}})", true) == "");
  CHECK(filter_fault(R"({"a":[1],"b":[1],"c":[1],"d":[1],"e":[1],"f":[1]})") == "Invalid parameter: FilterPolicy: Filter policy can not have more than 5 keys");
  std::string values = "[0";
  for (int i = 1; i < 76; i++) append(values, ",", i);
  CHECK(filter_fault(cat(R"({"a":)", values, "]}")) == "");
  CHECK(filter_fault(cat(R"({"a":)", values, R"(],"b":[1,2]})")) == "Invalid parameter: FilterPolicy: Filter policy is too complex");
  CHECK(filter_fault("{x") == "Invalid parameter: FilterPolicy: failed to parse JSON. Unexpected character ('x' (code 120)): was expecting double-quote to start field name");
}

TEST_CASE("a stored filter that is not understood lets nothing through") {
  Subscription s;
  s.filter = "broken";
  auto p = filter_of(s);
  REQUIRE(p);
  CHECK_FALSE(p->matches(*event_pattern::parse_json(R"({"":1,"a":2})")));
  CHECK_FALSE(p->matches(*event_pattern::parse_json("{}")));
}

TEST_CASE("permissions change the policy's text and keep the rest") {
  std::string policy = default_policy(kScope, "t");
  auto added = add_permission(policy, {"L", {"222222222222"}, {"Publish", "Subscribe"}}, kScope, "t");
  REQUIRE(added);
  CHECK(added->find(R"({"Sid":"L","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::222222222222:root"},"Action":["SNS:Publish","SNS:Subscribe"],"Resource":"arn:aws:sns:eu-west-1:111111111111:t"})") !=
        std::string::npos);
  CHECK(add_permission(*added, {"L", {"222222222222"}, {"Publish"}}, kScope, "t").error().message == "Invalid parameter: Statement already exists");
  CHECK(add_permission(policy, {"M", {"222222222222"}, {"ListTopics"}}, kScope, "t").error().message == "Invalid parameter: Policy statement action out of service scope!");
  CHECK(*remove_permission(*added, "L") == policy);
  CHECK(check_policy(policy, "aws"));
}

TEST_CASE("attributes as filter policies see them") {
  std::map<std::string, MessageAttribute> attributes = {
      {"n", {"Number.int", "1.50", {}}}, {"s", {"String", "1", {}}}, {"l", {"String.Array", R"(["a",2,null])", {}}}, {"b", {"Binary", "x", {}}}, {"bad", {"String.Array", "[", {}}}};
  CHECK(event_pattern::write_json(filterable(attributes)) == R"({"l":["a",2,null],"n":1.50,"s":"1"})");
}

TEST_CASE("what is signed is the documented text") {
  Notification n;
  n.id = "i";
  n.topic_arn = "t";
  n.has_subject = true;
  n.subject = "s";
  CHECK(canonical_text(n, "m", "") == "Message\nm\nMessageId\ni\nSubject\ns\nTimestamp\n1970-01-01T00:00:00.000Z\nTopicArn\nt\nType\nNotification\n");
  n.type = "SubscriptionConfirmation";
  n.token = "k";
  CHECK(canonical_text(n, "m", "u") == "Message\nm\nMessageId\ni\nSubscribeURL\nu\nTimestamp\n1970-01-01T00:00:00.000Z\nToken\nk\nTopicArn\nt\nType\nSubscriptionConfirmation\n");
}
