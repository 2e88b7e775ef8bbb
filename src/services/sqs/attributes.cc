#include "services/sqs/attributes.h"

#include <algorithm>

#include "base/strings.h"
#include "services/sqs/errors.h"
#include "services/sqs/queue_url.h"
#include "services/sqs/redrive.h"

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
constexpr size_t kMaxKeyId = 2048;

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

Result<bool> read_flag(std::string_view name, std::string_view value) {
  if (iequals(value, "true")) return true;
  if (iequals(value, "false") || value.empty()) return false;
  return fail(invalid_attribute_value(name));
}

/// One of two texts; the second is what `true` means.
Result<bool> read_choice(std::string_view name, std::string_view value, std::string_view off, std::string_view on) {
  if (value == on) return true;
  if (value == off || value.empty()) return false;
  return fail(invalid_attribute_value(name));
}

/// FifoQueue is set when a queue is made, together with a name that says the same.
Result<bool> read_type(const Map<Str>& attributes, AttributeUse use, std::string_view queue) {
  const Str* value = attributes.find("FifoQueue");
  if (use == AttributeUse::set) {
    if (!value) return fifo_name(queue);
    if (!fifo_name(queue)) return fail(unknown_attribute("FifoQueue"));
    if (iequals(*value, "true")) return true;
    ApiError e = invalid_attribute_value("FifoQueue");
    e.message = "Invalid value for the parameter FifoQueue. Reason: Modifying queue type is not supported.";
    return fail(std::move(e));
  }
  if (!value) return false;
  if (!iequals(*value, "true")) return fail(unknown_attribute("FifoQueue"));
  if (!fifo_name(queue)) {
    return fail(invalid_parameter("The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must end with .fifo suffix and be 1 to 80 in length"));
  }
  return true;
}

/// Attributes that only a FIFO queue has; true if this was one.
Result<bool> read_fifo(std::string_view name, std::string_view value, AttributeChanges& out) {
  if (name == "FifoQueue") return true;  // read_type
  if (name == "DeduplicationScope" || name == "FifoThroughputLimit") {
    if (!out.fifo) {
      ApiError e = unknown_attribute(name);
      e.message = cat("You can specify the ", name, " only when FifoQueue is set to true.");
      return fail(std::move(e));
    }
    bool scope = name == "DeduplicationScope";
    FB_ASSIGN(on, scope ? read_choice(name, value, "queue", "messageGroup") : read_choice(name, value, "perQueue", "perMessageGroupId"));
    (scope ? out.group_dedup : out.group_throughput) = on;
    return true;
  }
  if (name != "ContentBasedDeduplication" || !out.fifo) return false;
  FB_ASSIGN(on, read_flag(name, value));
  out.content_dedup = on;
  return true;
}

/// Redrive and encryption; true if this was one of their attributes.
Result<bool> read_policies(std::string_view name, std::string_view value, AttributeChanges& out) {
  if (name == "RedrivePolicy") {
    out.redrive.emplace();
    FB_TRY(read_redrive_policy(value, *out.redrive, out.target_arn));
    return true;
  }
  if (name == "RedriveAllowPolicy") {
    FB_TRY(check_redrive_allow_policy(value));
    out.redrive_allow = value;
    return true;
  }
  if (name == "KmsMasterKeyId") {
    if (value.size() > kMaxKeyId) return fail(invalid_attribute_value(name));
    out.kms_key = value;
    return true;
  }
  if (name == "KmsDataKeyReusePeriodSeconds") {
    out.key_reuse = kDefaultKeyReuse;
    if (value.empty()) return true;
    FB_ASSIGN(n, read_number(name, value, 60, 86400));
    out.key_reuse = n;
    return true;
  }
  if (name != "SqsManagedSseEnabled") return false;
  FB_ASSIGN(on, read_flag(name, value));
  out.managed_sse = on;
  return true;
}

Result<void> read_one(std::string_view name, std::string_view value, std::string_view partition, AttributeChanges& out) {
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
  FB_ASSIGN(policy, read_policies(name, value, out));
  if (policy) return {};
  FB_ASSIGN(fifo, read_fifo(name, value, out));
  if (fifo) return {};
  return fail(unknown_attribute(name));
}

}  // namespace

