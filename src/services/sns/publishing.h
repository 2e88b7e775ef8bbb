// From a published message to its subscribers.
//
// What is done at once: to a standard topic's queues, as long as they are few, messages are sent beside the publication and are committed
// with it; mails are written in its transaction. All else becomes tasks in that transaction: HTTP endpoints, functions, every delivery of a
// FIFO topic (in lanes, so that groups stay in order), what has to be tried again; and one task that fans out where subscribers are many.
#pragma once
#include <vector>

#include "gateway/context.h"
#include "services/sns/delivery.h"
#include "services/sns/message.h"
#include "services/sns/names.h"
#include "services/sns/state.h"

namespace fogbank::sns {

/// What authorise functions found about the topic of a publication.
struct PublishTarget { TopicAddress address; bool sealed = false; std::string kms_key; };

/// How a topic's key is used.
kms::KeyUse topic_key_use(const PublishTarget& target, const std::string& arn);

/// Gives the messages their ids and numbers and sends them on their way. All are checked already.
Result<void> publish(Context& cx, const PublishTarget& target, const Topic& topic, std::vector<Notification>& messages);

/// Sends a confirmation to an endpoint, in the transaction that makes its token.
Result<void> send_confirmation(store::Txn& tx, const Scope& scope, const Topic& topic, const Subscription& s, const Notification& n, std::string_view email_json, Millis now);

/// Payload of the task fan_out.
struct FanOut {
  Notification notification;                       ///< what of it is not sealed
  std::string sealed, data_key, publisher;         ///< as in Delivery
  uint64_t topic_id = 0;
  std::string topic, after;                        ///< after: id of the last subscription that was looked at
  Unknown unknown;
  template <class A> void fields(A& a) { a(1, notification); a(2, sealed); a(3, data_key); a(4, publisher); a(5, topic_id); a(6, topic); a(7, after); a(unknown); }
};

}  // namespace fogbank::sns
