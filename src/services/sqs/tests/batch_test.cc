// The batch operations: what refuses a whole batch, and entries that fail by themselves.
#include "services/sqs/tests/service.h"

using namespace fogbank;
using namespace fogbank::sqs;

namespace {

struct Batches : Service {
  using Service::Service;
  svc::SendMessageBatchRequest request() {
    svc::SendMessageBatchRequest in{};
    in.QueueUrl = str(url());
    in.Entries.reserve(t.arena(), 4);
    return in;
  }
  svc::SendMessageBatchRequestEntry& entry(svc::SendMessageBatchRequest& in, std::string_view id, std::string_view body) {
    auto& e = in.Entries.add(t.arena());
    e.Id = str(id);
    e.MessageBody = str(body);
    return e;
  }
  std::string refusal(const svc::SendMessageBatchRequest& in) { return call<op::SendMessageBatch>(in) ? "" : error; }
};

}  // namespace

TEST_CASE("batches_are_refused_as_a_whole") {
  Batches s(true);
  REQUIRE(s.create());
  auto in = s.request();
  CHECK(s.refusal(in) == "EmptyBatchRequest: There should be at least one SendMessageBatchRequestEntry in the request.");
  CHECK(s.last_error.query_code == "AWS.SimpleQueueService.EmptyBatchRequest");
  for (int i = 0; i < 20; i++) s.entry(in, cat("m-", i), "b");
  CHECK(s.refusal(in) == "TooManyEntriesInBatchRequest: Maximum number of entries per request are 10. You have sent 20.");
  for (const char* id : {"", "invalid:id", "a b", "x.y"}) {
    in = s.request();
    s.entry(in, id, "b");
    CHECK(s.refusal(in) == "InvalidBatchEntryId: A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.");
  }
  in = s.request();
  s.entry(in, "a", "b");
  s.entry(in, "a", "c");
  CHECK(s.refusal(in) == "BatchEntryIdsNotDistinct: Id a repeated.");
  in = s.request();
  s.entry(in, "a", std::string(1 << 19, 'x'));
  s.entry(in, "b", std::string((1 << 19) + 1, 'x'));
  CHECK(s.refusal(in) == "BatchRequestTooLong: Batch requests cannot be longer than 1048576 bytes. You have sent 1048577 bytes.");
  CHECK(s.counts() == "0/0/0");
}

TEST_CASE("entries_fail_by_themselves") {
  for (bool hostile : {true, false}) {
    Batches s(hostile);
    REQUIRE(s.create("q", {{"MaximumMessageSize", "1024"}}));
    auto in = s.request();
    s.entry(in, "good", "1");
    s.entry(in, "empty", "");
    s.entry(in, "long", std::string(1025, 'x'));
    s.entry(in, "bell", "\x07");
    s.entry(in, "group", "g").MessageGroupId = "g";
    s.entry(in, "late", "2").DelaySeconds = 1;
    auto* out = s.call<op::SendMessageBatch>(in);
    REQUIRE(out);
    REQUIRE(out->Successful.size() == 3);
    CHECK(out->Successful[0].Id == "good");
    CHECK(out->Successful[1].Id == "group");
    CHECK(out->Successful[2].Id == "late");
    REQUIRE(out->Failed.size() == 3);
    CHECK(out->Failed[0].Code == "MissingParameter");
    CHECK(out->Failed[1].Code == "InvalidParameterValue");
    CHECK(out->Failed[1].Message == "One or more parameters are invalid. Reason: Message must be shorter than 1024 bytes.");
    CHECK(out->Failed[2].Code == "InvalidMessageContents");
    CHECK(*out->Failed[2].SenderFault);
    CHECK(s.counts() == "2/0/1");
  }
}

TEST_CASE("a_batch_keeps_its_order_and_is_deleted_by_batch") {
  for (bool hostile : {true, false}) {
    Batches s(hostile);
    REQUIRE(s.create());
    auto in = s.request();
    for (int i = 0; i < 10; i++) s.entry(in, cat(i), cat("m", i));
    REQUIRE(s.call<op::SendMessageBatch>(in));
    auto got = s.receive();
    REQUIRE(got.size() == 10);
    for (size_t i = 0; i < 10; i++) CHECK(got[i].body == cat("m", i));

    svc::ChangeMessageVisibilityBatchRequest change{};
    change.QueueUrl = in.QueueUrl;
    for (size_t i = 0; i < 2; i++) {
      auto& e = change.Entries.add(s.t.arena());
      e.Id = s.str(cat(i));
      e.ReceiptHandle = s.str(i == 0 ? got[0].handle : std::string("bad"));
      e.VisibilityTimeout = 0;
    }
    auto* changed = s.call<op::ChangeMessageVisibilityBatch>(change);
    REQUIRE(changed);
    CHECK(changed->Successful.size() == 1);
    REQUIRE(changed->Failed.size() == 1);
    CHECK(changed->Failed[0].Code == "ReceiptHandleIsInvalid");
    CHECK(s.counts() == "1/9/0");

    svc::DeleteMessageBatchRequest remove{};
    remove.QueueUrl = in.QueueUrl;
    for (size_t i = 0; i < 10; i++) {
      auto& e = remove.Entries.add(s.t.arena());
      e.Id = s.str(cat(i));
      e.ReceiptHandle = s.str(i == 3 ? std::string("bad") : got[i].handle);
    }
    auto* removed = s.call<op::DeleteMessageBatch>(remove);
    REQUIRE(removed);
    CHECK(removed->Successful.size() == 9);
    REQUIRE(removed->Failed.size() == 1);
    CHECK(removed->Failed[0].Id == "3");
    CHECK(s.counts() == "0/1/0");
    remove.Entries[0].Id = "not valid";
    CHECK_FALSE(s.call<op::DeleteMessageBatch>(remove));
    CHECK(s.error.starts_with("InvalidBatchEntryId"));
  }
}
