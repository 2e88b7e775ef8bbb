#include "services/sqs/attributes.h"

#include <algorithm>

#include "base/strings.h"
#include "services/sqs/errors.h"
#include "services/sqs/queue_url.h"

namespace fogbank::sqs {

const NumberAttribute kNumberAttributes[5] = {
    {"VisibilityTimeout", &Queue::visibility_timeout, 0, kMaxVisibility, 30},
    {"DelaySeconds", &Queue::delay, 0, 900, 0},
    {"MessageRetentionPeriod", &Queue::retention, 60, 1209600, 345600},
    {"ReceiveMessageWaitTimeSeconds", &Queue::wait_time, 0, 20, 0},
    {"MaximumMessageSize", &Queue::maximum_message_size, 1024, kMaxMessageBytes, kMaxMessageBytes},
};

namespace {

constexpr size_t kMaxPolicyBytes = 8192;
constexpr size_t kMaxPolicyStatements = 20;

constexpr std::string_view kNames[] = {
    "All", "Policy", "VisibilityTimeout", "MaximumMessageSize", "MessageRetentionPeriod", "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible", "CreatedTimestamp", "LastModifiedTimestamp", "QueueArn", "ApproximateNumberOfMessagesDelayed",
    "DelaySeconds", "ReceiveMessageWaitTimeSeconds", "RedrivePolicy", "FifoQueue", "ContentBasedDeduplication", "KmsMasterKeyId",
    "KmsDataKeyReusePeriodSeconds", "DeduplicationScope", "FifoThroughputLimit", "RedriveAllowPolicy", "SqsManagedSseEnabled"};

Result<int64_t> read_number(std::string_view name, std::string_view text, int64_t min, int64_t max) {
  auto n = parse_int(text);
  if (!n || *n < min || *n > max) return fail(invalid_attribute_value(name));
  return *n;
}

Result<std::string> read_policy(std::string_view text, std::string_view partition) {
  if (text.empty()) return std::string();
  policy::CompileOptions options{policy::Dialect::sqs, partition};
  FB_ASSIGN(compiled, policy::compile(text, policy::PolicyKind::resource, options));
  if (text.size() > kMaxPolicyBytes || policy::statement_count(*compiled) > kMaxPolicyStatements) return fail(invalid_attribute_value("Policy"));
  return std::string(text);
}

/// Attributes that only a FIFO queue has.
Result<void> refuse_fifo(std::string_view name, std::string_view value, AttributeUse use, std::string_view queue) {
  if (name == "DeduplicationScope" || name == "FifoThroughputLimit") {
    ApiError e = unknown_attribute(name);
    e.message = cat("You can specify the ", name, " only when FifoQueue is set to true.");
    return fail(std::move(e));
  }
  if (name == "FifoQueue" && use == AttributeUse::create && value == "true") {
    if (!fifo_name(queue)) {
      return fail(invalid_parameter("The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must end with .fifo suffix and be 1 to 80 in length"));
    }
    return fail(not_served("FifoQueue=true (a FIFO queue)"));
  }
  return fail(unknown_attribute(name));
}

/// Settings whose work is not done yet: only "none" is taken.
Result<void> refuse_unserved(std::string_view name, std::string_view value) {
  if (value.empty()) return {};
  if (name == "KmsDataKeyReusePeriodSeconds") {
    if (auto n = read_number(name, value, 60, 86400); !n) return fail(std::move(n.error()));
  }
  return fail(not_served(cat("The queue attribute ", name)));
}

Result<void> read_one(std::string_view name, std::string_view value, AttributeUse use, std::string_view queue, std::string_view partition,
                      AttributeChanges& out) {
  for (size_t i = 0; i < std::size(kNumberAttributes); i++) {
    const NumberAttribute& a = kNumberAttributes[i];
    if (a.name != name) continue;
    if (value.empty()) {
      out.numbers[i] = a.standard;
      return {};
    }
    FB_ASSIGN(n, read_number(name, value, a.min, a.max));
    out.numbers[i] = n;
    return {};
  }
  if (name == "Policy") {
    FB_ASSIGN(policy, read_policy(value, partition));
    out.policy = std::move(policy);
    return {};
  }
  if (name == "SqsManagedSseEnabled") {
    if (!value.empty() && !iequals(value, "true") && !iequals(value, "false")) return fail(invalid_attribute_value(name));
    out.managed_sse = !iequals(value, "false");
    return {};
  }
  if (name == "RedrivePolicy" || name == "RedriveAllowPolicy" || name == "KmsMasterKeyId" || name == "KmsDataKeyReusePeriodSeconds") {
    return refuse_unserved(name, value);
  }
  return refuse_fifo(name, value, use, queue);
}

}  // namespace

Result<AttributeChanges> read_attributes(const Map<Str>& attributes, AttributeUse use, std::string_view queue_name, std::string_view partition) {
  AttributeChanges out;
  // Which kind of queue is asked for decides what the other attributes mean.
  if (const Str* fifo = attributes.find("FifoQueue")) FB_TRY(refuse_fifo("FifoQueue", *fifo, use, queue_name));
  for (const auto& e : attributes) FB_TRY(read_one(e.key, e.value, use, queue_name, partition, out));
  return out;
}

Queue default_queue() {
  Queue q;
  for (const NumberAttribute& a : kNumberAttributes) q.*a.field = a.standard;
  q.managed_sse = true;
  return q;
}

void apply(const AttributeChanges& changes, Queue& queue) {
  for (size_t i = 0; i < std::size(kNumberAttributes); i++)
    if (changes.numbers[i]) queue.*kNumberAttributes[i].field = *changes.numbers[i];
  if (changes.managed_sse) queue.managed_sse = *changes.managed_sse;
}

std::string_view first_difference(const AttributeChanges& wanted, const Queue& queue, std::string_view policy) {
  for (size_t i = 0; i < std::size(kNumberAttributes); i++)
    if (wanted.numbers[i] && *wanted.numbers[i] != queue.*kNumberAttributes[i].field) return kNumberAttributes[i].name;
  if (wanted.managed_sse && *wanted.managed_sse != queue.managed_sse) return "SqsManagedSseEnabled";
  if (wanted.policy && *wanted.policy != policy) return "Policy";
  return {};
}

bool known_attribute(std::string_view name) { return std::find(std::begin(kNames), std::end(kNames), name) != std::end(kNames); }

}  // namespace fogbank::sqs
