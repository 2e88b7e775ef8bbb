// GetAccountAuthorizationDetails: all users, groups, roles and policies with what they may do, in one list of pages.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html
#include "base/strings.h"
#include "gateway/context.h"
#include "gen/iam/operations.h"
#include "services/iam/answers.h"
#include "services/iam/counts.h"
#include "services/iam/entities.h"
#include "services/iam/groups.h"
#include "services/iam/instance_profiles.h"
#include "services/iam/paging.h"
#include "services/iam/policies.h"
#include "services/iam/trust.h"

namespace fogbank::iam {
namespace {

/// A page: the sections one after the other, each in the order of path and name, AWS's policies in the order of their ARNs. The first
/// letter of the marker names the section in which the page ended.
class DetailsPage {
 public:
  using Input = svc::GetAccountAuthorizationDetailsRequest;
  using Output = svc::GetAccountAuthorizationDetailsResponse;
  DetailsPage(Context& cx, store::Reader& reader, const Input& in, Output& out)
      : cx_(cx), reader_(reader), in_(in), out_(out), room_(page_size(in.MaxItems)) {}

  Result<void> run() {
    out_.UserDetailList.reserve(cx_.arena(), 1);
    out_.GroupDetailList.reserve(cx_.arena(), 1);
    out_.RoleDetailList.reserve(cx_.arena(), 1);
    out_.Policies.reserve(cx_.arena(), 1);
    Marker marker;
    if (in_.Marker) {
      FB_ASSIGN(m, parse_marker(in_.Marker));
      if (m.first.empty() || !section(m.first[0])) return fail(validation_error("Invalid Marker."));
      marker = std::move(m);
    }
    bool begun = marker.first.empty();
    for (const Section& s : kSections) {
      bool resumed = !begun && marker.first[0] == s.letter;
      begun = begun || resumed;
      if (!begun || !wanted(s.filter)) continue;
      std::optional<PathPlace> after;
      if (resumed) { FB_TRY(place(s, marker, after)); }
      if (!(this->*s.list)(s, after)) break;
    }
    end_page(cx_, out_, !end_.empty(), end_);
    return {};
  }

 private:
  struct Section {
    char letter;
    std::string_view filter, kind;
    /// False if the page ended before the section did.
    bool (DetailsPage::*list)(const Section&, const std::optional<PathPlace>& after);
  };
  static const Section kSections[5];
  static const Section* section(char letter) {
    for (const Section& s : kSections) if (s.letter == letter) return &s;
    return nullptr;
  }

  bool wanted(std::string_view filter) const {
    if (in_.Filter.size() == 0) return true;
    return std::any_of(in_.Filter.begin(), in_.Filter.end(), [&](Str f) { return f == filter; });
  }

  Result<void> place(const Section& s, const Marker& marker, std::optional<PathPlace>& after) {
    after = PathPlace{marker.first.substr(1), marker.second};
    if (!marker.second.empty()) return {};
    if (s.letter == 'A') {
      auto found = managed_named(after->name);  // its path did not fit into the marker
      if (!found) return fail(validation_error("Invalid Marker."));
      after->path = found->path;
      return {};
    }
    std::string bare = make_marker(after->name);
    FB_ASSIGN(known, place_of(reader_, cx_.scope(), s.kind, Str(std::string_view(bare))));
    after = std::move(known);
    return {};
  }

  /// Takes room on the page; at its end it keeps the marker. (A page has room for one at least, so something was taken before.)
  bool take() {
    if (room_ > 0) { room_--; return true; }
    end_ = make_marker(cat(last_section_, last_.name), last_.path);
    return false;
  }
  void taken(const Section& s, PathPlace at) { last_section_ = s.letter; last_ = std::move(at); }

  bool by_path(const Section& s, const std::optional<PathPlace>& after) {
    std::vector<PathPlace> places;
    walk_paths(reader_, cx_.scope(), s.kind, "/", after, [&](const PathPlace& p) { places.push_back(p); return places.size() <= room_; });
    for (PathPlace& p : places) {
      if (!take()) return false;
      add(s, p.name);
      taken(s, std::move(p));
    }
    return true;
  }

