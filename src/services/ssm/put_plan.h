// What a PutParameter comes to, before anything is done: made by the authorise function, which has to know whether and how KMS is used, and
// made again in the transaction. Pure over what it reads.
#pragma once
#include <optional>
#include <string>

#include "base/error.h"
#include "gen/ssm/types.h"
#include "services/ssm/policies.h"
#include "services/ssm/state.h"

namespace fogbank::ssm {

struct PutPlan {
  std::string name, place, arn;
  std::optional<Parameter> existing;
  Version next;                        ///< without value, data_key, modified, modified_by
  std::optional<Policies> policies;    ///< given by the request
  std::map<std::string, std::string> tags;   ///< of a new parameter
};

/// Refuses with PutParameter's errors, in its order.
Result<PutPlan> plan_put(store::Reader& reader, const Scope& scope, const svc::PutParameterRequest& in);

/// Tags of the request over `tags`: how many, which names.
Result<std::map<std::string, std::string>> with_tags(std::map<std::string, std::string> tags, const List<svc::Tag>& given);

}  // namespace fogbank::ssm
