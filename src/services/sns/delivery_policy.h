// Delivery policies of HTTP endpoints: of a topic, of a subscription, and what both come to. Source: developer guide, "Amazon SNS message
// delivery retries"; recorded answers. Pure functions.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/error.h"

namespace fogbank::sns {

/// Retries in four phases: at once, before the back-off (min delay), back-off (min to max delay), after it (max delay).
struct RetryPolicy {
  int64_t min_delay = 20, max_delay = 20, retries = 3, max_delay_retries = 0, no_delay_retries = 0, min_delay_retries = 0;   ///< seconds
  std::string backoff = "linear";
};

struct DeliveryPolicy {
  std::optional<RetryPolicy> retry;
  std::optional<int64_t> per_second;             ///< throttlePolicy.maxReceivesPerSecond
  std::optional<std::string> content_type;       ///< requestPolicy.headerContentType
  bool disable_overrides = false;                ///< of topics
};

/// The error's message is without "Invalid parameter: ".
Result<DeliveryPolicy> read_topic_delivery_policy(std::string_view json);
Result<DeliveryPolicy> read_subscription_delivery_policy(std::string_view json);
/// What was stored, which was read once before.
DeliveryPolicy stored_topic_policy(std::string_view json);
DeliveryPolicy stored_subscription_policy(std::string_view json);

/// What holds for a subscription.
DeliveryPolicy effective(const DeliveryPolicy& topic, const DeliveryPolicy& subscription);

/// As GetTopicAttributes and GetSubscriptionAttributes show them.
std::string topic_policy_json(const DeliveryPolicy& policy, bool effective);
std::string subscription_policy_json(const DeliveryPolicy& policy, bool effective);

/// How long to wait before the n-th retry (n from 1) in milliseconds; nothing when there are no more.
std::optional<Millis> retry_delay(const RetryPolicy& policy, int64_t n);
/// The retries that SNS itself makes for queues and functions.
std::optional<Millis> queue_retry_delay(int64_t n);

}  // namespace fogbank::sns
