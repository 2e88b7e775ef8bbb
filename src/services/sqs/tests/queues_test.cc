// Queues: creating, attributes, listing, tags, purging, deleting.
#include "services/sqs/tests/service.h"

using namespace fogbank;
using namespace fogbank::sqs;

namespace {

constexpr bool kStores[] = {true, false};

std::string list(Service& s, std::string_view prefix, int max = 0, std::string_view token = {}, std::string* next = nullptr) {
  svc::ListQueuesRequest in{};
  if (!prefix.empty()) in.QueueNamePrefix = s.str(prefix);
  if (max) in.MaxResults = max;
  if (!token.empty()) in.NextToken = s.str(token);
  auto* out = s.call<op::ListQueues>(in);
  if (!out) return s.error;
  if (next) *next = std::string(out->NextToken);
  std::string names;
  for (Str url : out->QueueUrls) append(names, names.empty() ? "" : ",", url.view().substr(url.view().rfind('/') + 1));
  return names;
}

}  // namespace

TEST_CASE("creating_a_queue_again_is_the_same_unless_attributes_differ") {
  for (bool hostile : kStores) {
    Service s(hostile);
    svc::CreateQueueRequest in{};
    in.QueueName = "jobs";
    in.Attributes.add(s.t.arena(), "DelaySeconds") = "1";
    auto* out = s.call<op::CreateQueue>(in);
    REQUIRE(out);
    CHECK(out->QueueUrl == "http://localhost:4566/000000000000/jobs");
    CHECK(s.create("jobs"));
    CHECK(s.create("jobs", {{"DelaySeconds", "1"}, {"VisibilityTimeout", "30"}}));
    CHECK_FALSE(s.create("jobs", {{"DelaySeconds", "2"}}));
    CHECK(s.error == "QueueNameExists: A queue already exists with the same name and a different value for attribute DelaySeconds");
    CHECK(s.last_error.query_code == "QueueAlreadyExists");
    CHECK(s.get("DelaySeconds", "jobs") == "1");
    CHECK_FALSE(s.create("bad name"));
    CHECK(s.error == "InvalidParameterValueException: Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length");
    CHECK_FALSE(s.create(""));
    CHECK(s.error == "MissingRequiredParameterException: The request must contain the parameter QueueName.");
    CHECK_FALSE(s.create("x.fifo"));
    CHECK_FALSE(s.create("x", {{"FifoQueue", "true"}}));
    CHECK(s.error.find("must end with .fifo suffix") != std::string::npos);
    CHECK(s.create("x.fifo", {{"FifoQueue", "true"}}));
    CHECK_FALSE(s.create("x.fifo", {{"FifoQueue", "true"}, {"ContentBasedDeduplication", "true"}}));
    CHECK(s.error == "QueueNameExists: A queue already exists with the same name and a different value for attribute ContentBasedDeduplication");
  }
}

TEST_CASE("all_attributes_of_a_new_queue") {
  Service s(true);
  REQUIRE(s.create());
  svc::GetQueueAttributesRequest in{};
  in.QueueUrl = s.str(s.url());
  auto* nothing = s.call<op::GetQueueAttributes>(in);
  REQUIRE(nothing);
  CHECK_FALSE(nothing->Attributes.has());
  in.AttributeNames.push(s.t.arena(), "All");
  auto* out = s.call<op::GetQueueAttributes>(in);
  REQUIRE(out);
  CHECK(out->Attributes.size() == 12);
  CHECK(*out->Attributes.find("QueueArn") == "arn:aws:sqs:us-east-1:000000000000:q");
  CHECK(*out->Attributes.find("CreatedTimestamp") == cat(s.t.core().now() / 1000));
  CHECK(*out->Attributes.find("MaximumMessageSize") == "1048576");
  CHECK(*out->Attributes.find("SqsManagedSseEnabled") == "true");
  CHECK(s.get("Policy") == "absent");
  CHECK(s.get("Nonsense") == "InvalidAttributeName: Unknown Attribute Nonsense.");
}

