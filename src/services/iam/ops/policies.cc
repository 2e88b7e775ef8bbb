// CreatePolicy, GetPolicy, ListPolicies, DeletePolicy.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreatePolicy.html and the like
#include "auth/access_keys.h"
#include "auth/policy/document.h"
#include "base/strings.h"
#include "gateway/context.h"
#include "gen/iam/operations.h"
#include "services/iam/answers.h"
#include "services/iam/entities.h"
#include "services/iam/managed.h"
#include "services/iam/paging.h"
#include "services/iam/policies.h"

namespace fogbank::iam {

Result<void> CreatePolicy(Context& cx, const svc::CreatePolicyRequest& in, svc::CreatePolicyResponse& out) {
  Policy p;
  auto done = cx.write([&](store::Txn& tx) -> Result<void> {
    p = Policy();
    p.name = in.PolicyName.view();
    p.path = in.Path.value_or("/");
    p.description = in.Description.view();
    p.described = in.Description.has();
    p.created = p.updated = whole_second(cx.now());
    p.versions = {1};
    p.id = auth::make_unique_id("ANPA", cx.scope().account.str(), cx.random());
    FB_TRY(merge_tags(p.tags, tags_of(in.Tags), false));
    FB_TRY(check_managed_document(cx.scope(), in.PolicyDocument));
    if (tx.has(policy_key(cx.scope(), p.name)))
      return fail("EntityAlreadyExists", cat("A policy called ", p.name, " already exists. Duplicate names are not allowed."), 409);
    tx.put_record(policy_key(cx.scope(), p.name), p);
    put_version(tx, cx.scope(), p, 1, in.PolicyDocument, p.created);
    tx.put(path_key(cx.scope(), "policy", p.path, p.name), "");
    return {};
  });
  FB_TRY(done);
  fill_policy(cx, p, {}, Detail::created, cx.make(out.Policy));
  return {};
}

Result<void> GetPolicy(Context& cx, const svc::GetPolicyRequest& in, svc::GetPolicyResponse& out) {
  Result<void> result;
  cx.read([&](store::Reader& reader) {
    PolicyUse use = use_of(reader, cx.scope(), in.PolicyArn);
    if (const ManagedPolicy* m = aws_policy(in.PolicyArn)) return fill_policy(cx, *m, use, Detail::full, cx.make(out.Policy));
    auto p = get_policy(reader, cx.scope(), in.PolicyArn);
    if (!p) result = fail(std::move(p.error()));
    else fill_policy(cx, *p, use, Detail::full, cx.make(out.Policy));
  });
  return result;
}

Result<void> DeletePolicy(Context& cx, const svc::DeletePolicyRequest& in, svc::DeletePolicyOutput&) {
  return cx.write([&](store::Txn& tx) -> Result<void> {
    FB_ASSIGN(p, changeable_policy(cx, tx, in.PolicyArn));
    PolicyUse use = use_of(tx, cx.scope(), in.PolicyArn);
    if (use.attachments || use.boundaries) return fail(delete_conflict("Cannot delete a policy attached to entities."));
    if (p.versions.size() > 1)
      return fail(delete_conflict("This policy has more than one version. Before you delete a policy, you must delete the policy's versions. "
                                  "The default version is deleted with the policy."));
    tx.erase(version_key(cx.scope(), p.name, p.default_version));
    tx.erase(policy_key(cx.scope(), p.name));
    tx.erase(path_key(cx.scope(), "policy", p.path, p.name));
    return {};
  });
}

namespace {

/// One page of ListPolicies: the account's own by path and name, then AWS's by name. The marker's first letter says in which of the two
/// the page ended. A page looks at no more than kMostSeen policies, so one with a narrow filter may be short and go on.
class PolicyPage {
 public:
  PolicyPage(Context& cx, store::Reader& reader, const svc::ListPoliciesRequest& in, svc::ListPoliciesResponse& out)
      : cx_(cx), reader_(reader), in_(in), out_(out), limit_(page_size(in.MaxItems)) {}