Result<AttributeChanges> read_attributes(const Map<Str>& attributes, AttributeUse use, std::string_view queue_name, std::string_view partition) {
  AttributeChanges out;
  // Which kind of queue it is decides what the other attributes mean.
  FB_ASSIGN(fifo, read_type(attributes, use, queue_name));
  out.fifo = fifo;
  for (const auto& e : attributes) FB_TRY(read_one(e.key, e.value, partition, out));
  return out;
}

Queue default_queue() {
  Queue q;
  for (const NumberAttribute& a : kNumberAttributes) q.*a.field = a.standard;
  q.managed_sse = true;
  return q;
}

namespace {

/// One kind of encryption at a time: KMS replaces SQS's own and the other way round, both at once are refused.
Result<void> apply_encryption(const AttributeChanges& changes, AttributeUse use, Queue& queue) {
  const bool key_given = changes.kms_key && !changes.kms_key->empty();
  if (key_given && changes.managed_sse.value_or(false)) {
    ApiError e = unknown_attribute("SqsManagedSseEnabled");
    e.message = "You can use one type of server-side encryption (SSE) at one time. You can either enable KMS SSE or SQS SSE.";
    return fail(std::move(e));
  }
  if (changes.key_reuse) queue.key_reuse = *changes.key_reuse;
  if (changes.kms_key) queue.kms_key = *changes.kms_key;
  if (changes.managed_sse) queue.managed_sse = *changes.managed_sse;
  if (key_given) {
    queue.managed_sse = false;
    queue.sealed = true;
  } else if (changes.managed_sse.value_or(false) && use == AttributeUse::set) {
    queue.kms_key.clear();
  }
  return {};
}

}  // namespace

Result<void> apply(const AttributeChanges& changes, AttributeUse use, Queue& queue) {
  for (size_t i = 0; i < std::size(kNumberAttributes); i++)
    if (changes.numbers[i]) queue.*kNumberAttributes[i].field = *changes.numbers[i];
  if (changes.content_dedup) queue.content_dedup = *changes.content_dedup;
  if (changes.group_dedup) queue.group_dedup = *changes.group_dedup;
  if (changes.group_throughput) queue.group_throughput = *changes.group_throughput;
  if (use == AttributeUse::create) {
    queue.fifo = changes.fifo;
    queue.dedup_by_group = queue.group_dedup;
  }
  if (queue.group_throughput && !queue.group_dedup) return fail(invalid_attribute_value("FifoThroughputLimit"));
  if (changes.redrive) {
    queue.redrive.policy = changes.redrive->policy;
    queue.redrive.target = changes.redrive->target;
    queue.redrive.max_receives = changes.redrive->max_receives;
  }
  if (changes.redrive_allow) queue.redrive.allow_policy = *changes.redrive_allow;
  return apply_encryption(changes, use, queue);
}

std::string_view first_difference(const AttributeChanges& wanted, const Queue& queue, std::string_view policy) {
  for (size_t i = 0; i < std::size(kNumberAttributes); i++)
    if (wanted.numbers[i] && *wanted.numbers[i] != queue.*kNumberAttributes[i].field) return kNumberAttributes[i].name;
  if (wanted.content_dedup && *wanted.content_dedup != queue.content_dedup) return "ContentBasedDeduplication";
  if (wanted.group_dedup && *wanted.group_dedup != queue.group_dedup) return "DeduplicationScope";
  if (wanted.group_throughput && *wanted.group_throughput != queue.group_throughput) return "FifoThroughputLimit";
  if (wanted.redrive && (wanted.redrive->target != queue.redrive.target || wanted.redrive->max_receives != queue.redrive.max_receives)) return "RedrivePolicy";
  if (wanted.redrive_allow && *wanted.redrive_allow != queue.redrive.allow_policy) return "RedriveAllowPolicy";
  if (wanted.kms_key && *wanted.kms_key != queue.kms_key) return "KmsMasterKeyId";
  if (wanted.key_reuse && *wanted.key_reuse != queue.key_reuse) return "KmsDataKeyReusePeriodSeconds";
  if (wanted.managed_sse && *wanted.managed_sse != queue.managed_sse) return "SqsManagedSseEnabled";
  if (wanted.policy && *wanted.policy != policy) return "Policy";
  return {};
}

bool known_attribute(std::string_view name) { return std::find(std::begin(kNames), std::end(kNames), name) != std::end(kNames); }

}  // namespace fogbank::sqs
