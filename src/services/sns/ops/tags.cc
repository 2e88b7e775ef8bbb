// TagResource, UntagResource, ListTagsForResource: https://docs.aws.amazon.com/sns/latest/api/API_TagResource.html
#include "services/sns/tags.h"

#include "gateway/context.h"
#include "services/sns/errors.h"
#include "services/sns/names.h"
#include "services/sns/state.h"

namespace fogbank::sns {
namespace {

Result<void> change(Context& cx, Str arn, const std::function<Result<void>(Topic&)>& f) {
  auto address = find_topic_address(arn);
  if (!address) return fail(invalid("ResourceArn"));
  return cx.write([&](store::Txn& tx) -> Result<void> {
    auto topic = tx.get_as<Topic>(topic_key(address->scope, address->name));
    if (!topic) return fail(resource_not_found());
    FB_TRY(f(*topic));
    tx.put_record(topic_key(address->scope, address->name), *topic);
    return {};
  });
}

}  // namespace

Result<void> TagResource(Context& cx, const svc::TagResourceRequest& in, svc::TagResourceResponse&) {
  return change(cx, in.ResourceArn, [&](Topic& topic) -> Result<void> {
    FB_ASSIGN(tags, with_tags(std::move(topic.tags), in.Tags));
    topic.tags = std::move(tags);
    return {};
  });
}

Result<void> UntagResource(Context& cx, const svc::UntagResourceRequest& in, svc::UntagResourceResponse&) {
  return change(cx, in.ResourceArn, [&](Topic& topic) -> Result<void> {
    for (Str key : in.TagKeys) topic.tags.erase(std::string(key));
    return {};
  });
}

Result<void> ListTagsForResource(Context& cx, const svc::ListTagsForResourceRequest& in, svc::ListTagsForResourceResponse& out) {
  auto address = find_topic_address(in.ResourceArn);
  if (!address) return fail(invalid("ResourceArn"));
  std::optional<Topic> topic;
  cx.read([&](store::Reader& reader) { topic = reader.get_as<Topic>(topic_key(address->scope, address->name)); });
  if (!topic) return fail(resource_not_found());
  out.Tags.reserve(cx.arena(), 0);
  for (const auto& [key, value] : topic->tags) {
    auto& tag = out.Tags.add(cx.arena());
    tag.Key = cx.str(key);
    tag.Value = cx.str(value);
  }
  return {};
}

}  // namespace fogbank::sns
