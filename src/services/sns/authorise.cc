// What is decided before SNS's operations run, and on which topic. Source: Service Authorization Reference, "Amazon SNS"; developer guide,
// "Access control".
//
// A missing topic of the caller's own account is told as such before anything is decided; a foreign one only shows as a denial.
#include "gateway/authorise.h"
#include "gateway/context.h"
#include "gateway/core.h"
#include "gen/sns/operations.h"
#include "services/sns/caches.h"
#include "services/sns/errors.h"
#include "services/sns/message.h"
#include "services/sns/publishing.h"
#include "services/sns/subscriptions.h"
#include "services/sns/topic_policy.h"

namespace fogbank::sns {
namespace {

/// Decided by the caller's own policies alone.
void require_of_account(AuthoriseContext& cx) {
  auto info = std::make_shared<ResourceInfo>();
  info->owner_account = cx.caller().account.str();
  cx.require(cx.action(), "*").info = info;
}

TopicPtr find_topic(AuthoriseContext& cx, const TopicAddress& a) { return cx.core().state<State>().topics.get(cx.reader(), topic_key(a.scope, a.name)); }

/// AWS:SourceOwner, by which the default policy lets a service in that acts for the topic's own account.
void add_source_owner(AuthoriseContext& cx, Requirement& r) {
  const auth::Principal& p = cx.principal();
  if (p.kind == auth::PrincipalKind::service && p.name == "cloudwatch.amazonaws.com") r.keys["aws:sourceowner"] = {p.source_account};
}

Result<TopicAddress> require_topic(AuthoriseContext& cx, std::string_view arn, std::string_view parameter, ApiError (*missing)()) {
  std::string region = cx.principal().anonymous() || cx.request().internal ? std::string() : cx.caller().region.str();
  if (region.empty()) if (auto a = find_topic_address(arn)) region = a->scope.region.str();
  FB_ASSIGN(address, topic_address(arn, parameter, region));
  cx.set_target(address.scope);
  if (missing && cx.caller().account == address.scope.account && !find_topic(cx, address)) return fail(missing());
  add_source_owner(cx, cx.require(cx.action(), topic_arn(address.scope, address.name)));
  return address;
}

bool phone_number(std::string_view s) {
  if (s.size() < 3 || s.size() > 16 || s[0] != '+') return false;
  return s.find_first_not_of("0123456789", 1) == std::string_view::npos;
}

}  // namespace

Result<void> by_topic(AuthoriseContext& cx, const wire::View& in) {
  FB_TRY(require_topic(cx, in.text("TopicArn"), "TopicArn", topic_does_not_exist));
  return {};
}

Result<void> by_any_topic(AuthoriseContext& cx, const wire::View& in) {
  FB_TRY(require_topic(cx, in.text("TopicArn"), "TopicArn", nullptr));
  return {};
}

Result<void> by_tagged(AuthoriseContext& cx, const wire::View& in) {
  FB_TRY(require_topic(cx, in.text("ResourceArn"), "ResourceArn", resource_not_found));
  return {};
}

Result<void> new_topic(AuthoriseContext& cx, const wire::View& in) {
  const auto& request = *static_cast<const svc::CreateTopicInput*>(in.data());
  std::string arn = topic_arn(cx.target(), request.Name);
  cx.require("sns:CreateTopic", arn).load_policy = false;
  if (!request.Tags.empty()) cx.require("sns:TagResource", arn).load_policy = false;
  return {};
}

Result<void> to_publish(AuthoriseContext& cx, const wire::View& in) {
  Str topic = in.text("TopicArn"), target = in.text("TargetArn"), phone = in.text("PhoneNumber");
  if (phone) {
    if (!phone_number(phone)) return fail(invalid(cat("PhoneNumber Reason: ", phone.view(), " is not valid to publish to")));
    return fail(not_served("Publish to a phone number (SMS)"));
  }
  bool by_target = topic.empty() && !target.empty();
  if (topic.empty() && target.empty()) return fail(invalid("TopicArn or TargetArn Reason: no value for required parameter"));
  std::string_view arn = by_target ? target : topic;
  if (by_target && arn.find(":endpoint/") != std::string_view::npos) return fail(invalid("TargetArn Reason: No endpoint found for the target arn specified"));
  FB_ASSIGN(address, require_topic(cx, arn, by_target ? "TargetArn" : "TopicArn", topic_does_not_exist));
  auto& found = cx.find<PublishTarget>();
  found.address = address;
  TopicPtr record = find_topic(cx, address);
  found.sealed = record && !record->kms_key.empty();
  if (!found.sealed) return {};
  found.kms_key = record->kms_key;
  std::string own = topic_arn(address.scope, address.name);
  for (auto require : {kms::require_generate, kms::require_decrypt_later}) {
    if (auto required = require(cx, topic_key_use(found, own)); !required) return fail(kms_error(std::move(required.error())));
  }
  return {};
}

Result<void> by_token(AuthoriseContext& cx, const wire::View& in) {
  auto address = find_topic_address(in.text("TopicArn"));
  if (!address) return fail(invalid("Topic"));
  cx.set_target(address->scope);
  if (!cx.principal().anonymous() && cx.caller().account == address->scope.account) cx.require(cx.action(), topic_arn(address->scope, address->name));
  return {};
}

Result<void> by_subscription(AuthoriseContext& cx, const wire::View& in) {
  FB_ASSIGN(address, subscription_address(in.text("SubscriptionArn")));
  cx.set_target(address.topic.scope);
  if (!cx.principal().anonymous()) require_of_account(cx);
  auto s = find_subscription(cx.reader(), address);
  if (!s) {
    if (cx.action() == "sns:Unsubscribe") return {};   // it is gone already
    return fail(subscription_does_not_exist());
  }
  std::string own = cx.caller().account.str();
  bool party = !cx.principal().anonymous() && (own == s->owner || own == address.topic.scope.account.str());
  bool open = cx.action() == "sns:Unsubscribe" && !s->authenticate_on_unsubscribe;
  if (!party && !open) {
    return fail(authorization_error(cx.principal().anonymous() ? "This call is not authorized: the subscription can only be removed by a signed request of its owner."
                                                                : cat("User: ", cx.principal().arn, " is not authorized to perform: SNS:", cx.action().substr(4), " on resource: ",
                                                                      in.text("SubscriptionArn").view())));
  }
  return {};
}

Result<void> load_resource(AuthoriseContext& cx, std::string_view arn, ResourceInfo& out) {
  auto address = find_topic_address(arn);
  if (!address) return {};
  State& state = cx.core().state<State>();
  out.owner_account = address->scope.account.str();
  TopicPtr topic = find_topic(cx, *address);
  if (!topic) return {};
  out.tags = topic->tags;
  out.policy = state.policies.get(cx.reader(), policy_key(address->scope, address->name));
  if (!out.policy && cx.principal().kind == auth::PrincipalKind::service) {
    FB_ASSIGN(compiled, policy::compile(default_policy(address->scope, address->name), policy::PolicyKind::resource, {policy::Dialect::sns, address->scope.partition}));
    out.policy = std::move(compiled);
  }
  if (out.policy) out.policy_name = arn;
  return {};
}

}  // namespace fogbank::sns
