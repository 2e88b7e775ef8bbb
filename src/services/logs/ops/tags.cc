// TagResource, UntagResource, ListTagsForResource, and TagLogGroup, UntagLogGroup, ListTagsLogGroup, which they replace:
// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_TagResource.html
#include "base/strings.h"
#include "gateway/context.h"
#include "gen/logs/operations.h"
#include "services/logs/access.h"
#include "services/logs/errors.h"
#include "services/logs/tags.h"

namespace fogbank::logs {
namespace {

Result<void> tag(Context& cx, const Map<Str>& tags, const ApiError& too_many) {
  FB_TRY(check_tags(tags));
  return change_group(cx, target(cx), [&](store::Txn&, Group& group) -> Result<void> {
    if (!add_tags(group.tags, tags)) return fail(too_many);
    return {};
  });
}

Result<void> untag(Context& cx, const List<Str>& keys) {
  return change_group(cx, target(cx), [&](store::Txn&, Group& group) -> Result<void> {
    for (const Str& k : keys) group.tags.erase(std::string(k));
    return {};
  });
}

Result<void> list(Context& cx, Map<Str>& out) {
  Result<GroupPtr> group;
  cx.read([&](store::Reader& reader) { group = group_in(cx, reader, target(cx)); });
  if (!group) return fail(std::move(group.error()));
  out.reserve(cx.arena(), uint32_t((*group)->tags.size()));
  for (const auto& [k, v] : (*group)->tags) out.add(cx.arena(), cx.str(k)) = cx.str(v);
  return {};
}

}  // namespace

Result<void> TagResource(Context& cx, const svc::TagResourceRequest& in, svc::TagResourceOutput&) {
  ApiError too_many("TooManyTagsException", "The specified resource has too many tags.");
  too_many.members.emplace_back("resourceName", std::string(in.resourceArn));
  return tag(cx, in.tags, too_many);
}
Result<void> TagLogGroup(Context& cx, const svc::TagLogGroupRequest& in, svc::TagLogGroupOutput&) {
  return tag(cx, in.tags, invalid_parameter("The log group can have at most 50 tags."));
}
Result<void> UntagResource(Context& cx, const svc::UntagResourceRequest& in, svc::UntagResourceOutput&) { return untag(cx, in.tagKeys); }
Result<void> UntagLogGroup(Context& cx, const svc::UntagLogGroupRequest& in, svc::UntagLogGroupOutput&) { return untag(cx, in.tags); }
Result<void> ListTagsForResource(Context& cx, const svc::ListTagsForResourceRequest&, svc::ListTagsForResourceResponse& out) { return list(cx, out.tags); }
Result<void> ListTagsLogGroup(Context& cx, const svc::ListTagsLogGroupRequest&, svc::ListTagsLogGroupResponse& out) { return list(cx, out.tags); }

}  // namespace fogbank::logs
