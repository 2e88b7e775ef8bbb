// The pure rules: URLs, names, handles, attributes, contents and digests of messages, permission statements.
#include <doctest/doctest.h>

#include "base/encoding.h"
#include "base/random.h"
#include "services/sqs/attributes.h"
#include "services/sqs/errors.h"
#include "services/sqs/message_rules.h"
#include "services/sqs/move_tasks.h"
#include "services/sqs/permissions.h"
#include "services/sqs/queue_url.h"
#include "services/sqs/receipt_handle.h"
#include "services/sqs/redrive.h"
#include "services/sqs/tags.h"

using namespace fogbank;
using namespace fogbank::sqs;

namespace {

const Scope kCaller{Partition("aws"), AccountId("111111111111"), Region("eu-central-1")};

/// "account/region/name" of a URL, or the error's code.
std::string where(std::string_view url) {
  auto a = parse_queue_url(url, kCaller);
  return a ? cat(a->scope.account, '/', a->scope.region, '/', a->name) : a.error().code;
}

struct Requests {
  Arena arena;
  svc::SendMessageRequest message(std::string_view body) {
    svc::SendMessageRequest in{};
    in.QueueUrl = "http://localhost:4566/111111111111/q";
    in.MessageBody = Str(arena.copy(body));
    return in;
  }
  void attribute(svc::SendMessageRequest& in, std::string_view name, std::string_view type, std::string_view value) {
    auto& v = in.MessageAttributes.add(arena, Str(arena.copy(name)));
    v.DataType = Str(arena.copy(type));
    v.StringValue = Str(arena.copy(value));
  }
  /// The refusal of one attribute, or "".
  std::string refusal(std::string_view name, std::string_view type, std::string_view value) {
    auto in = message("b");
    attribute(in, name, type, value);
    auto d = read_draft(in, QueueType::standard);
    return d ? "" : d.error().message;
  }
  Map<Str> attributes(std::initializer_list<std::pair<const char*, const char*>> list) {
    Map<Str> m{};
    for (auto [k, v] : list) m.add(arena, k) = Str(v);
    return m;
  }
};

std::string refused(const Map<Str>& m, AttributeUse use, std::string_view queue = "q") {
  auto r = read_attributes(m, use, queue, "aws");
  return r ? "" : cat(r.error().code, ": ", r.error().message);
}

}  // namespace

TEST_CASE("queue_urls_of_any_host_name_account_queue_and_sometimes_the_region") {
  CHECK(where("http://localhost:4566/111111111111/q") == "111111111111/eu-central-1/q");
  CHECK(where("https://sqs.us-west-2.amazonaws.com/222222222222/jobs") == "222222222222/us-west-2/jobs");
  CHECK(where("https://us-west-2.queue.amazonaws.com/222222222222/jobs") == "222222222222/us-west-2/jobs");
  CHECK(where("https://queue.amazonaws.com/222222222222/jobs") == "222222222222/us-east-1/jobs");
  CHECK(where("http://sqs.ap-south-1.localhost.localstack.cloud:4566/000000000000/q_1") == "000000000000/ap-south-1/q_1");
  CHECK(where("http://localhost:4566/queue/sa-east-1/000000000000/q") == "000000000000/sa-east-1/q");
  CHECK(where("localhost:4566/000000000000/q/") == "000000000000/eu-central-1/q");
  CHECK(where("/000000000000/q") == "000000000000/eu-central-1/q");
  CHECK(where("000000000000/q.fifo") == "000000000000/eu-central-1/q.fifo");
  for (const char* bad : {"", "q", "http://localhost:4566/q", "http://localhost:4566/11111111111/q", "http://x/111111111111/", "http://x/111111111111/a b",
                          "://", "http://", "/", "//", "http://h/111111111111/q/more", "arn:aws:sqs:us-east-1:111111111111:q"}) {
    CAPTURE(bad);
    CHECK(where(bad) == "InvalidAddress");
  }
  auto gov = parse_queue_url("https://sqs.us-gov-west-1.amazonaws.com/111111111111/q", kCaller);
  CHECK(gov->scope.partition.str() == "aws-us-gov");
}

