// FIFO queues: order within groups, groups that are held back, deduplication, repeated receives.
#include "services/sqs/tests/service.h"

#include <set>

using namespace fogbank;
using namespace fogbank::sqs;

namespace {

constexpr std::string_view kQ = "q.fifo";

struct Fifo : Service {
  explicit Fifo(bool hostile, std::initializer_list<std::pair<const char*, const char*>> more = {}) : Service(hostile) {
    std::vector<std::pair<const char*, const char*>> all{{"FifoQueue", "true"}};
    all.insert(all.end(), more.begin(), more.end());
    svc::CreateQueueRequest in{};
    in.QueueName = Str(kQ);
    for (auto [k, v] : all) in.Attributes.add(t.arena(), k) = Str(v);
    REQUIRE(call<op::CreateQueue>(in));
  }
  std::string send(std::string_view body, std::string_view group = "g", std::string_view dedup = "") {
    auto* out = send_to(kQ, body, group, dedup.empty() ? cat("d", ++sent_) : std::string(dedup));
    return out ? std::string(out->SequenceNumber) : error;
  }
  std::string bodies(int max = 10, int visibility = -1) { return bodies_from(kQ, max, visibility); }
  std::vector<Received> receive(int max = 10, int visibility = -1, std::string_view attempt = "") { return receive_from(kQ, max, visibility, attempt); }
  size_t rows() { return records(kFifoMessages) + records(kGroups) + records(kReady) + records(kBodies); }

 private:
  int sent_ = 0;
};

}  // namespace

