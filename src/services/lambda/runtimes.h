// The managed runtimes: which may be used, which AWS has retired. Source: developer guide, "Lambda runtimes", and recorded texts. Pure.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace fogbank::lambda {

/// For CreateFunction and UpdateFunctionConfiguration: InvalidParameterValueException for what is unknown or retired.
Result<void> check_runtime(std::string_view runtime);
/// Named by CompatibleRuntimes of a layer, in which retired ones may stand too.
bool known_runtime(std::string_view runtime);
/// "[nodejs20.x, …]", as texts print what can be created; and all that filters know.
std::string_view creatable_runtimes();
std::vector<std::string> creatable_runtime_names();   ///< sorted
std::string_view filter_runtimes();
bool filter_runtime(std::string_view runtime);
/// "arn:aws:lambda:us-east-1::runtime:<64 hex digits>": the version of a runtime, the same everywhere in a Region.
std::string runtime_version_arn(std::string_view partition, std::string_view region, std::string_view runtime);

}  // namespace fogbank::lambda