TEST_CASE("names") {
  CHECK(plain_name("a-Z_0"));
  CHECK(plain_name(std::string(80, 'a')));
  CHECK_FALSE(plain_name(std::string(81, 'a')));
  CHECK_FALSE(plain_name(""));
  CHECK_FALSE(plain_name("a.fifo"));
  CHECK(fifo_name("a.fifo"));
  CHECK_FALSE(fifo_name(".fifo"));
  CHECK_FALSE(fifo_name(std::string(76, 'a') + ".fifo"));
}

TEST_CASE("receipt_handles_lead_back_and_damaged_ones_do_not") {
  SeededRandom random(7);
  for (int i = 0; i < 200; i++) {
    ReceiptHandle h{random.next(), {Millis(random.next() >> 1), random.next()}, random.next()};
    std::string text = write_receipt_handle(h);
    CHECK(text.starts_with("AQEB"));
    auto back = read_receipt_handle(text);
    REQUIRE(back);
    CHECK(back->queue_id == h.queue_id);
    CHECK(back->place.visible_at == h.place.visible_at);
    CHECK(back->place.seq == h.place.seq);
    CHECK(back->nonce == h.nonce);
    std::string damaged = text;
    size_t at = 4 + random.below(text.size() - 4);
    damaged[at] = damaged[at] == 'x' ? 'y' : 'x';
    CHECK_FALSE(read_receipt_handle(damaged));
    CHECK_FALSE(read_receipt_handle(text.substr(0, text.size() - 1)));
  }
  ReceiptHandle fifo{7, {0, 99}, 12345, "orders!"};
  auto back = read_receipt_handle(write_receipt_handle(fifo));
  REQUIRE(back);
  CHECK(back->group == "orders!");
  CHECK(back->place.seq == 99);
  for (const char* bad : {"", "garbage", "AQEB", "====", "testHandle1"}) CHECK_FALSE(read_receipt_handle(bad));
}

TEST_CASE("characters_that_sqs_takes_are_those_of_xml") {
  CHECK_FALSE(forbidden_character("tab\t newline\n return\r ~ \x7f \u00e9 \u20ac \U0001f600"));
  CHECK_FALSE(forbidden_character("\ue000\ufffd"));
  CHECK(forbidden_character(std::string_view("a\0b", 3)) == 0u);
  CHECK(forbidden_character("\x07") == 7u);
  CHECK(forbidden_character("\ufffe") == 0xfffeu);
  CHECK(forbidden_character("\uffff") == 0xffffu);
  CHECK(forbidden_character("\xed\xa0\x80") == 0xd800u);  // a surrogate
  CHECK(forbidden_character("\xc0\xaf"));
  CHECK(forbidden_character("\xf5\x80\x80\x80"));
  CHECK(forbidden_character("\xe2\x82"));
  CHECK(invalid_message_contents(0xffff).message.find("'#xFFFF'") != std::string::npos);
}

TEST_CASE("numbers_of_message_attributes") {
  for (const char* good : {"0", "-1", "+7.50", ".5", "5.", "1e10", "1.5E-128", "1e126", "12345678901234567890123456789012345678",
                           "100000000000000000000000000000000000000000"}) {
    CAPTURE(good);
    CHECK(valid_number(good));
  }
  for (const char* bad : {"", "-", ".", "abc", "1x", "1e", "1e+", "1e127", "1e-129", "0x10", "1 ", "NaN", "123456789012345678901234567890123456789", "1e--5"}) {
    CAPTURE(bad);
    CHECK_FALSE(valid_number(bad));
  }
}

