// SQS's errors with the real texts. SQS is query-compatible: `code` is the name that the JSON protocol sends (QueueDoesNotExist),
// `query_code` the one of the query protocol and of the x-amzn-query-error header (AWS.SimpleQueueService.NonExistentQueue).
// Source: recorded answers, the API reference, "Common errors" of SQS. Pure functions.
#pragma once
#include <string>
#include <string_view>

#include "base/error.h"

namespace fogbank::sqs {

ApiError queue_does_not_exist();
ApiError queue_name_exists(std::string_view attribute);
ApiError queue_deleted_recently();
ApiError purge_in_progress(std::string_view queue);
ApiError invalid_address(std::string_view url);

/// "The request must contain the parameter MessageBody."
ApiError missing_parameter(std::string_view name);
/// InvalidParameterValue with a text of its own.
ApiError invalid_parameter(std::string message);
/// "Value 11 for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if provided."
ApiError invalid_parameter(std::string_view value, std::string_view parameter, std::string_view reason);
ApiError unknown_attribute(std::string_view name);
ApiError invalid_attribute_value(std::string_view name);
ApiError message_too_long(int64_t limit);
ApiError invalid_message_contents(uint32_t code_point);
ApiError over_limit(std::string message);

ApiError invalid_receipt_handle(std::string_view handle);
ApiError foreign_receipt_handle(std::string_view handle);
ApiError message_not_available(std::string_view handle);   ///< to a change of its visibility
ApiError receipt_handle_expired(std::string_view handle);  ///< FIFO queues

ApiError task_not_found();
/// `parameter`: SourceArn or DestinationArn.
ApiError resource_not_found(std::string_view parameter);
ApiError bad_arn(std::string_view parameter);
/// An error of KMS as SQS words it: KmsAccessDenied, KmsDisabled, …
ApiError from_kms(ApiError&& error);

ApiError empty_batch(std::string_view entry_type);
ApiError too_many_entries(size_t count);
ApiError invalid_batch_entry_id();
ApiError ids_not_distinct(std::string_view id);
ApiError batch_too_long(int64_t bytes);

/// A setting or member that is not served here: 501.
ApiError not_served(std::string_view what);

/// The code under which a failed batch entry reports the error.
std::string_view entry_code(const ApiError& e);

}  // namespace fogbank::sqs
