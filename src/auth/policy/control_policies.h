// What resource control policies govern: the actions of the services that take part. Pure functions.
// Source: AWS Organizations User Guide, "Resource control policies", list of services (January 2026).
#pragma once
#include "auth/policy/request.h"

namespace fogbank::policy {

/// False: a resource control policy neither allows nor denies this action.
bool governed_by_resource_control(const Action& action);

}  // namespace fogbank::policy