TEST_CASE("message_attributes_are_refused_in_the_words_of_sqs") {
  Requests r;
  CHECK(r.refusal("Hello", "String", "World") == "");
  CHECK(r.refusal("Hello", "Number.bigint", "1234567890123456789012") == "");
  CHECK(r.refusal("ErrorDetails", "String", "") == "Message (user) attribute 'ErrorDetails' must contain a non-empty value of type 'String'.");
  CHECK(r.refusal("Hello", "Number", "world") == "Can't cast the value of message (user) attribute 'Hello' to a number.");
  CHECK(r.refusal("", "String", "v") == "The request must contain non-empty message (user) attribute names.");
  CHECK(r.refusal("Hello", "Text", "v") == "The type of message (user) attribute 'Hello' is invalid. You must use only the following supported type prefixes: Binary, Number, String.");
  CHECK(r.refusal("AWS.x", "String", "v") == "You can't use message attribute names beginning with 'AWS.' or 'Amazon'. These strings are reserved for internal use.");
  CHECK(r.refusal("amazon.x", "String", "v") != "");
  CHECK(r.refusal(".x", "String", "v") != "");
  CHECK(r.refusal("x..y", "String", "v") != "");
  CHECK(r.refusal("a b", "String", "v") != "");
  CHECK(r.refusal(std::string(257, 'a'), "String", "v") == "Message (user) attribute name must be shorter than 256 bytes.");
  CHECK(r.refusal("a", "String." + std::string(250, 'a'), "v") == "Message (user) attribute type must be shorter than 256 bytes.");
  CHECK(r.refusal("a", "String", "bell\x07") != "");

  auto many = r.message("b");
  for (int i = 0; i < 11; i++) r.attribute(many, cat("a", i), "String", "v");
  CHECK(read_draft(many, QueueType::standard).error().message == "Number of message attributes [11] exceeds the allowed maximum [10].");
  auto none = r.message("b");
  none.MessageAttributes.add(r.arena, "Hello");
  CHECK(read_draft(none, QueueType::standard).error().message == "The message (user) attribute 'Hello' must contain a non-empty message attribute value.");
  auto list = r.message("b");
  auto& v = list.MessageAttributes.add(r.arena, "Hello");
  v.DataType = "StringList";
  v.StringListValues.push(r.arena, "World");
  CHECK(read_draft(list, QueueType::standard).error().message == "Message attribute list values in SendMessage operation are not supported.");
}

TEST_CASE("drafts") {
  Requests r;
  CHECK(read_draft(r.message(""), QueueType::standard).error().query_code == "MissingParameter");
  auto delayed = r.message("b");
  delayed.DelaySeconds = 901;
  CHECK(read_draft(delayed, QueueType::standard).error().message == "Value 901 for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= 900.");
  delayed.DelaySeconds = 900;
  CHECK(read_draft(delayed, QueueType::standard)->delay == 900);
  auto group = r.message("b");
  group.MessageGroupId = "";
  CHECK(read_draft(group, QueueType::standard).error().message.starts_with("Value  for parameter MessageGroupId is invalid."));
  group.MessageGroupId = "g";
  CHECK(read_draft(group, QueueType::standard)->group == "g");
  CHECK(read_draft(group, QueueType::fifo)->body_sha256 == "3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d");
  group.MessageGroupId = Str(std::string_view("a b"));
  CHECK(read_draft(group, QueueType::fifo).error().message ==
        "Value a b for parameter MessageGroupId is invalid. Reason: MessageGroupId can only include alphanumeric and punctuation characters. 1 to 128 in length.");
  CHECK(read_draft(r.message("b"), QueueType::fifo).error().message == "The request must contain the parameter MessageGroupId.");
  auto late = r.message("b");
  late.DelaySeconds = 2;
  CHECK(read_draft(late, QueueType::fifo).error().message ==
        "Value 2 for parameter DelaySeconds is invalid. Reason: The request include parameter that is not valid for this queue type.");
  auto dedup = r.message("b");
  dedup.MessageDeduplicationId = "d";
  CHECK(read_draft(dedup, QueueType::standard).error().query_code == "InvalidParameterValue");
  auto system = r.message("b");
  auto& trace = system.MessageSystemAttributes.add(r.arena, "AWSTraceHeader");
  trace.DataType = "String";
  trace.StringValue = "some-trace-id";
  auto d = read_draft(system, QueueType::standard);
  REQUIRE(d);
  CHECK(d->content.trace_header == "some-trace-id");
  CHECK(d->system_md5 == "fdce4f2818803f2f73becc09a54792c0");
  CHECK(d->attributes_md5 == "");
  CHECK(d->bytes == 1);  // a trace header does not count
  system.MessageSystemAttributes.add(r.arena, "Hello") = trace;
  CHECK(read_draft(system, QueueType::standard).error().message == "Message system attribute name 'Hello' is invalid.");

  auto sized = r.message("12345");
  r.attribute(sized, "abc", "Number", "42");
  CHECK(read_draft(sized, QueueType::standard)->bytes == 5 + 3 + 6 + 2);
}

