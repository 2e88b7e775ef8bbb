// GetSubscriptionAttributes, SetSubscriptionAttributes: https://docs.aws.amazon.com/sns/latest/api/API_SetSubscriptionAttributes.html
#include "services/sns/subscription_attributes.h"

#include "gateway/context.h"
#include "gen/sns/operations.h"
#include "services/sns/errors.h"
#include "services/sns/subscriptions.h"

namespace fogbank::sns {

Result<void> GetSubscriptionAttributes(Context& cx, const svc::GetSubscriptionAttributesInput& in, svc::GetSubscriptionAttributesResponse& out) {
  FB_ASSIGN(address, subscription_address(in.SubscriptionArn));
  std::optional<Subscription> s;
  std::optional<Topic> topic;
  cx.read([&](store::Reader& reader) {
    s = find_subscription(reader, address);
    topic = reader.get_as<Topic>(topic_key(address.topic.scope, address.topic.name));
  });
  if (!s) return fail(subscription_does_not_exist());
  for (const auto& [name, value] : subscription_attributes(address.topic.scope, *s, topic ? &*topic : nullptr)) out.Attributes.add(cx.arena(), cx.str(name)) = cx.str(value);
  return {};
}

Result<void> SetSubscriptionAttributes(Context& cx, const svc::SetSubscriptionAttributesInput& in, svc::SetSubscriptionAttributesOutput&) {
  FB_ASSIGN(address, subscription_address(in.SubscriptionArn));
  return cx.write([&](store::Txn& tx) -> Result<void> {
    auto s = find_subscription(tx, address);
    if (!s) return fail(subscription_does_not_exist());
    AttributeUse use{"", address.topic};
    FB_TRY(set_subscription_attribute(*s, in.AttributeName, in.AttributeValue.view(), use));
    FB_TRY(check_filter(*s, use));
    change_subscription(tx, address.topic.scope, *s, s->pending);
    return {};
  });
}

}  // namespace fogbank::sns