  Result<void> run() {
    std::string_view scope = in_.Scope.value_or("All");
    out_.Policies.reserve(cx_.arena(), uint32_t(std::min<size_t>(limit_, 100)));
    Marker m;
    if (in_.Marker) {
      FB_ASSIGN(parsed, parse_marker(in_.Marker));
      m = std::move(parsed);
      if (m.first.empty() || (m.first[0] != 'L' && m.first[0] != 'A')) return fail(validation_error("Invalid Marker."));
    }
    bool in_aws = !m.first.empty() && m.first[0] == 'A';
    std::string last = m.first.empty() ? std::string() : m.first.substr(1);
    bool more = false;
    if (scope != "AWS" && !in_aws) FB_TRY(local(m, last, more));
    if (scope != "Local" && !more) aws(in_aws ? last : std::string(), more);
    end_page(cx_, out_, more, marker_);
    return {};
  }

 private:
  static constexpr size_t kMostSeen = 2000;

  bool wanted(const PolicyUse& use) const {
    std::string_view filter = in_.PolicyUsageFilter.view();
    if (filter == "PermissionsBoundary") return use.boundaries > 0;
    if (filter == "PermissionsPolicy") return use.attachments > 0;
    return !in_.OnlyAttached.value_or(false) || use.attachments > 0 || use.boundaries > 0;
  }
  /// True: the page is full and `place` is where it ends; the entry itself comes on the next page.
  bool full() const { return out_.Policies.size() >= limit_ || seen_ >= kMostSeen; }

  Result<void> local(const Marker& m, const std::string& last, bool& more) {
    std::optional<PathPlace> after;
    if (!m.first.empty()) {
      if (m.second.empty()) {
        auto p = reader_.get_as<Policy>(policy_key(cx_.scope(), last));
        if (!p) return fail(validation_error("Invalid Marker."));
        after = PathPlace{last, p->path};
      } else after = PathPlace{last, m.second};
    }
    std::vector<PathPlace> places;
    walk_paths(reader_, cx_.scope(), "policy", in_.PathPrefix.value_or("/"), after, [&](const PathPlace& place) {
      places.push_back(place);
      return places.size() <= kMostSeen;
    });
    for (size_t i = 0; i < places.size(); i++) {
      if (full()) {
        more = true;
        marker_ = make_marker(cat('L', places[i - 1].name), places[i - 1].path);
        return {};
      }
      seen_++;
      auto p = reader_.get_as<Policy>(policy_key(cx_.scope(), places[i].name));
      if (!p) continue;
      PolicyUse use = use_of(reader_, cx_.scope(), policy_arn(cx_.scope(), p->path, p->name));
      if (wanted(use)) fill_policy(cx_, *p, use, Detail::listed, out_.Policies.add(cx_.arena()));
    }
    return {};
  }

  void aws(const std::string& after, bool& more) {
    std::string_view last = after;
    for (const ManagedPolicy& p : managed_after(after)) {
      if (!p.path.starts_with(in_.PathPrefix.value_or("/"))) continue;
      if (full()) {
        more = true;
        marker_ = make_marker(cat('A', last));
        return;
      }
      seen_++;
      last = p.name;
      PolicyUse use = use_of(reader_, cx_.scope(), p.arn);
      if (wanted(use)) fill_policy(cx_, p, use, Detail::listed, out_.Policies.add(cx_.arena()));
    }
  }

  Context& cx_;
  store::Reader& reader_;
  const svc::ListPoliciesRequest& in_;
  svc::ListPoliciesResponse& out_;
  const size_t limit_;
  size_t seen_ = 0;
  std::string marker_;
};

}  // namespace

Result<void> ListPolicies(Context& cx, const svc::ListPoliciesRequest& in, svc::ListPoliciesResponse& out) {
  Result<void> result;
  cx.read([&](store::Reader& reader) { result = PolicyPage(cx, reader, in, out).run(); });
  return result;
}

}  // namespace fogbank::iam
