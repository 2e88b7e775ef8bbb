// GetTopicAttributes, SetTopicAttributes: https://docs.aws.amazon.com/sns/latest/api/API_SetTopicAttributes.html
#include "services/sns/topic_attributes.h"

#include "gateway/context.h"
#include "gen/sns/operations.h"
#include "services/sns/errors.h"
#include "services/sns/names.h"
#include "services/sns/topic_policy.h"

namespace fogbank::sns {

Result<void> GetTopicAttributes(Context& cx, const svc::GetTopicAttributesInput& in, svc::GetTopicAttributesResponse& out) {
  auto address = find_topic_address(in.TopicArn);
  if (!address) return fail(invalid("TopicArn"));
  std::optional<Topic> topic;
  std::optional<TopicPolicy> policy;
  cx.read([&](store::Reader& reader) {
    topic = reader.get_as<Topic>(topic_key(address->scope, address->name));
    policy = reader.get_as<TopicPolicy>(policy_key(address->scope, address->name));
  });
  if (!topic) return fail(topic_does_not_exist());
  auto attributes = topic_attributes(address->scope, *topic, policy ? policy->json : default_policy(address->scope, address->name));
  for (const auto& [name, value] : attributes) out.Attributes.add(cx.arena(), cx.str(name)) = cx.str(value);
  return {};
}

Result<void> SetTopicAttributes(Context& cx, const svc::SetTopicAttributesInput& in, svc::SetTopicAttributesOutput&) {
  auto address = find_topic_address(in.TopicArn);
  if (!address) return fail(invalid("TopicArn"));
  return cx.write([&](store::Txn& tx) -> Result<void> {
    store::Key key = topic_key(address->scope, address->name);
    auto topic = tx.get_as<Topic>(key);
    if (!topic) return fail(topic_does_not_exist());
    std::optional<std::string> policy;
    FB_TRY(set_topic_attribute(*topic, policy, in.AttributeName, in.AttributeValue.view(), "", address->scope.partition));
    if (policy) tx.put_record(policy_key(address->scope, address->name), TopicPolicy{*policy, {}});
    else tx.put_record(key, *topic);
    return {};
  });
}

}  // namespace fogbank::sns
