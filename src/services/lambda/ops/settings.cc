// Recursion and runtime settings, and the account's: https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionRecursionConfig.html
#include "base/strings.h"
#include "gen/lambda/operations.h"
#include "services/lambda/errors.h"
#include "services/lambda/functions.h"
#include "services/lambda/runtimes.h"

namespace fogbank::lambda {
namespace {

Str loop_of(const Function& f) { return f.recursion_allowed ? "Allow" : "Terminate"; }

}  // namespace

Result<void> PutFunctionRecursionConfig(Context& cx, const svc::PutFunctionRecursionConfigRequest& in, svc::PutFunctionRecursionConfigResponse& out) {
  FB_ASSIGN(ref, request_function(cx, in.FunctionName));
  FB_TRY(cx.write([&](store::Txn& tx) -> Result<void> {
    auto function = tx.get_as<Function>(function_key(ref.scope, ref.name));
    if (!function) return fail(function_not_found(ref.bare_arn()));
    function->recursion_allowed = in.RecursiveLoop == "Allow";
    tx.put_record(function_key(ref.scope, ref.name), *function);
    return {};
  }));
  out.RecursiveLoop = in.RecursiveLoop;
  return {};
}

Result<void> GetFunctionRecursionConfig(Context& cx, const svc::GetFunctionRecursionConfigRequest& in, svc::GetFunctionRecursionConfigResponse& out) {
  FB_ASSIGN(ref, request_function(cx, in.FunctionName));
  FB_ASSIGN(target, find_target(cx, ref));
  out.RecursiveLoop = loop_of(*target.function);
  return {};
}

Result<void> PutRuntimeManagementConfig(Context& cx, const svc::PutRuntimeManagementConfigRequest& in, svc::PutRuntimeManagementConfigResponse& out) {
  FB_ASSIGN(ref, request_function(cx, in.FunctionName, in.Qualifier));
  bool manual = in.UpdateRuntimeOn == "Manual";
  if (manual && !in.RuntimeVersionArn) return fail(invalid_parameter("Must specify a runtime version arn when using Manual runtime update mode."));
  if (!manual && in.RuntimeVersionArn) return fail(invalid_parameter("Runtime version arn may only be specified with Manual runtime update mode."));
  FB_TRY(cx.write([&](store::Txn& tx) -> Result<void> {
    auto function = tx.get_as<Function>(function_key(ref.scope, ref.name));
    auto latest = tx.get_as<Version>(version_key(ref.scope, ref.name, 0));
    if (!function || !latest) return fail(function_not_found(ref.arn()));
    if (manual && in.RuntimeVersionArn != runtime_version_arn(ref.scope.partition.str(), ref.scope.region.str(), latest->runtime))
      return fail(invalid_parameter(cat("Runtime version ", in.RuntimeVersionArn.view(), " is not a version of the function's runtime.")));
    function->runtime_update = in.UpdateRuntimeOn;
    function->runtime_pinned = in.RuntimeVersionArn.view();
    tx.put_record(function_key(ref.scope, ref.name), *function);
    return {};
  }));
  out.UpdateRuntimeOn = in.UpdateRuntimeOn;
  out.FunctionArn = cx.str(ref.arn());
  if (in.RuntimeVersionArn) out.RuntimeVersionArn = in.RuntimeVersionArn;
  return {};
}

Result<void> GetRuntimeManagementConfig(Context& cx, const svc::GetRuntimeManagementConfigRequest& in, svc::GetRuntimeManagementConfigResponse& out) {
  FB_ASSIGN(ref, request_function(cx, in.FunctionName, in.Qualifier));
  FB_ASSIGN(target, find_target(cx, ref));
  out.UpdateRuntimeOn = cx.str(target.function->runtime_update);
  out.FunctionArn = cx.str(ref.arn());
  if (!target.function->runtime_pinned.empty()) out.RuntimeVersionArn = cx.str(target.function->runtime_pinned);
  return {};
}

Result<void> GetAccountSettings(Context& cx, const svc::GetAccountSettingsRequest&, svc::GetAccountSettingsResponse& out) {
  Usage usage;
  cx.read([&](store::Reader& reader) { usage = usage_of(reader, cx.scope()); });
  auto& limit = cx.make(out.AccountLimit);
  limit.TotalCodeSize = kTotalCode;
  limit.CodeSizeUnzipped = kMaxUnzipped;
  limit.CodeSizeZipped = kMaxZipped;
  limit.ConcurrentExecutions = int32_t(kAccountConcurrency);
  limit.UnreservedConcurrentExecutions = int32_t(kAccountConcurrency - usage.reserved);
  auto& used = cx.make(out.AccountUsage);
  used.TotalCodeSize = usage.code_bytes;
  used.FunctionCount = usage.functions;
  return {};
}

}  // namespace fogbank::lambda
