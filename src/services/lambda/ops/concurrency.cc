// Reserved and provisioned concurrency: https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionConcurrency.html
#include "base/strings.h"
#include "gen/lambda/operations.h"
#include "services/lambda/answers.h"
#include "services/lambda/errors.h"
#include "services/lambda/functions.h"
#include "services/lambda/provisioning.h"

namespace fogbank::lambda {
namespace {

ApiError below_minimum(std::string_view what) {
  return invalid_limit(cat("Specified ", what, " for function decreases account's UnreservedConcurrentExecution below its minimum value of [", kMinUnreserved, "]."));
}

template <class Out> void show_provisioned(Context& cx, const ProvisionedConcurrency& p, Out& out) {
  out.RequestedProvisionedConcurrentExecutions = int32_t(p.requested);
  out.AllocatedProvisionedConcurrentExecutions = int32_t(p.allocated);
  out.AvailableProvisionedConcurrentExecutions = int32_t(p.available);
  out.Status = cx.str(p.status);
  if (!p.reason.empty()) out.StatusReason = cx.str(p.reason);
  out.LastModified = cx.str(lambda_time(p.modified));
}

/// The alias or version of a provisioned concurrency configuration.
Result<FunctionRef> qualified_function(Context& cx, Str name, Str qualifier) {
  FB_ASSIGN(ref, request_function(cx, name, qualifier));
  if (ref.qualifier == kLatest) return fail(invalid_parameter("Provisioned Concurrency Configs cannot be applied to unpublished function versions."));
  return ref;
}

Result<void> find_qualified(store::Reader& reader, const FunctionRef& ref) {
  if (!reader.has(function_key(ref.scope, ref.name))) return fail(function_not_found(ref.arn()));
  if (is_number(ref.qualifier)) {
    if (!reader.has(version_key(ref.scope, ref.name, parse_int(ref.qualifier).value_or(-1)))) return fail(function_not_found(ref.arn()));
  } else if (!reader.has(alias_key(ref.scope, ref.name, ref.qualifier))) {
    return fail(not_found(cat("Cannot find alias arn: ", ref.arn())));
  }
  return {};
}

/// An alias and the version behind it cannot both be provisioned.
Result<void> check_overlap(store::Reader& reader, const FunctionRef& ref) {
  if (is_number(ref.qualifier)) {
    bool pointed = false;
    reader.scan_prefix(store::key(ref.scope, kProvisioned, ref.name), [&](std::string_view key, std::string_view, store::Version) {
      std::string qualifier = store::key_parts(key)[1];
      auto alias = reader.get_as<Alias>(alias_key(ref.scope, ref.name, qualifier));
      pointed |= alias && std::to_string(alias->version) == ref.qualifier;
      return !pointed;
    });
    if (pointed) return fail(conflict("Version is pointed by a Provisioned Concurrency alias"));
    return {};
  }
  auto alias = reader.get_as<Alias>(alias_key(ref.scope, ref.name, ref.qualifier));
  if (alias && !alias->version) return fail(invalid_parameter("Provisioned Concurrency Configs cannot be applied to unpublished function versions."));
  if (alias && reader.has(provisioned_key(ref.scope, ref.name, std::to_string(alias->version))))
    return fail(conflict("Alias can't be used for Provisioned Concurrency configuration on an already Provisioned version"));
  return {};
}

}  // namespace

Result<void> PutFunctionConcurrency(Context& cx, const svc::PutFunctionConcurrencyRequest& in, svc::Concurrency& out) {
  FB_ASSIGN(ref, request_function(cx, in.FunctionName));
  if (!ref.qualifier.empty()) {
    return fail(invalid_parameter("This operation is permitted on Lambda functions only. Aliases and versions do not support this operation. "
                                  "Please specify either a function name or an unqualified function ARN."));
  }
  int64_t wanted = *in.ReservedConcurrentExecutions;
  FB_TRY(cx.write([&](store::Txn& tx) -> Result<void> {
    auto function = tx.get_as<Function>(function_key(ref.scope, ref.name));
    if (!function) return fail(function_not_found(function_arn(ref.scope, ref.name, kLatest)));
    int64_t provisioned = provisioned_of(tx, ref.scope, ref.name);
    if (wanted < provisioned) {
      return fail(invalid_limit(cat(" ReservedConcurrentExecutions  ", wanted, " should not be lower than function's total provisioned concurrency [", provisioned, "].")));
    }
    Usage usage = usage_of(tx, ref.scope);
    int64_t others = usage.reserved - function->reserved.value_or(0);
    int64_t unreserved_provisioned = usage.provisioned - (function->reserved ? 0 : provisioned);
    if (kAccountConcurrency - others - unreserved_provisioned - wanted < kMinUnreserved) {
      return fail(below_minimum("ReservedConcurrentExecutions"));
    }
    usage.reserved = others + wanted;
    usage.provisioned = unreserved_provisioned;
    function->reserved = wanted;
    tx.put_record(function_key(ref.scope, ref.name), *function);
    tx.put_record(usage_key(ref.scope), usage);
    return {};
  }));
  out.ReservedConcurrentExecutions = int32_t(wanted);
  return {};
}

Result<void> GetFunctionConcurrency(Context& cx, const svc::GetFunctionConcurrencyRequest& in, svc::GetFunctionConcurrencyResponse& out) {
  FB_ASSIGN(ref, request_function(cx, in.FunctionName));
  FB_ASSIGN(target, find_target(cx, ref));
  if (target.function->reserved) out.ReservedConcurrentExecutions = int32_t(*target.function->reserved);
  return {};
}

Result<void> DeleteFunctionConcurrency(Context& cx, const svc::DeleteFunctionConcurrencyRequest& in, svc::DeleteFunctionConcurrencyOutput&) {
  FB_ASSIGN(ref, request_function(cx, in.FunctionName));
  return cx.write([&](store::Txn& tx) -> Result<void> {
    auto function = tx.get_as<Function>(function_key(ref.scope, ref.name));
    if (!function) return fail(function_not_found(ref.arn()));
    if (!function->reserved) return {};
    int64_t provisioned = provisioned_of(tx, ref.scope, ref.name);
    change_usage(tx, ref.scope, [&](Usage& u) { u.reserved -= *function->reserved, u.provisioned += provisioned; });
    function->reserved.reset();
    tx.put_record(function_key(ref.scope, ref.name), *function);
    return {};
  });
}

Result<void> PutProvisionedConcurrencyConfig(Context& cx, const svc::PutProvisionedConcurrencyConfigRequest& in, svc::PutProvisionedConcurrencyConfigResponse& out) {
  FB_ASSIGN(ref, qualified_function(cx, in.FunctionName, in.Qualifier));
  int64_t wanted = *in.ProvisionedConcurrentExecutions;
  ProvisionedConcurrency shown;
  FB_TRY(cx.write([&](store::Txn& tx) -> Result<void> {
    FB_TRY(find_qualified(tx, ref));
    FB_TRY(check_overlap(tx, ref));
    auto function = tx.get_as<Function>(function_key(ref.scope, ref.name));
    store::Key key = provisioned_key(ref.scope, ref.name, ref.qualifier);
    auto before = tx.get_as<ProvisionedConcurrency>(key);
    int64_t change = wanted - (before ? before->requested : 0);
    Usage usage = usage_of(tx, ref.scope);
    if (function->reserved) {
      if (provisioned_of(tx, ref.scope, ref.name) + change > *function->reserved)
        return fail(invalid_parameter("Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for function"));
    } else {
      int64_t unreserved = kAccountConcurrency - usage.reserved;
      if (wanted > unreserved) return fail(invalid_limit(cat("Specified ConcurrentExecutions for function is greater than account's unreserved concurrency [", unreserved, "].")));
      if (unreserved - usage.provisioned - change < kMinUnreserved) return fail(below_minimum("ConcurrentExecutions"));
      usage.provisioned += change;
      tx.put_record(usage_key(ref.scope), usage);
    }
    ProvisionedConcurrency p = before.value_or(ProvisionedConcurrency{});
    p.requested = wanted;
    p.status = "IN_PROGRESS";
    p.reason.clear();
    p.modified = cx.now();
    p.nonce = cx.random().next() | 1;
    keep_provisioned(tx, ref.scope, ref.name, ref.qualifier, p);
    schedule_provision(tx, ref.scope, ref.name, ref.qualifier, p.nonce, cx.now());
    shown = p;
    return {};
  }));
  show_provisioned(cx, shown, out);
  return {};
}

Result<void> GetProvisionedConcurrencyConfig(Context& cx, const svc::GetProvisionedConcurrencyConfigRequest& in, svc::GetProvisionedConcurrencyConfigResponse& out) {
  FB_ASSIGN(ref, qualified_function(cx, in.FunctionName, in.Qualifier));
  std::optional<ProvisionedConcurrency> p;
  Result<void> found;
  cx.read([&](store::Reader& reader) {
    found = find_qualified(reader, ref);
    p = reader.get_as<ProvisionedConcurrency>(provisioned_key(ref.scope, ref.name, ref.qualifier));
  });
  FB_TRY(found);
  if (!p) return fail(ApiError("ProvisionedConcurrencyConfigNotFoundException", "No Provisioned Concurrency Config found for this function", 404).with("Type", "User"));
  show_provisioned(cx, *p, out);
  return {};
}

Result<void> DeleteProvisionedConcurrencyConfig(Context& cx, const svc::DeleteProvisionedConcurrencyConfigRequest& in, svc::DeleteProvisionedConcurrencyConfigOutput&) {
  FB_ASSIGN(ref, qualified_function(cx, in.FunctionName, in.Qualifier));
  return cx.write([&](store::Txn& tx) -> Result<void> {
    FB_TRY(find_qualified(tx, ref));
    forget_provisioned(tx, ref.scope, ref.name, ref.qualifier, cx.now());
    return {};
  });
}

Result<void> ListProvisionedConcurrencyConfigs(Context& cx, const svc::ListProvisionedConcurrencyConfigsRequest& in, svc::ListProvisionedConcurrencyConfigsResponse& out) {
  FB_ASSIGN(ref, request_function(cx, in.FunctionName));
  FB_TRY(find_target(cx, ref));
  FB_ASSIGN(page, page_of(in.Marker, in.MaxItems));
  std::string marker;
  out.ProvisionedConcurrencyConfigs.reserve(cx.arena(), 0);
  cx.read([&](store::Reader& reader) {
    marker = scan_page(reader, store::key(ref.scope, kProvisioned, ref.name), page, [&](std::string_view key, std::string_view bytes) {
      auto p = decode<ProvisionedConcurrency>(bytes);
      if (!p) return false;
      auto& item = out.ProvisionedConcurrencyConfigs.add(cx.arena());
      item.FunctionArn = cx.str(function_arn(ref.scope, ref.name, store::key_parts(key)[1]));
      show_provisioned(cx, *p, item);
      return true;
    });
  });
  if (!marker.empty()) out.NextMarker = cx.str(marker);
  return {};
}

}  // namespace fogbank::lambda
