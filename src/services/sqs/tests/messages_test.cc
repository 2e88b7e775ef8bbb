// Sending, receiving, hiding and deleting, over both stores and through the chain.
#include "base/encoding.h"
#include "services/sqs/in_flight.h"
#include "services/sqs/receipt_handle.h"
#include "services/sqs/tests/service.h"

using namespace fogbank;
using namespace fogbank::sqs;

namespace {
constexpr bool kStores[] = {true, false};
}

TEST_CASE("a_sent_message_is_received_hidden_and_deleted") {
  for (bool hostile : kStores) {
    Service s(hostile);
    REQUIRE(s.create());
    REQUIRE(s.send("hello"));
    CHECK(s.counts() == "1/0/0");
    auto got = s.receive();
    REQUIRE(got.size() == 1);
    CHECK(got[0].body == "hello");
    CHECK(s.bodies() == "");
    CHECK(s.counts() == "0/1/0");
    CHECK(s.remove(got[0].handle));
    CHECK(s.counts() == "0/0/0");
    CHECK(s.remove(got[0].handle));  // again: no effect, no error
    s.advance(31'000);
    CHECK(s.bodies() == "");
    CHECK(s.records(kMessages) == 0);
  }
}

TEST_CASE("messages_come_back_after_their_visibility_timeout_in_order") {
  for (bool hostile : kStores) {
    Service s(hostile);
    REQUIRE(s.create());
    for (int i = 0; i < 12; i++) REQUIRE(s.send(cat("m", i)));
    CHECK(s.bodies() == "m0,m1,m2,m3,m4,m5,m6,m7,m8,m9");
    CHECK(s.bodies(1) == "m10");
    s.advance(29'999);
    CHECK(s.bodies() == "m11");
    s.advance(1);
    CHECK(s.bodies(10, 0) == "m0,m1,m2,m3,m4,m5,m6,m7,m8,m9");
    CHECK(s.bodies(3, 0).size() > 0);
  }
}

TEST_CASE("delayed_message_is_invisible_until_due") {
  for (bool hostile : kStores) {
    Service s(hostile);
    REQUIRE(s.create("q", {{"DelaySeconds", "5"}}));
    REQUIRE(s.send("queue's delay"));
    REQUIRE(s.send("own delay", 10));
    REQUIRE(s.send("none", 0));
    CHECK(s.counts() == "1/0/2");
    CHECK(s.bodies() == "none");
    s.advance(5000);
    CHECK(s.bodies() == "queue's delay");
    s.advance(5000);
    CHECK(s.bodies() == "own delay");
  }
}

TEST_CASE("a_handle_of_an_earlier_receive_has_no_effect") {
  for (bool hostile : kStores) {
    Service s(hostile);
    REQUIRE(s.create());
    REQUIRE(s.send("m"));
    auto first = s.receive(1, 1);
    s.advance(1000);
    auto second = s.receive(1, 100);
    REQUIRE(second.size() == 1);
    CHECK(s.remove(first[0].handle));
    CHECK(s.counts() == "0/1/0");
    CHECK_FALSE(s.change(first[0].handle, 10));
    CHECK(s.error == cat("InvalidParameterValueException: Value ", first[0].handle,
                         " for parameter ReceiptHandle is invalid. Reason: Message does not exist or is not available for visibility timeout change."));
    CHECK(s.remove(second[0].handle));
    CHECK(s.counts() == "0/0/0");
  }
}

TEST_CASE("the_handle_stays_good_when_visibility_changes") {
  for (bool hostile : kStores) {
    Service s(hostile);
    REQUIRE(s.create());
    REQUIRE(s.send("m"));
    auto got = s.receive(1, 10);
    REQUIRE(s.change(got[0].handle, 100));
    REQUIRE(s.change(got[0].handle, 200));
    s.advance(199'000);
    CHECK(s.bodies() == "");
    REQUIRE(s.change(got[0].handle, 0));
    CHECK(s.counts() == "1/0/0");
    auto again = s.receive(1, 60);
    REQUIRE(again.size() == 1);
    CHECK(s.records(kMoved) == 0);
    CHECK(s.remove(got[0].handle));  // out of date now
    CHECK(s.counts() == "0/1/0");
    REQUIRE(s.change(again[0].handle, 20));
    CHECK(s.remove(got[0].handle));
    CHECK(s.counts() == "0/1/0");
    CHECK(s.remove(again[0].handle));
    CHECK(s.counts() == "0/0/0");
    CHECK(s.records(kMoved) == 0);
    CHECK(s.records(kMessages) == 0);
  }
}

TEST_CASE("changing_visibility_after_it_ran_out_succeeds_without_effect") {
  Service s(true);
  REQUIRE(s.create());
  REQUIRE(s.send("m"));
  auto got = s.receive(1, 1);
  s.advance(2000);
  CHECK(s.change(got[0].handle, 100));
  CHECK(s.counts() == "1/0/0");
}

TEST_CASE("visibility_is_bounded_by_twelve_hours_from_the_receive") {
  Service s(true);
  REQUIRE(s.create());
  REQUIRE(s.send("m"));
  auto got = s.receive(1, 43200);
  REQUIRE(s.change(got[0].handle, 43200));
  s.advance(1000);
  CHECK_FALSE(s.change(got[0].handle, 43200));
  CHECK(s.error.find("Total VisibilityTimeout for the message is beyond the limit [43200 seconds]") != std::string::npos);
  CHECK(s.change(got[0].handle, 43199));
  CHECK_FALSE(s.change(got[0].handle, 43201));
  CHECK_FALSE(s.change(got[0].handle, -1));
}

TEST_CASE("receipt_handles_that_are_none_or_of_another_queue_are_refused") {
  Service s(true);
  REQUIRE(s.create());
  REQUIRE(s.create("other"));
  REQUIRE(s.send("m"));
  auto got = s.receive();
  CHECK_FALSE(s.remove("garbage"));
  CHECK(s.error == "ReceiptHandleIsInvalid: The input receipt handle \"garbage\" is not a valid receipt handle.");
  CHECK_FALSE(s.remove(""));
  CHECK(s.error == "MissingRequiredParameterException: The request must contain the parameter ReceiptHandle.");
  svc::DeleteMessageRequest in{};
  in.QueueUrl = s.str(s.url("other"));
  in.ReceiptHandle = s.str(got[0].handle);
  CHECK_FALSE(s.call<op::DeleteMessage>(in));
  CHECK(s.error.starts_with("ReceiptHandleIsInvalid: The receipt handle"));
  CHECK(s.counts() == "0/1/0");
}

TEST_CASE("large_messages_arrive_whole_and_leave_nothing") {
  for (bool hostile : kStores) {
    Service s(hostile);
    REQUIRE(s.create());
    std::string large(1 << 20, 'x'), medium(5000, 'y');
    REQUIRE(s.send(large));
    REQUIRE(s.send(medium));
    CHECK(s.records(kBodies) == 2);
    CHECK_FALSE(s.send(large + "x"));
    CHECK(s.error == "InvalidParameterValueException: One or more parameters are invalid. Reason: Message must be shorter than 1048576 bytes.");
    auto got = s.receive(10, 5);
    REQUIRE(got.size() == 2);
    CHECK(got[0].body == large);
    CHECK(got[1].body == medium);
    REQUIRE(s.change(got[0].handle, 1));
    s.advance(1000);
    auto again = s.receive();
    REQUIRE(again.size() == 1);
    CHECK(again[0].body == large);
    CHECK(s.remove(again[0].handle));
    CHECK(s.remove(got[1].handle));
    CHECK(s.records(kBodies) == 0);
    CHECK(s.records(kMessages) == 0);
  }
}

TEST_CASE("ten_messages_of_a_megabyte_are_received_at_once") {
  Service s(false);
  REQUIRE(s.create());
  for (int i = 0; i < 10; i++) REQUIRE(s.send(std::string(1 << 20, char('a' + i))));
  auto got = s.receive();
  REQUIRE(got.size() == 10);
  CHECK(got[9].body.back() == 'j');
}

TEST_CASE("the_queue_s_maximum_size_counts_body_and_attributes") {
  Service s(true);
  REQUIRE(s.create("q", {{"MaximumMessageSize", "1024"}}));
  CHECK(s.send(std::string(1024, 'x')));
  CHECK_FALSE(s.send(std::string(1025, 'x')));
  CHECK(s.error == "InvalidParameterValueException: One or more parameters are invalid. Reason: Message must be shorter than 1024 bytes.");
  svc::SendMessageRequest in{};
  in.QueueUrl = s.str(s.url());
  in.MessageBody = s.str(std::string(1024 - 10, 'x'));
  auto& a = in.MessageAttributes.add(s.t.arena(), "n");
  a.DataType = "String";
  a.StringValue = "val";
  CHECK(s.call<op::SendMessage>(in));
  a.StringValue = "value";
  CHECK_FALSE(s.call<op::SendMessage>(in));
}

TEST_CASE("answers_carry_the_attributes_that_are_asked_for") {
  for (bool hostile : kStores) {
    Service s(hostile);
    REQUIRE(s.create());
    svc::SendMessageRequest in{};
    in.QueueUrl = s.str(s.url());
    in.MessageBody = "msg";
    for (auto [name, value] : std::initializer_list<std::pair<const char*, const char*>>{{"Hello", "There"}, {"General", "Kenobi"}, {"Help.Me", "Me"}}) {
      auto& a = in.MessageAttributes.add(s.t.arena(), name);
      a.DataType = "String";
      a.StringValue = value;
    }
    auto& bytes = in.MessageAttributes.add(s.t.arena(), "bin");
    bytes.DataType = "Binary.raw";
    bytes.BinaryValue = Blob(std::string_view("\0\1", 2));
    auto& trace = in.MessageSystemAttributes.add(s.t.arena(), "AWSTraceHeader");
    trace.DataType = "String";
    trace.StringValue = "Root=1";
    auto* sent = s.call<op::SendMessage>(in);
    REQUIRE(sent);
    CHECK(sent->MD5OfMessageBody == hex(md5("msg")));
    CHECK(sent->MD5OfMessageAttributes.has());
    CHECK(sent->MD5OfMessageSystemAttributes.has());
    CHECK(sent->MessageId.len == 36);
    CHECK_FALSE(sent->SequenceNumber.has());
    Millis sent_at = s.t.core().now();

    auto ask = s.receive_request(1, 0);
    auto* plain = s.call<op::ReceiveMessage>(ask);
    REQUIRE(plain);
    REQUIRE(plain->Messages.size() == 1);
    CHECK_FALSE(plain->Messages[0].Attributes.has());
    CHECK_FALSE(plain->Messages[0].MessageAttributes.has());
    CHECK_FALSE(plain->Messages[0].MD5OfMessageAttributes.has());

    s.advance(10);
    ask.MessageSystemAttributeNames.push(s.t.arena(), "All");
    ask.MessageAttributeNames.push(s.t.arena(), "Hel.*");
    ask.MessageAttributeNames.push(s.t.arena(), "bin");
    ask.MessageAttributeNames.push(s.t.arena(), "AWS.nothing");
    auto* full = s.call<op::ReceiveMessage>(ask);
    REQUIRE(full);
    const svc::Message& m = full->Messages[0];
    CHECK(*m.Attributes.find("ApproximateReceiveCount") == "2");
    CHECK(*m.Attributes.find("SentTimestamp") == cat(sent_at));
    CHECK(*m.Attributes.find("ApproximateFirstReceiveTimestamp") == cat(sent_at));
    CHECK(*m.Attributes.find("AWSTraceHeader") == "Root=1");
    CHECK(m.Attributes.find("SenderId")->len > 0);
    CHECK(m.Attributes.size() == 5);
    CHECK(m.MessageAttributes.size() == 3);
    CHECK(m.MessageAttributes.find("bin")->BinaryValue.view() == std::string_view("\0\1", 2));
    CHECK_FALSE(m.MessageAttributes.find("General"));
    CHECK(m.MD5OfMessageAttributes.has());

    ask.AttributeNames.push(s.t.arena(), "Nonsense");
    CHECK_FALSE(s.call<op::ReceiveMessage>(ask));
    CHECK(s.error == "InvalidAttributeName: Unknown Attribute Nonsense.");
  }
}

TEST_CASE("receive_parameters_are_bounded") {
  Service s(true);
  REQUIRE(s.create());
  CHECK(s.receive(11).empty());
  CHECK(s.error == "InvalidParameterValueException: Value 11 for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if provided.");
  CHECK(s.receive(0).empty());
  CHECK(s.receive(1, 0, 21).empty());
  CHECK(s.error == "InvalidParameterValueException: Value 21 for parameter WaitTimeSeconds is invalid. Reason: Must be >= 0 and <= 20, if provided.");
  CHECK(s.receive(1, 43201).empty());
  CHECK(s.error.starts_with("InvalidParameterValueException: Value 43201 for parameter VisibilityTimeout"));
}

TEST_CASE("a_long_poll_parks_only_while_nothing_is_visible") {
  for (bool hostile : kStores) {
    Service s(hostile);
    REQUIRE(s.create());
    s.receive(1, -1, 0);
    CHECK_FALSE(s.t.parked());
    s.receive(1, -1, 5);
    CHECK(s.t.parked());
    REQUIRE(s.send("m"));
    CHECK(s.receive(1, -1, 5).size() == 1);
    CHECK_FALSE(s.t.parked());
    REQUIRE(s.set({{"ReceiveMessageWaitTimeSeconds", "3"}}));
    s.receive(1);
    CHECK(s.t.parked());
    s.receive(1, -1, 0);  // the request's own wait counts
    CHECK_FALSE(s.t.parked());
  }
}

TEST_CASE("what_wakes_a_long_poll") {
  Service s(true);
  REQUIRE(s.create());
  REQUIRE(s.send("warm"));  // the first send also plans a sweep
  auto got = s.receive();
  uint64_t queue = read_receipt_handle(got[0].handle)->queue_id;
  std::string arrival = arrival_key(s.t.scope(), queue).bytes();
  bool woken = false;
  s.t.store().on_commit([&](const store::Store::Batch& b) {
    for (const auto& k : b.keys) woken = woken || k == arrival;
  });
  auto wakes = [&](auto&& f) {
    s.t.store().commit();
    woken = false;
    f();
    s.t.store().commit();
    return woken;
  };
  CHECK(wakes([&] { s.send("m"); }));
  CHECK(wakes([&] { s.send("m", 60); }));
  CHECK(wakes([&] { s.change(got[0].handle, 1); }));
  CHECK_FALSE(wakes([&] { s.receive(1, 30); }));
  CHECK(wakes([&] { s.advance(1000); s.receive(1, 0); }));
  CHECK_FALSE(wakes([&] { s.remove("garbage"); }));
  CHECK(wakes([&] { s.remove_queue(); }));
}

TEST_CASE("expired_messages_are_not_received_counted_or_changed_and_are_swept") {
  for (bool hostile : kStores) {
    Service s(hostile);
    REQUIRE(s.create("q", {{"MessageRetentionPeriod", "60"}}));
    REQUIRE(s.send("old"));
    REQUIRE(s.send(std::string(6000, 'o')));
    auto got = s.receive(1, 600);
    REQUIRE(got.size() == 1);
    s.advance(59'000);
    CHECK(s.counts() == "1/1/0");
    s.advance(1000);
    CHECK(s.counts() == "0/0/0");
    CHECK(s.bodies() == "");
    CHECK_FALSE(s.change(got[0].handle, 100));
    REQUIRE(s.send("new"));
    s.t.drain();
    CHECK(s.records(kMessages) == 1);
    CHECK(s.records(kBodies) == 0);
    CHECK(s.bodies(10, 0) == "new");
    s.advance(61'000);
    s.t.drain();
    CHECK(s.records(kMessages) == 0);
    CHECK(s.t.store().next_due(true) == std::nullopt);  // nothing to sweep: no task
    REQUIRE(s.send("again"));
    CHECK(s.t.store().next_due(true));
    CHECK(s.t.store().next_due(false) == std::nullopt);
  }
}

TEST_CASE("a_shorter_retention_period_expires_messages_at_once") {
  Service s(true);
  REQUIRE(s.create());
  REQUIRE(s.send("m"));
  s.advance(100'000);
  REQUIRE(s.set({{"MessageRetentionPeriod", "60"}}));
  CHECK(s.counts() == "0/0/0");
  s.advance(60'000);
  s.t.drain();
  CHECK(s.records(kMessages) == 0);
}

TEST_CASE("messages_in_flight_are_counted_only_when_the_allowance_is_used_up") {
  for (bool hostile : kStores) {
    Service s(hostile);
    REQUIRE(s.create());
    for (int i = 0; i < 4; i++) REQUIRE(s.send("m"));
    REQUIRE(s.send("delayed", 100));
    auto got = s.receive(2);
    Queue queue;
    s.t.store().read([&](store::Reader& r) { queue = *r.get_as<Queue>(queue_key(s.t.scope(), "q")); });
    Millis now = s.t.core().now();
    CHECK(count_in_flight(s.t.store(), s.t.scope(), queue, now, 100) == 2);
    CHECK(count_in_flight(s.t.store(), s.t.scope(), queue, now, 1) == 1);
    InFlightLimit limit(3);
    CHECK(limit.may_receive(s.t.store(), s.t.scope(), queue, now));   // counts: room for one
    s.receive(2);
    CHECK(limit.may_receive(s.t.store(), s.t.scope(), queue, now));   // does not count
    limit.received(queue.id, 2);
    CHECK_FALSE(limit.may_receive(s.t.store(), s.t.scope(), queue, now));
    queue.purge_mark = UINT64_MAX;                                    // purged messages are not in flight
    CHECK(InFlightLimit(1).may_receive(s.t.store(), s.t.scope(), queue, now));
  }
}
