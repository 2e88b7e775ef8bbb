#include "services/sns/topic_attributes.h"

#include "base/encoding.h"
#include "services/sns/delivery_policy.h"
#include "services/sns/errors.h"
#include "services/sns/names.h"
#include "services/sns/topic_policy.h"

namespace fogbank::sns {
namespace {

constexpr size_t kMaxDisplayName = 100;
constexpr std::string_view kLoggedProtocols[] = {"HTTP", "Firehose", "Lambda", "Application", "SQS"};
constexpr std::string_view kLoggedValues[] = {"SuccessFeedbackRoleArn", "SuccessFeedbackSampleRate", "FailureFeedbackRoleArn"};

/// Delivery status logging writes to CloudWatch Logs.
bool is_logging(std::string_view name) {
  for (auto p : kLoggedProtocols)
    for (auto v : kLoggedValues)
      if (name.size() == p.size() + v.size() && name.starts_with(p) && name.ends_with(v)) return true;
  return false;
}

std::optional<bool> read_bool(std::string_view s) {
  if (iequals(s, "true")) return true;
  if (iequals(s, "false")) return false;
  return std::nullopt;
}

}  // namespace

Result<void> set_topic_attribute(Topic& topic, std::optional<std::string>& policy, std::string_view name, std::string_view value, std::string_view prefix,
                                 std::string_view partition) {
  auto refuse = [&](std::string text) { return fail(invalid(cat(prefix, text))); };
  if (name == "DisplayName") {
    if (utf8_length(value) > kMaxDisplayName) return refuse("DisplayName");
    topic.display_name = value;
  } else if (name == "Policy") {
    FB_TRY(check_policy(value, partition));
    policy = value;
  } else if (name == "DeliveryPolicy") {
    if (!value.empty()) {
      auto read = read_topic_delivery_policy(value);
      if (!read) return refuse(read.error().message);
    }
    topic.delivery_policy = value;
  } else if (name == "KmsMasterKeyId") {
    if (value.size() > 2048) return refuse("KmsMasterKeyId");
    topic.kms_key = value;
  } else if (name == "SignatureVersion") {
    if (value != "1" && value != "2") return refuse("SignatureVersion");
    topic.signature_version = value;
  } else if (name == "TracingConfig") {
    if (value != "PassThrough" && value != "Active") return refuse("TracingConfig");
    if (value == "Active") return fail(not_served("TracingConfig=Active (X-Ray)"));
    topic.tracing = value;
  } else if (name == "ContentBasedDeduplication") {
    auto b = read_bool(value);
    if (!b) return refuse("ContentBasedDeduplication");
    if (!topic.fifo) return refuse("Content-based deduplication can only be set for FIFO topics");
    topic.content_based = *b;
  } else if (name == "FifoThroughputScope") {
    if ((value != "Topic" && value != "MessageGroup") || !topic.fifo) return refuse("FifoThroughputScope");
    topic.throughput_scope = value;
  } else if (name == "ArchivePolicy" && topic.fifo) {
    if (!value.empty() && value != "{}") return fail(not_served("ArchivePolicy (message archiving)"));
  } else if (is_logging(name)) {
    if (!value.empty()) return fail(not_served(cat("The topic attribute ", name, " (delivery status logging)")));
  } else {
    return prefix.empty() ? refuse("AttributeName") : refuse(cat("Unknown attribute ", name));
  }
  return {};
}

std::map<std::string, std::string> topic_attributes(const Scope& scope, const Topic& t, std::string_view policy) {
  DeliveryPolicy delivery = stored_topic_policy(t.delivery_policy);
  std::map<std::string, std::string> out = {
      {"DisplayName", t.display_name},
      {"EffectiveDeliveryPolicy", topic_policy_json(delivery, true)},
      {"Owner", scope.account.str()},
      {"Policy", std::string(policy)},
      {"SubscriptionsConfirmed", std::to_string(t.confirmed)},
      {"SubscriptionsDeleted", std::to_string(t.deleted)},
      {"SubscriptionsPending", std::to_string(t.pending)},
      {"TopicArn", topic_arn(scope, t.name)}};
  auto add = [&](const char* name, const std::string& value) { if (!value.empty()) out[name] = value; };
  if (!t.delivery_policy.empty()) out["DeliveryPolicy"] = topic_policy_json(delivery, false);
  add("KmsMasterKeyId", t.kms_key);
  add("SignatureVersion", t.signature_version);
  add("TracingConfig", t.tracing);
  add("FifoThroughputScope", t.throughput_scope);
  if (t.fifo) {
    out["FifoTopic"] = "true";
    out["ContentBasedDeduplication"] = t.content_based ? "true" : "false";
  }
  return out;
}

}  // namespace fogbank::sns
