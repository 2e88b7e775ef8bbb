// What SNS keeps, all in the account and Region of the topic:
//
//   topic         (name)                        Topic
//   policy        (name)                        TopicPolicy: apart, so that only its change makes decisions stale. None: the default policy
//   subscription  (topic, id)                   Subscription; stays when its topic is deleted, until it is unsubscribed or three days are over
//   endpoint      (topic, protocol, endpoint)   SubscriptionRef: an endpoint is subscribed to a topic once
//   owned         (account, topic, id)          empty, in the scope of who subscribed: the subscriptions of an account
//   token         (token)                       Token: confirms a subscription
//   revision      (topic)                       Revision: changes with every change of the topic's subscriptions
//   seen          (topic, group, dedup id)      Seen: a message of a FIFO topic within the last five minutes
//   signing       ()                            SigningIdentity, of the whole partition
//
// A topic's id is never used again: subscriptions of a deleted topic are not those of a new one of its name. Messages are in no table: what
// is to be delivered later is in the payload of a task. Decoded topics, compiled policies and the subscriptions of busy topics are cached in memory.
#pragma once
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "auth/policy/document.h"
#include "base/clock.h"
#include "base/record.h"
#include "base/scope.h"
#include "store/store.h"

namespace fogbank::sns {

inline constexpr store::Table kTopics{"sns", "topic"};
inline constexpr store::Table kPolicies{"sns", "policy", true};
inline constexpr store::Table kSubscriptions{"sns", "subscription"};
inline constexpr store::Table kEndpoints{"sns", "endpoint"};
inline constexpr store::Table kOwned{"sns", "owned"};
inline constexpr store::Table kTokens{"sns", "token"};
inline constexpr store::Table kRevisions{"sns", "revision"};
inline constexpr store::Table kSeen{"sns", "seen"};
inline constexpr store::Table kSigning{"sns", "signing"};

inline constexpr Millis kDeduplication = 5 * 60'000;
inline constexpr Millis kConfirmWithin = 2LL * 86'400'000;      ///< a pending subscription goes after that
inline constexpr Millis kOrphanAfter = 3LL * 86'400'000;        ///< a subscription of a deleted topic

struct Topic {
  uint64_t id = 0;
  std::string name;
  Millis created = 0;
  bool fifo = false, content_based = false;
  std::string display_name, kms_key, signature_version, tracing, throughput_scope;   ///< empty: not set
  std::string delivery_policy;                   ///< as it was given; empty: none
  std::map<std::string, std::string> tags;
  int64_t confirmed = 0, pending = 0, deleted = 0;   ///< subscriptions
  uint64_t sequence = 0;                         ///< of the newest message of a FIFO topic
  uint64_t sweep_task = 0;                       ///< that will forget its seen messages; 0: there are none
  Unknown unknown;
  template <class A> void fields(A& a) {
    a(1, id); a(2, name); a(3, created); a(4, fifo); a(5, content_based); a(6, display_name); a(7, kms_key); a(8, signature_version);
    a(9, tracing); a(10, throughput_scope); a(11, delivery_policy); a(13, tags); a(14, confirmed); a(15, pending);
    a(16, deleted); a(17, sequence); a(18, sweep_task); a(unknown);
  }
};
using TopicPtr = std::shared_ptr<const Topic>;

struct TopicPolicy {
  std::string json;
  Unknown unknown;
  template <class A> void fields(A& a) { a(1, json); a(unknown); }
};

struct Subscription {
  std::string id;                                ///< UUID
  uint64_t topic_id = 0;
  std::string topic, protocol, endpoint;         ///< topic: its name
  std::string owner, principal;                  ///< account and ARN of who subscribed
  Millis created = 0;
  bool pending = false;
  bool authenticated = false;                    ///< ConfirmationWasAuthenticated
  bool authenticate_on_unsubscribe = false;
  bool raw = false;
  bool filter_body = false;                      ///< FilterPolicyScope
  std::string filter, redrive, delivery_policy, role;   ///< as they were given; empty: none
  std::string token;                             ///< while pending
  Unknown unknown;
  template <class A> void fields(A& a) {
    a(1, id); a(2, topic_id); a(3, topic); a(4, protocol); a(5, endpoint); a(6, owner); a(7, principal); a(8, created); a(9, pending);
    a(10, authenticated); a(11, authenticate_on_unsubscribe); a(12, raw); a(13, filter_body); a(14, filter); a(15, redrive);
    a(16, delivery_policy); a(17, role); a(18, token); a(unknown);
  }
};

struct SubscriptionRef {
  std::string id;
  Unknown unknown;
  template <class A> void fields(A& a) { a(1, id); a(unknown); }
};

struct Token {
  std::string topic, subscription;
  Millis expires = 0;
  std::string restore;                           ///< the Subscription that a cancelled Unsubscribe gives back
  Unknown unknown;
  template <class A> void fields(A& a) { a(1, topic); a(2, subscription); a(3, expires); a(4, restore); a(unknown); }
};

struct Revision {
  uint64_t number = 0;
  Unknown unknown;
  template <class A> void fields(A& a) { a(1, number); a(unknown); }
};

struct Seen {
  Millis at = 0;
  std::string message_id;
  uint64_t sequence = 0;
  Unknown unknown;
  template <class A> void fields(A& a) { a(1, at); a(2, message_id); a(3, sequence); a(unknown); }
};

struct SigningIdentity {
  std::string pkcs8, certificate;                ///< DER; PEM
  Unknown unknown;
  template <class A> void fields(A& a) { a(1, pkcs8); a(2, certificate); a(unknown); }
};

store::Key topic_key(const Scope& scope, std::string_view name);
store::Key policy_key(const Scope& scope, std::string_view name);
store::Key subscription_key(const Scope& scope, std::string_view topic, std::string_view id);
store::Key endpoint_key(const Scope& scope, std::string_view topic, std::string_view protocol, std::string_view endpoint);
store::Key owned_key(const Scope& scope, std::string_view owner, std::string_view topic, std::string_view id);
store::Key token_key(const Scope& scope, std::string_view token);
store::Key revision_key(const Scope& scope, std::string_view topic);
store::Key seen_key(const Scope& scope, uint64_t topic_id, std::string_view group, std::string_view deduplication_id);

}  // namespace fogbank::sns
