// GetRandomPassword's rules. Pure functions of the random source.
#pragma once
#include <string>

#include "base/error.h"
#include "base/random.h"
#include "gen/secretsmanager/types.h"

namespace fogbank::secretsmanager {

Result<std::string> random_password(Random& random, const svc::GetRandomPasswordRequest& rules);

}  // namespace fogbank::secretsmanager
