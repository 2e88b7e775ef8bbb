#include "services/lambda/answers.h"

#include "base/encoding.h"
#include "base/strings.h"
#include "services/lambda/errors.h"
#include "services/lambda/runtimes.h"

namespace fogbank::lambda {
namespace {

std::string_view state_name(FunctionState s) {
  switch (s) {
    case FunctionState::pending: return "Pending";
    case FunctionState::active: return "Active";
    case FunctionState::inactive: return "Inactive";
    case FunctionState::failed: return "Failed";
  }
  return "Active";
}
std::string_view update_name(UpdateStatus s) {
  return s == UpdateStatus::in_progress ? "InProgress" : s == UpdateStatus::failed ? "Failed" : "Successful";
}

}  // namespace

std::string lambda_time(Millis t) {
  std::string text = iso8601(t, true);
  text.pop_back();
  return text + "+0000";
}

void show_version(Context& cx, const Scope& scope, std::string_view name, std::string_view qualifier, const Version& v, svc::FunctionConfiguration& out) {
  show_version(cx, scope, name, qualifier, v, out, Shown::all);
}

void show_version(Context& cx, const Scope& scope, std::string_view name, std::string_view qualifier, const Version& v, svc::FunctionConfiguration& out,
                  Shown what) {
  Arena& arena = cx.arena();
  out.FunctionName = cx.str(name);
  out.FunctionArn = cx.str(function_arn(scope, name, qualifier));
  out.Runtime = cx.str(v.runtime);
  out.Role = cx.str(v.role);
  out.Handler = cx.str(v.handler);
  out.CodeSize = v.code_size;
  out.Description = cx.str(v.description);
  out.Timeout = int32_t(v.timeout);
  out.MemorySize = int32_t(v.memory);
  out.LastModified = cx.str(lambda_time(v.modified));
  out.CodeSha256 = cx.str(base64(unhex(v.code).value_or("")));
  out.Version = cx.str(v.shown_number());
  out.RevisionId = cx.str(v.revision);
  out.PackageType = "Zip";
  out.Architectures.push(arena, cx.str(v.architecture));
  cx.make(out.EphemeralStorage).Size = int32_t(v.ephemeral);
  cx.make(out.TracingConfig).Mode = cx.str(v.tracing);
  auto& snap = cx.make(out.SnapStart);
  snap.ApplyOn = "None";
  snap.OptimizationStatus = "Off";
  auto& logging = cx.make(out.LoggingConfig);
  logging.LogFormat = cx.str(v.logging.format);
  logging.LogGroup = cx.str(v.logging.group);
  if (!v.logging.application_level.empty()) logging.ApplicationLogLevel = cx.str(v.logging.application_level);
  if (!v.logging.system_level.empty()) logging.SystemLogLevel = cx.str(v.logging.system_level);
  if (v.has_environment) {
    auto& environment = cx.make(out.Environment);
    environment.Variables.reserve(arena, uint32_t(v.environment.size()));
    for (const auto& [key, value] : v.environment) environment.Variables.add(arena, cx.str(key)) = cx.str(value);
  }
  if (!v.dead_letter_arn.empty()) cx.make(out.DeadLetterConfig).TargetArn = cx.str(v.dead_letter_arn);
  if (v.has_vpc) {
    auto& vpc = cx.make(out.VpcConfig);
    vpc.SubnetIds.reserve(arena, 0);
    vpc.SecurityGroupIds.reserve(arena, 0);
    vpc.VpcId = "";
    vpc.Ipv6AllowedForDualStack = false;
  }
  for (const UsedLayer& l : v.layers) {
    auto& layer = out.Layers.add(arena);
    layer.Arn = cx.str(l.arn);
    layer.CodeSize = l.size;
  }
  if (what == Shown::listed) return;
  cx.make(out.RuntimeVersionConfig).RuntimeVersionArn = cx.str(runtime_version_arn(scope.partition.str(), scope.region.str(), v.runtime));
  out.State = cx.str(state_name(v.state));
  if (!v.state_reason.empty()) out.StateReason = cx.str(v.state_reason);
  if (!v.state_reason_code.empty()) out.StateReasonCode = cx.str(v.state_reason_code);
  if (v.update == UpdateStatus::none) return;
  out.LastUpdateStatus = cx.str(update_name(v.update));
  if (!v.update_reason.empty()) out.LastUpdateStatusReason = cx.str(v.update_reason);
  if (!v.update_reason_code.empty()) out.LastUpdateStatusReasonCode = cx.str(v.update_reason_code);
}

void show_alias(Context& cx, const Scope& scope, std::string_view function, const Alias& alias, svc::AliasConfiguration& out) {
  out.AliasArn = cx.str(function_arn(scope, function, alias.name));
  out.Name = cx.str(alias.name);
  out.FunctionVersion = cx.str(alias.version ? std::to_string(alias.version) : std::string(kLatest));
  out.Description = cx.str(alias.description);
  out.RevisionId = cx.str(alias.revision);
  if (alias.weights.empty()) return;
  auto& routing = cx.make(out.RoutingConfig);
  for (const auto& [version, weight] : alias.weights) routing.AdditionalVersionWeights.add(cx.arena(), cx.str(version)) = weight;
}

Result<Page> page_of(Str marker, Opt<int32_t> max_items, size_t most) {
  Page page;
  page.max = std::min<size_t>(most, size_t(max_items.value_or(int32_t(most))));
  if (marker && !marker.empty()) {
    auto key = unbase64url(marker);
    if (!key) return fail(invalid_parameter("The pagination token is invalid."));
    page.after = *key;
  }
  return page;
}

std::string scan_page(store::Reader& reader, const store::Key& prefix, const Page& page,
                      const std::function<bool(std::string_view, std::string_view)>& visit) {
  store::Key from = prefix;
  if (!page.after.empty()) {
    std::string bytes = page.after + '\0';
    if (page.after.starts_with(prefix.bytes())) from = store::Key::raw(bytes, prefix.authority());
  }
  size_t taken = 0;
  std::string last, marker;
  reader.scan(from, prefix.after_prefix(), store::Order::ascending, [&](std::string_view key, std::string_view bytes, store::Version) {
    if (taken == page.max) {
      marker = base64url(last);
      return false;
    }
    if (visit(key, bytes)) {
      taken++;
      last = key;
    }
    return true;
  });
  return marker;
}

}  // namespace fogbank::lambda
