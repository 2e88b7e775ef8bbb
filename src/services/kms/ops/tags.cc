// TagResource, UntagResource, ListResourceTags: https://docs.aws.amazon.com/kms/latest/developerguide/tagging-keys.html
#include "services/kms/tags.h"

#include "gateway/context.h"
#include "gen/kms/operations.h"
#include "services/kms/answers.h"

namespace fogbank::kms {

Result<void> TagResource(Context& cx, const svc::TagResourceRequest& in, svc::TagResourceOutput&) {
  auto keys = keys_of(cx);
  const NamedKey& named = key_of(keys);
  return change_key(cx, named, [&](store::Txn&, Key& key) -> Result<void> {
    if (key.state == KeyState::pending_deletion) return fail(pending_deletion(named.arn));
    FB_ASSIGN(tags, with_tags(key.tags, in.Tags));
    key.tags = std::move(tags);
    return {};
  });
}

Result<void> UntagResource(Context& cx, const svc::UntagResourceRequest& in, svc::UntagResourceOutput&) {
  auto keys = keys_of(cx);
  const NamedKey& named = key_of(keys);
  return change_key(cx, named, [&](store::Txn&, Key& key) -> Result<void> {
    if (key.state == KeyState::pending_deletion) return fail(pending_deletion(named.arn));
    for (const Str& k : in.TagKeys) key.tags.erase(std::string(k));
    return {};
  });
}

Result<void> ListResourceTags(Context& cx, const svc::ListResourceTagsRequest& in, svc::ListResourceTagsResponse& out) {
  auto keys = keys_of(cx);
  const NamedKey& named = key_of(keys);
  if (!named.key) return fail(key_not_found(named.arn));
  std::vector<std::pair<std::string, std::string>> all(named.key->tags.begin(), named.key->tags.end());
  out.Tags.reserve(cx.arena(), 0);
  size_t limit = std::min<size_t>(size_t(in.Limit.value_or(50)), 50);
  return page(cx, in, out, all, limit, [](const auto& t) { return t.first; }, [&](const auto& t) {
    auto& one = out.Tags.add(cx.arena());
    one.TagKey = cx.str(t.first);
    one.TagValue = cx.str(t.second);
  });
}

}  // namespace fogbank::kms
