// UpdateFunctionCode and UpdateFunctionConfiguration: https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionCode.html
// $LATEST changes at once. The answer says InProgress; that the function can run is seen before it leaves, or by a task.
#include "base/strings.h"
#include "gen/lambda/operations.h"
#include "services/lambda/answers.h"
#include "services/lambda/code_source.h"
#include "services/lambda/configuration.h"
#include "services/lambda/deliveries.h"
#include "services/lambda/roles.h"

namespace fogbank::lambda {
namespace {

/// $LATEST of a function that is to be changed.
struct Latest { Function function; Version version; };
Result<Latest> load_latest(store::Txn& tx, const FunctionRef& ref) {
  auto function = tx.get_as<Function>(function_key(ref.scope, ref.name));
  auto version = tx.get_as<Version>(version_key(ref.scope, ref.name, 0));
  if (!function || !version) return fail(function_not_found(ref.bare_arn()));
  return Latest{std::move(*function), std::move(*version)};
}

Result<void> change_package(Context& cx, store::Txn& tx, const svc::UpdateFunctionCodeRequest& in, const FunctionRef& ref, const Package& package, Version& updated, Version& shown) {
  FB_ASSIGN(latest, load_latest(tx, ref));
  Version& v = latest.version;
  FB_TRY(begin_update(ref, v, in.RevisionId));
  if (usage_of(tx, ref.scope).code_bytes - v.code_size + package.size > kTotalCode) return fail("CodeStorageExceededException", "Code storage limit exceeded.", 400);
  std::string old = v.code;
  int64_t old_size = v.code_size;
  hold_code(tx, ref.scope, package);
  release_code(tx, ref.scope, ref.scope.account.str(), old, cx.now());
  v.code = package.sha;
  v.code_size = package.size;
  if (in.Architectures && !in.Architectures.empty()) v.architecture = in.Architectures[0];
  change_usage(tx, ref.scope, [&](Usage& u) { u.code_bytes += v.code_size - old_size; });
  mark_update(v, cx.random(), cx.now());
  tx.put_record(version_key(ref.scope, ref.name, 0), v);
  schedule_prepare(tx, ref.scope, ref.name, v, false, cx.now());
  shown = updated = v;
  if (in.Publish.value_or(false)) {
    FB_ASSIGN(published, publish(tx, ref.scope, latest.function, v, std::nullopt, cx.random(), cx.now()));
    shown = published;
  }
  return {};
}

}  // namespace

Result<void> UpdateFunctionCode(Context& cx, const svc::UpdateFunctionCodeRequest& in, svc::FunctionConfiguration& out) {
  FB_ASSIGN(ref, request_function(cx, in.FunctionName));
  if (in.ImageUri) return fail(not_implemented("ImageUri"));
  if (in.SourceKMSKeyArn && !in.SourceKMSKeyArn.empty()) return fail(not_implemented("SourceKMSKeyArn"));
  if (in.PublishTo) return fail(not_implemented("PublishTo"));
  FunctionRef bare = ref;
  bare.qualifier.clear();
  FB_ASSIGN(target, find_target(cx, bare));
  FB_TRY(begin_update(bare, *target.version, in.RevisionId));
  FB_ASSIGN(bytes, fetch_code(cx, in.ZipFile, in.S3Bucket, in.S3Key, in.S3ObjectVersion));
  FB_ASSIGN(package, cx.state<State>().code.receive(bare.scope, bytes));
  if (in.DryRun.value_or(false)) {
    Version would = *target.version;
    would.code = package.sha;
    would.code_size = package.size;
    FB_TRY(cx.write([&](store::Txn& tx) -> Result<void> { tx.drop(package.blob); return {}; }));
    show_version(cx, bare.scope, bare.name, "", would, out);
    return {};
  }
  Version updated, shown;
  FB_TRY(cx.write([&](store::Txn& tx) { return change_package(cx, tx, in, bare, package, updated, shown); }));
  prepare_at_once(cx, bare.scope, bare.name, updated, false);
  if (shown.number) prepare_at_once(cx, bare.scope, bare.name, shown, true);
  show_version(cx, bare.scope, bare.name, shown.number ? shown.shown_number() : std::string(), shown, out);
  return {};
}

Result<void> UpdateFunctionConfiguration(Context& cx, const svc::UpdateFunctionConfigurationRequest& in, svc::FunctionConfiguration& out) {
  FB_ASSIGN(ref, request_function(cx, in.FunctionName));
  ref.qualifier.clear();
  FB_TRY(check_configuration(in));
  Version shown;
  FB_TRY(cx.write([&](store::Txn& tx) -> Result<void> {
    FB_ASSIGN(latest, load_latest(tx, ref));
    Version& v = latest.version;
    FB_TRY(begin_update(ref, v, in.RevisionId));
    if (in.Role) FB_TRY(check_role(cx.core(), tx, in.Role, ref.bare_arn(), ref.scope.account.str()));
    std::vector<UsedLayer> before = v.layers;
    FB_TRY(apply_configuration(tx, ref.scope, in, ref.name, v));
    if (in.Role || in.DeadLetterConfig) FB_TRY(check_dead_letter_access(cx.core(), tx, v.role, ref.name, v.dead_letter_arn));
    hold_layers(tx, ref.scope, v.layers);
    release_layers(tx, ref.scope, before, cx.now());
    mark_update(v, cx.random(), cx.now());
    tx.put_record(version_key(ref.scope, ref.name, 0), v);
    schedule_prepare(tx, ref.scope, ref.name, v, false, cx.now());
    shown = v;
    return {};
  }));
  prepare_at_once(cx, ref.scope, ref.name, shown, false);
  show_version(cx, ref.scope, ref.name, "", shown, out);
  return {};
}

}  // namespace fogbank::lambda
