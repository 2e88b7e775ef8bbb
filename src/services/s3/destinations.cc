#include "services/s3/destinations.h"

#include "auth/principal.h"
#include "base/encoding.h"
#include "base/strings.h"
#include "gateway/tasks.h"
#include "gen/sqs/operations.h"
#include "services/s3/errors.h"
#include "services/s3/notification_rules.h"

namespace fogbank::s3 {
namespace {

template <class T> Result<void> outcome(Result<T> answer) {
  if (!answer) return fail(std::move(answer.error()));
  return {};
}

/// Who calls, and where.
struct Caller {
  ArnView arn;
  Scope scope;
  auth::Principal principal;
};

Result<Caller> caller_for(const Message& m) {
  auto arn = parse_arn(m.arn);
  if (!arn) return fail(internal_error("a stored ARN of a destination is damaged"));
  Scope scope{Partition(arn->partition), AccountId(arn->account), Region(arn->region)};
  return Caller{*arn, scope, auth::service_principal("s3.amazonaws.com", m.bucket_arn, m.account)};
}

Result<void> send_to_queue(TaskContext& cx, int step, const Caller& caller, const Message& m) {
  sqs::svc::SendMessageRequest in{};
  std::string url = cat(cx.core().settings().public_endpoint, '/', caller.arn.account, '/', caller.arn.resource);
  in.QueueUrl = cx.str(url);
  in.MessageBody = cx.str(m.text);
  return outcome(cx.call<sqs::op::SendMessage>(step, caller.principal, caller.scope, in));
}

}  // namespace

Result<void> send_event(TaskContext& cx, int step, const Message& m) {
  FB_ASSIGN(caller, caller_for(m));
  return send_to_queue(cx, step, caller, m);
}

Result<void> test_destination(TaskContext& cx, int step, const Message& test_event) {
  return send_event(cx, step, test_event);
}

std::string destination_name(std::string_view arn) { return destination_of(arn) == Destination::function ? cat(arn, ", null") : std::string(arn); }

std::string destination_fault(std::string_view arn, const ApiError& error) {
  std::string_view code = error.code;
  Destination kind = destination_of(arn);
  bool refused = code.starts_with("AccessDenied") || code == "AuthorizationError";
  bool missing = code.find("NonExistentQueue") != std::string_view::npos || code == "QueueDoesNotExist" || code == "NotFound" || code == "ResourceNotFoundException";
  if (kind == Destination::function) {
    if (missing) return "The destination Lambda does not exist";
    if (refused) return cat("Not authorized to invoke function [", arn, "]");
    return error.message;
  }
  std::string_view what = kind == Destination::topic ? "topic" : "queue";
  if (missing) return cat("The destination ", what, " does not exist");
  if (refused) return cat("Permissions on the destination ", what, " do not allow S3 to publish notifications from this bucket");
  return error.message;
}

std::string host_id_of(std::string_view request_id) { return base64(as_view(sha256(request_id))); }

}  // namespace fogbank::s3
