// The one place where S3 calls other services: SendMessage on a queue, Publish on a topic, Invoke of a function, as the service principal
// s3.amazonaws.com acting for a bucket. Only tasks call.
#pragma once
#include <string>
#include <string_view>

#include "base/error.h"

namespace fogbank { class TaskContext; }

namespace fogbank::s3 {

/// A message for one destination; views of what the caller keeps.
struct Message {
  std::string_view arn;                  ///< of the queue, topic or function
  std::string_view bucket_arn, account;  ///< for whom S3 acts
  std::string_view text;                 ///< JSON
};

/// Delivers an event; `step` names the effect. The error is the other service's.
Result<void> send_event(TaskContext& cx, int step, const Message& message);
/// Whether the destination would take events of the bucket: queues and topics get the test event, a function is asked for a dry run.
Result<void> test_destination(TaskContext& cx, int step, const Message& test_event);

/// ArgumentName and ArgumentValue of what PutBucketNotificationConfiguration says of a destination that answered its test with this error.
std::string destination_name(std::string_view arn);
std::string destination_fault(std::string_view arn, const ApiError& error);

/// x-amz-id-2 of a request.
std::string host_id_of(std::string_view request_id);

}  // namespace fogbank::s3
