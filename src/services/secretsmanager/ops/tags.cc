// TagResource, UntagResource: https://docs.aws.amazon.com/secretsmanager/latest/userguide/managing-secrets_tagging.html
#include "services/secretsmanager/tags.h"

#include "gateway/context.h"
#include "gen/secretsmanager/operations.h"
#include "services/secretsmanager/resolve.h"

namespace fogbank::secretsmanager {

Result<void> TagResource(Context& cx, const svc::TagResourceRequest& in, svc::TagResourceOutput&) {
  auto target = target_of(cx);
  return change_record(cx, target->named, [&](store::Txn&, StoredSecret& secret) -> Result<void> {
    FB_ASSIGN(tags, with_tags(secret.tags, in.Tags));
    secret.tags = std::move(tags);
    secret.tagged = secret.tagged || !secret.tags.empty();
    return {};
  });
}

Result<void> UntagResource(Context& cx, const svc::UntagResourceRequest& in, svc::UntagResourceOutput&) {
  auto target = target_of(cx);
  return change_record(cx, target->named, [&](store::Txn&, StoredSecret& secret) -> Result<void> {
    for (const Str& key : in.TagKeys) secret.tags.erase(std::string(key));
    return {};
  });
}

}  // namespace fogbank::secretsmanager
