// Unsubscribe: https://docs.aws.amazon.com/sns/latest/api/API_Unsubscribe.html
// Whoever has the link may unsubscribe, unless the subscription was confirmed otherwise. If it was not its owner, an HTTP endpoint is told,
// with a token that takes it back.
#include "gateway/context.h"
#include "gen/sns/operations.h"
#include "services/sns/publishing.h"
#include "services/sns/subscriptions.h"
#include "services/sns/tasks.h"

namespace fogbank::sns {
namespace {

Notification cancellation(Context& cx, const SubscriptionAddress& a, std::string_view arn, const std::string& token) {
  Notification n;
  n.type = "UnsubscribeConfirmation";
  n.id = cx.random().uuid();
  n.topic_arn = topic_arn(a.topic.scope, a.topic.name);
  n.message = cat("You have chosen to deactivate subscription ", arn,
                  ".\nTo cancel this operation and restore the subscription, visit the SubscribeURL included in this message.");
  n.time = cx.now();
  n.signature_version = "1";
  n.token = token;
  n.endpoint = cx.request().endpoint;
  return n;
}

}  // namespace

Result<void> Unsubscribe(Context& cx, const svc::UnsubscribeInput& in, svc::UnsubscribeOutput&) {
  FB_ASSIGN(address, subscription_address(in.SubscriptionArn));
  const Scope& scope = address.topic.scope;
  std::string token = make_token(scope.region.str(), cx.random());
  Notification n = cancellation(cx, address, in.SubscriptionArn, token);
  return cx.write([&](store::Txn& tx) -> Result<void> {
    auto s = find_subscription(tx, address);
    if (!s) return {};
    erase_subscription(tx, scope, *s, !s->pending);
    bool owner = !cx.principal().anonymous() && cx.caller().account.str() == s->owner;
    auto topic = tx.get_as<Topic>(topic_key(scope, s->topic));
    if (owner || s->pending || !s->protocol.starts_with("http") || !topic || topic->id != s->topic_id) return {};
    n.signature_version = topic->signature_version.empty() ? "1" : topic->signature_version;
    s->token.clear();
    tx.put_record(token_key(scope, token), Token{s->topic, s->id, cx.now() + kOrphanAfter, encode(*s), {}});
    schedule_expiry(tx, scope, *s, token, cx.now() + kOrphanAfter);
    return send_confirmation(tx, scope, *topic, *s, n, "", cx.now());
  });
}

}  // namespace fogbank::sns
