// The configuration of a function as requests give it: its rules, and taking it over into a version. CreateFunction and
// UpdateFunctionConfiguration share it; members that only one of them has are left to it.
#pragma once
#include <string>

#include "gateway/context.h"
#include "services/lambda/caches.h"
#include "services/lambda/errors.h"
#include "services/lambda/functions.h"
#include "services/lambda/runtimes.h"

namespace fogbank::lambda {

Result<void> check_limits(Opt<int32_t> timeout, Opt<int32_t> memory);
Result<void> check_environment(const Map<Str>& variables);
Result<void> check_dead_letter(Str arn);
/// The layers that the ARNs name. `package`: unpacked bytes of the function's own code.
Result<std::vector<UsedLayer>> resolve_layers(store::Reader& reader, const Scope& scope, const List<Str>& arns, const Version& version);

/// What is refused because it would not do what it says.
template <class In> Result<void> refuse_unserved(const In& in) {
  if (in.FileSystemConfigs && !in.FileSystemConfigs.empty()) return fail(not_implemented("FileSystemConfigs"));
  if (in.ImageConfig) return fail(not_implemented("ImageConfig"));
  if (in.SnapStart && in.SnapStart->ApplyOn && in.SnapStart->ApplyOn != "None") return fail(not_implemented("SnapStart"));
  if (in.CapacityProviderConfig) return fail(not_implemented("CapacityProviderConfig"));
  if (in.DurableConfig) return fail(not_implemented("DurableConfig"));
  if (in.KMSKeyArn && !in.KMSKeyArn.empty()) return fail(not_implemented("KMSKeyArn (encryption of environment variables under a customer managed key)"));
  if (in.VpcConfig) {
    for (Str subnet : in.VpcConfig->SubnetIds) {
      return fail(invalid_parameter(cat("Error occurred while DescribeSubnets. EC2 Error Code: InvalidSubnetID.NotFound. EC2 Error Message: The subnet ID '",
                                        subnet.view(), "' does not exist")));
    }
    for (Str group : in.VpcConfig->SecurityGroupIds) {
      return fail(invalid_parameter(cat("Error occurred while DescribeSecurityGroups. EC2 Error Code: InvalidGroup.NotFound. EC2 Error Message: The "
                                        "security group '", group.view(), "' does not exist")));
    }
  }
  return {};
}

/// Rules that need nothing but the request.
template <class In> Result<void> check_configuration(const In& in) {
  FB_TRY(refuse_unserved(in));
  FB_TRY(check_limits(in.Timeout, in.MemorySize));
  if (in.Runtime) FB_TRY(check_runtime(in.Runtime));
  if (in.Environment) FB_TRY(check_environment(in.Environment->Variables));
  if (in.DeadLetterConfig) FB_TRY(check_dead_letter(in.DeadLetterConfig->TargetArn));
  return {};
}

/// Takes over what the request gives (checked by check_configuration). Layers are held by the caller.
template <class In> Result<void> apply_configuration(store::Reader& reader, const Scope& scope, const In& in, std::string_view name, Version& v) {
  if (in.Runtime) v.runtime = in.Runtime;
  if (in.Role) v.role = in.Role;
  if (in.Handler) v.handler = in.Handler;
  if (in.Description) v.description = in.Description;
  if (in.Timeout) v.timeout = *in.Timeout;
  if (in.MemorySize) v.memory = *in.MemorySize;
  if (in.EphemeralStorage) v.ephemeral = in.EphemeralStorage->Size.value_or(512);
  if (in.TracingConfig && in.TracingConfig->Mode) v.tracing = in.TracingConfig->Mode;
  if (in.DeadLetterConfig) v.dead_letter_arn = in.DeadLetterConfig->TargetArn.view();
  if (in.VpcConfig) v.has_vpc = true;
  if (in.Environment) {
    v.has_environment = true;
    v.environment.clear();
    for (const auto& e : in.Environment->Variables) v.environment.emplace(e.key, e.value);
  }
  if (in.LoggingConfig) {
    const auto& l = *in.LoggingConfig;
    if (l.LogFormat) {
      v.logging.format = l.LogFormat;
      if (v.logging.format == "Text") v.logging.application_level.clear(), v.logging.system_level.clear();
    }
    if (v.logging.format == "Text" && (l.ApplicationLogLevel || l.SystemLogLevel)) {
      return fail(invalid_parameter("To use ApplicationLogLevel or SystemLogLevel, LogFormat must be set to JSON."));
    }
    if (l.ApplicationLogLevel) v.logging.application_level = l.ApplicationLogLevel;
    if (l.SystemLogLevel) v.logging.system_level = l.SystemLogLevel;
    if (l.LogGroup) v.logging.group = l.LogGroup;
  }
  if (v.logging.format == "JSON") {
    if (v.logging.application_level.empty()) v.logging.application_level = "INFO";
    if (v.logging.system_level.empty()) v.logging.system_level = "INFO";
  }
  if (v.logging.group.empty()) v.logging.group = cat("/aws/lambda/", name);
  if (in.Layers) {
    FB_ASSIGN(layers, resolve_layers(reader, scope, in.Layers, v));
    v.layers = std::move(layers);
  }
  return {};
}

}  // namespace fogbank::lambda
