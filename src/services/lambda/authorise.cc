// What is decided before Lambda's operations run, and on which resource. Source: Service Authorization Reference, "AWS Lambda"; developer
// guide, "Resources and conditions for Lambda actions".
#include "gateway/authorise.h"

#include "base/strings.h"
#include "gateway/context.h"
#include "gateway/core.h"
#include "gen/lambda/operations.h"
#include "services/lambda/caches.h"
#include "services/lambda/code_source.h"
#include "services/lambda/errors.h"
#include "services/lambda/function_urls.h"
#include "services/lambda/mappings.h"
#include "services/lambda/names.h"

namespace fogbank::lambda {
namespace {

/// Actions on the function as a whole, whatever version is meant.
bool bare_action(std::string_view action) {
  for (std::string_view a : {"lambda:UpdateFunctionCode", "lambda:UpdateFunctionConfiguration", "lambda:PutFunctionConcurrency"}) if (a == action) return true;
  return false;
}

/// The function of a call, with the target moved to its account.
Result<FunctionRef> enter_function(AuthoriseContext& cx, const wire::View& in) {
  FB_ASSIGN(ref, function_ref(in.text("FunctionName"), in.text("Qualifier"), cx.caller()));
  cx.set_target(ref.scope);
  return ref;
}

Requirement& require_function(AuthoriseContext& cx, const FunctionRef& ref) {
  return cx.require(cx.action(), bare_action(cx.action()) ? ref.bare_arn() : ref.arn());
}

void note_layers(Requirement& need, const List<Str>& layers) {
  std::vector<std::string> arns;
  for (Str arn : layers) arns.emplace_back(arn);
  if (!arns.empty()) need.keys["lambda:layer"] = arns;
}

void decide_layers(AuthoriseContext& cx, const List<Str>& layers) {
  for (Str arn : layers) if (parse_layer_arn(arn)) cx.require("lambda:GetLayerVersion", arn);
}

void require_pass_role(AuthoriseContext& cx, Str role, const FunctionRef& ref) {
  if (!role) return;
  auto parts = parse_arn(role);
  Requirement& need = cx.require("iam:PassRole", role);
  auto info = std::make_shared<ResourceInfo>();
  info->owner_account = parts && is_account_id(parts->account) ? std::string(parts->account) : cx.target().account.str();
  need.info = std::move(info);
  need.keys["iam:passedtoservice"] = {"lambda.amazonaws.com"};
  need.keys["iam:associatedresourcearn"] = {ref.bare_arn()};
}

}  // namespace

Result<void> by_function(AuthoriseContext& cx, const wire::View& in) {
  FB_ASSIGN(ref, enter_function(cx, in));
  require_function(cx, ref);
  return {};
}

Result<void> new_function(AuthoriseContext& cx, const wire::View& in) {
  const auto& request = in.as<svc::CreateFunctionRequest>();
  FB_ASSIGN(ref, enter_function(cx, in));
  if (ref.scope.account != cx.caller().account) return fail(not_found(cat("Functions from '", ref.scope.account.str(), "' are not reachable in this account.")));
  ref.qualifier.clear();
  Requirement& need = cx.require(cx.action(), ref.bare_arn());
  note_layers(need, request.Layers);
  if (request.Tags && !request.Tags.empty()) cx.require("lambda:TagResource", ref.bare_arn());
  require_pass_role(cx, request.Role, ref);
  decide_layers(cx, request.Layers);
  if (request.Code) FB_TRY(require_code(cx, request.Code->S3Bucket, request.Code->S3Key, request.Code->S3ObjectVersion));
  return {};
}

Result<void> change_code(AuthoriseContext& cx, const wire::View& in) {
  const auto& request = in.as<svc::UpdateFunctionCodeRequest>();
  FB_ASSIGN(ref, enter_function(cx, in));
  require_function(cx, ref);
  return require_code(cx, request.S3Bucket, request.S3Key, request.S3ObjectVersion);
}

Result<void> change_configuration(AuthoriseContext& cx, const wire::View& in) {
  const auto& request = in.as<svc::UpdateFunctionConfigurationRequest>();
  FB_ASSIGN(ref, enter_function(cx, in));
  note_layers(require_function(cx, ref), request.Layers);
  require_pass_role(cx, request.Role, ref);
  decide_layers(cx, request.Layers);
  return {};
}

Result<void> change_policy(AuthoriseContext& cx, const wire::View& in) {
  FB_ASSIGN(ref, enter_function(cx, in));
  Requirement& need = require_function(cx, ref);
  if (Str principal = in.text("Principal")) need.keys["lambda:principal"] = {std::string(principal)};
  if (Str type = in.text("FunctionUrlAuthType")) need.keys["lambda:functionurlauthtype"] = {std::string(type)};
  return {};
}

Result<void> url_config(AuthoriseContext& cx, const wire::View& in) {
  FB_ASSIGN(ref, enter_function(cx, in));
  Requirement& need = require_function(cx, ref);
  need.keys["lambda:functionarn"] = {ref.arn()};
  Str type = in.text("AuthType");
  if (type) {
    need.keys["lambda:functionurlauthtype"] = {std::string(type)};
  } else if (auto url = cx.core().state<State>().urls.get(cx.reader(), url_key(ref.scope, ref.name, ref.qualifier))) {
    need.keys["lambda:functionurlauthtype"] = {url->auth_type};
  }
  return {};
}

Result<void> invoke(AuthoriseContext& cx, const wire::View& in) {
  FB_ASSIGN(ref, enter_function(cx, in));
  require_function(cx, ref);
  return {};
}

Result<void> by_resource_arn(AuthoriseContext& cx, const wire::View& in) {
  Str arn = in.text("Resource");
  auto parts = parse_arn(arn);
  if (!parts) return fail(invalid_parameter("The provided ARN is invalid."));
  if (parts->region == cx.caller().region.str()) cx.set_target({Partition(parts->partition), AccountId(parts->account), Region(parts->region)});
  cx.require(cx.action(), arn);
  return {};
}

Result<void> new_layer_version(AuthoriseContext& cx, const wire::View& in) {
  const auto& request = in.as<svc::PublishLayerVersionRequest>();
  LayerRef ref = layer_ref(request.LayerName, cx.caller());
  cx.set_target(ref.scope);
  cx.require(cx.action(), layer_arn(ref.scope, ref.name));
  if (request.Content) FB_TRY(require_code(cx, request.Content->S3Bucket, request.Content->S3Key, request.Content->S3ObjectVersion));
  return {};
}

Result<void> by_layer_version(AuthoriseContext& cx, const wire::View& in) {
  LayerRef ref = layer_ref(in.text("LayerName"), cx.caller());
  cx.set_target(ref.scope);
  const auto* number = in.slot<Opt<int64_t>>("VersionNumber");
  cx.require(cx.action(), cat(layer_arn(ref.scope, ref.name), ':', number ? number->value_or(0) : 0));
  return {};
}

Result<void> by_layer_version_arn(AuthoriseContext& cx, const wire::View& in) {
  auto ref = parse_layer_arn(in.text("Arn"));
  if (!ref) return fail(resource_missing());
  cx.set_target(ref->scope);
  cx.require(cx.action(), in.text("Arn"));
  return {};
}

Result<void> new_mapping(AuthoriseContext& cx, const wire::View& in) {
  FB_ASSIGN(ref, function_ref(in.text("FunctionName"), {}, cx.caller()));
  Requirement& need = cx.require(cx.action(), "*");
  need.keys["lambda:functionarn"] = {ref.arn()};
  const auto* tags = in.slot<Map<Str>>("Tags");
  if (tags && !tags->empty()) cx.require("lambda:TagResource", mapping_arn(cx.target(), "*"));
  return {};
}

Result<void> by_mapping(AuthoriseContext& cx, const wire::View& in) {
  Str uuid = in.text("UUID");
  Requirement& need = cx.require(cx.action(), mapping_arn(cx.target(), uuid));
  if (auto mapping = cx.reader().get_as<Mapping>(mapping_key(cx.target(), uuid))) need.keys["lambda:functionarn"] = {mapping->function_arn};
  return {};
}

/// A resource of ours by its ARN.
Result<void> load_resource(AuthoriseContext& cx, std::string_view arn, ResourceInfo& out) {
  auto parts = parse_arn(arn);
  if (!parts || parts->service != "lambda") return {};
  out.owner_account = parts->account;
  State& state = cx.core().state<State>();
  Scope scope{Partition(parts->partition), AccountId(parts->account), Region(parts->region)};
  if (auto layer = parse_layer_arn(arn)) {
    if (!layer->version) return {};
    out.policy = state.layer_policies.get(cx.reader(), layer_policy_key(scope, layer->name, layer->version));
    if (out.policy) out.policy_name = arn;
    return {};
  }
  if (parts->resource.starts_with("event-source-mapping:")) {
    auto mapping = cx.reader().get_as<Mapping>(mapping_key(scope, parts->resource.substr(parts->resource.find(':') + 1)));
    if (mapping) out.tags = mapping->tags;
    return {};
  }
  auto ref = parse_function_name(arn, scope);
  if (!ref) return {};
  out.policy = state.policies.get(cx.reader(), policy_key(scope, ref->name, ref->qualifier));
  if (out.policy) out.policy_name = arn;
  FunctionPtr function = state.functions.get(cx.reader(), function_key(scope, ref->name));
  if (function && !function->tags.empty()) out.tags = function->tags;
  return {};
}

}  // namespace fogbank::lambda