TEST_CASE("digest_of_message_attributes_is_over_names_types_and_values_in_order") {
  CHECK(attributes_md5({}) == "");
  Attributes a{{"Hello", {"String", "World", {}}}};
  CHECK(attributes_md5(a) == "7db7fb1ba7f41366a8ea5eb18220b26d");
  CHECK(attributes_md5({{"UserId", {"Number.bigint", "1234567890123456789012", {}}}}) == "797ab158d73dcb5242dedc4412c8e855");
  Attributes binary{{"Hello", {"Binary", "World", {}}}};
  CHECK(attributes_md5(binary) != attributes_md5(a));
}

TEST_CASE("queue_attributes_have_ranges_and_defaults") {
  Requests r;
  Queue q = default_queue();
  CHECK(q.visibility_timeout == 30);
  CHECK(q.maximum_message_size == 1048576);
  CHECK(q.retention == 345600);
  CHECK(q.managed_sse);
  auto changes = read_attributes(r.attributes({{"VisibilityTimeout", "0"}, {"DelaySeconds", "900"}, {"SqsManagedSseEnabled", "false"}}), AttributeUse::create, "q", "aws");
  REQUIRE(changes);
  REQUIRE(apply(*changes, AttributeUse::create, q));
  CHECK(q.visibility_timeout == 0);
  CHECK(q.delay == 900);
  CHECK_FALSE(q.managed_sse);
  // An empty value is the default.
  REQUIRE(apply(*read_attributes(r.attributes({{"VisibilityTimeout", ""}, {"KmsMasterKeyId", ""}, {"RedrivePolicy", ""}}), AttributeUse::set, "q", "aws"), AttributeUse::set, q));
  CHECK(q.visibility_timeout == 30);
  CHECK(q.delay == 900);
  for (auto [name, value] : std::initializer_list<std::pair<const char*, const char*>>{
           {"VisibilityTimeout", "-1"}, {"VisibilityTimeout", "43201"}, {"DelaySeconds", "901"}, {"DelaySeconds", "1.5"}, {"MaximumMessageSize", "1023"},
           {"MaximumMessageSize", "1048577"}, {"MessageRetentionPeriod", "59"}, {"MessageRetentionPeriod", "1209601"}, {"ReceiveMessageWaitTimeSeconds", "21"},
           {"ReceiveMessageWaitTimeSeconds", "x"}, {"SqsManagedSseEnabled", "maybe"}, {"Policy", "{"}, {"KmsDataKeyReusePeriodSeconds", "59"}}) {
    CAPTURE(name);
    CHECK(refused(r.attributes({{name, value}}), AttributeUse::set) == cat("InvalidAttributeValue: Invalid value for the parameter ", name, "."));
  }
}

