// One decision of the chain: gathers policies and context keys for a requirement and asks the evaluator. Internal to the gateway.
#pragma once
#include <exception>
#include <string>

#include "gateway/authorise.h"
#include "gateway/operation.h"

namespace fogbank {

/// Success, or the denial as the service words it.
Result<void> decide_one(Core& core, Call& call, AuthoriseContext& cx, const Requirement& need);
/// The denial of a service in the code of its protocol.
ApiError denied(const Call& call, std::string message);
/// The code of a service's denials where its manifest names one; else null. Defined by the generated code.
const char* denial_code(const ServiceInfo& service);
/// What a caller is told of an exception; the log has the rest.
ApiError internal_failure(const Call& call, const std::exception& e);
/// "arn:{partition}:sqs:{region}:{account}:{QueueName}" filled from the target's scope and the input; an absent member becomes "*".
std::string expand_arn_template(std::string_view text, const Scope& target, const wire::View& in);

}  // namespace fogbank
