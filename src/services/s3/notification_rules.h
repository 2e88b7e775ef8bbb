// Event notifications: what a configuration may say, which rules an event meets, and the JSON that a destination receives. Pure.
// Source: S3 User Guide, "Supported event types and destinations", "Configuring event notifications using object key name filtering",
// "Event message structure".
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "services/s3/state.h"

namespace fogbank::s3 {

/// "s3:ObjectCreated:Put", also with "*" at its end: known to S3?
bool known_event(std::string_view event);
/// Does a configured event ("s3:ObjectCreated:*") cover one that happened ("s3:ObjectCreated:Put")?
bool covers(std::string_view configured, std::string_view event);
bool matches(const NotificationRule& rule, std::string_view event, std::string_view key);

/// No two rules may answer the same event of the same key.
Result<void> check_overlaps(const std::vector<NotificationRule>& rules);
/// Of a FilterRule: sets prefix or suffix of the rule.
Result<void> add_filter(NotificationRule& rule, std::string_view name, std::string_view value);
enum class Destination : uint8_t { queue, topic, function };
/// Of an ARN that a rule holds.
Destination destination_of(std::string_view arn);
/// arn:aws:sqs:region:account:queue and the like of what the element ("Queue", "Topic", "CloudFunction") asks for.
Result<void> check_destination_arn(Destination kind, std::string_view arn);

/// What happened to an object.
struct Event {
  std::string name;                    ///< "s3:ObjectCreated:Put"
  Millis time = 0;
  std::string region, bucket, bucket_arn, owner_account;
  std::string key;
  int64_t size = 0;                    ///< created only
  std::string etag;                    ///< created and tagged only
  std::string version_id;              ///< empty: none, or the null version
  uint64_t sequencer = 0;
  std::string principal_id, source_ip, request_id, host_id;
};
/// The message for one rule: {"Records":[…]}.
std::string event_json(const Event& event, std::string_view configuration_id);
/// The message that tests a destination.
std::string test_event_json(std::string_view bucket, Millis time, std::string_view request_id, std::string_view host_id);

}  // namespace fogbank::s3