TEST_CASE("one_kind_of_encryption_at_a_time") {
  Requests r;
  auto set = [&](Queue& q, std::initializer_list<std::pair<const char*, const char*>> list) {
    auto applied = apply(*read_attributes(r.attributes(list), AttributeUse::set, "q", "aws"), AttributeUse::set, q);
    return applied ? "" : cat(applied.error().code, ": ", applied.error().message);
  };
  Queue q = default_queue();
  CHECK(set(q, {{"KmsMasterKeyId", "k"}, {"SqsManagedSseEnabled", "true"}}) ==
        "InvalidAttributeName: You can use one type of server-side encryption (SSE) at one time. You can either enable KMS SSE or SQS SSE.");
  q = default_queue();
  CHECK(set(q, {{"KmsMasterKeyId", "k"}}) == "");
  CHECK_FALSE(q.managed_sse);
  CHECK(set(q, {{"SqsManagedSseEnabled", "true"}}) == "");
  CHECK(q.kms_key == "");
  CHECK(set(q, {{"KmsMasterKeyId", "k"}, {"KmsDataKeyReusePeriodSeconds", "60"}, {"SqsManagedSseEnabled", "false"}}) == "");
  CHECK(q.key_reuse == 60);
  CHECK(set(q, {{"KmsMasterKeyId", ""}, {"KmsDataKeyReusePeriodSeconds", ""}, {"SqsManagedSseEnabled", ""}}) == "");
  CHECK(q.kms_key == "");
  CHECK(q.key_reuse == 300);
  CHECK_FALSE(q.managed_sse);
}

TEST_CASE("redrive_policies_are_checked") {
  auto refusal = [](std::string_view text) {
    Redrive redrive;
    std::string arn;
    auto read = read_redrive_policy(text, redrive, arn);
    return read ? "" : read.error().message;
  };
  const std::string_view kArn = R"("deadLetterTargetArn":"arn:aws:sqs:eu-central-1:111111111111:dlq")";
  auto policy = [&](std::string_view rest) { return cat("{", kArn, rest, "}"); };
  CHECK(refusal(policy(R"(,"maxReceiveCount":1)")) == "");
  CHECK(refusal(policy(R"(,"maxReceiveCount":"1000")")) == "");
  for (const char* bad : {" ", "4", "[]", "{"}) CHECK(refusal(bad) == "Invalid value for the parameter RedrivePolicy. Reason: Redrive policy is not a valid JSON map.");
  CHECK(refusal("{}") == "Value {} for parameter RedrivePolicy is invalid. Reason: Redrive policy does not contain mandatory attribute: maxReceiveCount.");
  CHECK(refusal(R"({"maxReceiveCount":5})") ==
        R"(Value {"maxReceiveCount":5} for parameter RedrivePolicy is invalid. Reason: Redrive policy does not contain mandatory attribute: deadLetterTargetArn.)");
  for (const char* n : {"0", "1001", "-36"}) {
    CHECK(refusal(policy(cat(",\"maxReceiveCount\":", n))).ends_with(cat("Invalid value for maxReceiveCount: ", n, ", valid values are from 1 to 1000 both inclusive.")));
  }
  CHECK(refusal(policy(R"(,"maxReceiveCount":1,"x":1)")).ends_with("Only following attributes are supported: [maxReceiveCount, deadLetterTargetArn]."));
  CHECK(refusal(R"({"deadLetterTargetArn":"arn:aws:sns:eu-central-1:111111111111:t","maxReceiveCount":5})").ends_with("Only SQS queues are valid resources for deadLetterTargetArn."));
  CHECK(refusal(R"({"deadLetterTargetArn":"dlq","maxReceiveCount":5})").ends_with("Invalid value for deadLetterTargetArn."));
}

