// What is decided before S3 Control's operations run. Source: Service Authorization Reference, "Amazon S3".
#include "gateway/authorise.h"

#include "base/encoding.h"
#include "gateway/context.h"
#include "gen/s3control/operations.h"
#include "services/s3/errors.h"
#include "services/s3/state.h"

namespace fogbank::s3control {
namespace {

Result<void> own_account(AuthoriseContext& cx, const wire::View& in) {
  if (in.text("AccountId").view() == cx.caller().account.str()) return {};
  return fail(s3::access_denied());
}

}  // namespace

Result<void> of_account(AuthoriseContext& cx, const wire::View& in) {
  FB_TRY(own_account(cx, in));
  cx.require(cx.action(), "*");
  return {};
}

Result<void> of_resource(AuthoriseContext& cx, const wire::View& in) {
  FB_TRY(own_account(cx, in));
  cx.require(cx.action(), in.text("ResourceArn"));
  return {};
}

Result<void> load_resource(AuthoriseContext& cx, std::string_view arn, ResourceInfo& out) {
  auto parsed = parse_arn(arn);
  if (!parsed || parsed->service != "s3") return {};
  s3::BucketPtr bucket = s3::find_bucket(cx.core(), cx.reader(), Partition(parsed->partition), parsed->resource);
  if (!bucket) return {};
  out.owner_account = bucket->record.account;
  out.policy = bucket->policy;
  out.policy_name = bucket->arn;
  return {};
}

}  // namespace fogbank::s3control
