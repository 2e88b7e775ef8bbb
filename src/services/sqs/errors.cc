#include "services/sqs/errors.h"

#include "base/strings.h"

namespace fogbank::sqs {
namespace {

ApiError make(const char* code, std::string message, int status = 400) {
  ApiError e(code, std::move(message), status);
  e.query_code = cat("AWS.SimpleQueueService.", code);
  return e;
}

/// Errors whose query code is an old or a plain name.
ApiError make_as(const char* code, const char* query_code, std::string message, int status = 400) {
  ApiError e(code, std::move(message), status);
  e.query_code = query_code;
  return e;
}

}  // namespace

ApiError queue_does_not_exist() {
  return make_as("QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue", "The specified queue does not exist.");
}

ApiError queue_name_exists(std::string_view attribute) {
  return make_as("QueueNameExists", "QueueAlreadyExists",
                 cat("A queue already exists with the same name and a different value for attribute ", attribute));
}

ApiError queue_deleted_recently() {
  return make("QueueDeletedRecently", "You must wait 60 seconds after deleting a queue before you can create another with the same name.");
}

ApiError purge_in_progress(std::string_view queue) {
  return make("PurgeQueueInProgress", cat("Only one PurgeQueue operation on ", queue, " is allowed every 60 seconds."), 403);
}

ApiError invalid_address(std::string_view url) {
  return make_as("InvalidAddress", "InvalidAddress", cat("The address ", url, " is not valid for this endpoint."), 404);
}

ApiError missing_parameter(std::string_view name) {
  return make_as("MissingRequiredParameterException", "MissingParameter", cat("The request must contain the parameter ", name, "."));
}

ApiError invalid_parameter(std::string message) {
  return make_as("InvalidParameterValueException", "InvalidParameterValue", std::move(message));
}

ApiError invalid_parameter(std::string_view value, std::string_view parameter, std::string_view reason) {
  return invalid_parameter(cat("Value ", value, " for parameter ", parameter, " is invalid. Reason: ", reason));
}

ApiError unknown_attribute(std::string_view name) {
  return make_as("InvalidAttributeName", "InvalidAttributeName", cat("Unknown Attribute ", name, "."));
}

ApiError invalid_attribute_value(std::string_view name) {
  return make_as("InvalidAttributeValue", "InvalidAttributeValue", cat("Invalid value for the parameter ", name, "."));
}

ApiError message_too_long(int64_t limit) {
  return invalid_parameter(cat("One or more parameters are invalid. Reason: Message must be shorter than ", limit, " bytes."));
}

ApiError invalid_message_contents(uint32_t code_point) {
  std::string hex;
  for (uint32_t v = code_point; v || hex.empty(); v >>= 4) hex.insert(hex.begin(), "0123456789ABCDEF"[v & 15]);
  return make_as("InvalidMessageContents", "InvalidMessageContents",
                 cat("Invalid binary character '#x", hex, "' was found in the message body, the set of allowed characters is "
                     "#x9 | #xA | #xD | [#x20-#xD7FF] | [#xE000-#xFFFD] | [#x10000-#x10FFFF]."));
}

ApiError over_limit(std::string message) { return make_as("OverLimit", "OverLimit", std::move(message), 403); }

ApiError invalid_receipt_handle(std::string_view handle) {
  return make_as("ReceiptHandleIsInvalid", "ReceiptHandleIsInvalid", cat("The input receipt handle \"", handle, "\" is not a valid receipt handle."), 404);
}

ApiError foreign_receipt_handle(std::string_view handle) {
  return make_as("ReceiptHandleIsInvalid", "ReceiptHandleIsInvalid", cat("The receipt handle \"", handle, "\" is not valid for this queue."), 404);
}

ApiError message_not_available(std::string_view handle) {
  return invalid_parameter(handle, "ReceiptHandle", "Message does not exist or is not available for visibility timeout change.");
}

ApiError receipt_handle_expired(std::string_view handle) { return invalid_parameter(handle, "ReceiptHandle", "The receipt handle has expired."); }

ApiError task_not_found() { return make_as("ResourceNotFoundException", "ResourceNotFoundException", "Task does not exist.", 404); }

ApiError resource_not_found(std::string_view parameter) {
  return make_as("ResourceNotFoundException", "ResourceNotFoundException",
                 cat("The resource that you specified for the ", parameter, " parameter doesn't exist."), 404);
}

ApiError bad_arn(std::string_view parameter) {
  return invalid_parameter(cat("You must use this format to specify the ", parameter, ": arn:<partition>:<service>:<region>:<account-id>:<resource-id>"));
}

ApiError from_kms(ApiError&& error) {
  struct Name { std::string_view kms; const char *code, *query; };
  static constexpr Name kNames[] = {
      {"AccessDeniedException", "KmsAccessDenied", "KMS.AccessDeniedException"},
      {"AccessDenied", "KmsAccessDenied", "KMS.AccessDeniedException"},
      {"DisabledException", "KmsDisabled", "KMS.DisabledException"},
      {"KMSInvalidStateException", "KmsInvalidState", "KMS.InvalidStateException"},
      {"InvalidKeyUsageException", "KmsInvalidKeyUsage", "KMS.InvalidKeyUsageException"},
      {"NotFoundException", "KmsNotFound", "KMS.NotFoundException"},
      {"ThrottlingException", "KmsThrottled", "KMS.ThrottlingException"},
  };
  for (const Name& n : kNames) {
    if (error.code != n.kms) continue;
    ApiError e = make_as(n.code, n.query, std::move(error.message));
    e.detail = std::move(error.detail);
    return e;
  }
  return std::move(error);
}

ApiError empty_batch(std::string_view entry_type) {
  return make("EmptyBatchRequest", cat("There should be at least one ", entry_type, " in the request."));
}

ApiError too_many_entries(size_t count) {
  return make("TooManyEntriesInBatchRequest", cat("Maximum number of entries per request are 10. You have sent ", count, "."));
}

ApiError invalid_batch_entry_id() {
  return make("InvalidBatchEntryId", "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.");
}

ApiError ids_not_distinct(std::string_view id) { return make("BatchEntryIdsNotDistinct", cat("Id ", id, " repeated.")); }

ApiError batch_too_long(int64_t bytes) {
  return make("BatchRequestTooLong", cat("Batch requests cannot be longer than 1048576 bytes. You have sent ", bytes, " bytes."));
}

ApiError not_served(std::string_view what) { return ApiError("NotImplemented", cat(what, " is not served by Fogbank."), 501); }

std::string_view entry_code(const ApiError& e) { return e.query_code.empty() ? e.code : e.query_code; }

}  // namespace fogbank::sqs
