// Records into answers, requests into records. Texts go to the arena of the call.
//
// Which members an answer has differs by operation, as AWS answers: lists have no tags, boundary or last use; CreateRole states neither
// description nor session duration. Documents are percent-encoded (RFC 3986).
#pragma once
#include <vector>

#include "gateway/context.h"
#include "gen/iam/types.h"
#include "services/iam/managed.h"
#include "services/iam/state.h"

namespace fogbank::iam {

/// `embedded`: a role inside an instance profile.
enum class Detail { listed, created, updated, full, embedded };

void fill_user(Context& cx, const Entity& e, Detail detail, svc::User& out);
/// `trust`: the trust policy as it is to be shown.
void fill_role(Context& cx, const Entity& e, std::string_view trust, Detail detail, svc::Role& out);
void fill_group(Context& cx, const Entity& e, svc::Group& out);
void fill_instance_profile(Context& cx, const InstanceProfile& p, Detail detail, svc::InstanceProfile& out);
/// The same with its role, if it has one.
void fill_instance_profile(Context& cx, store::Reader& reader, const InstanceProfile& p, Detail detail, svc::InstanceProfile& out);
void fill_policy(Context& cx, const Policy& p, const PolicyUse& use, Detail detail, svc::Policy& out);
void fill_policy(Context& cx, const ManagedPolicy& p, const PolicyUse& use, Detail detail, svc::Policy& out);
void fill_version(Context& cx, int64_t number, bool is_default, Millis created, svc::PolicyVersion& out);

void fill_boundary(Context& cx, const std::string& arn, Ptr<svc::AttachedPermissionsBoundary>& out);
Str encoded_document(Context& cx, std::string_view document);
void fill_tags(Context& cx, const std::vector<Tag>& tags, List<svc::Tag>& out);
std::vector<Tag> tags_of(const List<svc::Tag>& in);

/// Keeps `IsTruncated` and `Marker` of a list's answer.
template <class Out> void end_page(Context& cx, Out& out, bool more, std::string_view marker) {
  out.IsTruncated = more;
  if (more) out.Marker = cx.str(marker);
}
inline size_t page_size(Opt<int32_t> asked) { return size_t(asked.value_or(100)); }

}  // namespace fogbank::iam