TEST_CASE("redrive_allow_policies_are_checked") {
  auto refusal = [](std::string_view text) {
    auto checked = check_redrive_allow_policy(text);
    return checked ? "" : checked.error().message;
  };
  CHECK(refusal(R"({"redrivePermission":"allowAll"})") == "");
  CHECK(refusal(R"({"redrivePermission":"denyAll"})") == "");
  CHECK(refusal(R"({"redrivePermission":"byQueue","sourceQueueArns":["arn:aws:sqs:eu-central-1:111111111111:a"]})") == "");
  for (const char* bad : {"x", "[]", "{}", R"({"redrivePermission":"none"})", R"({"redrivePermission":"allowAll","x":1})", R"({"redrivePermission":"byQueue","sourceQueueArns":[1]})"})
    CHECK(refusal(bad).starts_with("Invalid value for the parameter RedriveAllowPolicy. Reason: Amazon SQS can't create the redrive allow policy, as it"));
  CHECK(refusal(R"({"redrivePermission":"byQueue"})").ends_with("When you specify the byQueue permission type, you must also specify one or more sourceQueueArns values."));
  CHECK(refusal(R"({"redrivePermission":"denyAll","sourceQueueArns":["a"]})").ends_with("To specify one or more source queue ARNs, you must set redrivePermission to byQueue."));
  std::string eleven = R"({"redrivePermission":"byQueue","sourceQueueArns":["a")";
  for (int i = 0; i < 10; i++) eleven += R"(,"a")";
  CHECK(refusal(eleven + "]}").ends_with("The maximum number of source queue ARNs you can specify is 10."));
}

TEST_CASE("move_handles_are_read_back") {
  auto handle = read_move_handle(write_move_handle({"id", "arn:aws:sqs:eu-central-1:111111111111:dlq"}));
  REQUIRE(handle);
  CHECK(handle->task_id == "id");
  CHECK(handle->source_arn == "arn:aws:sqs:eu-central-1:111111111111:dlq");
  CHECK_FALSE(read_move_handle("foobared"));
  CHECK_FALSE(read_move_handle(""));
}

TEST_CASE("attributes_of_fifo_queues_are_unknown_to_standard_queues") {
  Requests r;
  CHECK(refused(r.attributes({{"FifoQueue", "false"}}), AttributeUse::create) == "InvalidAttributeName: Unknown Attribute FifoQueue.");
  CHECK(refused(r.attributes({{"ContentBasedDeduplication", "false"}}), AttributeUse::create) == "InvalidAttributeName: Unknown Attribute ContentBasedDeduplication.");
  CHECK(refused(r.attributes({{"DeduplicationScope", "queue"}}), AttributeUse::create) ==
        "InvalidAttributeName: You can specify the DeduplicationScope only when FifoQueue is set to true.");
  CHECK(refused(r.attributes({{"FifoQueue", "true"}}), AttributeUse::set) == "InvalidAttributeName: Unknown Attribute FifoQueue.");
  CHECK(refused(r.attributes({{"QueueArn", "x"}}), AttributeUse::set) == "InvalidAttributeName: Unknown Attribute QueueArn.");
  CHECK(refused(r.attributes({{"ContentBasedDeduplication", "true"}, {"FifoQueue", "true"}}), AttributeUse::create, "q.fifo") == "");
  CHECK(refused(r.attributes({{"FifoQueue", "true"}}), AttributeUse::set, "q.fifo") == "");
  CHECK(refused(r.attributes({{"FifoQueue", "false"}}), AttributeUse::set, "q.fifo") ==
        "InvalidAttributeValue: Invalid value for the parameter FifoQueue. Reason: Modifying queue type is not supported.");
  CHECK(refused(r.attributes({{"FifoThroughputLimit", "perGroup"}}), AttributeUse::set, "q.fifo") == "InvalidAttributeValue: Invalid value for the parameter FifoThroughputLimit.");
  CHECK(refused(r.attributes({{"FifoQueue", "true"}}), AttributeUse::create, "q").starts_with("InvalidParameterValueException"));
}

