// Resource policies of tables and streams.
#pragma once
#include "base/error.h"
#include "base/scope.h"

namespace fogbank::dynamodb {

Result<void> check_policy(const Scope& scope, std::string_view json);

}  // namespace fogbank::dynamodb
