#include "services/iam/answers.h"

#include "base/encoding.h"
#include "base/strings.h"
#include "services/iam/instance_profiles.h"
#include "services/iam/rules.h"
#include "services/iam/trust.h"

namespace fogbank::iam {

void fill_boundary(Context& cx, const std::string& arn, Ptr<svc::AttachedPermissionsBoundary>& out) {
  if (arn.empty()) return;
  auto& b = cx.make(out);
  b.PermissionsBoundaryType = "Policy";
  b.PermissionsBoundaryArn = cx.str(arn);
}

Str encoded_document(Context& cx, std::string_view document) {
  thread_local std::string buffer;
  buffer.clear();
  percent_encode_to(buffer, document);
  return cx.str(buffer);
}

void fill_tags(Context& cx, const std::vector<Tag>& tags, List<svc::Tag>& out) {
  out.reserve(cx.arena(), uint32_t(tags.size()));
  for (const Tag& t : tags) {
    svc::Tag& to = out.add(cx.arena());
    to.Key = cx.str(t.key);
    to.Value = cx.str(t.value);
  }
}

std::vector<Tag> tags_of(const List<svc::Tag>& in) {
  std::vector<Tag> out;
  for (const svc::Tag& t : in) out.push_back({std::string(t.Key), std::string(t.Value)});
  return out;
}

void fill_user(Context& cx, const Entity& e, Detail detail, svc::User& out) {
  out.Path = cx.str(e.path);
  out.UserName = cx.str(e.name);
  out.UserId = cx.str(e.id);
  out.Arn = cx.str(entity_arn(cx.scope(), e));
  out.CreateDate = e.created;
  if (detail == Detail::listed) return;
  fill_boundary(cx, e.boundary, out.PermissionsBoundary);
  if (!e.tags.empty()) fill_tags(cx, e.tags, out.Tags);
}

void fill_role(Context& cx, const Entity& e, std::string_view trust, Detail detail, svc::Role& out) {
  out.Path = cx.str(e.path);
  out.RoleName = cx.str(e.name);
  out.RoleId = cx.str(e.id);
  out.Arn = cx.str(entity_arn(cx.scope(), e));
  out.CreateDate = e.created;
  out.AssumeRolePolicyDocument = encoded_document(cx, trust);
  if (detail != Detail::created && detail != Detail::embedded) {
    if (e.described) out.Description = cx.str(e.description);
    out.MaxSessionDuration = int32_t(e.max_session_s);
  }
  if (detail == Detail::created || detail == Detail::full) {
    fill_boundary(cx, e.boundary, out.PermissionsBoundary);
    if (!e.tags.empty()) fill_tags(cx, e.tags, out.Tags);
  }
  if (detail == Detail::full) cx.make(out.RoleLastUsed);  // filled by GetRole; empty for a role not used lately
}

void fill_group(Context& cx, const Entity& e, svc::Group& out) {
  out.Path = cx.str(e.path);
  out.GroupName = cx.str(e.name);
  out.GroupId = cx.str(e.id);
  out.Arn = cx.str(entity_arn(cx.scope(), e));
  out.CreateDate = e.created;
}

void fill_instance_profile(Context& cx, const InstanceProfile& p, Detail detail, svc::InstanceProfile& out) {
  out.Path = cx.str(p.path);
  out.InstanceProfileName = cx.str(p.name);
  out.InstanceProfileId = cx.str(p.id);
  out.Arn = cx.str(instance_profile_arn(cx.scope(), p.path, p.name));
  out.CreateDate = p.created;
  out.Roles.reserve(cx.arena(), 1);
  if (detail == Detail::full || (detail == Detail::created && !p.tags.empty())) fill_tags(cx, p.tags, out.Tags);
}

void fill_instance_profile(Context& cx, store::Reader& reader, const InstanceProfile& p, Detail detail, svc::InstanceProfile& out) {
  fill_instance_profile(cx, p, detail, out);
  if (auto role = role_of(reader, cx.scope(), p)) fill_role(cx, *role, shown_trust(reader, cx.scope(), *role), Detail::embedded, out.Roles.add(cx.arena()));
}

void fill_policy(Context& cx, const Policy& p, const PolicyUse& use, Detail detail, svc::Policy& out) {
  out.PolicyName = cx.str(p.name);
  out.PolicyId = cx.str(p.id);
  out.Arn = cx.str(policy_arn(cx.scope(), p.path, p.name));
  out.Path = cx.str(p.path);
  out.DefaultVersionId = cx.str(version_id(p.default_version));
  out.AttachmentCount = int32_t(use.attachments);
  out.PermissionsBoundaryUsageCount = int32_t(use.boundaries);
  out.IsAttachable = true;
  out.CreateDate = p.created;
  out.UpdateDate = p.updated;
  if (p.described && detail == Detail::full) out.Description = cx.str(p.description);
  if (detail == Detail::full || (detail == Detail::created && !p.tags.empty())) fill_tags(cx, p.tags, out.Tags);
}

void fill_policy(Context& cx, const ManagedPolicy& p, const PolicyUse& use, Detail detail, svc::Policy& out) {
  out.PolicyName = Str(p.name);
  out.PolicyId = Str(std::string_view(p.id));
  out.Arn = Str(p.arn);
  out.Path = Str(p.path);
  out.DefaultVersionId = Str(p.version);
  out.AttachmentCount = int32_t(use.attachments);
  out.PermissionsBoundaryUsageCount = int32_t(use.boundaries);
  out.IsAttachable = true;
  out.CreateDate = p.created;
  out.UpdateDate = p.updated;
  if (detail == Detail::full) fill_tags(cx, {}, out.Tags);
}

void fill_version(Context& cx, int64_t number, bool is_default, Millis created, svc::PolicyVersion& out) {
  out.VersionId = cx.str(version_id(number));
  out.IsDefaultVersion = is_default;
  out.CreateDate = created;
}

}  // namespace fogbank::iam
