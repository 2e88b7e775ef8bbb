// CreateAlias, UpdateAlias, GetAlias, DeleteAlias and ListAliases: https://docs.aws.amazon.com/lambda/latest/api/API_CreateAlias.html
#include "base/strings.h"
#include "gen/lambda/operations.h"
#include "services/lambda/answers.h"
#include "services/lambda/errors.h"
#include "services/lambda/functions.h"
#include "services/lambda/provisioning.h"

namespace fogbank::lambda {
namespace {

using Weights = std::map<std::string, double>;

ApiError alias_not_found(const FunctionRef& ref, std::string_view alias) {
  return not_found(cat("Cannot find alias arn: ", function_arn(ref.scope, ref.name, alias)));
}

Result<int64_t> existing_version(store::Reader& reader, const FunctionRef& ref, std::string_view version) {
  int64_t number = version == kLatest ? 0 : parse_int(version).value_or(-1);
  if (number < 0 || !reader.has(version_key(ref.scope, ref.name, number))) return fail(function_not_found(function_arn(ref.scope, ref.name, version)));
  return number;
}

ApiError included_already(std::string_view version) {
  return invalid_parameter(cat("Invalid function version ", version, ". Function version ", version, " is already included in routing configuration."));
}
constexpr const char* kLatestAlone = "$LATEST is not supported for an alias pointing to more than 1 version";

/// The routing of before stays where an update does not speak of it: does it go with the new version?
Result<void> check_kept_weights(const Weights& kept, std::string_view version) {
  if (kept.empty()) return {};
  if (version == kLatest) return fail(invalid_limit(kLatestAlone));
  if (kept.contains(std::string(version))) return fail(included_already(version));
  return {};
}

template <class Routing> Result<Weights> read_weights(store::Reader& reader, const FunctionRef& ref, const Routing& routing, std::string_view version) {
  Weights out;
  if (!routing || routing->AdditionalVersionWeights.empty()) return out;
  if (routing->AdditionalVersionWeights.size() > 1) return fail(invalid_parameter("Number of items in AdditionalVersionWeights cannot be greater than 1"));
  if (version == kLatest) return fail(invalid_limit(kLatestAlone));
  for (const auto& e : routing->AdditionalVersionWeights) {
    if (e.key == version) return fail(included_already(version));
    FB_TRY(existing_version(reader, ref, e.key));
    out[std::string(e.key)] = e.value.value_or(0);
  }
  return out;
}

Result<FunctionRef> bare_function(Context& cx, Str name) {
  FB_ASSIGN(ref, request_function(cx, name));
  ref.qualifier.clear();
  return ref;
}

}  // namespace

Result<void> CreateAlias(Context& cx, const svc::CreateAliasRequest& in, svc::AliasConfiguration& out) {
  FB_ASSIGN(ref, bare_function(cx, in.FunctionName));
  Alias alias;
  FB_TRY(cx.write([&](store::Txn& tx) -> Result<void> {
    alias = {};
    FB_ASSIGN(number, existing_version(tx, ref, in.FunctionVersion));
    FB_ASSIGN(weights, read_weights(tx, ref, in.RoutingConfig, in.FunctionVersion));
    store::Key key = alias_key(ref.scope, ref.name, in.Name);
    if (tx.has(key)) return fail(conflict(cat("Alias already exists: ", function_arn(ref.scope, ref.name, in.Name))));
    alias.name = in.Name;
    alias.description = in.Description.view();
    alias.version = number;
    alias.weights = std::move(weights);
    alias.revision = cx.random().uuid();
    tx.put_record(key, alias);
    return {};
  }));
  show_alias(cx, ref.scope, ref.name, alias, out);
  return {};
}

Result<void> UpdateAlias(Context& cx, const svc::UpdateAliasRequest& in, svc::AliasConfiguration& out) {
  FB_ASSIGN(ref, bare_function(cx, in.FunctionName));
  Alias shown;
  FB_TRY(cx.write([&](store::Txn& tx) -> Result<void> {
    if (!tx.has(function_key(ref.scope, ref.name))) return fail(function_not_found(ref.bare_arn()));
    store::Key key = alias_key(ref.scope, ref.name, in.Name);
    auto alias = tx.get_as<Alias>(key);
    if (!alias) return fail(alias_not_found(ref, in.Name));
    if (in.RevisionId && in.RevisionId.view() != alias->revision) return fail(wrong_revision());
    const int64_t before = alias->version;
    if (in.FunctionVersion) {
      FB_ASSIGN(number, existing_version(tx, ref, in.FunctionVersion));
      if (!in.RoutingConfig) FB_TRY(check_kept_weights(alias->weights, in.FunctionVersion));
      alias->version = number;
    }
    if (in.Description) alias->description = in.Description;
    if (in.RoutingConfig) {
      FB_ASSIGN(weights, read_weights(tx, ref, in.RoutingConfig, alias->version ? std::to_string(alias->version) : std::string(kLatest)));
      alias->weights = std::move(weights);
    }
    alias->revision = cx.random().uuid();
    tx.put_record(key, *alias);
    move_provisioned(tx, ref.scope, ref.name, *alias, before, cx.random().next() | 1, cx.now());
    shown = *alias;
    return {};
  }));
  show_alias(cx, ref.scope, ref.name, shown, out);
  return {};
}

Result<void> GetAlias(Context& cx, const svc::GetAliasRequest& in, svc::AliasConfiguration& out) {
  FB_ASSIGN(ref, bare_function(cx, in.FunctionName));
  std::optional<Alias> alias;
  cx.read([&](store::Reader& reader) { alias = reader.get_as<Alias>(alias_key(ref.scope, ref.name, in.Name)); });
  if (!alias) return fail(alias_not_found(ref, in.Name));
  show_alias(cx, ref.scope, ref.name, *alias, out);
  return {};
}

Result<void> DeleteAlias(Context& cx, const svc::DeleteAliasRequest& in, svc::DeleteAliasOutput&) {
  FB_ASSIGN(ref, bare_function(cx, in.FunctionName));
  return cx.write([&](store::Txn& tx) -> Result<void> {
    if (!tx.has(function_key(ref.scope, ref.name))) return fail(function_not_found(ref.bare_arn()));
    if (!tx.has(alias_key(ref.scope, ref.name, in.Name))) return {};   // as AWS: gone is gone
    forget_provisioned(tx, ref.scope, ref.name, in.Name, cx.now());   // while the alias still says of which version
    tx.erase(alias_key(ref.scope, ref.name, in.Name));
    for (const store::Key& key : {policy_key(ref.scope, ref.name, in.Name), invoke_config_key(ref.scope, ref.name, in.Name)}) tx.erase(key);
    return {};
  });
}

Result<void> ListAliases(Context& cx, const svc::ListAliasesRequest& in, svc::ListAliasesResponse& out) {
  FB_ASSIGN(ref, bare_function(cx, in.FunctionName));
  FB_TRY(find_target(cx, ref));
  FB_ASSIGN(page, page_of(in.Marker, in.MaxItems));
  std::string marker;
  out.Aliases.reserve(cx.arena(), 0);
  cx.read([&](store::Reader& reader) {
    marker = scan_page(reader, store::key(ref.scope, kAliases, ref.name), page, [&](std::string_view, std::string_view bytes) {
      auto alias = decode<Alias>(bytes);
      if (!alias) return false;
      std::string version = alias->version ? std::to_string(alias->version) : std::string(kLatest);
      if (in.FunctionVersion && in.FunctionVersion.view() != version) return false;
      show_alias(cx, ref.scope, ref.name, *alias, out.Aliases.add(cx.arena()));
      return true;
    });
  });
  if (!marker.empty()) out.NextMarker = cx.str(marker);
  return {};
}

}  // namespace fogbank::lambda