TEST_CASE("attributes_are_set_together_or_not_at_all") {
  for (bool hostile : kStores) {
    Service s(hostile);
    REQUIRE(s.create());
    s.advance(5000);
    CHECK(s.set({{"VisibilityTimeout", "69"}, {"DelaySeconds", "420"}}));
    CHECK(s.get("VisibilityTimeout") == "69");
    CHECK(s.get("LastModifiedTimestamp") == cat(s.t.core().now() / 1000));
    CHECK_FALSE(s.set({{"VisibilityTimeout", "1"}, {"DelaySeconds", "901"}}));
    CHECK(s.error == "InvalidAttributeValue: Invalid value for the parameter DelaySeconds.");
    CHECK(s.get("VisibilityTimeout") == "69");
    CHECK_FALSE(s.set({{"FifoQueue", "true"}}));
    CHECK(s.error == "InvalidAttributeName: Unknown Attribute FifoQueue.");
    CHECK(s.set({{"VisibilityTimeout", ""}}));
    CHECK(s.get("VisibilityTimeout") == "30");
    const char* policy = R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"sqs:SendMessage","Resource":"*"}]})";
    CHECK(s.set({{"Policy", policy}}));
    CHECK(s.get("Policy") == policy);
    CHECK_FALSE(s.set({{"Policy", R"({"Statement":[]})"}}));
    CHECK(s.error == "InvalidAttributeValue: Invalid value for the parameter Policy.");
    CHECK(s.set({{"Policy", ""}}));
    CHECK(s.get("Policy") == "absent");
    CHECK_FALSE(s.set({}));
  }
}

TEST_CASE("sends_and_attributes_leave_decisions_valid_and_policies_do_not") {
  Service s(true);
  REQUIRE(s.create());
  uint64_t before = s.t.store().authority_version();
  REQUIRE(s.send("m"));
  REQUIRE(s.set({{"DelaySeconds", "1"}}));
  CHECK(s.t.store().authority_version() == before);
  REQUIRE(s.set({{"Policy", R"({"Statement":[{"Effect":"Allow","Principal":"*","Action":"sqs:*","Resource":"*"}]})"}}));
  CHECK(s.t.store().authority_version() > before);
}

TEST_CASE("queues_are_listed_by_prefix_in_pages") {
  for (bool hostile : kStores) {
    Service s(hostile);
    CHECK(list(s, "") == "");
    for (const char* name : {"b2", "a1", "b1", "b3", "c"}) REQUIRE(s.create(name));
    CHECK(list(s, "") == "a1,b1,b2,b3,c");
    CHECK(list(s, "b") == "b1,b2,b3");
    CHECK(list(s, "zz") == "");
    std::string next;
    CHECK(list(s, "b", 2, {}, &next) == "b1,b2");
    REQUIRE(next != "");
    CHECK(list(s, "b", 2, next, &next) == "b3");
    CHECK(next == "");
    CHECK(list(s, "", 0, {}, &next) == "a1,b1,b2,b3,c");
    CHECK(next == "");
    CHECK(list(s, "", 1001).starts_with("InvalidParameterValueException"));
    CHECK(list(s, "", 1, "???").starts_with("InvalidParameterValueException"));
    Scope other = s.t.scope();
    other.region = Region("eu-west-1");
    s.t.set_scope(other);
    CHECK(list(s, "") == "");
  }
}

TEST_CASE("a_missing_queue_is_missing_for_every_operation") {
  Service s(true);
  const std::string missing = "QueueDoesNotExist: The specified queue does not exist.";
  CHECK_FALSE(s.send("m"));
  CHECK(s.error == missing);
  CHECK(s.last_error.query_code == "AWS.SimpleQueueService.NonExistentQueue");
  s.receive();
  CHECK(s.error == missing);
  CHECK_FALSE(s.purge());
  CHECK(s.error == missing);
  CHECK_FALSE(s.remove_queue());
  CHECK(s.error == missing);
  CHECK(s.get("All") == missing);
  svc::GetQueueUrlRequest in{};
  in.QueueName = "q";
  CHECK_FALSE(s.call<op::GetQueueUrl>(in));
  CHECK(s.error == missing);
  REQUIRE(s.create());
  auto* out = s.call<op::GetQueueUrl>(in);
  REQUIRE(out);
  CHECK(out->QueueUrl == s.url());
  svc::SendMessageRequest bad{};
  bad.QueueUrl = "http://localhost:4566/nonsense";
  bad.MessageBody = "m";
  CHECK_FALSE(s.call<op::SendMessage>(bad));
  CHECK(s.error == "InvalidAddress: The address http://localhost:4566/nonsense is not valid for this endpoint.");
  bad.QueueUrl = Str{};
  CHECK_FALSE(s.call<op::SendMessage>(bad));
  CHECK(s.error == "MissingRequiredParameterException: The request must contain the parameter QueueUrl.");
}

TEST_CASE("the_region_of_a_queue_url_s_host_counts") {
  Service s(true);
  REQUIRE(s.create());
  svc::SendMessageRequest in{};
  in.MessageBody = "m";
  in.QueueUrl = "https://sqs.us-east-1.amazonaws.com/000000000000/q";
  CHECK(s.call<op::SendMessage>(in));
  in.QueueUrl = "https://sqs.eu-west-1.amazonaws.com/000000000000/q";
  CHECK_FALSE(s.call<op::SendMessage>(in));
}