TEST_CASE("a_group_s_messages_come_in_order_and_one_batch_at_a_time") {
  for (bool hostile : {true, false}) {
    Fifo s(hostile);
    std::string last;
    for (const char* body : {"1", "2", "3"}) {
      std::string seq = s.send(body);
      CHECK(seq.size() == 20);
      CHECK(last < seq);
      last = seq;
    }
    auto first = s.receive(1);
    REQUIRE(first.size() == 1);
    CHECK(first[0].body == "1");
    CHECK(first[0].attributes["MessageGroupId"] == "g");
    CHECK(first[0].attributes["MessageDeduplicationId"] == "d1");
    CHECK(first[0].attributes["SequenceNumber"].size() == 20);
    CHECK(s.bodies() == "");                       // the group waits
    CHECK(s.counts(kQ) == "2/1/0");
    REQUIRE(s.remove_from(kQ, first[0].handle));
    CHECK(s.remove_from(kQ, first[0].handle));     // again: nothing happens
    auto rest = s.receive();
    REQUIRE(rest.size() == 2);
    s.advance(30'000);                             // time-out: both again, in order
    CHECK(s.bodies() == "2,3");
    CHECK_FALSE(s.remove_from(kQ, rest[0].handle));
    CHECK(s.error == cat("InvalidParameterValueException: Value ", rest[0].handle, " for parameter ReceiptHandle is invalid. Reason: The receipt handle has expired."));
    CHECK_FALSE(s.change_in(kQ, rest[0].handle, 5));
    s.advance(30'000);
    for (auto& m : s.receive()) CHECK(s.remove_from(kQ, m.handle));
    CHECK(s.rows() == 0);
  }
}

TEST_CASE("groups_do_not_hold_each_other_back_and_take_turns") {
  Fifo s(true);
  for (int i = 0; i < 30; i++) s.send(cat("a", i), "a");
  s.send("b0", "b");
  s.send("b1", "b");
  s.send("c0", "c");
  auto a = s.receive(1);
  CHECK(a[0].body == "a0");
  auto b = s.receive(2);                           // of one group as many as there are before the next
  REQUIRE(b.size() == 2);
  CHECK(b[0].body == "b0");
  CHECK(b[1].body == "b1");
  REQUIRE(s.remove_from(kQ, a[0].handle));         // a is free again, behind c
  CHECK(s.bodies(1) == "c0");
  CHECK(s.bodies(3) == "a1,a2,a3");
  CHECK(s.bodies() == "");
}

TEST_CASE("the_first_hidden_message_holds_back_those_behind_it") {
  for (int extended : {0, 1, 2}) {
    CAPTURE(extended);
    Fifo s(true, {{"VisibilityTimeout", "10"}});
    for (const char* body : {"foo", "bar", "baz"}) s.send(body);
    auto got = s.receive(5);
    REQUIRE(got.size() == 3);
    REQUIRE(s.change_in(kQ, got[size_t(extended)].handle, 30));
    s.advance(10'000);
    CHECK(s.bodies(5) == (extended == 0 ? "" : extended == 1 ? "foo" : "foo,bar"));
  }
  Fifo s(true);
  s.send("1");
  s.send("2");
  auto got = s.receive();
  REQUIRE(s.change_in(kQ, got[0].handle, 0));
  CHECK(s.bodies() == "1");                        // given back, while the second is still out
  REQUIRE(s.remove_from(kQ, got[1].handle));
  CHECK_FALSE(s.change_in(kQ, got[0].handle, 0));
}

TEST_CASE("deduplication_lasts_five_minutes_from_the_first_message") {
  for (bool hostile : {true, false}) {
    Fifo s(hostile);
    std::string seq = s.send("first", "g", "x");
    auto* again = s.send_to(kQ, "second", "other", "x");  // the scope is the queue
    REQUIRE(again);
    CHECK(again->SequenceNumber == seq);
    CHECK(again->MD5OfMessageBody == "a9f0e61a137d86aa9db53465e0801612");
    std::string id(again->MessageId);
    auto got = s.receive();
    REQUIRE(got.size() == 1);
    CHECK(got[0].id == id);
    REQUIRE(s.remove_from(kQ, got[0].handle));
    s.advance(299'999);
    s.send("third", "g", "x");
    CHECK(s.bodies() == "");
    s.advance(1);
    s.send("fourth", "g", "x");
    CHECK(s.bodies() == "fourth");
    CHECK(s.records(kDedups) >= 1);
    s.advance(1'200'000);
    s.t.drain();
    s.advance(1'200'000);
    s.t.drain();
    CHECK(s.records(kDedups) == 0);
  }
}

TEST_CASE("deduplication_by_content_and_by_group") {
  Fifo s(true, {{"ContentBasedDeduplication", "true"}, {"DeduplicationScope", "messageGroup"}, {"FifoThroughputLimit", "perMessageGroupId"}});
  auto send = [&](std::string_view group, std::string_view dedup) { return s.send_to(kQ, "same", group, dedup) != nullptr; };
  CHECK(send("a", ""));
  CHECK(send("a", ""));
  CHECK(send("b", ""));
  CHECK(send("a", "explicit"));
  CHECK(s.records(kFifoMessages) == 3);
  auto got = s.receive(1);
  CHECK(got[0].attributes["MessageDeduplicationId"] == "0967115f2813a3541eaef77de9d9d5773f1c0c04314b0bbfe4ff3b3b1c55b5d5");
  REQUIRE(s.set({{"ContentBasedDeduplication", "false"}}, kQ));
  CHECK_FALSE(send("a", ""));
  CHECK(s.error.ends_with("The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly"));
  CHECK_FALSE(s.set({{"DeduplicationScope", "queue"}}, kQ));   // high throughput needs the group's
  CHECK(s.set({{"DeduplicationScope", "queue"}, {"FifoThroughputLimit", "perQueue"}}, kQ));
  CHECK(s.get("DeduplicationScope", kQ) == "queue");
  CHECK(send("a", "y"));
  CHECK(send("b", "y"));
  CHECK(s.records(kFifoMessages) == 5);            // the scope that the queue was made with
}

TEST_CASE("a_purge_forgets_messages_groups_and_deduplication") {
  for (bool hostile : {true, false}) {
    Fifo s(hostile);
    for (int i = 0; i < 700; i++) REQUIRE(s.send(cat("m", i), cat("g", i % 300)) != "");
    s.receive(10);
    REQUIRE(s.purge_of(kQ));
    CHECK(s.counts(kQ) == "0/0/0");
    CHECK(s.bodies() == "");
    s.send("new", "g0", "d1");                     // a group of which a message was in flight, and an id that was used
    CHECK(s.bodies() == "new");
    s.t.drain();
    CHECK(s.records(kFifoMessages) == 1);
    CHECK(s.records(kGroups) == 1);
    CHECK(s.records(kReady) == 1);
    REQUIRE(s.remove_queue(kQ));
    s.t.drain();
    s.advance(60'000);
    s.t.drain();
    CHECK(s.rows() + s.records(kDedups) + s.records(kAttempts) + s.records(kDeleted) == 0);
  }
}

TEST_CASE("a_queue_s_delay_counts_for_messages_that_are_there") {
  Fifo s(true, {{"DelaySeconds", "20"}});
  s.send("1");
  CHECK(s.bodies() == "");
  CHECK(s.counts(kQ) == "0/0/1");
  s.advance(5'000);
  s.send("2");
  REQUIRE(s.set({{"DelaySeconds", "5"}}, kQ));
  CHECK(s.bodies() == "1");
  CHECK(s.bodies() == "");
  s.advance(5'000);
  CHECK(s.counts(kQ) == "1/1/0");
  svc::SendMessageRequest in{};
  in.QueueUrl = s.str(s.url(kQ));
  in.MessageBody = "m";
  in.MessageGroupId = "g";
  in.MessageDeduplicationId = "z";
  in.DelaySeconds = 2;
  CHECK_FALSE(s.call<op::SendMessage>(in));
  CHECK(s.error == "InvalidParameterValueException: Value 2 for parameter DelaySeconds is invalid. Reason: The request include parameter that is not valid for this queue type.");
}

TEST_CASE("a_receive_is_repeated_with_its_attempt_id") {
  for (bool hostile : {true, false}) {
    Fifo s(hostile, {{"VisibilityTimeout", "100"}});
    s.send("1", "a");
    s.send("2", "a");
    s.send("3", "b");
    auto first = s.receive(3, -1, "try");
    REQUIRE(first.size() == 3);
    s.advance(60'000);
    auto second = s.receive(3, -1, "try");
    REQUIRE(second.size() == 3);
    for (size_t i = 0; i < 3; i++) CHECK(second[i].handle == first[i].handle);
    CHECK(second[0].attributes["ApproximateReceiveCount"] == "1");
    CHECK(s.receive(3, -1, "other").empty());
    s.advance(60'000);
    CHECK(s.bodies() == "");                       // the visibility began anew
    REQUIRE(s.remove_from(kQ, first[0].handle));
    CHECK(s.receive(3, -1, "try").empty());        // not once something changed
    s.advance(40'000);
    CHECK(s.receive(3, -1, "try").size() == 2);
    svc::ReceiveMessageRequest in = s.receive_request();
    in.QueueUrl = s.str(s.url(kQ));
    in.ReceiveRequestAttemptId = "a b";
    CHECK_FALSE(s.call<op::ReceiveMessage>(in));
    CHECK(s.error.find("ReceiveRequestAttemptId can only include alphanumeric and punctuation characters. 1 to 128 in length.") != std::string::npos);
  }
}

TEST_CASE("batches_to_fifo_queues") {
  Fifo s(true);
  svc::SendMessageBatchRequest in{};
  in.QueueUrl = s.str(s.url(kQ));
  auto entry = [&](const char* id, const char* group, const char* dedup) {
    auto& e = in.Entries.add(s.t.arena());
    e.Id = id;
    e.MessageBody = id;
    if (group) e.MessageGroupId = group;
    if (dedup) e.MessageDeduplicationId = dedup;
  };
  entry("a", "g", "1");
  entry("b", "g", "1");
  entry("c", "g", "2");
  entry("d", "h", "3");
  auto* out = s.call<op::SendMessageBatch>(in);
  REQUIRE(out);
  REQUIRE(out->Successful.size() == 4);
  CHECK(out->Successful[0].SequenceNumber == out->Successful[1].SequenceNumber);
  CHECK(out->Successful[0].SequenceNumber.view() < out->Successful[2].SequenceNumber.view());
  CHECK(s.bodies() == "a,c,d");
  entry("e", "g", nullptr);
  CHECK_FALSE(s.call<op::SendMessageBatch>(in));
  CHECK(s.error.ends_with("The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly"));
}

TEST_CASE("expired_messages_leave_nothing_behind") {
  Fifo s(false, {{"MessageRetentionPeriod", "60"}});
  for (int i = 0; i < 500; i++) s.send(cat("m", i), cat("g", i % 7));
  s.receive(10);
  s.advance(61'000);
  CHECK(s.counts(kQ) == "0/0/0");
  CHECK(s.bodies() == "");
  s.advance(60'000);
  s.t.drain();
  s.advance(60'000);
  s.t.drain();
  CHECK(s.rows() == 0);
}

namespace {

struct Sent { std::string body; int receives = 0; std::string handle; Millis hidden_until = 0; };

/// Random sends, receives, deletes, changes and waits against lists of messages by group.
void random_history(bool hostile, uint64_t seed) {
  Fifo s(hostile, {{"VisibilityTimeout", "10"}});
  SeededRandom random(seed * 31);
  std::map<std::string, std::vector<Sent>> groups;
  int n = 0;
  auto now = [&] { return s.t.core().now(); };
  auto hold = [&](const Sent& m) { return m.hidden_until > now(); };
  for (int i = 0; i < 300; i++) {
    switch (random.below(6)) {
      case 0: case 1: {
        std::string group = cat("g", random.below(4)), body = cat("m", n++);
        s.send(body, group);
        groups[group].push_back({body, 0, {}, 0});
        break;
      }
      case 2: case 3: {
        size_t max = 1 + random.below(10), given = 0;
        std::map<std::string, size_t> at;
        for (auto& m : s.receive(int(max))) {
          auto& list = groups[m.attributes["MessageGroupId"]];
          size_t& next = at[m.attributes["MessageGroupId"]];
          REQUIRE(next < list.size());
          CHECK(list[next].body == m.body);
          CHECK_FALSE(hold(list[next]));
          list[next].handle = m.handle;
          list[next].hidden_until = now() + 10'000;
          next++;
          given++;
        }
        // Nothing that could be given is left while there was room.
        if (given < max) for (auto& [_, list] : groups) CHECK((list.empty() || hold(list[0])));
        break;
      }
      case 4: {
        for (auto& [_, list] : groups) {
          for (size_t k = 0; k < list.size(); k++) {
            if (list[k].handle.empty() || random.below(2)) continue;
            bool live = hold(list[k]);
            if (random.below(4) == 0) {
              CHECK(s.change_in(kQ, list[k].handle, 3) == live);
              if (live) list[k].hidden_until = now() + 3'000;
            } else {
              CHECK(s.remove_from(kQ, list[k].handle) == live);
              if (live) list.erase(list.begin() + long(k--));
            }
          }
        }
        break;
      }
      default: s.advance(Millis(random.below(6'000)));
    }
  }
  size_t hidden = 0, visible = 0;
  for (auto& [_, list] : groups) for (auto& m : list) (hold(m) ? hidden : visible)++;
  CHECK(s.counts(kQ) == cat(visible, '/', hidden, "/0"));
}

}  // namespace

TEST_CASE("random_histories_of_fifo_groups_agree_with_lists") {
  for (uint64_t seed = 1; seed <= 6; seed++) {
    CAPTURE(seed);
    random_history(seed % 3 != 0, seed);
  }
}
