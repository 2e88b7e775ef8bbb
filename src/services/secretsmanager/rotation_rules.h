// Rotation rules of RotateSecret: the schedule expressions that Secrets Manager takes. Source: user guide, "Rotation schedules". Pure
// functions.
#pragma once
#include <string_view>

#include "base/error.h"
#include "gen/secretsmanager/types.h"

namespace fogbank::secretsmanager {

/// rate(4 hours) … rate(999 days), or cron(0 H D M W *).
bool valid_schedule(std::string_view expression);
Result<void> check_rotation_rules(const svc::RotationRulesType& rules);

}  // namespace fogbank::secretsmanager
