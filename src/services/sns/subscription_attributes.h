// Attributes of subscriptions: what Subscribe and SetSubscriptionAttributes take, how they refuse, what GetSubscriptionAttributes shows.
// Source: API reference of these operations, recorded answers. Pure functions.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "lang/event_pattern/pattern.h"
#include "services/sns/names.h"
#include "services/sns/state.h"

namespace fogbank::sns {

struct AttributeUse {
  std::string_view prefix;   ///< "Attributes Reason: " for Subscribe, else ""
  const TopicAddress& topic;
};

/// Takes one attribute over. A filter policy is checked by check_filter, once all are there.
Result<void> set_subscription_attribute(Subscription& s, std::string_view name, std::string_view value, const AttributeUse& use);
/// Is the filter policy one, for its scope?
Result<void> check_filter(const Subscription& s, const AttributeUse& use);
/// Would taking these attributes over change the subscription?
bool differs(const Subscription& now, const Subscription& wanted, const std::vector<std::string>& named);

std::map<std::string, std::string> subscription_attributes(const Scope& scope, const Subscription& s, const Topic* topic);

/// The compiled filter policy; null if there is none.
event_pattern::PatternPtr filter_of(const Subscription& s);
/// The queue that undeliverable messages go to; empty if there is none.
std::string dead_letter_queue(const Subscription& s);

}  // namespace fogbank::sns
