#include "services/lambda/targets.h"

#include <optional>
#include <string>

#include "base/strings.h"
#include "gateway/core.h"
#include "gateway/permission.h"
#include "gen/lambda/operations.h"
#include "gen/sns/operations.h"
#include "gen/sqs/operations.h"
#include "services/lambda/errors.h"
#include "services/lambda/roles.h"

namespace fogbank::lambda {
namespace {

/// The call that is missing from the role's permissions, as AWS names it ("SendMessage"); nothing if it may.
Result<std::optional<std::string>> missing_call(Core& core, store::Reader& reader, const Sender& sender, std::string_view target_arn) {
  auto arn = parse_arn(target_arn);
  if (!arn) return std::optional<std::string>();
  FB_ASSIGN(role, role_principal(core, reader, sender.role_arn, sender.function_name));
  Scope scope{Partition(arn->partition), AccountId(arn->account), Region(arn->region)};
  auto unless = [](const Result<void>& may, const char* call) { return may ? std::nullopt : std::optional<std::string>(call); };
  if (arn->service == "sqs") {
    std::string url = cat("https://sqs.", scope.region, ".amazonaws.com/", scope.account, '/', arn->resource);
    sqs::svc::SendMessageRequest send{};
    send.QueueUrl = Str(url);
    return unless(may_call<sqs::op::SendMessage>(core, reader, role, scope, send), "SendMessage");
  }
  if (arn->service == "sns") {
    sns::svc::PublishInput publish{};
    publish.TopicArn = Str(target_arn);
    return unless(may_call<sns::op::Publish>(core, reader, role, scope, publish), "Publish");
  }
  if (arn->service == "lambda") {
    svc::InvocationRequest invoke{};
    invoke.FunctionName = Str(target_arn);
    return unless(may_call<op::Invoke>(core, reader, role, scope, invoke), "InvokeFunction");
  }
  return std::optional<std::string>();
}

}  // namespace

Result<void> check_dead_letter_access(Core& core, store::Reader& reader, const Sender& sender, std::string_view target_arn) {
  if (target_arn.empty()) return {};
  FB_ASSIGN(missing, missing_call(core, reader, sender, target_arn));
  if (!missing) return {};
  return fail(invalid_parameter(cat("The provided execution role does not have permissions to call ", *missing, " on ", parse_arn(target_arn)->service == "sqs" ? "SQS" : "SNS")));
}

Result<void> check_destination_access(Core& core, store::Reader& reader, const Sender& sender, std::string_view target_arn) {
  if (target_arn.empty()) return {};
  FB_ASSIGN(missing, missing_call(core, reader, sender, target_arn));
  if (!missing) return {};
  return fail(invalid_parameter(cat("The function's execution role does not have permissions to call ", *missing, " on ", target_arn)));
}

}  // namespace fogbank::lambda
