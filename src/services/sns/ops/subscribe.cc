// Subscribe: https://docs.aws.amazon.com/sns/latest/api/API_Subscribe.html
// An endpoint is subscribed once; asked again with attributes that the subscription has, Subscribe answers the same subscription. Queues and
// functions of the caller's account need no confirmation; to all others goes a token.
#include <algorithm>

#include "gateway/context.h"
#include "gen/sns/operations.h"
#include "http/client.h"
#include "services/sns/caches.h"
#include "services/sns/errors.h"
#include "services/sns/publishing.h"
#include "services/sns/subscription_attributes.h"
#include "services/sns/subscriptions.h"
#include "services/sns/tasks.h"

namespace fogbank::sns {
namespace {

constexpr std::string_view kPrefix = "Attributes Reason: ";
constexpr std::string_view kProtocols[] = {"http", "https", "email", "email-json", "sms", "sqs", "application", "lambda", "firehose"};
constexpr std::string_view kNotServed[] = {"sms", "application", "firehose"};
constexpr size_t kMaxEndpoint = 2048;

template <size_t N> bool among(const std::string_view (&list)[N], std::string_view s) { return std::find(std::begin(list), std::end(list), s) != std::end(list); }

bool mail_address(std::string_view s) {
  size_t at = s.find('@');
  return at != std::string_view::npos && at > 0 && s.find('.', at) != std::string_view::npos && s.size() <= 320 && s.find_first_of(" \t\r\n<>,;\"", 0) == std::string_view::npos &&
         s.find('@', at + 1) == std::string_view::npos && s.back() != '.' && s[at + 1] != '.';
}

/// "+1 555-123-4567": digits, each at most once behind by a space, dot or hyphen.
bool phone_number(std::string_view s) {
  if (s.starts_with('+')) s.remove_prefix(1);
  size_t digits = 0;
  bool separated = true;
  for (char c : s) {
    if (c >= '0' && c <= '9') { digits++; separated = false; continue; }
    if ((c != '-' && c != ' ' && c != '.') || separated) return false;
    separated = true;
  }
  return digits >= 5 && digits <= 15 && !separated;
}

bool arn_of(std::string_view endpoint, std::string_view service) {
  auto arn = parse_arn(endpoint);
  return arn && arn->service == service && is_account_id(arn->account) && !arn->region.empty() && !arn->resource.empty();
}

Result<void> check_endpoint(std::string_view protocol, std::string_view endpoint, const Topic& topic) {
  if (!among(kProtocols, protocol)) return fail(invalid(cat("Amazon SNS does not support this protocol string: ", protocol)));
  if (endpoint.empty() || endpoint.size() > kMaxEndpoint) return fail(invalid("Endpoint"));
  if (protocol == "http" || protocol == "https") {
    if (!endpoint.starts_with(cat(protocol, "://"))) return fail(invalid("Endpoint must match the specified protocol"));
    if (!http::parse_url(endpoint)) return fail(invalid("Endpoint"));
  }
  if (protocol.starts_with("email") && !mail_address(endpoint)) return fail(invalid("Email address"));
  if (protocol == "sms" && !phone_number(endpoint)) return fail(invalid_plain(cat("Invalid SMS endpoint: ", endpoint)));
  if (protocol == "sqs" && !arn_of(endpoint, "sqs")) return fail(invalid("SQS endpoint ARN"));
  if (protocol == "lambda" && !function_of(endpoint)) return fail(invalid("Lambda endpoint ARN"));
  if (protocol == "firehose" && !arn_of(endpoint, "firehose")) return fail(invalid("Firehose endpoint ARN"));
  if (protocol == "application" && !arn_of(endpoint, "sns")) return fail(invalid("ApplicationEndpoint endpoint ARN"));
  if (protocol == "sqs" && endpoint.ends_with(".fifo") && !topic.fifo) {
    return fail(invalid("Invalid parameter: Endpoint Reason: FIFO SQS Queues can not be subscribed to standard SNS topics"));
  }
  if (protocol != "sqs" && topic.fifo) return fail(invalid(cat("Invalid parameter: Protocol Reason: ", protocol, " endpoints can not be subscribed to FIFO SNS topics")));
  return {};
}

/// What a subscription asks for, with the names of the attributes that were given.
struct Wanted {
  Subscription subscription;
  std::vector<std::string> named;
};

Result<Wanted> read_wanted(const svc::SubscribeInput& in, const TopicAddress& address, const Topic& topic) {
  Wanted w;
  Subscription& s = w.subscription;
  s.topic = address.name;
  s.topic_id = topic.id;
  s.protocol = in.Protocol;
  s.endpoint = in.Endpoint.view();
  FB_TRY(check_endpoint(s.protocol, s.endpoint, topic));
  AttributeUse use{kPrefix, address};
  for (const auto& e : in.Attributes) {
    FB_TRY(set_subscription_attribute(s, e.key, e.value, use));
    w.named.emplace_back(e.key);
  }
  FB_TRY(check_filter(s, use));
  if (among(kNotServed, s.protocol)) return fail(not_served(cat("Subscribe with the protocol ", s.protocol)));
  return w;
}

Notification confirmation(Context& cx, const TopicAddress& address, const Topic& topic, const std::string& token) {
  Notification n;
  n.type = "SubscriptionConfirmation";
  n.id = cx.random().uuid();
  n.topic_arn = topic_arn(address.scope, address.name);
  n.message = cat("You have chosen to subscribe to the topic ", n.topic_arn, ".\nTo confirm the subscription, visit the SubscribeURL included in this message.");
  n.time = cx.now();
  n.signature_version = topic.signature_version.empty() ? "1" : topic.signature_version;
  n.token = token;
  n.endpoint = cx.request().endpoint;
  return n;
}

}  // namespace

Result<void> Subscribe(Context& cx, const svc::SubscribeInput& in, svc::SubscribeResponse& out) {
  auto address = find_topic_address(in.TopicArn);
  if (!address) return fail(invalid("TopicArn"));
  const Scope& scope = address->scope;
  State& state = cx.state<State>();
  TopicPtr topic = state.topics.get(topic_key(scope, address->name));
  if (!topic) return fail(topic_does_not_exist());
  FB_ASSIGN(wanted, read_wanted(in, *address, *topic));
  if (!topic->fifo) state.signing.prepare();
  Subscription& s = wanted.subscription;
  std::string id = cx.random().uuid(), token = make_token(scope.region.str(), cx.random());
  auto endpoint = parse_arn(s.endpoint);
  bool known = (s.protocol == "sqs" || s.protocol == "lambda") && endpoint && endpoint->account == cx.caller().account.str();
  Notification n = confirmation(cx, *address, *topic, token);
  std::string email_json;
  if (s.protocol == "email-json") {
    FB_ASSIGN(json, Envelopes(state.signing, n).json(s.protocol, ""));
    email_json = std::move(json);
  }
  Subscription result;
  FB_TRY(cx.write([&](store::Txn& tx) -> Result<void> {
    auto now = tx.get_as<Topic>(topic_key(scope, address->name));
    if (!now || now->id != topic->id) return fail(topic_does_not_exist());
    auto existing = find_by_endpoint(tx, scope, *now, s.protocol, s.endpoint);
    if (existing && differs(*existing, s, wanted.named)) return fail(invalid(cat(kPrefix, "Subscription already exists with different attributes")));
    result = existing ? *existing : s;
    if (existing && !existing->pending) return {};
    if (!existing) {
      result.id = id;
      result.owner = cx.caller().account.str();
      result.principal = cx.principal().arn;
      result.created = cx.now();
      result.pending = !known;
      result.authenticated = known;
    } else if (!result.token.empty()) {
      tx.erase(token_key(scope, result.token));
    }
    if (result.pending) {
      result.token = token;
      tx.put_record(token_key(scope, token), Token{address->name, result.id, cx.now() + kConfirmWithin, "", {}});
    }
    if (existing) change_subscription(tx, scope, result, true);
    else add_subscription(tx, scope, result);
    if (!result.pending) return {};
    schedule_expiry(tx, scope, result, token, cx.now() + kConfirmWithin);
    return send_confirmation(tx, scope, *now, result, n, email_json, cx.now());
  }));
  bool show = !result.pending || in.ReturnSubscriptionArn.value_or(false);
  out.SubscriptionArn = show ? cx.str(subscription_arn(scope, address->name, result.id)) : Str("pending confirmation");
  return {};
}

}  // namespace fogbank::sns
