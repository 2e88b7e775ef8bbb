// ListSubscriptions, ListSubscriptionsByTopic: https://docs.aws.amazon.com/sns/latest/api/API_ListSubscriptions.html
// The former lists what the caller's account owns, also of topics of others.
#include "gen/sns/operations.h"
#include "services/sns/names.h"
#include "services/sns/pages.h"
#include "services/sns/state.h"

namespace fogbank::sns {
namespace {

void show(Context& cx, const Scope& scope, const Subscription& s, svc::Subscription& out) {
  out.SubscriptionArn = s.pending ? Str("PendingConfirmation") : cx.str(subscription_arn(scope, s.topic, s.id));
  out.Owner = cx.str(s.owner);
  out.Protocol = cx.str(s.protocol);
  out.Endpoint = cx.str(s.endpoint);
  out.TopicArn = cx.str(topic_arn(scope, s.topic));
}

}  // namespace

Result<void> ListSubscriptions(Context& cx, const svc::ListSubscriptionsInput& in, svc::ListSubscriptionsResponse& out) {
  out.Subscriptions.reserve(cx.arena(), 0);
  return page(cx, store::key(cx.scope(), kOwned), in.NextToken, out.NextToken, [&](store::Reader& reader, std::string_view key, std::string_view) {
    auto parts = store::key_parts(key);
    Scope scope{cx.scope().partition, AccountId(parts.at(0)), cx.scope().region};
    auto s = reader.get_as<Subscription>(subscription_key(scope, parts.at(1), parts.at(2)));
    if (s) show(cx, scope, *s, out.Subscriptions.add(cx.arena()));
    return s.has_value();
  });
}

Result<void> ListSubscriptionsByTopic(Context& cx, const svc::ListSubscriptionsByTopicInput& in, svc::ListSubscriptionsByTopicResponse& out) {
  auto address = find_topic_address(in.TopicArn);
  if (!address) return fail(invalid("TopicArn"));
  out.Subscriptions.reserve(cx.arena(), 0);
  std::optional<Topic> topic;
  cx.read([&](store::Reader& reader) { topic = reader.get_as<Topic>(topic_key(address->scope, address->name)); });
  if (!topic) return fail(topic_does_not_exist());
  store::Key all = store::key(address->scope, kSubscriptions, std::string_view(address->name));
  return page(cx, all, in.NextToken, out.NextToken, [&](store::Reader&, std::string_view, std::string_view bytes) {
    auto s = decode<Subscription>(bytes);
    bool ours = s && s->topic_id == topic->id;
    if (ours) show(cx, address->scope, *s, out.Subscriptions.add(cx.arena()));
    return ours;
  });
}

}  // namespace fogbank::sns
