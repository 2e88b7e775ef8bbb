// The one place where S3 calls another service: SendMessage on a queue, as the service principal s3.amazonaws.com acting for a bucket.
#pragma once
#include <string>
#include <string_view>

#include "base/error.h"

namespace fogbank { class TaskContext; }

namespace fogbank::s3 {

/// In a task; `step` names the effect. The error is SQS's.
Result<void> send_to_queue(TaskContext& cx, int step, std::string_view queue_arn, std::string_view bucket_arn, std::string_view account,
                           std::string_view message);

/// What PutBucketNotificationConfiguration says of a destination that answered a test event with this error.
std::string destination_fault(const ApiError& error);

/// x-amz-id-2 of a request.
std::string host_id_of(std::string_view request_id);

}  // namespace fogbank::s3
