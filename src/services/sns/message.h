// A message as it was published, what may be in one, and what filter policies see of it. Source: API reference of Publish and PublishBatch,
// recorded answers. Pure functions.
#pragma once
#include <map>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/error.h"
#include "base/record.h"
#include "gen/sns/operations.h"
#include "lang/event_pattern/json.h"
#include "services/sns/state.h"

namespace fogbank::sns {

inline constexpr int64_t kMaxMessageBytes = 256 << 10;   ///< also of a whole batch

struct MessageAttribute {
  std::string type;    ///< "String", "Number.int", "String.Array", "Binary" …
  std::string value;   ///< text or bytes
  bool binary() const { return type.starts_with("Binary"); }
  Unknown unknown;
  template <class A> void fields(A& a) { a(1, type); a(2, value); a(unknown); }
};

struct Notification {
  std::string type = "Notification";               ///< or SubscriptionConfirmation, UnsubscribeConfirmation
  std::string id, topic_arn, message;
  bool has_subject = false;
  std::string subject;
  std::map<std::string, std::string> by_protocol;  ///< MessageStructure=json: texts for some protocols
  std::map<std::string, MessageAttribute> attributes;
  Millis time = 0;
  std::string sequence, group, deduplication_id;   ///< sequence: of FIFO topics, which do not sign
  std::string signature_version;                   ///< "1" or "2"
  std::string token;                               ///< of confirmations
  std::string endpoint;                            ///< "http://localhost:4566": where its links lead
  Unknown unknown;
  template <class A> void fields(A& a) {
    a(1, type); a(2, id); a(3, topic_arn); a(4, message); a(5, has_subject); a(6, subject); a(7, by_protocol); a(8, attributes); a(9, time);
    a(10, sequence); a(11, group); a(12, deduplication_id); a(13, signature_version); a(14, token); a(15, endpoint); a(unknown);
  }
  /// What a subscriber of a protocol gets.
  const std::string& text_for(const std::string& protocol) const {
    auto it = by_protocol.find(protocol);
    return it == by_protocol.end() ? message : it->second;
  }
};

/// Reads what Publish or an entry of PublishBatch gives; not yet what depends on the topic.
Result<Notification> read_message(const svc::PublishInput& in);
Result<Notification> read_message(const svc::PublishBatchRequestEntry& in);
int64_t message_bytes(const Notification& n);

/// What depends on the topic: groups and deduplication.
Result<void> check_for_topic(const Topic& topic, Notification& n);

/// The attributes as filter policies see them.
event_pattern::Json filterable(const std::map<std::string, MessageAttribute>& attributes);

}  // namespace fogbank::sns
