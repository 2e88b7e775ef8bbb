// Rotation rules of RotateSecret: the schedule expressions that Secrets Manager takes, and when they lead to. Source: user guide, "Rotation
// schedules", "Rotation windows". Pure functions.
#pragma once
#include <string_view>

#include "base/error.h"
#include "gen/secretsmanager/types.h"
#include "services/secretsmanager/state.h"

namespace fogbank::secretsmanager {

/// rate(4 hours) … rate(999 days), or cron(0 H D M W *).
bool valid_schedule(std::string_view expression);
/// When a secret may be rotated: from `start` to `end`, which is what NextRotationDate shows. {0, 0}: never.
struct Window { Millis start = 0, end = 0; };
/// The first one after a rotation, or after the rules were made.
Window next_window(const RotationSettings& rules, Millis after);

Result<void> check_rotation_rules(const svc::RotationRulesType& rules);

}  // namespace fogbank::secretsmanager
