#include "services/lambda/deliveries.h"

#include <optional>

#include "base/log.h"
#include "base/strings.h"
#include "gateway/permission.h"
#include "gen/lambda/operations.h"
#include "gen/sns/operations.h"
#include "gen/sqs/operations.h"
#include "services/lambda/errors.h"
#include "services/lambda/roles.h"

namespace fogbank::lambda {
namespace {

struct Addressee { Scope scope; std::string service, resource; };
std::optional<Addressee> addressee(std::string_view arn) {
  auto parts = parse_arn(arn);
  if (!parts) return std::nullopt;
  return Addressee{{Partition(parts->partition), AccountId(parts->account), Region(parts->region)}, std::string(parts->service), std::string(parts->resource)};
}

std::string url_of(const Addressee& queue) {
  return cat("https://sqs.", queue.scope.region.str(), ".amazonaws.com/", queue.scope.account.str(), '/', queue.resource);
}

Result<void> send_to_queue(TaskContext& cx, int step, const auth::Principal& role, const Addressee& to, std::string_view text, const MessageAttributes& attributes) {
  sqs::svc::SendMessageRequest in{};
  in.QueueUrl = cx.str(url_of(to));
  in.MessageBody = cx.str(text);
  for (const auto& [name, value] : attributes) {
    auto& a = in.MessageAttributes.add(cx.arena(), cx.str(name));
    a.DataType = name == "ErrorCode" ? "Number" : "String";
    a.StringValue = cx.str(value);
  }
  FB_TRY(cx.call<sqs::op::SendMessage>(step, role, to.scope, in));
  return {};
}

Result<void> send_to_topic(TaskContext& cx, int step, const auth::Principal& role, const Addressee& to, std::string_view arn, std::string_view text,
                           const MessageAttributes& attributes) {
  sns::svc::PublishInput in{};
  in.TopicArn = cx.str(arn);
  in.Message = cx.str(text);
  for (const auto& [name, value] : attributes) {
    auto& a = in.MessageAttributes.add(cx.arena(), cx.str(name));
    a.DataType = "String";
    a.StringValue = cx.str(value);
  }
  FB_TRY(cx.call<sns::op::Publish>(step, role, to.scope, in));
  return {};
}

Result<void> send_to_function(TaskContext& cx, int step, const auth::Principal& role, const Addressee& to, std::string_view arn, std::string_view text) {
  svc::InvocationRequest in{};
  in.FunctionName = cx.str(arn);
  in.InvocationType = "Event";
  in.Payload = Blob(cx.str(text).view());
  FB_TRY(cx.call<op::Invoke>(step, role, to.scope, in));
  return {};
}

}  // namespace

Result<void> deliver(TaskContext& cx, int step, const auth::Principal& role, const std::string& arn, std::string_view text, const MessageAttributes& attributes) {
  auto to = addressee(arn);
  if (!to) return {};
  Result<void> done;
  if (to->service == "sqs") done = send_to_queue(cx, step, role, *to, text, attributes);
  else if (to->service == "sns") done = send_to_topic(cx, step, role, *to, arn, text, attributes);
  else if (to->service == "lambda") done = send_to_function(cx, step, role, *to, arn, text);
  else done = fail("NotImplemented", cat("destinations of ", to->service, " are not served"), 501);
  if (done || (done.error().status >= 500 && done.error().status != 501)) return done;
  log(LogLevel::warning, cat("an outcome could not be delivered to ", arn, ": ", done.error().code, ": ", done.error().message));
  return {};
}

const char* missing_permission(Core& core, store::Reader& reader, const auth::Principal& role, std::string_view arn) {
  auto to = addressee(arn);
  if (!to) return nullptr;
  auto denied = [](const Result<void>& r) {   // other errors (no such queue) are another matter
    return !r && (r.error().code.starts_with("AccessDenied") || r.error().code == "AuthorizationError");
  };
  const std::string url = url_of(*to);
  if (to->service == "sqs") {
    sqs::svc::SendMessageRequest in{};
    in.QueueUrl = Str(url);
    return denied(may_call<sqs::op::SendMessage>(core, reader, role, to->scope, in)) ? "SendMessage" : nullptr;
  }
  if (to->service == "sns") {
    sns::svc::PublishInput in{};
    in.TopicArn = Str(arn);
    return denied(may_call<sns::op::Publish>(core, reader, role, to->scope, in)) ? "Publish" : nullptr;
  }
  if (to->service != "lambda") return nullptr;
  svc::InvocationRequest in{};
  in.FunctionName = Str(arn);
  in.InvocationType = "Event";
  return denied(may_call<op::Invoke>(core, reader, role, to->scope, in)) ? "InvokeFunction" : nullptr;
}

Result<void> check_destination_access(Core& core, store::Reader& reader, std::string_view role_arn, std::string_view function, std::string_view arn) {
  FB_ASSIGN(role, role_principal(core, reader, role_arn, function));
  const char* missing = missing_permission(core, reader, role, arn);
  if (!missing) return {};
  return fail(invalid_parameter(cat("The function's execution role does not have permissions to call ", missing, " on ", arn)));
}

Result<void> check_dead_letter_access(Core& core, store::Reader& reader, std::string_view role_arn, std::string_view function, std::string_view arn) {
  if (arn.empty()) return {};
  FB_ASSIGN(role, role_principal(core, reader, role_arn, function));
  const char* missing = missing_permission(core, reader, role, arn);
  if (!missing) return {};
  return fail(invalid_parameter(cat("The provided execution role does not have permissions to call ", missing, " on ", std::string_view(missing) == "Publish" ? "SNS" : "SQS")));
}

}  // namespace fogbank::lambda
