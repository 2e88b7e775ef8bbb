#include "services/sns/subscriptions.h"

#include <algorithm>

#include "base/encoding.h"

namespace fogbank::sns {
namespace {

constexpr size_t kTokenDigits = 288, kRegionDigits = 16;
constexpr std::string_view kTokenHead = "2336412f37";

void touch(store::Txn& tx, const Scope& scope, std::string_view topic) { tx.put_record(revision_key(scope, topic), Revision{tx.version(), {}}); }

/// Changes the counts of the topic that the subscription is of, if that still exists.
void count(store::Txn& tx, const Scope& scope, const Subscription& s, int confirmed, int pending, int deleted) {
  auto topic = tx.get_as<Topic>(topic_key(scope, s.topic));
  if (!topic || topic->id != s.topic_id) return;
  topic->confirmed += confirmed;
  topic->pending += pending;
  topic->deleted += deleted;
  tx.put_record(topic_key(scope, s.topic), *topic);
}

}  // namespace

std::optional<Subscription> find_subscription(store::Reader& reader, const SubscriptionAddress& a) {
  return reader.get_as<Subscription>(subscription_key(a.topic.scope, a.topic.name, a.id));
}

std::optional<Subscription> find_by_endpoint(store::Reader& reader, const Scope& scope, const Topic& topic, std::string_view protocol, std::string_view endpoint) {
  auto ref = reader.get_as<SubscriptionRef>(endpoint_key(scope, topic.name, protocol, endpoint));
  if (!ref) return std::nullopt;
  auto s = find_subscription(reader, {{scope, topic.name}, ref->id});
  return s && s->topic_id == topic.id ? s : std::nullopt;
}

void add_subscription(store::Txn& tx, const Scope& scope, const Subscription& s) {
  tx.put_record(subscription_key(scope, s.topic, s.id), s);
  tx.put_record(endpoint_key(scope, s.topic, s.protocol, s.endpoint), SubscriptionRef{s.id, {}});
  tx.put(owned_key(scope, s.owner, s.topic, s.id), "");
  count(tx, scope, s, s.pending ? 0 : 1, s.pending ? 1 : 0, 0);
  touch(tx, scope, s.topic);
}

void change_subscription(store::Txn& tx, const Scope& scope, const Subscription& s, bool was_pending) {
  tx.put_record(subscription_key(scope, s.topic, s.id), s);
  if (was_pending && !s.pending) count(tx, scope, s, 1, -1, 0);
  touch(tx, scope, s.topic);
}

void erase_subscription(store::Txn& tx, const Scope& scope, const Subscription& s, bool counted) {
  tx.erase(subscription_key(scope, s.topic, s.id));
  store::Key by_endpoint = endpoint_key(scope, s.topic, s.protocol, s.endpoint);
  auto ref = tx.get_as<SubscriptionRef>(by_endpoint);
  if (ref && ref->id == s.id) tx.erase(by_endpoint);
  tx.erase(owned_key(scope, s.owner, s.topic, s.id));
  if (!s.token.empty()) tx.erase(token_key(scope, s.token));
  count(tx, scope, s, s.pending ? 0 : -1, s.pending ? -1 : 0, counted ? 1 : 0);
  // The last one of a topic that is gone takes the revision with it.
  bool left = false;
  tx.scan_prefix(store::key(scope, kSubscriptions, std::string_view(s.topic)), [&](auto, auto, auto) { left = true; return false; });
  if (!left && !tx.has(topic_key(scope, s.topic))) tx.erase(revision_key(scope, s.topic));
  else touch(tx, scope, s.topic);
}

std::string make_token(std::string_view region, Random& random) {
  std::string mark = sha256_hex(region).substr(0, kRegionDigits);
  return cat(kTokenHead, mark, random.hex(kTokenDigits - kTokenHead.size() - kRegionDigits));
}

bool token_shape(std::string_view token) {
  return token.size() == kTokenDigits && std::all_of(token.begin(), token.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool token_of_region(std::string_view token, std::string_view region) {
  return token.substr(kTokenHead.size(), kRegionDigits) == std::string_view(sha256_hex(region)).substr(0, kRegionDigits);
}

}  // namespace fogbank::sns
