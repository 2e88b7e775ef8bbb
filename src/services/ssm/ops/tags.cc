// AddTagsToResource, RemoveTagsFromResource, ListTagsForResource, of parameters:
// https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_AddTagsToResource.html and the like
#include "services/ssm/answers.h"
#include "services/ssm/errors.h"
#include "services/ssm/put_plan.h"

namespace fogbank::ssm {
namespace {

Result<void> check_type(Str type) {
  if (type == "Parameter") return {};
  return fail(not_served(cat("Tags of the resource type ", type)));
}

}  // namespace

Result<void> AddTagsToResource(Context& cx, const svc::AddTagsToResourceRequest& in, svc::AddTagsToResourceResult&) {
  FB_TRY(check_type(in.ResourceType));
  return change(cx, trim(in.ResourceId), invalid_resource_id(), [&](store::Txn&, Parameter& p) -> Result<void> {
    FB_ASSIGN(tags, with_tags(p.tags, in.Tags));
    p.tags = std::move(tags);
    return {};
  });
}

Result<void> RemoveTagsFromResource(Context& cx, const svc::RemoveTagsFromResourceRequest& in, svc::RemoveTagsFromResourceResult&) {
  FB_TRY(check_type(in.ResourceType));
  return change(cx, trim(in.ResourceId), invalid_resource_id(), [&](store::Txn&, Parameter& p) -> Result<void> {
    for (const Str& key : in.TagKeys) p.tags.erase(std::string(key));
    return {};
  });
}

Result<void> ListTagsForResource(Context& cx, const svc::ListTagsForResourceRequest& in, svc::ListTagsForResourceResult& out) {
  FB_TRY(check_type(in.ResourceType));
  std::optional<Parameter> p;
  cx.read([&](store::Reader& reader) { p = find_parameter(reader, cx.scope(), place_of(trim(in.ResourceId))); });
  if (!p) return fail(invalid_resource_id());
  out.TagList.reserve(cx.arena(), 0);
  for (const auto& [key, value] : p->tags) {
    auto& one = out.TagList.add(cx.arena());
    one.Key = cx.str(key);
    one.Value = cx.str(value);
  }
  return {};
}

}  // namespace fogbank::ssm
