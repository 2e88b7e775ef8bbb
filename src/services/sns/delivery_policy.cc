#include "services/sns/delivery_policy.h"

#include <algorithm>
#include <cmath>

#include "base/json_text.h"
#include "base/strings.h"
#include "lang/event_pattern/json.h"

namespace fogbank::sns {
namespace {

using event_pattern::Json;

constexpr std::string_view kTextPlain = "text/plain; charset=UTF-8";
constexpr std::string_view kContentTypes[] = {"text/plain", "text/plain; charset=UTF-8", "text/css", "text/csv", "text/html", "text/xml",
                                              "application/atom+xml", "application/json", "application/javascript", "application/octet-stream",
                                              "application/soap+xml", "application/x-www-form-urlencoded", "application/xhtml+xml", "application/xml"};
constexpr std::string_view kBackoffs[] = {"linear", "arithmetic", "geometric", "exponential"};

tl::unexpected<ApiError> refuse(std::string text) { return fail("", cat("DeliveryPolicy: ", text)); }

bool given(const Json* v) { return v && v->type != Json::Type::null; }

Result<void> read_number(const Json& object, std::string_view where, std::string_view name, int64_t min, int64_t max, int64_t& out) {
  const Json* v = object.get(name);
  if (!given(v)) return {};
  auto n = v->type == Json::Type::number ? parse_int(v->text) : std::nullopt;
  if (!n || *n < min || *n > max) return refuse(cat(where, '.', name, " must be a whole number between ", min, " and ", max));
  out = *n;
  return {};
}

Result<void> known_members(const Json& object, std::string_view where, std::initializer_list<std::string_view> names) {
  for (const auto& [name, value] : object.members)
    if (std::find(names.begin(), names.end(), name) == names.end()) return refuse(cat("Unrecognized field '", name, "' in ", where));
  return {};
}

Result<std::optional<RetryPolicy>> read_retry(const Json* v, std::string_view where) {
  if (!given(v)) return std::optional<RetryPolicy>();
  if (!v->object()) return refuse(cat(where, " must be an object"));
  FB_TRY(known_members(*v, where, {"minDelayTarget", "maxDelayTarget", "numRetries", "numMaxDelayRetries", "numNoDelayRetries", "numMinDelayRetries", "backoffFunction"}));
  RetryPolicy r;
  if (!given(v->get("numRetries"))) return refuse(cat(where, ".numRetries must be specified"));
  FB_TRY(read_number(*v, where, "numRetries", 0, 100, r.retries));
  FB_TRY(read_number(*v, where, "minDelayTarget", 1, 3600, r.min_delay));
  r.max_delay = std::max(r.max_delay, r.min_delay);
  FB_TRY(read_number(*v, where, "maxDelayTarget", 1, 3600, r.max_delay));
  if (r.min_delay > r.max_delay) return refuse(cat(where, ".maxDelayTarget must be greater than or equal to minDelayTarget"));
  FB_TRY(read_number(*v, where, "numNoDelayRetries", 0, 100, r.no_delay_retries));
  FB_TRY(read_number(*v, where, "numMinDelayRetries", 0, 100, r.min_delay_retries));
  FB_TRY(read_number(*v, where, "numMaxDelayRetries", 0, 100, r.max_delay_retries));
  if (r.no_delay_retries + r.min_delay_retries + r.max_delay_retries > r.retries) {
    return refuse(cat(where, ".numRetries must be greater than or equal to total of numMinDelayRetries, numNoDelayRetries and numMaxDelayRetries"));
  }
  if (const Json* b = v->get("backoffFunction"); given(b)) {
    if (std::find(std::begin(kBackoffs), std::end(kBackoffs), b->text) == std::end(kBackoffs)) {
      return refuse(cat(where, ".backoffFunction must be one of linear, arithmetic, geometric, exponential"));
    }
    r.backoff = b->text;
  }
  return std::optional<RetryPolicy>(std::move(r));
}

Result<std::optional<int64_t>> read_throttle(const Json* v, std::string_view where) {
  if (!given(v)) return std::optional<int64_t>();
  if (!v->object()) return refuse(cat(where, " must be an object"));
  FB_TRY(known_members(*v, where, {"maxReceivesPerSecond"}));
  int64_t n = 0;
  FB_TRY(read_number(*v, where, "maxReceivesPerSecond", 1, 1000000, n));
  return n ? std::optional<int64_t>(n) : std::nullopt;
}

Result<std::optional<std::string>> read_request(const Json* v, std::string_view where) {
  if (!given(v)) return std::optional<std::string>();
  if (!v->object()) return refuse(cat(where, " must be an object"));
  FB_TRY(known_members(*v, where, {"headerContentType"}));
  const Json* type = v->get("headerContentType");
  if (!given(type)) return std::optional<std::string>();
  if (std::find(std::begin(kContentTypes), std::end(kContentTypes), type->text) == std::end(kContentTypes)) {
    return refuse(cat(where, ".headerContentType '", type->text, "' is not supported"));
  }
  return std::optional<std::string>(type->text);
}

Result<Json> parse(std::string_view text) {
  event_pattern::JsonFault fault;
  auto v = event_pattern::parse_json(text, &fault);
  if (!v) {
    return refuse(cat("failed to parse JSON. ", fault.message, "\n at [Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: ", fault.line,
                      ", column: ", fault.column, "]"));
  }
  if (!v->object()) return refuse("must be a JSON object");
  return std::move(*v);
}

void retry_json(JsonText& j, const RetryPolicy& r) {
  j.open().member("minDelayTarget", r.min_delay).member("maxDelayTarget", r.max_delay).member("numRetries", r.retries);
  j.member("numMaxDelayRetries", r.max_delay_retries).member("numNoDelayRetries", r.no_delay_retries);
  j.member("numMinDelayRetries", r.min_delay_retries).member("backoffFunction", r.backoff).close();
}

double shape(std::string_view function, double x) {   // from 0 to 1, as x does
  if (function == "arithmetic") return x * (x + 1) / 2;
  if (function == "geometric") return x * x;
  if (function == "exponential") return (std::pow(2.0, 10 * x) - 1) / (std::pow(2.0, 10) - 1);
  return x;
}

}  // namespace

Result<DeliveryPolicy> read_topic_delivery_policy(std::string_view text) {
  FB_ASSIGN(json, parse(text));
  FB_TRY(known_members(json, "DeliveryPolicy", {"http"}));
  DeliveryPolicy out;
  const Json* http = json.get("http");
  if (!given(http)) return out;
  if (!http->object()) return refuse("http must be an object");
  FB_TRY(known_members(*http, "http", {"defaultHealthyRetryPolicy", "defaultSicklyRetryPolicy", "disableSubscriptionOverrides", "defaultThrottlePolicy", "defaultRequestPolicy"}));
  FB_ASSIGN(retry, read_retry(http->get("defaultHealthyRetryPolicy"), "http.defaultHealthyRetryPolicy"));
  FB_ASSIGN(sickly, read_retry(http->get("defaultSicklyRetryPolicy"), "http.defaultSicklyRetryPolicy"));
  if (sickly) return refuse("http.defaultSicklyRetryPolicy is not supported");
  FB_ASSIGN(throttle, read_throttle(http->get("defaultThrottlePolicy"), "http.defaultThrottlePolicy"));
  FB_ASSIGN(request, read_request(http->get("defaultRequestPolicy"), "http.defaultRequestPolicy"));
  out.retry = std::move(retry);
  out.per_second = throttle;
  out.content_type = std::move(request);
  if (const Json* d = http->get("disableSubscriptionOverrides"); given(d)) {
    if (d->type != Json::Type::true_ && d->type != Json::Type::false_) return refuse("http.disableSubscriptionOverrides must be true or false");
    out.disable_overrides = d->type == Json::Type::true_;
  }
  return out;
}

Result<DeliveryPolicy> read_subscription_delivery_policy(std::string_view text) {
  FB_ASSIGN(json, parse(text));
  FB_TRY(known_members(json, "DeliveryPolicy", {"healthyRetryPolicy", "sicklyRetryPolicy", "throttlePolicy", "requestPolicy", "guaranteed"}));
  if (given(json.get("sicklyRetryPolicy"))) return refuse("sicklyRetryPolicy is not supported");
  DeliveryPolicy out;
  FB_ASSIGN(retry, read_retry(json.get("healthyRetryPolicy"), "healthyRetryPolicy"));
  FB_ASSIGN(throttle, read_throttle(json.get("throttlePolicy"), "throttlePolicy"));
  FB_ASSIGN(request, read_request(json.get("requestPolicy"), "requestPolicy"));
  out.retry = std::move(retry);
  out.per_second = throttle;
  out.content_type = std::move(request);
  return out;
}

DeliveryPolicy stored_topic_policy(std::string_view json) {
  auto p = json.empty() ? Result<DeliveryPolicy>(DeliveryPolicy{}) : read_topic_delivery_policy(json);
  return p ? *p : DeliveryPolicy{};
}

DeliveryPolicy stored_subscription_policy(std::string_view json) {
  auto p = json.empty() ? Result<DeliveryPolicy>(DeliveryPolicy{}) : read_subscription_delivery_policy(json);
  return p ? *p : DeliveryPolicy{};
}

DeliveryPolicy effective(const DeliveryPolicy& topic, const DeliveryPolicy& subscription) {
  bool own = !topic.disable_overrides;
  DeliveryPolicy out;
  out.retry = own && subscription.retry ? subscription.retry : topic.retry ? topic.retry : RetryPolicy{};
  out.per_second = own && subscription.per_second ? subscription.per_second : topic.per_second;
  out.content_type = own && subscription.content_type ? subscription.content_type : topic.content_type ? topic.content_type : std::string(kTextPlain);
  return out;
}

std::string topic_policy_json(const DeliveryPolicy& p, bool effective) {
  JsonText j;
  j.open().key("http").open();
  if (p.retry || effective) { j.key("defaultHealthyRetryPolicy"); retry_json(j, p.retry.value_or(RetryPolicy{})); }
  j.member("disableSubscriptionOverrides", p.disable_overrides);
  if (p.per_second) j.key("defaultThrottlePolicy").open().member("maxReceivesPerSecond", *p.per_second).close();
  if (p.content_type || effective) j.key("defaultRequestPolicy").open().member("headerContentType", p.content_type.value_or(std::string(kTextPlain))).close();
  return j.close().close().str();
}

std::string subscription_policy_json(const DeliveryPolicy& p, bool effective) {
  JsonText j;
  j.open().key("healthyRetryPolicy");
  if (p.retry || effective) retry_json(j, p.retry.value_or(RetryPolicy{}));
  else j.null();
  j.key("sicklyRetryPolicy").null().key("throttlePolicy");
  if (p.per_second) j.open().member("maxReceivesPerSecond", *p.per_second).close();
  else j.null();
  j.key("requestPolicy");
  if (p.content_type || effective) j.open().member("headerContentType", p.content_type.value_or(std::string(kTextPlain))).close();
  else j.null();
  return j.member("guaranteed", false).close().str();
}

std::optional<Millis> retry_delay(const RetryPolicy& p, int64_t n) {
  if (n < 1 || n > p.retries) return std::nullopt;
  if (n <= p.no_delay_retries) return 0;
  n -= p.no_delay_retries;
  if (n <= p.min_delay_retries) return p.min_delay * 1000;
  n -= p.min_delay_retries;
  int64_t backing_off = p.retries - p.no_delay_retries - p.min_delay_retries - p.max_delay_retries;
  if (n > backing_off) return p.max_delay * 1000;
  double x = backing_off > 1 ? double(n - 1) / double(backing_off - 1) : 0;
  return p.min_delay * 1000 + Millis(double(p.max_delay - p.min_delay) * 1000 * shape(p.backoff, x));
}

// 3 at once, 2 after a second each, 10 backing off exponentially from 1 to 20 seconds, 100,000 every 20 seconds: 23 days.
std::optional<Millis> queue_retry_delay(int64_t n) {
  if (n > 100'015) return std::nullopt;
  return retry_delay({1, 20, 100'015, 100'000, 3, 2, "exponential"}, n);
}

}  // namespace fogbank::sns