TEST_CASE("permissions_are_statements_of_the_policy") {
  Permission p;
  p.label = "one";
  p.accounts = {"222222222222"};
  p.actions = {"ReceiveMessage"};
  auto first = add_permission("", p, kCaller, "q");
  REQUIRE(first);
  CHECK(*first ==
        R"({"Version":"2008-10-17","Id":"arn:aws:sqs:eu-central-1:111111111111:q/SQSDefaultPolicy","Statement":[{"Sid":"one","Effect":"Allow",)"
        R"("Principal":{"AWS":"arn:aws:iam::222222222222:root"},"Action":"SQS:ReceiveMessage","Resource":"arn:aws:sqs:eu-central-1:111111111111:q"}]})");
  CHECK(add_permission(*first, p, kCaller, "q").error().message == "Value one for parameter Label is invalid. Reason: Already exists.");
  p.label = "two";
  p.accounts = {"222222222222", "333333333333"};
  p.actions = {"SendMessage", "*"};
  auto second = add_permission(*first, p, kCaller, "q");
  REQUIRE(second);
  CHECK(second->find(R"("AWS":["arn:aws:iam::222222222222:root","arn:aws:iam::333333333333:root"]},"Action":["SQS:SendMessage","SQS:*"])") != std::string::npos);
  CHECK(*remove_permission(*second, "two") == *first);
  CHECK(*remove_permission(*first, "one") == "");
  CHECK(remove_permission(*first, "two").error().message == "Value two for parameter Label is invalid. Reason: can't find label.");
  CHECK_FALSE(remove_permission("", "one"));
  // A single statement without brackets, set by somebody else, stays as it is beside the new one.
  auto mixed = add_permission(R"({"Statement":{"Sid":"x","Effect":"Deny","Principal":"*","Action":"sqs:*","Resource":"*"}})", p, kCaller, "q");
  REQUIRE(mixed);
  CHECK(mixed->find(R"("Sid":"x")") < mixed->find(R"("Sid":"two")"));
}

TEST_CASE("permissions_are_checked") {
  auto refusal = [](Permission p) {
    auto r = check_permission(p);
    return r ? std::string() : r.error().message;
  };
  Permission good{"l", {"222222222222"}, {"SendMessage"}};
  CHECK(refusal(good) == "");
  Permission p = good;
  p.actions = {"CreateQueue"};
  CHECK(refusal(p) == "Value SQS:CreateQueue for parameter ActionName is invalid. Reason: Only the queue owner is allowed to invoke this action.");
  p.actions = {"SendMessageBatch"};
  CHECK(refusal(p) == "Value SQS:SendMessageBatch for parameter ActionName is invalid. Reason: Please refer to the appropriate WSDL for a list of valid actions.");
  p.actions.assign(8, "SendMessage");
  CHECK(refusal(p) == "8 Actions were found, maximum allowed is 7.");
  p = good;
  p.accounts = {};
  CHECK(refusal(p) == "Value [] for parameter PrincipalId is invalid. Reason: Unable to verify.");
  p = good;
  p.label = "no spaces";
  CHECK(refusal(p) != "");
}

TEST_CASE("a_queue_has_at_most_fifty_tags") {
  Requests r;
  Map<Str> many{};
  for (int i = 0; i < 51; i++) many.add(r.arena, Str(r.arena.copy(cat("k", i)))) = "v";
  CHECK(with_tags({}, many, "q").error().message == "Too many tags added for queue q.");
  CHECK_FALSE(with_tags({}, r.attributes({{"aws:x", "v"}}), "q"));
  CHECK_FALSE(with_tags({}, r.attributes({{"", "v"}}), "q"));
  CHECK(with_tags({{"a", "1"}}, r.attributes({{"a", "2"}, {"b", ""}}), "q")->at("a") == "2");
}

TEST_CASE("random_texts_break_no_reader") {
  SeededRandom random(11);
  const std::string_view alphabet = "/:.?-_0123456789abqsueAQEB=+ \x01\xc3\xa9\xff";
  Requests r;
  for (int i = 0; i < 20000; i++) {
    std::string text = random.from(alphabet, random.below(60));
    if (auto a = parse_queue_url(text, kCaller)) CHECK((plain_name(a->name) || fifo_name(a->name)));
    CHECK_FALSE(read_receipt_handle(text));
    auto bad = forbidden_character(text);
    CHECK(bad.has_value() == (!valid_utf8(text) || text.find('\1') != std::string::npos));
    valid_number(text);
  }
}
