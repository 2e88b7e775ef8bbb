#include "services/lambda/targets.h"

#include <optional>
#include <string>

#include "base/strings.h"
#include "gateway/core.h"
#include "services/lambda/caches.h"
#include "services/lambda/errors.h"
#include "services/lambda/names.h"
#include "services/lambda/roles.h"
#include "services/sns/caches.h"

namespace fogbank::lambda {
namespace {

/// The call that is missing from the role's permissions, as AWS names it ("SendMessage"); nothing if it may.
Result<std::optional<std::string>> missing_call(Core& core, store::Reader& reader, const Sender& sender, std::string_view target_arn) {
  auto arn = parse_arn(target_arn);
  if (!arn) return std::optional<std::string>();
  auto role = role_principal(core, sender.role_arn, sender.function_name);
  if (!role) return fail(std::move(role.error()));
  Scope scope{Partition(arn->partition), AccountId(arn->account), Region(arn->region)};
  auto unless = [](bool may, const char* call) { return may ? std::nullopt : std::optional<std::string>(call); };
  if (arn->service == "sqs") return unless(role_may_queue(core, reader, *role, "sqs:SendMessage", scope, arn->resource), "SendMessage");
  if (arn->service == "sns") {
    auto policy = core.state<sns::State>().policies.get(reader, sns::policy_key(scope, arn->resource));
    return unless(role_may(core, reader, *role, "sns:Publish", target_arn, policy), "Publish");
  }
  if (arn->service == "lambda") {
    auto ref = parse_function_name(target_arn, scope);
    auto policy = ref ? core.state<State>().policies.get(reader, policy_key(ref->scope, ref->name, ref->qualifier)) : nullptr;
    return unless(role_may(core, reader, *role, "lambda:InvokeFunction", target_arn, policy), "InvokeFunction");
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
