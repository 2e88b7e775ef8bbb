// Dead-letter queues, who may be one, and message move tasks.
#include "services/sqs/tests/service.h"

#include "services/sqs/move_tasks.h"

using namespace fogbank;
using namespace fogbank::sqs;

namespace {

struct Redriven : Service {
  using Service::Service;
  std::string arn(std::string_view queue) { return cat("arn:aws:sqs:", t.scope().region, ":", t.scope().account, ":", queue); }
  std::string policy(std::string_view target, int count) { return cat(R"({"deadLetterTargetArn":")", arn(target), R"(","maxReceiveCount":)", count, "}"); }
  bool create_with(std::string_view name, std::string_view target, int count, bool fifo = false) {
    svc::CreateQueueRequest in{};
    in.QueueName = str(name);
    if (fifo) in.Attributes.add(t.arena(), "FifoQueue") = "true";
    in.Attributes.add(t.arena(), "RedrivePolicy") = str(policy(target, count));
    return call<op::CreateQueue>(in);
  }
  /// Sends and receives until the messages are in the dead-letter queue.
  void give_up(std::string_view queue, std::initializer_list<const char*> bodies, std::string_view group = "") {
    for (const char* body : bodies) REQUIRE(send_to(queue, body, group, group.empty() ? "" : body));
    for (int i = 0; i < 3; i++) receive_from(queue, 10, 0);
  }
  std::string sources(std::string_view queue) {
    svc::ListDeadLetterSourceQueuesRequest in{};
    in.QueueUrl = str(url(queue));
    auto* out = call<op::ListDeadLetterSourceQueues>(in);
    if (!out) return error;
    std::string names;
    for (Str u : out->queueUrls) append(names, names.empty() ? "" : ",", u.view().substr(u.view().rfind('/') + 1));
    return names;
  }
  std::string start(std::string_view source, std::string_view destination = "", int rate = 0) {
    svc::StartMessageMoveTaskRequest in{};
    in.SourceArn = str(arn(source));
    if (!destination.empty()) in.DestinationArn = str(arn(destination));
    if (rate) in.MaxNumberOfMessagesPerSecond = rate;
    auto* out = call<op::StartMessageMoveTask>(in);
    return out ? std::string(out->TaskHandle) : error;
  }
  /// "STATUS moved/to move failure" of the newest task.
  std::string newest(std::string_view source) {
    svc::ListMessageMoveTasksRequest in{};
    in.SourceArn = str(arn(source));
    auto* out = call<op::ListMessageMoveTasks>(in);
    if (!out) return error;
    if (out->Results.empty()) return "none";
    const auto& r = out->Results[0];
    return cat(r.Status.view(), ' ', *r.ApproximateNumberOfMessagesMoved, '/', *r.ApproximateNumberOfMessagesToMove, r.FailureReason ? " " : "", r.FailureReason.view());
  }
};

}  // namespace

TEST_CASE("a_message_received_too_often_moves_to_the_dead_letter_queue") {
  for (bool hostile : {true, false}) {
    Redriven s(hostile);
    REQUIRE(s.create("dlq"));
    REQUIRE(s.create_with("q", "dlq", 2));
    Millis sent = s.t.core().now();
    std::string large(6000, 'x');
    REQUIRE(s.send_to("q", large));
    s.advance(1000);
    auto first = s.receive_from("q", 1, 0);
    REQUIRE(first.size() == 1);
    CHECK(s.receive_from("q", 1, 0).size() == 1);
    CHECK(s.records(kMessages) == 1);
    CHECK(s.receive_from("q").empty());
    CHECK(s.counts("q") == "0/0/0");
    CHECK(s.counts("dlq") == "1/0/0");
    auto dead = s.receive_from("dlq");
    REQUIRE(dead.size() == 1);
    CHECK(dead[0].body == large);
    CHECK(dead[0].id == first[0].id);
    CHECK(dead[0].attributes["SentTimestamp"] == cat(sent));
    CHECK(dead[0].attributes["ApproximateReceiveCount"] == "3");
    CHECK(dead[0].attributes["DeadLetterQueueSourceArn"] == s.arn("q"));
    CHECK_FALSE(s.change(first[0].handle, 0));
    REQUIRE(s.remove_from("dlq", dead[0].handle));
    CHECK(s.records(kMessages) + s.records(kBodies) + s.records(kMoved) == 0);
  }
}

