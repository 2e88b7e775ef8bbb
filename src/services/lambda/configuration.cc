#include "services/lambda/configuration.h"

#include <algorithm>
#include <set>

#include "base/json_text.h"

namespace fogbank::lambda {
namespace {

constexpr size_t kEnvironmentLimit = 4096, kMaxLayers = 5;
constexpr std::string_view kReserved[] = {
    "_HANDLER", "_X_AMZN_TRACE_ID", "AWS_DEFAULT_REGION", "AWS_REGION", "AWS_EXECUTION_ENV", "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_VERSION", "AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_LOG_GROUP_NAME",
    "AWS_LAMBDA_LOG_STREAM_NAME", "AWS_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_LAMBDA_RUNTIME_API",
    "LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR", "AWS_SECRET_KEY"};

}  // namespace

Result<void> check_limits(Opt<int32_t> timeout, Opt<int32_t> memory) {
  if (timeout && *timeout > 900)
    return fail(validation(cat("Value '", *timeout, "' at 'timeout' failed to satisfy constraint: Member must have value less than or equal to 900")));
  if (memory && *memory > 10240)
    return fail(validation(cat("Value '", *memory, "' at 'memorySize' failed to satisfy constraint: Member must have value less than or equal to 10240")));
  return {};
}

Result<void> check_environment(const Map<Str>& variables) {
  std::string reserved;
  JsonText json;
  json.open();
  for (const auto& e : variables) {
    json.member(e.key.view(), e.value.view());
    if (std::find(std::begin(kReserved), std::end(kReserved), e.key.view()) != std::end(kReserved)) append(reserved, reserved.empty() ? "" : ", ", e.key.view());
  }
  json.close();
  if (!reserved.empty()) {
    return fail(invalid_parameter(cat("Lambda was unable to configure your environment variables because the environment variables you have provided "
                                      "contains reserved keys that are currently not supported for modification. Reserved keys used in this request: ",
                                      reserved)));
  }
  if (json.str().size() > kEnvironmentLimit) {
    return fail(invalid_parameter(cat("Lambda was unable to configure your environment variables because the environment variables you have provided "
                                      "exceeded the 4KB limit. String measured: ", json.str())));
  }
  return {};
}

Result<void> check_dead_letter(Str arn) {
  if (!arn || arn.empty()) return {};
  auto parts = parse_arn(arn);
  if (!parts || (parts->service != "sqs" && parts->service != "sns"))
    return fail(invalid_parameter(cat("The provided dead letter queue arn ", arn.view(), " is invalid. It has to be the ARN of an SQS queue or an SNS topic.")));
  return {};
}

Result<std::vector<UsedLayer>> resolve_layers(store::Reader& reader, const Scope& scope, const List<Str>& arns, const Version& version) {
  if (arns.size() > kMaxLayers) return fail(invalid_parameter("Cannot reference more than 5 layers."));
  std::vector<UsedLayer> out;
  std::vector<LayerRef> seen;
  int64_t unpacked = 0;
  for (Str arn : arns) {
    auto ref = parse_layer_arn(arn);
    if (!ref) return fail(invalid_parameter(cat("Layer version ", arn.view(), " does not exist.")));
    if (ref->scope.region != scope.region) {
      return fail(invalid_parameter(cat("Layers are not in the same region as the function. Layers are expected to be in region ", scope.region.str(), ".")));
    }
    for (const LayerRef& other : seen) {
      if (other.name != ref->name || other.scope.account != ref->scope.account) continue;
      return fail(invalid_parameter(cat("Two different versions of the same layer are not allowed to be referenced in the same function. ", arn.view(),
                                        " and ", other.arn(), " are versions of the same layer.")));
    }
    seen.push_back(*ref);
    auto layer = reader.get_as<LayerVersion>(layer_version_key(ref->scope, ref->name, ref->version));
    if (!layer) {
      // A layer that the function uses already may have been deleted since.
      auto used = std::find_if(version.layers.begin(), version.layers.end(), [&](const UsedLayer& u) { return u.arn == arn.view(); });
      if (used == version.layers.end()) return fail(invalid_parameter(cat("Layer version ", arn.view(), " does not exist.")));
      out.push_back(*used);
    } else {
      UsedLayer used;
      used.arn = arn;
      used.code = layer->code;
      used.account = ref->scope.account.str();
      used.size = layer->size;
      out.push_back(std::move(used));
    }
    if (auto code = find_code(reader, scope, out.back().account, out.back().code)) unpacked += code->unpacked;
  }
  if (auto own = find_code(reader, scope, scope.account.str(), version.code)) unpacked += own->unpacked;
  if (unpacked > kMaxUnzipped) {
    return fail(invalid_parameter(cat("Function code combined with layers exceeds the maximum allowed size of ", kMaxUnzipped,
                                      " bytes. The actual size is ", unpacked, " bytes.")));
  }
  return out;
}

}  // namespace fogbank::lambda
