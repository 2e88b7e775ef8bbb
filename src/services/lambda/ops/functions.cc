// GetFunction, GetFunctionConfiguration, GetFunctionCodeSigningConfig, ListFunctions and DeleteFunction:
// https://docs.aws.amazon.com/lambda/latest/api/API_GetFunction.html
#include "base/strings.h"
#include "gateway/core.h"
#include "gen/lambda/operations.h"
#include "services/lambda/answers.h"
#include "services/lambda/errors.h"
#include "services/lambda/functions.h"
#include "services/lambda/packages.h"
#include "services/lambda/provisioning.h"
#include "services/lambda/runtime/environments.h"

namespace fogbank::lambda {
namespace {

/// Everything of a function in one transaction: names of its rows, and what they hold.
void erase_all(store::Txn& tx, const FunctionRef& ref, const Function& function, Millis now) {
  std::vector<Version> versions;
  tx.scan_prefix(versions_prefix(ref.scope, ref.name), [&](std::string_view, std::string_view bytes, store::Version) {
    if (auto v = decode<Version>(bytes)) versions.push_back(std::move(*v));
    return true;
  });
  for (const Version& v : versions) erase_version(tx, ref.scope, ref.name, v, now);
  std::vector<store::Key> keys;
  std::vector<ProvisionedConcurrency> provisioned;
  auto collect = [&](const store::Table& table, auto&& look) {
    tx.scan_prefix(store::key(ref.scope, table, ref.name), [&](std::string_view key, std::string_view bytes, store::Version) {
      keys.push_back(store::Key::raw(std::string(key), table.authority));
      look(bytes);
      return true;
    });
  };
  auto nothing = [](std::string_view) {};
  for (const store::Table* table : {&kAliases, &kPolicies, &kInvokeConfigs}) collect(*table, nothing);
  tx.scan_prefix(store::key(ref.scope, kProvisioned, ref.name), [&](std::string_view key, std::string_view bytes, store::Version) {
    keys.push_back(store::Key::raw(std::string(key), kProvisioned.authority));
    keys.push_back(provisioned_index_key(ref.scope, ref.name, store::key_parts(key)[1]));
    if (auto p = decode<ProvisionedConcurrency>(bytes)) provisioned.push_back(std::move(*p));
    return true;
  });
  collect(kUrls, [&](std::string_view bytes) { if (auto url = decode<FunctionUrl>(bytes)) keys.push_back(url_id_key(ref.scope, url->id)); });
  for (const store::Key& key : keys) tx.erase(key);
  tx.erase(function_key(ref.scope, ref.name));
  change_usage(tx, ref.scope, [&](Usage& u) {
    u.functions--;
    u.reserved -= function.reserved.value_or(0);
    if (!function.reserved) for (const auto& p : provisioned) u.provisioned -= p.requested;
  });
}

/// `key`: of its environments.
Result<void> delete_version(Context& cx, store::Txn& tx, const FunctionRef& ref, std::string& key) {
  if (!is_number(ref.qualifier)) return fail(invalid_parameter("Deletion of aliases is not currently supported."));
  auto version = tx.get_as<Version>(version_key(ref.scope, ref.name, parse_int(ref.qualifier).value_or(-1)));
  if (!version || !version->number) return {};   // as AWS: gone is gone
  std::vector<std::string> users;
  tx.scan_prefix(store::key(ref.scope, kAliases, ref.name), [&](std::string_view, std::string_view bytes, store::Version) {
    auto alias = decode<Alias>(bytes);
    if (alias && (alias->version == version->number || alias->weights.contains(ref.qualifier))) users.push_back(alias->name);
    return true;
  });
  if (!users.empty()) {
    std::string list;
    for (const auto& u : users) append(list, list.empty() ? "" : ", ", u);
    return fail(conflict(cat("Version is currently referenced by one or more aliases: [", list, "]")));
  }
  key = environments_key(ref.scope, ref.name, *version);
  erase_version(tx, ref.scope, ref.name, *version, cx.now());
  tx.erase(policy_key(ref.scope, ref.name, ref.qualifier));
  tx.erase(invoke_config_key(ref.scope, ref.name, ref.qualifier));
  forget_provisioned(tx, ref.scope, ref.name, ref.qualifier, cx.now());
  return {};
}

/// How an answer names the version in its ARN: as it was asked for.
std::string shown_qualifier(const FunctionRef& ref) { return ref.qualifier; }

}  // namespace

Result<void> GetFunction(Context& cx, const svc::GetFunctionRequest& in, svc::GetFunctionResponse& out) {
  FB_ASSIGN(ref, request_function(cx, in.FunctionName, in.Qualifier));
  FB_ASSIGN(target, find_target(cx, ref));
  show_version(cx, ref.scope, ref.name, shown_qualifier(ref), *target.version, cx.make(out.Configuration));
  auto& code = cx.make(out.Code);
  code.RepositoryType = "S3";
  code.Location = cx.str(package_url(cx, ref.scope.account.str(), target.version->code));
  if (!target.function->tags.empty()) for (const auto& [k, v] : target.function->tags) out.Tags.add(cx.arena(), cx.str(k)) = cx.str(v);
  if (target.function->reserved) cx.make(out.Concurrency).ReservedConcurrentExecutions = int32_t(*target.function->reserved);
  return {};
}

Result<void> GetFunctionConfiguration(Context& cx, const svc::GetFunctionConfigurationRequest& in, svc::FunctionConfiguration& out) {
  FB_ASSIGN(ref, request_function(cx, in.FunctionName, in.Qualifier));
  FB_ASSIGN(target, find_target(cx, ref));
  show_version(cx, ref.scope, ref.name, shown_qualifier(ref), *target.version, out);
  return {};
}

Result<void> GetFunctionCodeSigningConfig(Context& cx, const svc::GetFunctionCodeSigningConfigRequest& in, svc::GetFunctionCodeSigningConfigResponse& out) {
  FB_ASSIGN(ref, request_function(cx, in.FunctionName));
  FB_TRY(find_target(cx, ref));
  out.FunctionName = cx.str(ref.name);
  out.CodeSigningConfigArn = "";
  return {};
}

Result<void> ListFunctions(Context& cx, const svc::ListFunctionsRequest& in, svc::ListFunctionsResponse& out) {
  FB_ASSIGN(page, page_of(in.Marker, in.MaxItems));
  bool all = in.FunctionVersion && in.FunctionVersion == "ALL";
  out.Functions.reserve(cx.arena(), 0);
  std::string marker;
  cx.read([&](store::Reader& reader) {
    marker = scan_page(reader, store::key(cx.scope(), kVersions), page, [&](std::string_view key, std::string_view bytes) {
      auto v = decode<Version>(bytes);
      if (!v || (v->number && !all)) return false;
      std::string name = store::key_parts(key)[0];
      show_version(cx, cx.scope(), name, all ? v->shown_number() : std::string(), *v, out.Functions.add(cx.arena()), Shown::listed);
      return true;
    });
  });
  if (!marker.empty()) out.NextMarker = cx.str(marker);
  return {};
}

Result<void> DeleteFunction(Context& cx, const svc::DeleteFunctionRequest& in, svc::DeleteFunctionResponse& out) {
  FB_ASSIGN(ref, request_function(cx, in.FunctionName, in.Qualifier));
  std::string key;
  FB_TRY(cx.write([&](store::Txn& tx) -> Result<void> {
    auto function = tx.get_as<Function>(function_key(ref.scope, ref.name));
    if (ref.qualifier == kLatest) return fail(invalid_parameter("$LATEST version cannot be deleted without deleting the function."));
    if (!function) return fail(function_not_found(ref.bare_arn()));
    if (!ref.qualifier.empty()) return delete_version(cx, tx, ref, key);
    erase_all(tx, ref, *function, cx.now());
    return {};
  }));
  auto& environments = cx.core().state<runtime::Environments>();
  if (ref.qualifier.empty() || !key.empty()) environments.drop(ref.bare_arn(), key);
  cx.set_status(204);
  (void)out;
  return {};
}

}  // namespace fogbank::lambda