TEST_CASE("many_messages_are_given_up_and_the_next_one_still_comes") {
  Redriven s(false);
  REQUIRE(s.create("dlq"));
  REQUIRE(s.create("q", {{"VisibilityTimeout", "0"}}));
  for (int i = 0; i < 120; i++) REQUIRE(s.send_to("q", cat("m", i)));
  for (int i = 0; i < 12; i++) CHECK(s.receive_from("q", 10, 5).size() == 10);
  REQUIRE(s.set({{"RedrivePolicy", s.str(s.policy("dlq", 1)).ptr}}));
  s.advance(10'000);
  REQUIRE(s.send_to("q", "good"));
  CHECK(s.bodies_from("q") == "good");
  CHECK(s.counts("dlq") == "120/0/0");
}

TEST_CASE("fifo_messages_keep_their_order_in_the_dead_letter_queue") {
  for (bool hostile : {true, false}) {
    Redriven s(hostile);
    REQUIRE(s.create("dlq.fifo", {{"FifoQueue", "true"}}));
    REQUIRE(s.create_with("q.fifo", "dlq.fifo", 1, true));
    for (const char* body : {"1", "2", "3", "4"}) REQUIRE(s.send_to("q.fifo", body, "g", body));
    CHECK(s.bodies_from("q.fifo", 3, 5) == "1,2,3");
    s.advance(5000);
    CHECK(s.bodies_from("q.fifo", 3, 5) == "4");
    auto dead = s.receive_from("dlq.fifo");
    REQUIRE(dead.size() == 3);
    CHECK(dead[0].body == "1");
    CHECK(dead[2].body == "3");
    CHECK(dead[0].attributes["SentTimestamp"] == cat(s.t.core().now()));
    CHECK(dead[0].attributes["MessageDeduplicationId"] == "1");
  }
}

TEST_CASE("who_may_be_a_dead_letter_queue") {
  Redriven s(true);
  REQUIRE(s.create("dlq"));
  REQUIRE(s.create("dlq.fifo", {{"FifoQueue", "true"}}));
  REQUIRE(s.create("q"));
  auto refusal = [&](const std::string& policy) { return s.set({{"RedrivePolicy", s.str(policy).ptr}}) ? "" : s.error; };
  CHECK(refusal(s.policy("none", 1)).ends_with("Reason: Dead letter target does not exist."));
  CHECK(refusal(s.policy("dlq.fifo", 1)).ends_with("Reason: Dead-letter queue must be same type of queue as the source.."));
  CHECK(refusal(R"({"deadLetterTargetArn":"arn:aws:sqs:us-east-1:999999999999:dlq","maxReceiveCount":1})").ends_with("Reason: Dead-letter target owner should be same as the source."));
  CHECK_FALSE(s.create_with("other", "none", 1));
  REQUIRE(s.set({{"RedriveAllowPolicy", R"({"redrivePermission":"denyAll"})"}}, "dlq"));
  CHECK(refusal(s.policy("dlq", 1)).starts_with("InvalidParameterValueException: Value {"));
  std::string only = cat(R"({"redrivePermission":"byQueue","sourceQueueArns":[")", s.arn("q"), R"("]})");
  REQUIRE(s.set({{"RedriveAllowPolicy", s.str(only).ptr}}, "dlq"));
  CHECK_FALSE(s.create_with("other", "dlq", 1));
  CHECK(refusal(s.policy("dlq", 5)) == "");
  CHECK(s.get("RedrivePolicy") == s.policy("dlq", 5));
  CHECK(s.get("RedriveAllowPolicy", "dlq") == only);
  CHECK(s.sources("dlq") == "q");
  REQUIRE(s.set({{"RedriveAllowPolicy", ""}}, "dlq"));
  REQUIRE(s.create_with("other", "dlq", 1));
  CHECK(s.sources("dlq") == "other,q");
  REQUIRE(s.set({{"RedrivePolicy", ""}}));
  CHECK(s.get("RedrivePolicy") == "absent");
  REQUIRE(s.remove_queue("other"));
  CHECK(s.sources("dlq") == "");
  CHECK(s.records(kSources) == 0);
}

TEST_CASE("without_its_dead_letter_queue_a_queue_goes_on") {
  Redriven s(true);
  REQUIRE(s.create("dlq"));
  REQUIRE(s.create_with("q", "dlq", 1));
  REQUIRE(s.remove_queue("dlq"));
  REQUIRE(s.send_to("q", "m"));
  for (int i = 0; i < 3; i++) CHECK(s.bodies_from("q", 1, 0) == "m");
}

TEST_CASE("a_move_task_brings_messages_back_as_new_ones") {
  for (bool hostile : {true, false}) {
    Redriven s(hostile);
    REQUIRE(s.create("dlq"));
    REQUIRE(s.create_with("q", "dlq", 1));
    s.give_up("q", {"1", "2"});
    CHECK(s.newest("dlq") == "none");
    std::string handle = s.start("dlq");
    CHECK(read_move_handle(handle));
    CHECK(s.newest("dlq") == "RUNNING 0/2");
    CHECK(s.start("dlq").ends_with("There is already a task running. Only one active task is allowed for a source queue arn at a given time."));
    s.t.drain();
    CHECK(s.newest("dlq") == "COMPLETED 2/2");
    auto back = s.receive_from("q", 10, 0);
    REQUIRE(back.size() == 2);
    CHECK(back[0].attributes["ApproximateReceiveCount"] == "1");
    CHECK_FALSE(back[0].attributes.contains("DeadLetterQueueSourceArn"));
    CHECK(s.counts("dlq") == "0/0/0");
  }
}

TEST_CASE("a_move_task_keeps_to_its_rate_and_can_be_cancelled") {
  Redriven s(true);
  REQUIRE(s.create("dlq"));
  REQUIRE(s.create("target"));
  REQUIRE(s.create_with("q", "dlq", 1));
  s.give_up("q", {"1", "2", "3", "4"});
  std::string handle = s.start("dlq", "target", 1);
  s.t.drain();
  CHECK(s.newest("dlq") == "RUNNING 1/4");
  s.advance(1000);
  s.t.drain();
  CHECK(s.counts("target") == "2/0/0");
  svc::CancelMessageMoveTaskRequest in{};
  in.TaskHandle = s.str(handle);
  auto* out = s.call<op::CancelMessageMoveTask>(in);
  REQUIRE(out);
  CHECK(*out->ApproximateNumberOfMessagesMoved == 2);
  CHECK(s.newest("dlq") == "CANCELLING 2/4");
  CHECK_FALSE(s.call<op::CancelMessageMoveTask>(in));
  s.advance(1000);
  s.t.drain();
  CHECK(s.newest("dlq") == "CANCELLED 2/4");
  CHECK(s.counts("dlq") == "2/0/0");
}

TEST_CASE("a_move_task_fails_where_messages_cannot_go") {
  Redriven s(true);
  REQUIRE(s.create("dlq"));
  REQUIRE(s.create("target"));
  REQUIRE(s.create_with("q", "dlq", 1));
  s.give_up("q", {"1", "2"});
  s.start("dlq", "target", 1);
  REQUIRE(s.remove_queue("target"));
  s.t.drain();
  CHECK(s.newest("dlq") == "FAILED 0/2 AWS.SimpleQueueService.NonExistentQueue");
  REQUIRE(s.send_to("dlq", "sent here by hand"));
  s.start("dlq");
  s.t.drain();
  CHECK(s.newest("dlq") == "FAILED 2/3 CouldNotDetermineMessageSource");
  CHECK(s.counts("dlq") == "1/0/0");
}

TEST_CASE("move_tasks_of_fifo_queues_keep_the_order") {
  for (bool hostile : {true, false}) {
    Redriven s(hostile);
    REQUIRE(s.create("dlq.fifo", {{"FifoQueue", "true"}}));
    REQUIRE(s.create_with("q.fifo", "dlq.fifo", 1, true));
    std::string a, b;
    for (int i = 0; i < 60; i++) {
      REQUIRE(s.send_to("dlq.fifo", cat("a", i), "a", cat("a", i)));
      REQUIRE(s.send_to("dlq.fifo", cat("b", i), "b", cat("b", i)));
    }
    auto held = s.receive_from("dlq.fifo", 1);
    REQUIRE(held.size() == 1);
    s.start("dlq.fifo", "q.fifo");
    s.t.drain();
    CHECK(s.newest("dlq.fifo") == "COMPLETED 60/119");   // the group in flight stays as it is
    for (int i = 0; i < 60;) {
      auto got = s.receive_from("q.fifo", 10);
      REQUIRE_FALSE(got.empty());
      for (auto& m : got) {
        CHECK(m.body == cat("b", i++));
        REQUIRE(s.remove_from("q.fifo", m.handle));
      }
    }
  }
}

TEST_CASE("move_tasks_are_refused") {
  Redriven s(true);
  REQUIRE(s.create("dlq"));
  REQUIRE(s.create("x.fifo", {{"FifoQueue", "true"}}));
  CHECK(s.start("none") == "ResourceNotFoundException: The resource that you specified for the SourceArn parameter doesn't exist.");
  CHECK(s.start("dlq") == "InvalidParameterValueException: Source queue must be configured as a Dead Letter Queue.");
  REQUIRE(s.create_with("q", "dlq", 1));
  CHECK(s.start("dlq", "none") == "ResourceNotFoundException: The resource that you specified for the DestinationArn parameter doesn't exist.");
  CHECK(s.start("dlq", "dlq").ends_with("Source queue arn and destination queue arn cannot be the same."));
  CHECK(s.start("dlq", "x.fifo").ends_with("The source queue and destination queue must be of the same queue type."));
  CHECK(s.start("dlq", "", 501).ends_with("You must enter a number that's between 1 and 500."));
  svc::CancelMessageMoveTaskRequest in{};
  in.TaskHandle = "foobared";
  CHECK_FALSE(s.call<op::CancelMessageMoveTask>(in));
  CHECK(s.error == "InvalidParameterValueException: Value for parameter TaskHandle is invalid.");
  in.TaskHandle = s.str(write_move_handle({"10f57157", s.arn("dlq")}));
  CHECK_FALSE(s.call<op::CancelMessageMoveTask>(in));
  CHECK(s.error == "ResourceNotFoundException: Task does not exist.");
}

TEST_CASE("a_hundred_move_tasks_of_an_account_run_and_no_more") {
  Redriven s(false);
  REQUIRE(s.create("target"));
  auto start_on = [&](std::string_view dlq) {
    REQUIRE(s.create(dlq));
    REQUIRE(s.create_with(cat("of-", dlq), dlq, 1));
    REQUIRE(s.send_to(dlq, "m"));
    REQUIRE(s.send_to(dlq, "m"));
    return s.start(dlq, "target", 1);
  };
  for (size_t i = 0; i < kMaxMoving; i++) REQUIRE(read_move_handle(start_on(cat("d", i))));
  CHECK(start_on("more") == "OverLimit: The limit of 100 active message move tasks of an account is reached.");
  CHECK(s.newest("more") == "none");
  REQUIRE(s.remove_queue("d0"));   // takes its task with it
  CHECK(read_move_handle(s.start("more", "target", 1)));
  CHECK(start_on("another").starts_with("OverLimit"));
  s.t.drain();
  s.advance(5000);
  s.t.drain();
  s.advance(5000);
  s.t.drain();
  CHECK(s.newest("d1") == "COMPLETED 2/2");
  CHECK(read_move_handle(s.start("another", "target", 1)));
}

TEST_CASE("a_move_task_ends_after_36_hours") {
  Redriven s(true);
  REQUIRE(s.create("dlq"));
  REQUIRE(s.create_with("q", "dlq", 1));
  for (const char* m : {"1", "2", "3"}) REQUIRE(s.send_to("dlq", m));
  s.start("dlq", "q", 1);
  s.t.drain();
  s.advance(kMaxMoveTime - 1);
  s.t.drain();
  CHECK(s.newest("dlq") == "RUNNING 2/3");
  s.advance(1000);
  s.t.drain();
  CHECK(s.newest("dlq").starts_with("FAILED 2/3 The message move task exceeded"));
  CHECK(s.counts("dlq") == "1/0/0");
  CHECK(read_move_handle(s.start("dlq", "q")));
}
