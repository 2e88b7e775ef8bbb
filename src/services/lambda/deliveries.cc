#include "services/lambda/deliveries.h"

#include <optional>

#include "base/log.h"
#include "base/strings.h"
#include "gen/lambda/operations.h"
#include "gen/sns/operations.h"
#include "gen/sqs/operations.h"

namespace fogbank::lambda {
namespace {

struct Addressee { Scope scope; std::string service, resource; };
std::optional<Addressee> addressee(std::string_view arn) {
  auto parts = parse_arn(arn);
  if (!parts) return std::nullopt;
  return Addressee{{Partition(parts->partition), AccountId(parts->account), Region(parts->region)}, std::string(parts->service), std::string(parts->resource)};
}

Result<void> send_to_queue(TaskContext& cx, int step, const auth::Principal& role, const Addressee& to, std::string_view text, const MessageAttributes& attributes) {
  sqs::svc::SendMessageRequest in{};
  in.QueueUrl = cx.str(cat("https://sqs.", to.scope.region.str(), ".amazonaws.com/", to.scope.account.str(), '/', to.resource));
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

}  // namespace fogbank::lambda
