// A message on its way to one subscriber: what a task keeps of it, and the calls that deliver it. Deliveries go through the front door as
// the service principal sns.amazonaws.com acting for the topic, so the queue's policy decides.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "auth/principal.h"
#include "base/arena.h"
#include "gateway/context.h"
#include "gateway/tasks.h"
#include "gen/lambda/operations.h"
#include "gen/sqs/operations.h"
#include "services/kms/data_keys.h"
#include "services/sns/envelope.h"
#include "services/sns/message.h"
#include "services/sns/state.h"

namespace fogbank::sns {

/// Payload of the tasks deliver and post.
struct Delivery {
  Notification notification;                       ///< unless sealed
  std::string sealed, data_key;                    ///< the notification, encrypted: under a data key of KMS, or (no key) under one that SNS owns
  std::string subscription_arn, subscription_id;
  std::string protocol, endpoint;                  ///< where it goes
  std::string text_protocol;                       ///< whose text it is; not `protocol` on the way to a dead-letter queue
  bool raw = false;
  std::string dead_letter_queue;                   ///< ARN; empty: none
  std::string topic_delivery_policy, delivery_policy;
  int64_t retries = 0;                             ///< made so far
  std::string publisher;                           ///< of an encrypted topic: whose permission opens the data key (encoded auth::Principal)
  Unknown unknown;
  template <class A> void fields(A& a) {
    a(1, notification); a(2, sealed); a(3, data_key); a(4, subscription_arn); a(5, subscription_id); a(6, protocol); a(7, endpoint);
    a(8, text_protocol); a(9, raw); a(10, dead_letter_queue); a(11, topic_delivery_policy); a(12, delivery_policy); a(13, retries);
    a(14, publisher); a(unknown);
  }
};

/// The delivery of a message to a subscription.
Delivery make_delivery(const Scope& scope, const Topic& topic, const Subscription& s, const Notification& n);
/// The same to the subscription's dead-letter queue; nothing if it has none.
std::optional<Delivery> to_dead_letter_queue(const Delivery& d);
/// Encrypts what it carries: under the topic's data key, opened later with the publisher's permission, or under a key of SNS.
void seal(Delivery& d, const kms::DataKey& key, const auth::Principal& publisher, Random& random);
void seal_owned(Context& cx, Delivery& d);
/// What a key of SNS sealed; nothing if it is damaged.
std::optional<std::string> open_owned(Core& core, std::string_view sealed, std::string_view topic_arn);

/// A task for it, due at `due`. Messages of one group of a FIFO topic share a lane.
store::Task delivery_task(const Scope& scope, const Delivery& d, const Notification& n, Millis due);

/// What a SendMessage for it says. Its texts live in `arena`.
Result<void> fill_send(Envelopes& envelopes, const Notification& n, const Delivery& d, std::string_view queue_base, Arena& arena, sqs::svc::SendMessageRequest& out);
struct QueueAddress { Scope scope; std::string name; };
std::optional<QueueAddress> queue_of(std::string_view arn);
/// What an Invoke for it says: the function's event, run later.
Result<void> fill_invoke(Envelopes& envelopes, const Delivery& d, Arena& arena, lambda::svc::InvocationRequest& out);
/// Where the function of an ARN is, which may name a version or alias.
std::optional<Scope> function_of(std::string_view arn);
auth::Principal delivering_principal(const Notification& n);

/// Is it worth trying again? What a queue's owner has to put right is not.
bool passing(const ApiError& error);

/// A mail to a subscriber, in the transaction of the publication.
void deliver_by_mail(store::Txn& tx, const Scope& scope, const Topic& topic, const Subscription& s, const Notification& n, std::string_view email_json, Millis now);

}  // namespace fogbank::sns
