// Event invoke configurations: https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionEventInvokeConfig.html
#include "base/strings.h"
#include "gen/lambda/operations.h"
#include "services/lambda/answers.h"
#include "services/lambda/deliveries.h"
#include "services/lambda/errors.h"
#include "services/lambda/functions.h"

namespace fogbank::lambda {
namespace {

/// The function with the qualifier under which its configuration is.
Result<FunctionRef> configured_function(Context& cx, Str name, Str qualifier) {
  FB_ASSIGN(ref, request_function(cx, name, qualifier));
  if (ref.qualifier.empty()) ref.qualifier = kLatest;
  return ref;
}

ApiError no_config(const FunctionRef& ref) { return not_found(cat("The function ", ref.arn(), " doesn't have an EventInvokeConfig")); }

void show_config(Context& cx, const FunctionRef& ref, const EventInvokeConfig& c, svc::FunctionEventInvokeConfig& out) {
  out.FunctionArn = cx.str(ref.arn());
  out.LastModified = c.modified;
  if (c.max_retries) out.MaximumRetryAttempts = int32_t(*c.max_retries);
  if (c.max_age) out.MaximumEventAgeInSeconds = int32_t(*c.max_age);
  auto& destinations = cx.make(out.DestinationConfig);
  auto& success = cx.make(destinations.OnSuccess);
  auto& failure = cx.make(destinations.OnFailure);
  if (!c.on_success.empty()) success.Destination = cx.str(c.on_success);
  if (!c.on_failure.empty()) failure.Destination = cx.str(c.on_failure);
}

std::string shown(const svc::DestinationConfig& d) {
  std::string success = "null", failure = "null";
  if (d.OnSuccess) success = cat("OnSuccess(destination=", d.OnSuccess->Destination.value_or("null"), ")");
  if (d.OnFailure) failure = cat("OnFailure(destination=", d.OnFailure->Destination.value_or("null"), ")");
  return cat("DestinationConfig(onSuccess=", success, ", onFailure=", failure, ")");
}

Result<void> check_destination(Context& cx, store::Reader& reader, const FunctionRef& ref, std::string_view role, const svc::DestinationConfig& config, Str arn) {
  if (!arn || arn.empty()) return {};
  auto parts = parse_arn(arn);
  bool known = parts && (parts->service == "sqs" || parts->service == "sns" || parts->service == "lambda" || parts->service == "events" || parts->service == "s3");
  if (!known) return fail(invalid_parameter(cat("The provided destination config ", shown(config), " is invalid.")));
  if (parts->service == "s3") return fail(not_implemented("An S3 bucket as destination"));
  if (parts->service == "events") return fail(not_implemented("An event bus as destination"));
  if (parts->service == "sqs" && parts->resource.ends_with(".fifo")) return fail(invalid_parameter(cat("The destination ARN ", arn.view(), " is invalid.")));
  if (parts->service != "lambda") return check_destination_access(cx.core(), reader, role, ref.name, arn);
  auto target = parse_function_name(arn, ref.scope);
  if (!target) return fail(invalid_parameter(cat("The destination ARN ", arn.view(), " is invalid.")));
  if (target->bare_arn() == ref.bare_arn()) return fail(invalid_parameter("You can't specify the function as a destination for itself."));
  if (target->scope.account == ref.scope.account && !reader.has(function_key(target->scope, target->name)))
    return fail(invalid_parameter(cat("The destination ARN ", arn.view(), " is invalid.")));
  return check_destination_access(cx.core(), reader, role, ref.name, arn);
}

template <class In> Result<void> check_destinations(Context& cx, store::Reader& reader, const FunctionRef& ref, std::string_view role, const In& in) {
  if (!in.DestinationConfig) return {};
  const svc::DestinationConfig& d = *in.DestinationConfig;
  if (d.OnSuccess) FB_TRY(check_destination(cx, reader, ref, role, d, d.OnSuccess->Destination));
  if (d.OnFailure) FB_TRY(check_destination(cx, reader, ref, role, d, d.OnFailure->Destination));
  return {};
}

/// Its role, where it exists.
Result<std::string> role_of(State& state, store::Reader& reader, const FunctionRef& ref) {
  FunctionRef asked = ref;
  if (asked.qualifier == kLatest) asked.qualifier.clear();
  auto target = find_target(state, reader, asked);
  if (!target) return fail(not_found("The function doesn't exist."));
  return target->version->role;
}

template <class In> void apply(const In& in, EventInvokeConfig& c) {
  if (in.MaximumRetryAttempts) c.max_retries = *in.MaximumRetryAttempts;
  if (in.MaximumEventAgeInSeconds) c.max_age = *in.MaximumEventAgeInSeconds;
  if (!in.DestinationConfig) return;
  c.has_destinations = true;
  const svc::DestinationConfig& d = *in.DestinationConfig;
  if (d.OnSuccess) c.on_success = d.OnSuccess->Destination.view();
  if (d.OnFailure) c.on_failure = d.OnFailure->Destination.view();
}

}  // namespace

Result<void> PutFunctionEventInvokeConfig(Context& cx, const svc::PutFunctionEventInvokeConfigRequest& in, svc::FunctionEventInvokeConfig& out) {
  FB_ASSIGN(ref, configured_function(cx, in.FunctionName, in.Qualifier));
  if (!in.MaximumRetryAttempts && !in.MaximumEventAgeInSeconds && !in.DestinationConfig)
    return fail(invalid_parameter("You must specify at least one of error handling or destination setting."));
  EventInvokeConfig config;
  apply(in, config);
  config.modified = cx.now();
  FB_TRY(cx.write([&](store::Txn& tx) -> Result<void> {
    FB_ASSIGN(role, role_of(cx.state<State>(), tx, ref));
    FB_TRY(check_destinations(cx, tx, ref, role, in));
    tx.put_record(invoke_config_key(ref.scope, ref.name, ref.qualifier), config);
    return {};
  }));
  show_config(cx, ref, config, out);
  return {};
}

Result<void> UpdateFunctionEventInvokeConfig(Context& cx, const svc::UpdateFunctionEventInvokeConfigRequest& in, svc::FunctionEventInvokeConfig& out) {
  FB_ASSIGN(ref, configured_function(cx, in.FunctionName, in.Qualifier));
  if (!in.MaximumRetryAttempts && !in.MaximumEventAgeInSeconds && !in.DestinationConfig)
    return fail(invalid_parameter("You must specify at least one of error handling or destination setting."));
  EventInvokeConfig shown_config;
  FB_TRY(cx.write([&](store::Txn& tx) -> Result<void> {
    FB_ASSIGN(role, role_of(cx.state<State>(), tx, ref));
    store::Key key = invoke_config_key(ref.scope, ref.name, ref.qualifier);
    auto config = tx.get_as<EventInvokeConfig>(key);
    if (!config) return fail(no_config(ref));
    FB_TRY(check_destinations(cx, tx, ref, role, in));
    apply(in, *config);
    config->modified = cx.now();
    tx.put_record(key, *config);
    shown_config = *config;
    return {};
  }));
  show_config(cx, ref, shown_config, out);
  return {};
}

Result<void> GetFunctionEventInvokeConfig(Context& cx, const svc::GetFunctionEventInvokeConfigRequest& in, svc::FunctionEventInvokeConfig& out) {
  FB_ASSIGN(ref, configured_function(cx, in.FunctionName, in.Qualifier));
  std::optional<EventInvokeConfig> config;
  cx.read([&](store::Reader& reader) { config = reader.get_as<EventInvokeConfig>(invoke_config_key(ref.scope, ref.name, ref.qualifier)); });
  if (!config) return fail(no_config(ref));
  show_config(cx, ref, *config, out);
  return {};
}

Result<void> DeleteFunctionEventInvokeConfig(Context& cx, const svc::DeleteFunctionEventInvokeConfigRequest& in, svc::DeleteFunctionEventInvokeConfigOutput&) {
  FB_ASSIGN(ref, configured_function(cx, in.FunctionName, in.Qualifier));
  return cx.write([&](store::Txn& tx) -> Result<void> {
    store::Key key = invoke_config_key(ref.scope, ref.name, ref.qualifier);
    if (!tx.has(key)) return fail(no_config(ref));
    tx.erase(key);
    return {};
  });
}

Result<void> ListFunctionEventInvokeConfigs(Context& cx, const svc::ListFunctionEventInvokeConfigsRequest& in, svc::ListFunctionEventInvokeConfigsResponse& out) {
  FB_ASSIGN(ref, request_function(cx, in.FunctionName));
  if (!find_target(cx, ref)) return fail(not_found("The function doesn't exist."));
  FB_ASSIGN(page, page_of(in.Marker, in.MaxItems));
  std::string marker;
  out.FunctionEventInvokeConfigs.reserve(cx.arena(), 0);
  cx.read([&](store::Reader& reader) {
    marker = scan_page(reader, store::key(ref.scope, kInvokeConfigs, ref.name), page, [&](std::string_view key, std::string_view bytes) {
      auto config = decode<EventInvokeConfig>(bytes);
      if (!config) return false;
      show_config(cx, {ref.scope, ref.name, store::key_parts(key)[1], false}, *config, out.FunctionEventInvokeConfigs.add(cx.arena()));
      return true;
    });
  });
  if (!marker.empty()) out.NextMarker = cx.str(marker);
  return {};
}

}  // namespace fogbank::lambda
