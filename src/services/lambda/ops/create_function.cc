// CreateFunction: https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html
// The package is fetched, checked and unpacked here (on the pool), so that a broken one is refused as AWS refuses it. Whether
// the function can run is found out before the answer leaves, which says Pending; a task does it where that was not possible.
#include "base/strings.h"
#include "gen/lambda/operations.h"
#include "services/lambda/answers.h"
#include "services/lambda/code_source.h"
#include "services/lambda/configuration.h"
#include "services/lambda/deliveries.h"
#include "services/lambda/roles.h"
#include "services/lambda/tags.h"

namespace fogbank::lambda {
namespace {

Result<void> check_request(const svc::CreateFunctionRequest& in, const FunctionRef& ref) {
  if (ref.name.size() > 64)
    return fail(invalid_parameter(cat("1 validation error detected: Value '", in.FunctionName.view(), "' at 'functionName' failed to satisfy constraint: "
                                      "Member must have length less than or equal to 64")));
  if (in.PackageType && in.PackageType == "Image") return fail(not_implemented("PackageType Image"));
  if (in.Code && in.Code->ImageUri) return fail(not_implemented("ImageUri"));
  if (in.Code && in.Code->SourceKMSKeyArn && !in.Code->SourceKMSKeyArn.empty()) return fail(not_implemented("SourceKMSKeyArn"));
  if (in.CodeSigningConfigArn && !in.CodeSigningConfigArn.empty()) return fail(not_implemented("CodeSigningConfigArn"));
  if (in.TenancyConfig) return fail(not_implemented("TenancyConfig"));
  if (in.PublishTo) return fail(not_implemented("PublishTo"));
  if (!in.Runtime || !in.Handler) return fail(invalid_parameter("Runtime and Handler are mandatory parameters for functions created with deployment packages."));
  return check_configuration(in);
}

Result<void> create(Context& cx, store::Txn& tx, const svc::CreateFunctionRequest& in, const FunctionRef& ref, const Package& package, Version& latest, Version& shown) {
  if (tx.has(function_key(ref.scope, ref.name))) return fail(conflict(cat("Function already exist: ", ref.name)));
  FB_TRY(check_role(cx.core(), tx, in.Role, ref.bare_arn(), ref.scope.account.str()));
  if (in.DeadLetterConfig) FB_TRY(check_dead_letter_access(cx.core(), tx, in.Role, ref.name, in.DeadLetterConfig->TargetArn));
  if (usage_of(tx, ref.scope).code_bytes + package.size > kTotalCode) return fail("CodeStorageExceededException", "Code storage limit exceeded.", 400);
  Function function;
  function.id = tx.next(ref.scope.whole_partition(), "lambda.function");
  function.name = ref.name;
  function.created = cx.now();
  if (in.Tags) FB_TRY(merge_tags(function.tags, in.Tags));
  Version v;
  v.function_id = function.id;
  v.code = package.sha;
  v.code_size = package.size;
  hold_code(tx, ref.scope, package);   // before the layers' sizes are added up
  if (in.Architectures && !in.Architectures.empty()) v.architecture = in.Architectures[0];
  FB_TRY(apply_configuration(tx, ref.scope, in, ref.name, v));
  hold_layers(tx, ref.scope, v.layers);
  v.modified = cx.now();
  v.revision = cx.random().uuid();
  v.change = 1;
  v.state_reason = "The function is being created.";
  v.state_reason_code = "Creating";
  tx.put_record(function_key(ref.scope, ref.name), function);
  tx.put_record(version_key(ref.scope, ref.name, 0), v);
  change_usage(tx, ref.scope, [&](Usage& u) { u.functions++, u.code_bytes += v.code_size; });
  schedule_prepare(tx, ref.scope, ref.name, v, true, cx.now());
  shown = latest = v;
  if (in.Publish.value_or(false)) {
    FB_ASSIGN(published, publish(tx, ref.scope, function, v, std::nullopt, cx.random(), cx.now()));
    shown = published;
  }
  return {};
}

}  // namespace

Result<void> CreateFunction(Context& cx, const svc::CreateFunctionRequest& in, svc::FunctionConfiguration& out) {
  FB_ASSIGN(ref, request_function(cx, in.FunctionName));
  ref.qualifier.clear();
  FB_TRY(check_request(in, ref));
  if (!in.Code) return fail(invalid_parameter("Please provide a source for function code."));
  Result<void> early;
  cx.read([&](store::Reader& reader) {   // before a large package is looked at
    early = check_role(cx.core(), reader, in.Role, ref.bare_arn(), ref.scope.account.str());
    if (early && reader.has(function_key(ref.scope, ref.name))) early = fail(conflict(cat("Function already exist: ", ref.name)));
  });
  FB_TRY(early);
  FB_ASSIGN(bytes, fetch_code(cx, in.Code->ZipFile, in.Code->S3Bucket, in.Code->S3Key, in.Code->S3ObjectVersion));
  FB_ASSIGN(package, cx.state<State>().code.receive(ref.scope, bytes));
  Version shown;
  Version latest;
  FB_TRY(cx.write([&](store::Txn& tx) { return create(cx, tx, in, ref, package, latest, shown); }));
  prepare_at_once(cx, ref.scope, ref.name, latest, true);
  if (shown.number) prepare_at_once(cx, ref.scope, ref.name, shown, true);
  show_version(cx, ref.scope, ref.name, "", shown, out);
  return {};
}

}  // namespace fogbank::lambda