  bool aws_in_use(const Section& s, const std::optional<PathPlace>& after) {
    Scope aws = account_scope(cx_.scope().partition.str(), "aws");
    std::string all = policy_arn(aws, "", "");
    store::Key from = after ? use_key(cx_.scope(), policy_arn(aws, after->path, after->name)).after_prefix() : use_key(cx_.scope(), all);
    std::vector<std::pair<const ManagedPolicy*, PolicyUse>> rows;
    reader_.scan(from, store::key(cx_.scope().global(), kPolicyUse).after_prefix(), store::Order::ascending, [&](std::string_view key, std::string_view bytes, store::Version) {
      std::string arn = store::key_parts(key).at(0);
      if (!arn.starts_with(all)) return false;
      auto use = decode<PolicyUse>(bytes);
      const ManagedPolicy* p = find_managed(arn);
      if (!use || !p) throw std::runtime_error("a stored IAM record is damaged");
      rows.emplace_back(p, std::move(*use));
      return rows.size() <= room_;
    });
    for (const auto& [p, use] : rows) {
      if (!take()) return false;
      add_policy(*p, use);
      taken(s, {std::string(p->name), std::string(p->path)});
    }
    return true;
  }

  static const ManagedPolicy* managed_named(std::string_view name) {
    for (const ManagedPolicy& p : managed_policies()) if (p.name == name) return &p;
    return nullptr;
  }

  void add(const Section& s, const std::string& name) {
    if (s.kind == kPolicyKind) return add_policy(name);
    auto e = find_entity(reader_, cx_.scope(), kind_of(s.kind).value(), name);
    if (!e) throw std::runtime_error("the index of paths names an entity that does not exist");
    switch (e->kind) {
      case EntityKind::user: return add_user(*e);
      case EntityKind::group: return add_group(*e);
      case EntityKind::role: return add_role(*e);
    }
  }

  template <class Detail> void common(const Entity& e, Detail& to) {
    to.Path = cx_.str(e.path);
    to.Arn = cx_.str(entity_arn(cx_.scope(), e));
    to.CreateDate = e.created;
    to.AttachedManagedPolicies.reserve(cx_.arena(), uint32_t(e.attached.size()));
    for (const auto& arn : e.attached) {
      auto name = parse_policy_arn(arn);
      auto& a = to.AttachedManagedPolicies.add(cx_.arena());
      a.PolicyName = cx_.str(name ? name->name : arn);
      a.PolicyArn = cx_.str(arn);
    }
  }
  void inline_policies(const Entity& e, List<svc::PolicyDetail>& to) {
    for (const InlineRef& ref : e.inline_policies) {
      auto p = reader_.get_as<InlinePolicy>(inline_key(cx_.scope(), e.id, ref.name));
      if (!p) throw std::runtime_error("an entity lacks an inline policy that it lists");
      auto& one = to.add(cx_.arena());
      one.PolicyName = cx_.str(p->name);
      one.PolicyDocument = encoded_document(cx_, p->document);
    }
  }

  void add_user(const Entity& e) {
    auto& to = out_.UserDetailList.add(cx_.arena());
    common(e, to);
    to.UserName = cx_.str(e.name);
    to.UserId = cx_.str(e.id);
    inline_policies(e, to.UserPolicyList);
    to.GroupList.reserve(cx_.arena(), 1);
    for (const Entity& group : groups_of(reader_, cx_.scope(), e)) to.GroupList.push(cx_.arena(), cx_.str(group.name));
    fill_boundary(cx_, e.boundary, to.PermissionsBoundary);
    fill_tags(cx_, e.tags, to.Tags);
  }

  void add_group(const Entity& e) {
    auto& to = out_.GroupDetailList.add(cx_.arena());
    common(e, to);
    to.GroupName = cx_.str(e.name);
    to.GroupId = cx_.str(e.id);
    to.GroupPolicyList.reserve(cx_.arena(), 1);
    inline_policies(e, to.GroupPolicyList);
  }

