#include "services/sns/subscription_attributes.h"

#include <algorithm>

#include "services/sns/delivery_policy.h"
#include "services/sns/errors.h"

namespace fogbank::sns {
namespace {

using event_pattern::Json;

constexpr size_t kMaxKeys = 5;
constexpr double kMaxCombinations = 150;
constexpr size_t kMaxPolicyBytes = 256 << 10;

std::string parse_failure(const event_pattern::JsonFault& fault) {
  return cat("failed to parse JSON. ", fault.message, "\n at [Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: ", fault.line,
             ", column: ", fault.column, "]");
}

bool posted(std::string_view protocol) { return protocol == "http" || protocol == "https"; }

Result<void> read_redrive(Subscription& s, std::string_view value, const AttributeUse& use) {
  auto refuse = [&](std::string text) { return fail(invalid(cat(use.prefix, "RedrivePolicy: ", text))); };
  s.redrive.clear();
  if (value.empty()) return {};
  event_pattern::JsonFault fault;
  auto json = event_pattern::parse_json(value, &fault);
  if (!json) return refuse(parse_failure(fault));
  const Json* target = json->get("deadLetterTargetArn");
  if (json->object() && json->members.empty()) return {};
  auto arn = target && target->type == Json::Type::text ? parse_arn(target->text) : std::nullopt;
  if (!arn || arn->service != "sqs" || !is_account_id(arn->account)) return refuse("deadLetterTargetArn is an invalid arn");
  if (arn->region != use.topic.scope.region.str()) return refuse("deadLetterTargetArn must be in the region of the subscription");
  bool fifo = use.topic.name.ends_with(".fifo") && s.endpoint.ends_with(".fifo");
  if (fifo && !arn->resource.ends_with(".fifo")) return refuse("must use a FIFO queue as DLQ for a FIFO Subscription to a FIFO Topic.");
  s.redrive = value;
  return {};
}

}  // namespace

Result<void> set_subscription_attribute(Subscription& s, std::string_view name, std::string_view value, const AttributeUse& use) {
  auto refuse = [&](std::string text) { return fail(invalid(cat(use.prefix, text))); };
  if (name == "RawMessageDelivery") {
    bool on = iequals(value, "true");
    if (!on && !iequals(value, "false")) return refuse(cat("RawMessageDelivery: Invalid value [", value, "]. Must be true or false."));
    if (on && s.protocol != "sqs" && !posted(s.protocol)) return refuse(cat("Delivery protocol [", s.protocol, "] does not support raw message delivery."));
    s.raw = on;
  } else if (name == "FilterPolicy") {
    s.filter = value;
  } else if (name == "FilterPolicyScope") {
    if (value != "MessageAttributes" && value != "MessageBody") {
      return refuse(cat("FilterPolicyScope: Invalid value [", value, "]. Please use either MessageBody or MessageAttributes"));
    }
    s.filter_body = value == "MessageBody";
  } else if (name == "RedrivePolicy") {
    return read_redrive(s, value, use);
  } else if (name == "DeliveryPolicy") {
    if (!value.empty()) {
      if (!posted(s.protocol)) return refuse(cat("DeliveryPolicy: protocol ", s.protocol, " does not support delivery policies"));
      auto read = read_subscription_delivery_policy(value);
      if (!read) return refuse(read.error().message);
    }
    s.delivery_policy = value;
  } else if (name == "SubscriptionRoleArn") {
    if (s.protocol != "firehose") return refuse("SubscriptionRoleArn: only firehose subscriptions have one");
    s.role = value;
  } else if (name == "ReplayPolicy") {
    if (!value.empty()) return fail(not_served("ReplayPolicy (message archiving)"));
  } else {
    return refuse("AttributeName");
  }
  return {};
}

Result<void> check_filter(const Subscription& s, const AttributeUse& use) {
  if (s.filter.empty()) return {};
  auto refuse = [&](std::string text) { return fail(invalid(cat(use.prefix, "FilterPolicy: ", text))); };
  if (s.filter.size() > kMaxPolicyBytes) return refuse("Filter policy is too long");
  event_pattern::JsonFault fault;
  auto json = event_pattern::parse_json(s.filter, &fault);
  if (!json) return refuse(parse_failure(fault));
  auto pattern = event_pattern::compile(event_pattern::write_json(*json), event_pattern::Dialect::sns);
  if (!pattern) return refuse(pattern.error().message);
  if (!s.filter_body && (*pattern)->nested()) return refuse("Filter policy scope MessageAttributes does not support nested filter policy");
  if ((*pattern)->keys() > kMaxKeys) return refuse("Filter policy can not have more than 5 keys");
  if ((*pattern)->combinations(s.filter_body) > kMaxCombinations) return refuse("Filter policy is too complex");
  return {};
}

bool differs(const Subscription& now, const Subscription& wanted, const std::vector<std::string>& named) {
  return std::any_of(named.begin(), named.end(), [&](const std::string& name) {
    if (name == "RawMessageDelivery") return now.raw != wanted.raw;
    if (name == "FilterPolicy") return now.filter != wanted.filter;
    if (name == "FilterPolicyScope") return now.filter_body != wanted.filter_body;
    if (name == "RedrivePolicy") return now.redrive != wanted.redrive;
    if (name == "DeliveryPolicy") return now.delivery_policy != wanted.delivery_policy;
    return now.role != wanted.role;
  });
}

std::map<std::string, std::string> subscription_attributes(const Scope& scope, const Subscription& s, const Topic* topic) {
  auto flag = [](bool b) { return std::string(b ? "true" : "false"); };
  std::map<std::string, std::string> out = {
      {"ConfirmationWasAuthenticated", flag(s.authenticated)},
      {"Endpoint", s.endpoint},
      {"Owner", s.owner},
      {"PendingConfirmation", flag(s.pending)},
      {"Protocol", s.protocol},
      {"RawMessageDelivery", flag(s.raw)},
      {"SubscriptionArn", subscription_arn(scope, s.topic, s.id)},
      {"SubscriptionPrincipal", s.principal},
      {"TopicArn", topic_arn(scope, s.topic)}};
  if (!s.filter.empty() && s.filter != "{}") {
    out["FilterPolicy"] = s.filter;
    out["FilterPolicyScope"] = s.filter_body ? "MessageBody" : "MessageAttributes";
  }
  if (!s.redrive.empty()) out["RedrivePolicy"] = s.redrive;
  if (!s.role.empty()) out["SubscriptionRoleArn"] = s.role;
  if (posted(s.protocol)) {
    DeliveryPolicy own = stored_subscription_policy(s.delivery_policy);
    if (!s.delivery_policy.empty()) out["DeliveryPolicy"] = subscription_policy_json(own, false);
    out["EffectiveDeliveryPolicy"] = subscription_policy_json(effective(stored_topic_policy(topic ? topic->delivery_policy : ""), own), true);
  }
  return out;
}

event_pattern::PatternPtr filter_of(const Subscription& s) {
  if (s.filter.empty()) return nullptr;
  // One that is not understood any more lets nothing through: what a filter keeps back must not get out.
  auto json = event_pattern::parse_json(s.filter);
  std::string text = json ? event_pattern::write_json(*json) : std::string();
  auto pattern = event_pattern::compile(text, event_pattern::Dialect::sns);
  if (!pattern) pattern = event_pattern::compile(R"({"":[{"exists":true},{"exists":false}],"$or":[{"":[{"exists":true}]},{"":[{"exists":true}]}]})", event_pattern::Dialect::sns);
  return *pattern;
}

std::string dead_letter_queue(const Subscription& s) {
  if (s.redrive.empty()) return {};
  auto json = event_pattern::parse_json(s.redrive);
  const Json* target = json ? json->get("deadLetterTargetArn") : nullptr;
  return target ? target->text : std::string();
}

}  // namespace fogbank::sns
