#include "services/s3/queues.h"

#include "auth/principal.h"
#include "base/encoding.h"
#include "base/strings.h"
#include "gateway/tasks.h"
#include "gen/sqs/operations.h"
#include "services/s3/errors.h"

namespace fogbank::s3 {

Result<void> send_to_queue(TaskContext& cx, int step, std::string_view queue_arn, std::string_view bucket_arn, std::string_view account,
                           std::string_view message) {
  auto arn = parse_arn(queue_arn);
  if (!arn) return fail(internal_error("a stored queue ARN is damaged"));
  Scope scope{Partition(arn->partition), AccountId(arn->account), Region(arn->region)};
  sqs::svc::SendMessageRequest in{};
  std::string url = cat(cx.core().settings().public_endpoint, '/', arn->account, '/', arn->resource);
  in.QueueUrl = cx.str(url);
  in.MessageBody = cx.str(message);
  auto sent = cx.call<sqs::op::SendMessage>(step, auth::service_principal("s3.amazonaws.com", bucket_arn, account), scope, in);
  if (!sent) return fail(std::move(sent.error()));
  return {};
}

std::string destination_fault(const ApiError& error) {
  std::string_view code = error.code;
  if (code.find("NonExistentQueue") != std::string_view::npos || code == "QueueDoesNotExist") return "The destination queue does not exist";
  if (code.starts_with("AccessDenied")) return "Permissions on the destination queue do not allow S3 to publish notifications from this bucket";
  return error.message;
}

std::string host_id_of(std::string_view request_id) { return base64(as_view(sha256(request_id))); }

}  // namespace fogbank::s3