  void add_role(const Entity& e) {
    auto& to = out_.RoleDetailList.add(cx_.arena());
    common(e, to);
    to.RoleName = cx_.str(e.name);
    to.RoleId = cx_.str(e.id);
    to.AssumeRolePolicyDocument = encoded_document(cx_, shown_trust(reader_, cx_.scope(), e));
    to.RolePolicyList.reserve(cx_.arena(), 1);
    inline_policies(e, to.RolePolicyList);
    to.InstanceProfileList.reserve(cx_.arena(), 1);
    for (const InstanceProfile& p : profiles_with(reader_, cx_.scope(), e, {}, size_t(kCountInstanceProfiles.quota)))
      fill_instance_profile(cx_, reader_, p, Detail::listed, to.InstanceProfileList.add(cx_.arena()));
    fill_boundary(cx_, e.boundary, to.PermissionsBoundary);
    fill_tags(cx_, e.tags, to.Tags);
    cx_.make(to.RoleLastUsed);
  }

  template <class P> svc::ManagedPolicyDetail& policy_head(const P& p, const PolicyUse& use) {
    svc::Policy plain{};
    fill_policy(cx_, p, use, Detail::listed, plain);
    auto& to = out_.Policies.add(cx_.arena());
    to.PolicyName = plain.PolicyName;
    to.PolicyId = plain.PolicyId;
    to.Arn = plain.Arn;
    to.Path = plain.Path;
    to.DefaultVersionId = plain.DefaultVersionId;
    to.AttachmentCount = plain.AttachmentCount;
    to.PermissionsBoundaryUsageCount = plain.PermissionsBoundaryUsageCount;
    to.IsAttachable = plain.IsAttachable;
    to.CreateDate = plain.CreateDate;
    to.UpdateDate = plain.UpdateDate;
    return to;
  }

  void add_policy(const std::string& name) {
    auto p = reader_.get_as<Policy>(policy_key(cx_.scope(), name));
    if (!p) throw std::runtime_error("the index of paths names a policy that does not exist");
    auto& to = policy_head(*p, use_of(reader_, cx_.scope(), policy_arn(cx_.scope(), p->path, p->name)));
    for (auto number = p->versions.rbegin(); number != p->versions.rend(); ++number) {
      auto stored = reader_.get_as<PolicyVersion>(version_key(cx_.scope(), p->name, *number));
      if (!stored) throw std::runtime_error("a managed policy lacks a version that it lists");
      auto& v = to.PolicyVersionList.add(cx_.arena());
      fill_version(cx_, *number, *number == p->default_version, stored->created, v);
      v.Document = encoded_document(cx_, stored->document);
    }
  }
  void add_policy(const ManagedPolicy& p, const PolicyUse& use) {
    auto& v = policy_head(p, use).PolicyVersionList.add(cx_.arena());
    fill_version(cx_, version_number(p.version).value(), true, p.updated, v);
    v.Document = encoded_document(cx_, p.document);
  }

  Context& cx_;
  store::Reader& reader_;
  const Input& in_;
  Output& out_;
  size_t room_;
  char last_section_ = 0;
  PathPlace last_;
  std::string end_;   ///< the marker, if the page ended early
};

constexpr DetailsPage::Section DetailsPage::kSections[5] = {
    {'U', "User", "user", &DetailsPage::by_path},
    {'G', "Group", "group", &DetailsPage::by_path},
    {'R', "Role", "role", &DetailsPage::by_path},
    {'L', "LocalManagedPolicy", kPolicyKind, &DetailsPage::by_path},
    {'A', "AWSManagedPolicy", {}, &DetailsPage::aws_in_use},
};

}  // namespace

Result<void> GetAccountAuthorizationDetails(Context& cx, const svc::GetAccountAuthorizationDetailsRequest& in, svc::GetAccountAuthorizationDetailsResponse& out) {
  Result<void> result;
  cx.read([&](store::Reader& reader) { result = DetailsPage(cx, reader, in, out).run(); });
  return result;
}

}  // namespace fogbank::iam
