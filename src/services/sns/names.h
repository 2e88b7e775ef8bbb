// Names of topics and subscriptions: from ARNs to where their records are, and back. Pure functions.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/scope.h"

namespace fogbank::sns {

struct TopicAddress {
  Scope scope;
  std::string name;
};
struct SubscriptionAddress {
  TopicAddress topic;
  std::string id;
};

std::string topic_arn(const Scope& scope, std::string_view name);
std::string subscription_arn(const Scope& scope, std::string_view topic, std::string_view id);

/// `parameter` is how the request calls it ("TopicArn"). The topic's Region must be `region`, that of the endpoint.
Result<TopicAddress> topic_address(std::string_view arn, std::string_view parameter, std::string_view region);
/// The same of any Region; nothing if it is no topic's ARN.
std::optional<TopicAddress> find_topic_address(std::string_view arn);
Result<SubscriptionAddress> subscription_address(std::string_view arn);

bool valid_topic_name(std::string_view name, bool fifo);

}  // namespace fogbank::sns
