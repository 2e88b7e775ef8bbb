// TagUser, UntagUser, ListUserTags, and the same of roles, policies and instance profiles. Keys of users and roles have no case,
// those of policies and instance profiles do.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html
#include "gateway/context.h"
#include "gen/iam/operations.h"
#include "services/iam/answers.h"
#include "services/iam/entities.h"
#include "services/iam/paging.h"
#include "services/iam/policies.h"

namespace fogbank::iam {
namespace {

std::vector<std::string_view> texts(const List<Str>& in) { return {in.begin(), in.end()}; }

template <class F> Result<void> change(Context& cx, EntityKind kind, std::string_view name, F f) {
  return cx.write([&](store::Txn& tx) -> Result<void> {
    FB_ASSIGN(e, get_entity(tx, cx.scope(), kind, name));
    FB_TRY(f(e.tags));
    put_entity(tx, cx.scope(), e);
    return {};
  });
}

template <class F> Result<void> change_policy(Context& cx, std::string_view arn, F f) {
  return cx.write([&](store::Txn& tx) -> Result<void> {
    FB_ASSIGN(p, changeable_policy(cx, tx, arn));
    FB_TRY(f(p.tags));
    tx.put_record(policy_key(cx.scope(), p.name), p);
    return {};
  });
}

template <class F> Result<void> change_instance_profile(Context& cx, std::string_view name, F f) {
  return cx.write([&](store::Txn& tx) -> Result<void> {
    FB_ASSIGN(p, get_instance_profile(tx, cx.scope(), name));
    FB_TRY(f(p.tags));
    put_instance_profile(tx, cx.scope(), p);
    return {};
  });
}

Result<void> tag(Context& cx, EntityKind kind, std::string_view name, const List<svc::Tag>& tags) {
  return change(cx, kind, name, [&](std::vector<Tag>& have) { return merge_tags(have, tags_of(tags), true); });
}
Result<void> untag(Context& cx, EntityKind kind, std::string_view name, const List<Str>& keys) {
  return change(cx, kind, name, [&](std::vector<Tag>& have) -> Result<void> {
    remove_tags(have, texts(keys), true);
    return {};
  });
}

template <class In, class Out> Result<void> list(Context& cx, const std::vector<Tag>& tags, const In& in, Out& out) {
  out.Tags.reserve(cx.arena(), 1);
  return page_of(cx, in, out, tags, [](const Tag& t) { return t.key; }, [&](const Tag& t) {
    auto& to = out.Tags.add(cx.arena());
    to.Key = cx.str(t.key);
    to.Value = cx.str(t.value);
  });
}

template <class In, class Out> Result<void> list_entity(Context& cx, EntityKind kind, std::string_view name, const In& in, Out& out) {
  Result<Entity> e;
  cx.read([&](store::Reader& reader) { e = get_entity(reader, cx.scope(), kind, name); });
  if (!e) return fail(std::move(e.error()));
  return list(cx, e->tags, in, out);
}

}  // namespace

Result<void> TagUser(Context& cx, const svc::TagUserRequest& in, svc::TagUserOutput&) { return tag(cx, EntityKind::user, in.UserName, in.Tags); }
Result<void> TagRole(Context& cx, const svc::TagRoleRequest& in, svc::TagRoleOutput&) { return tag(cx, EntityKind::role, in.RoleName, in.Tags); }
Result<void> TagPolicy(Context& cx, const svc::TagPolicyRequest& in, svc::TagPolicyOutput&) {
  return change_policy(cx, in.PolicyArn, [&](std::vector<Tag>& have) { return merge_tags(have, tags_of(in.Tags), false); });
}

Result<void> UntagUser(Context& cx, const svc::UntagUserRequest& in, svc::UntagUserOutput&) { return untag(cx, EntityKind::user, in.UserName, in.TagKeys); }
Result<void> UntagRole(Context& cx, const svc::UntagRoleRequest& in, svc::UntagRoleOutput&) { return untag(cx, EntityKind::role, in.RoleName, in.TagKeys); }
Result<void> UntagPolicy(Context& cx, const svc::UntagPolicyRequest& in, svc::UntagPolicyOutput&) {
  return change_policy(cx, in.PolicyArn, [&](std::vector<Tag>& have) -> Result<void> {
    remove_tags(have, texts(in.TagKeys), false);
    return {};
  });
}

Result<void> TagInstanceProfile(Context& cx, const svc::TagInstanceProfileRequest& in, svc::TagInstanceProfileOutput&) {
  return change_instance_profile(cx, in.InstanceProfileName, [&](std::vector<Tag>& have) { return merge_tags(have, tags_of(in.Tags), false); });
}
Result<void> UntagInstanceProfile(Context& cx, const svc::UntagInstanceProfileRequest& in, svc::UntagInstanceProfileOutput&) {
  return change_instance_profile(cx, in.InstanceProfileName, [&](std::vector<Tag>& have) -> Result<void> {
    remove_tags(have, texts(in.TagKeys), false);
    return {};
  });
}
Result<void> ListInstanceProfileTags(Context& cx, const svc::ListInstanceProfileTagsRequest& in, svc::ListInstanceProfileTagsResponse& out) {
  Result<InstanceProfile> p;
  cx.read([&](store::Reader& reader) { p = get_instance_profile(reader, cx.scope(), in.InstanceProfileName); });
  if (!p) return fail(std::move(p.error()));
  return list(cx, p->tags, in, out);
}

Result<void> ListUserTags(Context& cx, const svc::ListUserTagsRequest& in, svc::ListUserTagsResponse& out) {
  return list_entity(cx, EntityKind::user, in.UserName, in, out);
}
Result<void> ListRoleTags(Context& cx, const svc::ListRoleTagsRequest& in, svc::ListRoleTagsResponse& out) {
  return list_entity(cx, EntityKind::role, in.RoleName, in, out);
}
Result<void> ListPolicyTags(Context& cx, const svc::ListPolicyTagsRequest& in, svc::ListPolicyTagsResponse& out) {
  if (aws_policy(in.PolicyArn)) return list(cx, {}, in, out);
  Result<Policy> p;
  cx.read([&](store::Reader& reader) { p = get_policy(reader, cx.scope(), in.PolicyArn); });
  if (!p) return fail(std::move(p.error()));
  return list(cx, p->tags, in, out);
}

}  // namespace fogbank::iam
