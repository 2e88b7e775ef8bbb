// What the authorise function of PutParameter found out: the plan that was decided about, or why there is none.
#pragma once
#include <optional>

#include "services/ssm/put_plan.h"

namespace fogbank::ssm {

struct PutFinding {
  std::optional<ApiError> error;   ///< told by the handler: only those who may call learn it
  PutPlan plan;
};

}  // namespace fogbank::ssm
