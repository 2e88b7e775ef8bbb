#include "services/sns/names.h"

#include <algorithm>

#include "services/sns/errors.h"

namespace fogbank::sns {
namespace {

bool name_character(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_'; }

/// How many parts an ARN has, if they are too few.
Result<void> check_parts(std::string_view arn, std::string_view parameter) {
  size_t parts = split(arn, ':').size();
  if (parts < 6) return fail(invalid(cat(parameter, " Reason: An ARN must have at least 6 elements, not ", parts)));
  return {};
}

}  // namespace

std::string topic_arn(const Scope& scope, std::string_view name) { return make_arn(scope, "sns", name); }
std::string subscription_arn(const Scope& scope, std::string_view topic, std::string_view id) { return cat(topic_arn(scope, topic), ':', id); }

std::optional<TopicAddress> find_topic_address(std::string_view text) {
  auto arn = parse_arn(text);
  if (!arn || arn->service != "sns" || !is_account_id(arn->account) || arn->region.empty() || arn->resource.empty()) return std::nullopt;
  if (arn->resource.find(':') != std::string_view::npos || arn->resource.find('/') != std::string_view::npos) return std::nullopt;
  return TopicAddress{{Partition(arn->partition), AccountId(arn->account), Region(arn->region)}, std::string(arn->resource)};
}

Result<TopicAddress> topic_address(std::string_view text, std::string_view parameter, std::string_view region) {
  FB_TRY(check_parts(text, parameter));
  auto address = find_topic_address(text);
  if (!address || address->scope.region.str() != region) return fail(invalid(std::string(parameter)));
  return *address;
}

Result<SubscriptionAddress> subscription_address(std::string_view text) {
  FB_TRY(check_parts(text, "SubscriptionArn"));
  size_t colon = text.rfind(':');
  auto parts = split(text, ':');
  if (parts.size() != 7) {
    if (parts.size() == 6 && parts[2] == "sns") return fail(invalid("SubscriptionId"));
    return fail(subscription_does_not_exist());
  }
  auto topic = find_topic_address(text.substr(0, colon));
  if (!topic) return fail(invalid("SubscriptionArn"));
  return SubscriptionAddress{*topic, std::string(text.substr(colon + 1))};
}

bool valid_topic_name(std::string_view name, bool fifo) {
  if (name.empty() || name.size() > 256) return false;
  if (fifo) {
    if (!name.ends_with(".fifo")) return false;
    name.remove_suffix(5);
  }
  return !name.empty() && std::all_of(name.begin(), name.end(), name_character);
}

}  // namespace fogbank::sns