TEST_CASE("a_deleted_queue_s_name_rests_for_sixty_seconds_and_its_messages_are_gone") {
  for (bool hostile : kStores) {
    Service s(hostile);
    REQUIRE(s.create());
    for (int i = 0; i < 30; i++) REQUIRE(s.send(i % 2 ? "small" : std::string(5000, 'l')));
    auto got = s.receive(1);
    REQUIRE(s.change(got[0].handle, 500));
    REQUIRE(s.remove_queue());
    CHECK_FALSE(s.send("m"));
    CHECK_FALSE(s.create());
    CHECK(s.error == "QueueDeletedRecently: You must wait 60 seconds after deleting a queue before you can create another with the same name.");
    s.t.drain();
    CHECK(s.records(kMessages) == 0);
    CHECK(s.records(kBodies) == 0);
    CHECK(s.records(kMoved) == 0);
    s.advance(60'000);
    REQUIRE(s.create());
    CHECK(s.bodies() == "");
    CHECK_FALSE(s.remove(got[0].handle));  // of the queue that was
    s.t.drain();
    CHECK(s.records(kDeleted) == 0);
    CHECK(s.t.store().next_due(true) == std::nullopt);
  }
}

TEST_CASE("a_purge_hides_everything_sent_before_and_nothing_sent_after") {
  for (bool hostile : kStores) {
    Service s(hostile);
    REQUIRE(s.create());
    for (int i = 0; i < 5; i++) REQUIRE(s.send("before"));
    REQUIRE(s.send("delayed", 10));
    auto flying = s.receive(2);
    REQUIRE(s.purge());
    CHECK(s.counts() == "0/0/0");
    CHECK_FALSE(s.change(flying[0].handle, 5));
    CHECK(s.remove(flying[1].handle));
    REQUIRE(s.send("after"));
    CHECK(s.bodies(10, 0) == "after");
    CHECK_FALSE(s.purge());
    CHECK(s.error == "PurgeQueueInProgress: Only one PurgeQueue operation on q is allowed every 60 seconds.");
    CHECK(s.last_error.status == 403);
    s.t.drain();
    CHECK(s.records(kMessages) == 1);
    s.advance(60'000);
    CHECK(s.bodies(10, 0) == "after");
    CHECK(s.purge());
    CHECK(s.counts() == "0/0/0");
  }
}

TEST_CASE("big_queues_are_purged_by_a_chain_of_tasks") {
  Service s(false);
  REQUIRE(s.create());
  svc::SendMessageBatchRequest in{};
  in.QueueUrl = s.str(s.url());
  for (int i = 0; i < 10; i++) {
    auto& e = in.Entries.add(s.t.arena());
    e.Id = s.str(cat(i));
    e.MessageBody = i == 5 ? s.str(std::string(5000, 'l')) : Str("small");
  }
  for (int i = 0; i < 70; i++) REQUIRE(s.call<op::SendMessageBatch>(in));
  CHECK(s.counts() == "700/0/0");
  REQUIRE(s.purge());
  REQUIRE(s.send("after"));
  CHECK(s.t.drain() >= 3);
  CHECK(s.records(kMessages) == 1);
  CHECK(s.records(kBodies) == 0);
}

TEST_CASE("tags") {
  Service s(true);
  REQUIRE(s.create());
  svc::TagQueueRequest tag{};
  tag.QueueUrl = s.str(s.url());
  CHECK_FALSE(s.call<op::TagQueue>(tag));
  CHECK(s.error == "MissingRequiredParameterException: The request must contain the parameter Tags.");
  tag.Tags.add(s.t.arena(), "team") = "a";
  tag.Tags.add(s.t.arena(), "stage") = "";
  REQUIRE(s.call<op::TagQueue>(tag));
  svc::ListQueueTagsRequest list_in{};
  list_in.QueueUrl = tag.QueueUrl;
  auto* out = s.call<op::ListQueueTags>(list_in);
  REQUIRE(out);
  CHECK(out->Tags.size() == 2);
  CHECK(*out->Tags.find("team") == "a");
  svc::UntagQueueRequest untag{};
  untag.QueueUrl = tag.QueueUrl;
  untag.TagKeys.push(s.t.arena(), "team");
  untag.TagKeys.push(s.t.arena(), "never there");
  REQUIRE(s.call<op::UntagQueue>(untag));
  out = s.call<op::ListQueueTags>(list_in);
  CHECK(out->Tags.size() == 1);
}
