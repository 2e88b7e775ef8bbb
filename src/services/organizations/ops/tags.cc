// TagResource, UntagResource, ListTagsForResource: of roots, units, accounts and policies.
// https://docs.aws.amazon.com/organizations/latest/APIReference/API_TagResource.html
#include <algorithm>

#include "gen/organizations/operations.h"
#include "services/organizations/answers.h"
#include "services/organizations/errors.h"

namespace fogbank::organizations {
namespace {

/// Changes the tags of a resource by `f(tags)`.
Result<void> change_tags(Context& cx, std::string_view id, const std::function<Result<void>(std::vector<Tag>&)>& f) {
  return change(cx, [&](store::Txn& tx, Place& place) -> Result<void> {
    if (is_policy_id(id)) {
      auto policy = type_of_aws_policy(id) ? std::nullopt : find_policy(tx, place, id);
      if (!policy) return fail(target_not_found());
      FB_TRY(f(policy->tags));
      put_policy(tx, place, *policy);
      return {};
    }
    auto target = find_target(tx, place, id);
    if (!target) return fail(target_not_found());
    FB_TRY(f(target->tags()));
    put_target(tx, place, *target);
    return {};
  });
}

}  // namespace

Result<void> TagResource(Context& cx, const svc::TagResourceRequest& in, svc::TagResourceOutput&) {
  return change_tags(cx, in.ResourceId, [&](std::vector<Tag>& tags) { return merge_tags(tags, tags_of(in.Tags)); });
}

Result<void> UntagResource(Context& cx, const svc::UntagResourceRequest& in, svc::UntagResourceOutput&) {
  return change_tags(cx, in.ResourceId, [&](std::vector<Tag>& tags) -> Result<void> {
    for (const Str& key : in.TagKeys) std::erase_if(tags, [&](const Tag& t) { return key == t.key; });
    return {};
  });
}

Result<void> ListTagsForResource(Context& cx, const svc::ListTagsForResourceRequest& in, svc::ListTagsForResourceResponse& out) {
  if (in.NextToken) return fail(invalid_token());  // fifty tags are one page
  return look(cx, [&](store::Reader& reader, Place& place) -> Result<void> {
    std::vector<Tag> tags;
    std::string_view id = in.ResourceId;
    if (is_policy_id(id)) {
      auto policy = find_policy(reader, place, id);
      if (!policy) return fail(target_not_found());
      tags = std::move(policy->tags);
    } else {
      auto target = find_target(reader, place, id);
      if (!target) return fail(target_not_found());
      tags = std::move(target->tags());
    }
    out.Tags.reserve(cx.arena(), uint32_t(tags.size()));
    for (const Tag& t : tags) {
      auto& tag = out.Tags.add(cx.arena());
      tag.Key = cx.str(t.key);
      tag.Value = cx.str(t.value);
    }
    return {};
  });
}

}  // namespace fogbank::organizations
