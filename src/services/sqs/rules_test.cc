// The pure rules: URLs, names, handles, attributes, contents and digests of messages, permission statements.
#include <doctest/doctest.h>

#include "base/encoding.h"
#include "base/random.h"
#include "services/sqs/attributes.h"
#include "services/sqs/errors.h"
#include "services/sqs/message_rules.h"
#include "services/sqs/permissions.h"
#include "services/sqs/queue_url.h"
#include "services/sqs/receipt_handle.h"
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
    auto d = read_draft(in);
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
  CHECK(read_draft(many).error().message == "Number of message attributes [11] exceeds the allowed maximum [10].");
  auto none = r.message("b");
  none.MessageAttributes.add(r.arena, "Hello");
  CHECK(read_draft(none).error().message == "The message (user) attribute 'Hello' must contain a non-empty message attribute value.");
  auto list = r.message("b");
  auto& v = list.MessageAttributes.add(r.arena, "Hello");
  v.DataType = "StringList";
  v.StringListValues.push(r.arena, "World");
  CHECK(read_draft(list).error().message == "Message attribute list values in SendMessage operation are not supported.");
}

TEST_CASE("drafts") {
  Requests r;
  CHECK(read_draft(r.message("")).error().query_code == "MissingParameter");
  auto delayed = r.message("b");
  delayed.DelaySeconds = 901;
  CHECK(read_draft(delayed).error().message == "Value 901 for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= 900.");
  delayed.DelaySeconds = 900;
  CHECK(read_draft(delayed)->delay == 900);
  auto group = r.message("b");
  group.MessageGroupId = "";
  CHECK(read_draft(group).error().message.starts_with("Value  for parameter MessageGroupId is invalid."));
  group.MessageGroupId = "g";
  CHECK(read_draft(group).error().status == 501);
  auto dedup = r.message("b");
  dedup.MessageDeduplicationId = "d";
  CHECK(read_draft(dedup).error().query_code == "InvalidParameterValue");
  auto system = r.message("b");
  auto& trace = system.MessageSystemAttributes.add(r.arena, "AWSTraceHeader");
  trace.DataType = "String";
  trace.StringValue = "some-trace-id";
  auto d = read_draft(system);
  REQUIRE(d);
  CHECK(d->content.trace_header == "some-trace-id");
  CHECK(d->system_md5 == "fdce4f2818803f2f73becc09a54792c0");
  CHECK(d->attributes_md5 == "");
  CHECK(d->bytes == 1);  // a trace header does not count
  system.MessageSystemAttributes.add(r.arena, "Hello") = trace;
  CHECK(read_draft(system).error().message == "Message system attribute name 'Hello' is invalid.");

  auto sized = r.message("12345");
  r.attribute(sized, "abc", "Number", "42");
  CHECK(read_draft(sized)->bytes == 5 + 3 + 6 + 2);
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
  apply(*changes, q);
  CHECK(q.visibility_timeout == 0);
  CHECK(q.delay == 900);
  CHECK_FALSE(q.managed_sse);
  // An empty value is the default.
  apply(*read_attributes(r.attributes({{"VisibilityTimeout", ""}, {"KmsMasterKeyId", ""}, {"RedrivePolicy", ""}}), AttributeUse::set, "q", "aws"), q);
  CHECK(q.visibility_timeout == 30);
  CHECK(q.delay == 900);
  for (auto [name, value] : std::initializer_list<std::pair<const char*, const char*>>{
           {"VisibilityTimeout", "-1"}, {"VisibilityTimeout", "43201"}, {"DelaySeconds", "901"}, {"DelaySeconds", "1.5"}, {"MaximumMessageSize", "1023"},
           {"MaximumMessageSize", "1048577"}, {"MessageRetentionPeriod", "59"}, {"MessageRetentionPeriod", "1209601"}, {"ReceiveMessageWaitTimeSeconds", "21"},
           {"ReceiveMessageWaitTimeSeconds", "x"}, {"SqsManagedSseEnabled", "maybe"}, {"Policy", "{"}, {"KmsDataKeyReusePeriodSeconds", "59"}}) {
    CAPTURE(name);
    CHECK(refused(r.attributes({{name, value}}), AttributeUse::set) == cat("InvalidAttributeValue: Invalid value for the parameter ", name, "."));
  }
  CHECK(read_attributes(r.attributes({{"KmsMasterKeyId", "alias/aws/sqs"}}), AttributeUse::set, "q", "aws").error().status == 501);
  CHECK(read_attributes(r.attributes({{"RedrivePolicy", "{}"}}), AttributeUse::set, "q", "aws").error().status == 501);
}

TEST_CASE("attributes_of_fifo_queues_are_unknown_to_standard_queues") {
  Requests r;
  CHECK(refused(r.attributes({{"FifoQueue", "false"}}), AttributeUse::create) == "InvalidAttributeName: Unknown Attribute FifoQueue.");
  CHECK(refused(r.attributes({{"ContentBasedDeduplication", "false"}}), AttributeUse::create) == "InvalidAttributeName: Unknown Attribute ContentBasedDeduplication.");
  CHECK(refused(r.attributes({{"DeduplicationScope", "queue"}}), AttributeUse::create) ==
        "InvalidAttributeName: You can specify the DeduplicationScope only when FifoQueue is set to true.");
  CHECK(refused(r.attributes({{"FifoQueue", "true"}}), AttributeUse::set) == "InvalidAttributeName: Unknown Attribute FifoQueue.");
  CHECK(refused(r.attributes({{"QueueArn", "x"}}), AttributeUse::set) == "InvalidAttributeName: Unknown Attribute QueueArn.");
  CHECK(refused(r.attributes({{"ContentBasedDeduplication", "true"}, {"FifoQueue", "true"}}), AttributeUse::create, "q.fifo").starts_with("NotImplemented"));
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
