// ConfirmSubscription: https://docs.aws.amazon.com/sns/latest/api/API_ConfirmSubscription.html
// The token is what counts: of the topic's ARN only account and Region are looked at, as AWS does. Asked again it answers the same.
#include "gateway/context.h"
#include "gen/sns/operations.h"
#include "services/sns/errors.h"
#include "services/sns/subscriptions.h"

namespace fogbank::sns {
namespace {

Result<void> confirm(store::Txn& tx, const Scope& scope, const Token& token, bool authenticated, bool authenticate_later, Millis now) {
  auto s = find_subscription(tx, {{scope, token.topic}, token.subscription});
  if (!s && !token.restore.empty()) {   // an Unsubscribe is taken back
    auto was = decode<Subscription>(token.restore);
    auto topic = was ? tx.get_as<Topic>(topic_key(scope, was->topic)) : std::nullopt;
    if (!topic || topic->id != was->topic_id || find_by_endpoint(tx, scope, *topic, was->protocol, was->endpoint)) return fail(invalid("Token"));
    was->created = now;
    add_subscription(tx, scope, *was);
    return {};
  }
  if (!s) return fail(invalid("Token"));
  if (!s->pending) return {};
  s->pending = false;
  s->authenticated = authenticated;
  s->authenticate_on_unsubscribe = authenticated && authenticate_later;
  change_subscription(tx, scope, *s, true);
  return {};
}

}  // namespace

Result<void> ConfirmSubscription(Context& cx, const svc::ConfirmSubscriptionInput& in, svc::ConfirmSubscriptionResponse& out) {
  auto address = find_topic_address(in.TopicArn);
  if (!address) return fail(invalid("Topic"));
  const Scope& scope = address->scope;
  if (!token_shape(in.Token)) return fail(invalid("Token"));
  if (!token_of_region(in.Token, scope.region)) return fail(invalid("Topic"));
  bool signed_ = !cx.principal().anonymous();
  bool later = in.AuthenticateOnUnsubscribe && iequals(in.AuthenticateOnUnsubscribe, "true");
  if (in.AuthenticateOnUnsubscribe && !later && !iequals(in.AuthenticateOnUnsubscribe, "false")) return fail(invalid("AuthenticateOnUnsubscribe"));
  if (later && !signed_) return fail(authorization_error("AuthenticateOnUnsubscribe needs a signed request."));
  std::optional<Token> token;
  FB_TRY(cx.write([&](store::Txn& tx) -> Result<void> {
    token = tx.get_as<Token>(token_key(scope, in.Token));
    if (!token || token->expires <= cx.now()) return fail(invalid("Token"));
    return confirm(tx, scope, *token, signed_, later, cx.now());
  }));
  out.SubscriptionArn = cx.str(subscription_arn(scope, token->topic, token->subscription));
  return {};
}

}  // namespace fogbank::sns
