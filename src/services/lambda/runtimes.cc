#include "services/lambda/runtimes.h"

#include <algorithm>

#include "base/encoding.h"
#include "base/strings.h"
#include "services/lambda/errors.h"

namespace fogbank::lambda {
namespace {

/// In the order in which the service prints them.
constexpr std::string_view kCreatable =
    "[nodejs20.x, python3.14, provided.al2023, python3.12, python3.13, nodejs24.x, nodejs22.x, java25, python3.10, python3.11, java21, ruby3.3, "
    "ruby3.4, ruby3.2, python3.8, python3.9, java17, nodejs16.x, dotnet10, dotnet8, java11, dotnet6, nodejs18.x, provided.al2, java8.al2]";
constexpr std::string_view kFilters =
    "[ruby3.5, ruby2.6, dotnetcore1.0, python3.7, nodejs8.10, nasa, ruby2.7, python2.7-greengrass, dotnetcore2.0, python3.8, java21, dotnet6, "
    "dotnetcore2.1, python3.9, java11, nodejs6.10, provided, dotnetcore3.1, dotnet8, java25, java17, nodejs, nodejs4.3, java8.al2, go1.x, dotnet10, "
    "nodejs20.x, go1.9, byol, nodejs10.x, provided.al2023, nodejs22.x, python3.10, java8, nodejs12.x, python3.11, nodejs24.x, nodejs8.x, python3.12, "
    "nodejs14.x, nodejs8.9, nodejs26.x, python3.13, python3.14, nodejs16.x, python3.15, provided.al2, nodejs4.3-edge, nodejs18.x, ruby3.2, python3.4, "
    "ruby3.3, ruby3.4, ruby2.5, python3.6, python2.7]";
constexpr std::string_view kRetired[] = {"nodejs", "nodejs4.3", "nodejs4.3-edge", "nodejs6.10", "nodejs8.10", "nodejs10.x", "nodejs12.x", "nodejs14.x",
                                         "python2.7", "python3.6", "python3.7", "ruby2.5", "ruby2.7", "dotnetcore1.0", "dotnetcore2.0",
                                         "dotnetcore2.1", "dotnetcore3.1", "go1.x", "java8", "provided"};

bool listed(std::string_view list, std::string_view name) {
  list = list.substr(1, list.size() - 2);
  for (std::string_view one : split(list, ',')) if (trim(one) == name) return true;
  return false;
}
bool retired(std::string_view name) { return std::find(std::begin(kRetired), std::end(kRetired), name) != std::end(kRetired); }

}  // namespace

std::string_view creatable_runtimes() { return kCreatable; }
std::vector<std::string> creatable_runtime_names() {
  std::vector<std::string> names;
  for (std::string_view one : split(kCreatable.substr(1, kCreatable.size() - 2), ',')) names.emplace_back(trim(one));
  std::sort(names.begin(), names.end());
  return names;
}
std::string_view filter_runtimes() { return kFilters; }
bool filter_runtime(std::string_view runtime) { return listed(kFilters, runtime); }
bool known_runtime(std::string_view runtime) { return listed(kCreatable, runtime) || retired(runtime); }

Result<void> check_runtime(std::string_view runtime) {
  if (listed(kCreatable, runtime)) return {};
  if (retired(runtime)) {
    return fail(invalid_parameter(cat("The runtime parameter of ", runtime, " is no longer supported for creating or updating AWS Lambda functions. "
                                      "We recommend you use a supported runtime while creating or updating functions.")));
  }
  return fail(invalid_parameter(cat("Value ", runtime, " at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: ", kCreatable,
                                    " or be a valid ARN")));
}

std::string runtime_version_arn(std::string_view partition, std::string_view region, std::string_view runtime) {
  return cat("arn:", partition, ":lambda:", region, "::runtime:", sha256_hex(cat("runtime version of ", runtime)));
}

}  // namespace fogbank::lambda
