// PublishVersion and ListVersionsByFunction: https://docs.aws.amazon.com/lambda/latest/api/API_PublishVersion.html
#include "base/encoding.h"
#include "base/strings.h"
#include "gen/lambda/operations.h"
#include "services/lambda/answers.h"
#include "services/lambda/errors.h"
#include "services/lambda/functions.h"

namespace fogbank::lambda {

Result<void> PublishVersion(Context& cx, const svc::PublishVersionRequest& in, svc::FunctionConfiguration& out) {
  FB_ASSIGN(ref, request_function(cx, in.FunctionName));
  ref.qualifier.clear();
  if (in.PublishTo) return fail(not_implemented("PublishTo"));
  Version shown;
  FB_TRY(cx.write([&](store::Txn& tx) -> Result<void> {
    auto function = tx.get_as<Function>(function_key(ref.scope, ref.name));
    auto latest = tx.get_as<Version>(version_key(ref.scope, ref.name, 0));
    if (!function || !latest) return fail(function_not_found(ref.bare_arn()));
    if (in.RevisionId && in.RevisionId.view() != latest->revision) return fail(wrong_revision());
    std::string sha = base64(unhex(latest->code).value_or(""));
    if (in.CodeSha256 && !in.CodeSha256.empty() && in.CodeSha256.view() != sha) {
      return fail(invalid_parameter(cat("CodeSHA256 (", in.CodeSha256.view(), ") is different from current CodeSHA256 in $LATEST (", sha,
                                        "). Please try again with the CodeSHA256 in $LATEST.")));
    }
    if (latest->state == FunctionState::pending)
      return fail(conflict("The operation cannot be performed at this time. The function is currently in the following state: Pending"));
    if (latest->update == UpdateStatus::in_progress)
      return fail(conflict(cat("The operation cannot be performed at this time. An update is in progress for resource: ", ref.bare_arn())));
    if (usage_of(tx, ref.scope).code_bytes + latest->code_size > kTotalCode) return fail("CodeStorageExceededException", "Code storage limit exceeded.", 400);
    std::optional<std::string_view> description;
    if (in.Description) description = in.Description.view();
    FB_ASSIGN(published, publish(tx, ref.scope, *function, *latest, description, cx.random(), cx.now()));
    shown = published;
    return {};
  }));
  show_version(cx, ref.scope, ref.name, shown.shown_number(), shown, out);
  return {};
}

Result<void> ListVersionsByFunction(Context& cx, const svc::ListVersionsByFunctionRequest& in, svc::ListVersionsByFunctionResponse& out) {
  FB_ASSIGN(ref, request_function(cx, in.FunctionName));
  ref.qualifier.clear();
  FB_TRY(find_target(cx, ref));
  FB_ASSIGN(page, page_of(in.Marker, in.MaxItems));
  std::string marker;
  out.Versions.reserve(cx.arena(), 0);
  cx.read([&](store::Reader& reader) {
    marker = scan_page(reader, versions_prefix(ref.scope, ref.name), page, [&](std::string_view, std::string_view bytes) {
      auto v = decode<Version>(bytes);
      if (!v) return false;
      show_version(cx, ref.scope, ref.name, v->shown_number(), *v, out.Versions.add(cx.arena()), Shown::listed);
      return true;
    });
  });
  if (!marker.empty()) out.NextMarker = cx.str(marker);
  return {};
}

}  // namespace fogbank::lambda
